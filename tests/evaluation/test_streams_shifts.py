"""Tasks that are shifted while they are learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.errors import StreamError
from adaptarium.evaluation.measures.record import Record, read_record
from adaptarium.evaluation.measures.summary import effect_of, shift_measures
from adaptarium.evaluation.streams.lives import _Living
from adaptarium.evaluation.streams.plan import load_stream
from adaptarium.evaluation.streams.running import StreamRun, run_stream

WORTHLESS = {"kind": "factors", "to": {"reward.goal": 0.0}}
FREE = {"layers": [8], "n_steps": 16, "batch_size": 64, "n_epochs": 1}


ROOM = ("learner", "room")


def data(what: Any = WORTHLESS, when: Any = None, **changes: Any) -> dict[str, Any]:
    """A room whose goal is worth nothing between the 32nd and the 64th step of each environment."""
    when = when or {"kind": "step", "at": 32, "until": 64}
    shift = {"schema": "adaptarium-shift/1"}
    shift["shift"] = [{"name": "dull", "what": what, "when": when}]  # type: ignore[assignment]
    room = {"name": "room", "world": "Empty-v0", "set": {"size": 5, "episode.max_steps": 20}}
    return {
        "schema": "adaptarium-stream/1",
        "name": "shifted",
        "evaluate_every": 256,
        "episodes": 30,
        "num_envs": 8,
        "task": [{**room, "name": "other"}, {**room, "shift": shift}],
        "block": [{"learn": "other", "steps": 256}, {"learn": "room", "steps": 768}],
        "learner": {"ppo": {"hyper": FREE}},
        **changes,
    }


class Wanderer:
    """Walks at random, and does not get better."""

    name = "wanderer"
    batched = True

    def act(self, observation: Any, info: Any) -> Any:
        """Left, right or on, as seed and step say."""
        return (info["seed"] * 7 + info["step"] * 13 + info["seed"] * info["step"]) % 3

    def learn(self, env: Any, steps: int) -> None:
        """Nothing but walking."""
        rng = np.random.default_rng(env.steps_left)
        while env.steps_left:
            env.step(rng.integers(3, size=env.num_envs))


def run(out: Path, agent: Any, **changes: Any) -> Record:
    run_stream(StreamRun(load_stream(data(**changes)), (agent,), (0,)), out)
    return read_record(out)


def test_evaluations_and_learning_see_the_shift_when_it_is_in_force(tmp_path: Path) -> None:
    record = run(tmp_path, Wanderer())
    found = {e.step: e.mean_return for e in record.evaluations if e.task == "room"}
    assert sorted(found) == [0, 256, 512, 768, 1024]
    assert found[512] == 0
    assert all(found[step] == found[0] != 0 for step in (256, 768, 1024))
    others = {e.mean_return for e in record.evaluations if e.task == "other"}
    assert others == {found[0]}
    (mark,) = record.shifts
    assert (mark.task, mark.name, mark.begin, mark.end) == ("room", "dull", 512, 768)
    assert mark.success == {"fraction": 0.9, "within": None}
    earned = {line.step: line.score for line in record.trainings if line.task == "room"}
    assert earned[768] < min(earned[512], earned[1024])


def test_a_drift_is_followed(tmp_path: Path) -> None:
    when = {"kind": "linear", "start": 0, "stop": 64}
    record = run(tmp_path, Wanderer(), when=when)
    found = {e.step: e.mean_return for e in record.evaluations if e.task == "room"}
    assert found[512] == pytest.approx(found[256] / 2)
    assert found[768] == found[1024] == 0
    (mark,) = record.shifts
    assert (mark.begin, mark.end) == (512, None)


@pytest.mark.parametrize("agent", ["ppo", Wanderer()], ids=["ppo", "own"])
def test_an_interrupted_life_under_a_shift_leaves_the_same_record(
    agent: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process ends here."""

    agent = agent if isinstance(agent, str) else Saved()
    run(tmp_path / "whole", agent)
    real = _Living._note

    def killed(self: Any, done: int, state: str, over: bool) -> None:
        real(self, done, state, over)
        raise Killed

    for _ in range(4):
        with monkeypatch.context() as patched:
            patched.setattr(_Living, "_note", killed)
            with pytest.raises(Killed):
                run(tmp_path / "parted", agent)
    run(tmp_path / "parted", agent)
    whole, parted = (
        (tmp_path / name / "record.jsonl").read_bytes() for name in ("whole", "parted")
    )
    assert whole == parted


