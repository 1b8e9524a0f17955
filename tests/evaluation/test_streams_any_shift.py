"""Any shift under any schedule, for learners and evaluations, over several blocks of a task."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.evaluation.measures.record import Record, read_record
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.streams.evaluations import prepare_task
from adaptarium.evaluation.streams.lives import _Living
from adaptarium.evaluation.streams.plan import load_stream
from adaptarium.evaluation.streams.running import StreamRun, run_stream

FREE = {"layers": [8], "n_steps": 16, "batch_size": 64, "n_epochs": 1}
WORTHLESS = {"kind": "factors", "to": {"reward.goal": 0.0}}
ROOM = {"name": "a", "world": "Empty-v0", "set": {"size": 5, "episode.max_steps": 20}}
TEAM = {"name": "a", "world": "Foraging-v0", "set": {"episode.max_steps": 50}}
CART = {"name": "a", "world": "gym:CartPole-v1"}
SOON = {"kind": "step", "at": 8}


def plan(what: Any, when: Any = None, **changes: Any) -> dict[str, Any]:
    shift = {"name": "s", "what": what, "when": when or SOON, **changes}
    return {"schema": "adaptarium-shift/1", "shift": [shift]}


def data(what: Any, when: Any = None, task: Any = ROOM, **changes: Any) -> dict[str, Any]:
    """A shifted task, and a plain one that is learnt between its two blocks."""
    shifted = {**task, "shift": plan(what, when)}
    return {
        "schema": "adaptarium-stream/1",
        "name": "any",
        "evaluate_every": 32,
        "episodes": 12,
        "num_envs": 8,
        "task": [shifted, {**task, "name": "b"}],
        "block": [{"learn": name, "steps": 64} for name in ("a", "b", "a")],
        "learner": {name: {"hyper": FREE} for name in ("ppo", "fast-ppo")},
        **changes,
    }


SEEN: list[Any] = []
"""Where the shift ``s`` stood in every environment, in each step that a walker has learnt from."""


class Walker:
    """Acts by what it sees, the seed and the step."""

    name = "walker"
    batched = True

    def act(self, observation: Any, info: Any) -> Any:
        """Left, right or on; of every seat of a team anything."""
        image = np.asarray(observation["image"])
        sums = image.reshape(*image.shape[:-3], -1).sum(axis=-1)
        beside = (1,) * (sums.ndim - 1)
        turn = np.asarray(info["seed"] % 1000 + info["step"] * 13, np.int64).reshape(-1, *beside)
        turn = turn + sums.astype(np.int64) * 31
        return (turn * 40503 >> 5) % (6 if beside else 3)

    def learn(self, env: Any, steps: int) -> None:
        """Nothing but walking."""
        rng = np.random.default_rng(0)
        assert len(env.observation["image"]) == env.num_envs
        while env.steps_left:
            infos = env.step(rng.integers(3, size=env.num_envs))[-1]
            SEEN.append(infos.get("shift", {}).get("s"))


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


def run(out: Path, agent: Any, stream: dict[str, Any]) -> Record:
    run_stream(StreamRun(load_stream(stream), (agent,), (0,)), out)
    return read_record(out)


def scores(record: Record, task: str = "a") -> dict[int, float]:
    return {e.step: e.score for e in record.evaluations if e.task == task}


def short(cases: Iterable[str], *names: str) -> list[Any]:
    """All cases, of which the short suite runs those that are named."""
    return [pytest.param(one, marks=() if one in names else pytest.mark.full) for one in cases]


KINDS = {
    "observation": {"kind": "observation.noise", "sigma": 2.0},
    "action": {"kind": "action.disable", "actions": [2]},
    "levels": {"kind": "levels", "to": {"size": 6}},
    "skin": {"kind": "skin", "which": "codes", "seed": 3},
    "physics": {"kind": "skin", "which": "physics", "order": [1, 2, 0, 3, 4, 5, 6]},
}


@pytest.mark.parametrize("kind", short(KINDS, "observation", "levels"))
def test_an_evaluation_is_that_of_the_shift_in_force(kind: str, tmp_path: Path) -> None:
    """It is worth what ``evaluate --shift`` says of the change from the first step on."""
    record = run(tmp_path / "stream", Walker(), data(KINDS[kind]))
    found = scores(record)
    assert [step for step, score in found.items() if score != found[0]] == [64, 96, 128, 160, 192]
    assert len({found[step] for step in (64, 96, 128, 160, 192)}) == 1
    assert len(set(scores(record, "b").values())) == 1
    (row,) = adaptarium.evaluate(
        "Empty-v0",
        Walker(),
        overrides=ROOM["set"],  # type: ignore[arg-type]
        shift=plan(KINDS[kind], {"kind": "step", "at": 0}),
        episodes=12,
        out=tmp_path / "alone",
    )
    assert found[64] == pytest.approx(row["score"]["score"])
    (mark,) = record.shifts
    assert (mark.task, mark.begin, mark.end) == ("a", 64, None)


def test_several_seats_see_a_shift(tmp_path: Path) -> None:
    what = {"kind": "population", "to": 1}
    stream = data(what, {"kind": "step", "at": 4}, TEAM)
    record = run(tmp_path, Walker(), stream)
    assert [(m.begin, m.end) for m in record.shifts] == [(64, None)]
    found = scores(record)
    assert found[0] == found[32] != found[64] == found[192]
    # 16 rows: two steps of every slot to a segment; two segments to a block.
    assert [one is None for one in SEEN] == [False] * 4 + [True] * 4 + [False] * 4
    assert [one.tolist() for one in SEEN[8:]] == [[1.0] * 8] * 4


IDLE = """
import numpy as np