class Saved(Wanderer):
    """Has nothing to save, and says so."""

    def save(self, folder: Path) -> None:
        """Nothing."""

    def load(self, folder: Path) -> None:
        """Nothing."""


def test_experts_learn_the_unshifted_task(tmp_path: Path) -> None:
    record = run(tmp_path, Wanderer(), experts=True)
    returns = {e.mean_return for e in record.evaluations if e.role == "expert" and e.task == "room"}
    assert len(returns) == 1
    assert returns != {0.0}
    assert all(mark.role == "learner" for mark in record.shifts)


def test_regret_has_the_reference_of_one_retrained_on_the_shifted_task(tmp_path: Path) -> None:
    half = {"kind": "factors", "to": {"reward.goal": 0.5}}
    record = run(tmp_path, Wanderer(), what=half, experts=True)
    lines = [e for e in record.evaluations if e.role == "retrained"]
    assert {e.task for e in lines} == {"room"}
    assert [e.step for e in lines] == [0, 256, 512, 768]
    own = {e.step: e.mean_return for e in record.evaluations if (e.role, e.task) == ROOM}
    assert {e.mean_return for e in lines} == {own[512]}
    assert own[512] != own[0]
    (measured,) = shift_measures(record)
    assert measured.task == "room"
    assert effect_of(record, record.shifts[0]).regret is not None  # type: ignore[union-attr]
    run(tmp_path / "bare", Wanderer(), what=half)
    assert not [e for e in read_record(tmp_path / "bare").evaluations if e.role == "retrained"]


def test_a_shift_file_lies_beside_the_stream(tmp_path: Path) -> None:
    import tomli_w

    stream = data()
    (tmp_path / "dull.toml").write_text(tomli_w.dumps(stream["task"][1]["shift"]))
    stream["task"][1]["shift"] = "dull.toml"
    (tmp_path / "stream.toml").write_text(tomli_w.dumps(stream))
    assert load_stream(tmp_path / "stream.toml").to_data() == load_stream(data()).to_data()
    (tmp_path / "dull.toml").unlink()
    with pytest.raises(StreamError, match=r"stream.toml: task 'room': .*dull.toml"):
        load_stream(tmp_path / "stream.toml")


def shifts(*whats: Any, **changes: Any) -> dict[str, Any]:
    """The changes of a stream whose room has several shifts."""
    tables = [
        {"name": f"s{number}", "what": what, "when": {"kind": "step", "at": 0}, **changes}
        for number, what in enumerate(whats)
    ]
    found = data()
    found["task"][1]["shift"] = {"schema": "adaptarium-shift/1", "shift": tables}
    return {"task": found["task"]}


SIGNAL = {"kind": "signal"}
CROWD = {"kind": "population", "to": 3}
PARTNERS = {"kind": "partners", "pool": ["random", "reference"]}
WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"when": {"kind": "step", "at": 33}},
        "falls between two evaluations; the nearest valid is 32",
    ),
    ({"when": {"kind": "step", "at": 32, "until": 50}}, "switch at 50 .* the nearest valid is 64"),
    ({"what": {"kind": "factors", "to": {"reward.gaol": 0.0}}}, "'reward.gaol'; did you mean"),
    ({"what": {"kind": "levels", "to": {"sise": 6}}}, "'sise'; did you mean 'size'"),
    ({"what": {"kind": "levels", "to": {"split": "tain"}}}, "tain"),
    (shifts(WORTHLESS, WORTHLESS), "shifts 's0' and 's1' both write reward.goal"),
    (shifts(SIGNAL), "observations .*change.*; expected those of task 'other'"),
    (shifts(CROWD), "Empty-v0 has one seat"),
    (shifts(PARTNERS), "'s0' swaps partners; Empty-v0 has one seat"),
    (shifts({"kind": "action.remap", "order": [0, 1]}), "order"),
]


@pytest.mark.parametrize(("changes", "complaint"), WRONG)
def test_shifts_that_a_stream_cannot_show_are_refused(
    changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(StreamError, match=f"task 'room': .*{complaint}"):
        load_stream(data(**changes))