class Idle:
    batched = True

    def act(self, observation, info):
        return np.zeros(np.shape(observation["image"])[:-3], np.int64)
"""


def test_partners_leave_the_learner_its_seat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "idle_partner.py").write_text(IDLE)
    monkeypatch.syspath_prepend(tmp_path)
    what = {"kind": "partners", "pool": ["random", "idle_partner:Idle"]}
    stream = data(what, task=TEAM, block=[{"learn": "a", "steps": 64}] * 2)
    stream["task"] = stream["task"][:1]
    record = run(tmp_path / "stream", Walker(), stream)
    found = scores(record)
    assert found[0] == found[32] != found[64] == found[128]
    assert [one.tolist() for one in SEEN] == [[0.0] * 8] * 8 + [[1.0] * 8] * 8
    (row,) = adaptarium.evaluate(
        "Foraging-v0",
        Walker(),
        overrides=TEAM["set"],  # type: ignore[arg-type]
        shift=plan(what, {"kind": "step", "at": 0}),
        episodes=12,
        out=tmp_path / "alone",
    )
    assert found[64] == pytest.approx(row["score"]["score"])


class Paid(Walker):
    """Notes what it is told."""

    def learn(self, env: Any, steps: int) -> None:
        """Nothing but walking."""
        rng = np.random.default_rng(0)
        while env.steps_left:
            SEEN.append(env.step(rng.integers(3, size=env.num_envs))[1].tolist())


@pytest.mark.parametrize("task", [ROOM, CART], ids=["ours", "gym"])
def test_rewards_change_for_the_learner_alone(task: Any, tmp_path: Path) -> None:
    records, told = [], []
    agent = Paid() if task is ROOM else PaidCart()
    blocks = {"block": [{"learn": name, "steps": 256} for name in ("a", "b", "a")]}
    for factor in (9.0, 1.0):
        SEEN.clear()
        what, when = {"kind": "reward.scale", "factor": factor}, {"kind": "step", "at": 32}
        stream = data(what, when, task, evaluate_every=0, **blocks)
        records.append(run(tmp_path / str(factor), agent, stream))
        told.append(np.array(SEEN))
    more, same = told
    assert same[64:].any()
    assert np.array_equal(more[:64], same[:64])  # before the switch, and of the plain task
    assert np.array_equal(more[64:], 9 * same[64:])
    assert scores(records[0]) == scores(records[1])
    assert records[0].trainings == records[1].trainings != ()


WHENS = {
    "markov": {"kind": "markov", "stay": 0.5, "every": 5},
    "walk": {"kind": "walk", "levels": 1, "every": 5},
    "recurring": {"kind": "recurring", "duration": 1, "every": 5, "exponent": 3.0},
    "episodes": {"kind": "step", "at": 1, "unit": "episode"},
}


@pytest.mark.parametrize("kind", short(WHENS, "markov"))
def test_episodes_are_shared_out_among_the_environments(kind: str, tmp_path: Path) -> None:
    when = WHENS[kind]
    stream = load_stream(data(WORTHLESS, when, evaluate_every=0))
    record = run(tmp_path, Walker(), data(WORTHLESS, when, evaluate_every=0))
    task = prepare_task(stream, 0, lambda _: None).task
    worth = [e.episode_return for e in play_episodes(task.levels.world, Walker(), task.seeds)]  # type: ignore[arg-type]
    found = {e.step: e.mean_return for e in record.evaluations if e.task == "a"}
    # Positions hold for five counts, and a block ends after eight: those of its last step go on.
    for step, last in ((64, 7), (128, 7), (192, 23)):
        stands = SEEN[last]
        expected = [each * (1 - stands[e % 8]) for e, each in enumerate(worth)]
        if when.get("unit") != "episode":  # an episode may have ended with that step
            assert found[step] == pytest.approx(np.mean(expected))
    assert found[0] == pytest.approx(np.mean(worth))
    assert found[192] < found[0]
    assert 0 < np.mean(SEEN[23]) < 1 or when["kind"] != "markov"


def test_schedules_count_on_where_a_task_comes_back(tmp_path: Path) -> None:
    record = run(tmp_path, Walker(), data(WORTHLESS, {"kind": "step", "at": 12}))
    assert [step for step, score in scores(record).items() if score != scores(record)[0]] == [
        160,
        192,
    ]
    seen = [None if one is None else one.mean() for one in SEEN]
    assert seen == [0.0] * 8 + [None] * 8 + [0.0] * 4 + [1.0] * 4


def test_slots_share_the_evaluation(tmp_path: Path) -> None:
    stream = data(WORTHLESS)
    stream["task"][0]["shift"] = plan(WORTHLESS, slots={"modulo": 2, "remainders": [1]})
    stream["episodes"] = 16
    record = run(tmp_path, Walker(), stream)
    found = {e.step: e.mean_return for e in record.evaluations if e.task == "a"}
    assert 0 < found[64] < found[0]  # type: ignore[operator]


def test_a_learner_moves_a_shift_and_its_switches_play_again(tmp_path: Path) -> None:
    when = {"kind": "progress", "threshold": -1e9, "stages": 2, "window_size": 2}
    blocks = {"block": [{"learn": name, "steps": 256} for name in ("a", "b", "a")]}
    driven = run(tmp_path / "driven", Walker(), data(WORTHLESS, when, **blocks))
    (mark,) = driven.shifts
    assert mark.times is not None
    assert [position for _, position in mark.times] == [0.5, 1.0]
    again = {"kind": "times", "times": [list(time) for time in mark.times]}
    replayed = run(tmp_path / "replayed", Walker(), data(WORTHLESS, again, **blocks))
    assert len(set(scores(driven).values())) == 3
    assert scores(driven) == scores(replayed)
    assert [t.score for t in driven.trainings] == [t.score for t in replayed.trainings]


def test_regret_under_chance_has_the_change_in_full_as_reference(tmp_path: Path) -> None:
    when = {"kind": "markov", "stay": 0.5, "every": 5}
    half = {"kind": "factors", "to": {"reward.goal": 0.5}}
    record = run(tmp_path, Walker(), data(half, when, experts=True))
    returns = {e.role: e.mean_return for e in record.evaluations if e.task == "a"}
    assert returns["retrained"] == pytest.approx(returns["expert"] / 2)  # type: ignore[operator]


class Killed(BaseException):
    """The process ends here."""


class Saved(Walker):
    """Has nothing to save, and says so."""

    def save(self, folder: Path) -> None:
        """Nothing."""

    def load(self, folder: Path) -> None:
        """Nothing."""


class Cart:
    """Pushes by the seed and the step."""

    name = "cart"

    def act(self, observation: Any, info: Any) -> int:
        """Left or right."""
        return int(np.asarray(observation).sum() * 1000 + info["step"]) % 2

    def learn(self, env: Any, steps: int) -> None:
        """Nothing but pushing."""
        while env.steps_left:
            env.step((env.observation.sum(axis=1) * 1000).astype(np.int64) % 2)

    save = Saved.save
    load = Saved.load


class PaidCart(Cart):
    """Notes what it is told."""

    name = "paid cart"

    def learn(self, env: Any, steps: int) -> None:
        """Nothing but pushing."""
        while env.steps_left:
            SEEN.append(env.step(np.zeros(env.num_envs, np.int64))[1].tolist())


LIVES: dict[str, tuple[Any, dict[str, Any]]] = {
    "own": (Saved(), data(KINDS["observation"], {"kind": "markov", "stay": 0.8})),
    "fast": ("fast-ppo", data(KINDS["skin"], {"kind": "recurring", "duration": 2, "every": 3})),
    "team": ("ppo", data({"kind": "action.noise", "rate": 0.5}, {"kind": "walk"}, TEAM)),
    "cart": (Cart(), data({"kind": "action.sticky", "rate": 0.5}, {"kind": "walk"}, CART)),
    "driven": (
        "fast-ppo",
        data(
            {"kind": "population", "to": 1},
            {"kind": "progress", "threshold": -9.0, "stages": 3},
            {**TEAM, "set": {"episode.max_steps": 2}},
        ),
    ),
}


@pytest.mark.parametrize("life", short(LIVES, "fast"))
def test_an_interrupted_life_leaves_the_same_record(
    life: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, stream = LIVES[life]
    run(tmp_path / "whole", agent, stream)
    real = _Living._note

    def killed(self: Any, done: int, state: str, over: bool) -> None:
        real(self, done, state, over)
        raise Killed

    for _ in range(6):
        with monkeypatch.context() as patched:
            patched.setattr(_Living, "_note", killed)
            with pytest.raises(Killed):
                run(tmp_path / "parted", agent, stream)
    run(tmp_path / "parted", agent, stream)
    whole, parted = (
        [json.loads(line) for line in (tmp_path / name / "record.jsonl").read_text().splitlines()]
        for name in ("whole", "parted")
    )
    assert whole == parted
    assert any(line["kind"] == "shift" for line in whole)
