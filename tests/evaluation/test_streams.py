"""Streams: learnt block after block, evaluated in between, and the same after any interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.errors import AgentError, FactorError, ResultsError, UnknownNameError
from adaptarium.evaluation.failures import EvaluationError
from adaptarium.evaluation.measures.record import Record, read_record
from adaptarium.evaluation.streams.library import LibraryLearner
from adaptarium.evaluation.streams.lives import _Living
from adaptarium.evaluation.streams.plan import Segment, load_stream
from adaptarium.evaluation.streams.running import StreamRun, run_stream

PPO = {"layers": [8], "n_steps": 16, "batch_size": 64, "n_epochs": 1}


def data(**changes: Any) -> dict[str, Any]:
    """A stream of two small rooms: two blocks of 512 steps, evaluated every 256."""
    return {
        "schema": "adaptarium-stream/1",
        "name": "small",
        "evaluate_every": 256,
        "episodes": 4,
        "num_envs": 8,
        "task": [
            {"name": "plain", "world": "Empty-v0", "set": {"size": 5}},
            {"name": "wide", "world": "Empty-v0", "set": {"size": 6}},
        ],
        "block": [{"learn": "plain", "steps": 512}, {"learn": "wide", "steps": 512}],
        "learner": {"ppo": {"hyper": PPO}},
        **changes,
    }


class Counter:
    """A learner that counts: what it does depends on all steps that it has learnt from."""

    name = "counter"

    def __init__(self) -> None:
        self.total, self.calls = 0.0, 0

    def seed(self, number: int) -> None:
        """Begin elsewhere for every seed."""
        self.total = float(number % 1000)

    def act(self, observation: Any, info: Any) -> int:
        """An action that the count decides."""
        return int(self.total + info["step"] + observation["image"].sum()) % 3

    def learn(self, env: Any, steps: int) -> None:
        """Add up what is seen."""
        observation = env.observation
        self.calls += 1
        while env.steps_left:
            actions = (observation["image"].sum(axis=(1, 2, 3)) + int(self.total)) % 3
            observation, rewards, *_ = env.step(actions.astype(np.int64))
            self.total += float(observation["image"].sum() % 7) + float(rewards.sum())

    def save(self, folder: Path) -> None:
        """Two numbers."""
        (folder / "numbers.json").write_text(json.dumps([self.total, self.calls]))

    def load(self, folder: Path) -> None:
        """Two numbers."""
        self.total, self.calls = json.loads((folder / "numbers.json").read_text())


def run(out: Path, agents: tuple[Any, ...] = (Counter(),), **changes: Any) -> Record:
    run_stream(StreamRun(load_stream(data(**changes)), agents, (0,)), out)
    return read_record(out)


def test_blocks_and_evaluations_stand_where_the_stream_says(tmp_path: Path) -> None:
    record = run(tmp_path, ("ppo", "random"))
    blocks = [(b.learner, b.task, b.number, b.begin, b.end) for b in record.blocks]
    assert blocks == [("ppo", "plain", 0, 0, 512), ("ppo", "wide", 1, 512, 1024)]
    for task in ("plain", "wide"):
        steps = [e.step for e in record.evaluations if (e.learner, e.task) == ("ppo", task)]
        assert steps == [0, 256, 512, 768, 1024]
        steps = [e.step for e in record.evaluations if (e.learner, e.task) == ("random", task)]
        assert steps == [0]
    learnt = {256: "plain", 512: "plain", 768: "wide", 1024: "wide"}
    assert record.trainings
    assert all(line.task == learnt[line.step] for line in record.trainings)
    assert all(line.episodes == 4 for line in record.evaluations)


def test_a_segment_ends_where_its_block_does() -> None:
    stream = load_stream(data(evaluate_every=384))
    ends = [(s.block, s.begin, s.end, s.last) for s in stream.segments()]
    assert ends == [
        (0, 0, 384, False),
        (0, 384, 512, True),
        (1, 512, 768, False),
        (1, 768, 1024, True),
    ]


def test_scores_are_those_of_an_evaluation(tmp_path: Path) -> None:
    record = run(tmp_path / "stream", ("reference", "random"))
    for agent in ("reference", "random"):
        (row,) = adaptarium.evaluate(
            "Empty-v0", agent, overrides={"size": 6}, episodes=4, out=tmp_path / agent
        )
        (line,) = [e for e in record.evaluations if (e.learner, e.task) == (agent, "wide")]
        assert line.score == pytest.approx(row["score"]["score"])
        assert line.mean_return == pytest.approx(row["score"]["mean_return"])
        assert line.success_rate == row["score"]["success_rate"]


def test_weights_are_kept_from_block_to_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, real = [], LibraryLearner.learn

    def learn(self: LibraryLearner, segment: Segment) -> Any:
        before = self._learner.policy.action_net.weight.detach().numpy().copy()
        episodes = real(self, segment)
        seen.append((before, self._learner.policy.action_net.weight.detach().numpy().copy()))
        return episodes

    monkeypatch.setattr(LibraryLearner, "learn", learn)
    run(tmp_path, ("ppo",))
    assert len(seen) == 4
    assert all(np.array_equal(one[1], after[0]) for one, after in pairwise(seen))
    assert all((before != after).any() for before, after in seen)


def test_experts_learn_a_task_alone_for_as_long_as_the_stream_does(tmp_path: Path) -> None:
    blocks = [{"learn": name, "steps": 256} for name in ("plain", "wide", "plain")]
    record = run(tmp_path, experts=True, block=blocks)
    ends = {b.task: b.end for b in record.blocks if b.role == "expert"}
    assert ends == {"plain": 512, "wide": 256}
    evaluated = {(e.task, e.step) for e in record.evaluations if e.role == "expert"}
    assert evaluated == {
        *[("plain", step) for step in (0, 256, 512)],
        *[("wide", step) for step in (0, 256)],
    }


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    "agent",
    ["ppo", "dqn", pytest.param("fast-ppo", marks=pytest.mark.full), Counter()],
    ids=["ppo", "dqn", "fast", "own"],
)
@pytest.mark.parametrize("moment", ["_write", "_note", "_clean"])
def test_an_interrupted_life_leaves_the_same_record(
    agent: Any, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dqn = {"layers": [8], "learning_starts": 64, "buffer_size": 400, "gradient_steps": 1}
    hyper = {"ppo": PPO, "dqn": dqn, "fast-ppo": PPO}
    changes: dict[str, Any] = {"learner": {name: {"hyper": one} for name, one in hyper.items()}}
    run(tmp_path / "whole", (agent,), **changes)
    real, calls = getattr(_Living, moment), []

    def killed(self: Any, *arguments: Any) -> None:
        calls.append(moment)
        real(self, *arguments)
        if len(calls) % 2 == 0:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(_Living, moment, killed)
        for _ in range(12):
            try:
                run(tmp_path / "parted", (agent,), **changes)
                break
            except Killed:
                pass
    run(tmp_path / "parted", (agent,), **changes)
    assert len(calls) > 3
    whole, parted = (
        (tmp_path / name / "record.jsonl").read_bytes() for name in ("whole", "parted")
    )
    assert whole == parted


def test_a_torn_line_is_dropped(tmp_path: Path) -> None:
    run(tmp_path / "whole")
    life = tmp_path / "parted" / "lives" / "counter_s0"
    life.mkdir(parents=True)
    (life / "record.jsonl").write_text('{"kind": "evaluation", "lear')
    run(tmp_path / "parted")
    whole, parted = (
        (tmp_path / name / "record.jsonl").read_bytes() for name in ("whole", "parted")
    )
    assert whole == parted


def test_a_finished_stream_is_not_run_again(tmp_path: Path) -> None:
    run(tmp_path)
    before = (tmp_path / "lives" / "counter_s0" / "progress.json").stat().st_mtime_ns
    run(tmp_path)
    assert (tmp_path / "lives" / "counter_s0" / "progress.json").stat().st_mtime_ns == before


def test_seeds_and_learners_join_a_folder(tmp_path: Path) -> None:
    run(tmp_path)
    stream = load_stream(data())
    run_stream(StreamRun(stream, ("random",), (0, 1)), tmp_path)
    found = {(line.learner, line.seed) for line in read_record(tmp_path).evaluations}
    assert found == {("counter", 0), ("random", 0), ("random", 1)}


def test_another_stream_or_learner_in_the_folder_is_refused(tmp_path: Path) -> None:
    run(tmp_path, ("ppo",))
    with pytest.raises(ResultsError, match="a stream with another 'episodes'"):
        run(tmp_path, ("ppo",), episodes=5)
    with pytest.raises(ResultsError, match="a stream with another 'learner'"):
        run(tmp_path, ("ppo",), learner={"ppo": {"hyper": {**PPO, "gamma": 0.5}}})


def test_recurring_tasks_come_back(tmp_path: Path) -> None:
    recurring = {"blocks": 8, "steps": 64, "exponent": 1.0, "seed": 3}
    record = run(tmp_path, evaluate_every=0, block=[], recurring=recurring)
    names = [block.task for block in record.blocks]
    assert len(names) == 8
    assert set(names) == {"plain", "wide"}
    assert [e.step for e in record.evaluations if e.task == "plain"] == list(range(0, 513, 64))


@pytest.mark.parametrize("agent", ["ppo", "dqn", "fast-ppo"])
def test_environments_of_others(agent: str, tmp_path: Path) -> None:
    tasks = [
        {"name": "short", "world": "gym:CartPole-v1", "set": {"sutton_barto_reward": True}},
        {"name": "long", "world": "gym:CartPole-v1", "reference_return": 500.0},
    ]
    blocks = [{"learn": "short", "steps": 128}, {"learn": "long", "steps": 128}]
    hyper = {"ppo": PPO, "dqn": {"learning_starts": 32}, "fast-ppo": PPO}
    learners = {name: {"hyper": one} for name, one in hyper.items()}
    changes = {"task": tasks, "block": blocks, "learner": learners, "evaluate_every": 64}
    record = run(tmp_path, (agent,), **changes)
    assert [e.step for e in record.evaluations if e.task == "long"] == [0, 64, 128, 192, 256]
    short = [e for e in record.evaluations if e.task == "short"]
    assert all(e.score == e.mean_return for e in short)


def test_continuous_actions_are_learnt_by_the_compact_ppo(tmp_path: Path) -> None:
    tasks = [{"name": "swing", "world": "gym:Pendulum-v1"}]
    noise = {"kind": "observation.noise", "sigma": 0.5}
    shift = {"name": "noise", "what": noise, "when": {"kind": "step", "at": 8}}
    tasks[0]["shift"] = {"schema": "adaptarium-shift/1", "shift": [shift]}  # type: ignore[assignment]
    changes = {"task": tasks, "block": [{"learn": "swing", "steps": 128}], "evaluate_every": 64}
    record = run(tmp_path, ("fast-ppo",), learner={"fast-ppo": {"hyper": PPO}}, **changes)
    assert [e.step for e in record.evaluations] == [0, 64, 128]
    assert len({e.score for e in record.evaluations}) == 3
    assert [mark.begin for mark in record.shifts] == [64]


class TooShort(Counter):
    """Stops early."""

    name = "too short"

    def learn(self, env: Any, steps: int) -> None:
        """One step of many."""
        env.step(np.zeros(env.num_envs, np.int64) if env.observation else None)


class TooLong(Counter):
    """Goes on and on."""

    name = "too long"

    def learn(self, env: Any, steps: int) -> None:
        """More steps than there are."""
        while env.observation:
            env.step(np.zeros(env.num_envs, np.int64))


@pytest.mark.parametrize(
    ("agent", "complaint"),
    [(TooShort(), r"learn\(\) took 8 of 256 steps"), (TooLong(), "takes more steps")],
)
def test_a_learner_takes_the_steps_that_it_is_given(
    agent: Any, complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(EvaluationError, match=complaint):
        run(tmp_path, (agent,))


@pytest.mark.parametrize(
    ("agents", "workers", "error", "complaint"),
    [
        ((), 0, AgentError, "at least one agent"),
        (("pp",), 0, UnknownNameError, "did you mean 'ppo'"),
        (("random", "random"), 0, AgentError, "two agents are called 'random'"),
        ((Counter(),), 2, AgentError, "expected workers=0, not 2"),
        (("ppo-x",), 0, UnknownNameError, "did you mean 'ppo'"),
    ],
)
def test_agents_that_cannot_run_are_refused_first(
    agents: tuple[Any, ...], workers: int, error: type[Exception], complaint: str, tmp_path: Path
) -> None:
    stream = StreamRun(load_stream(data()), agents, (0,))
    with pytest.raises(error, match=complaint):
        run_stream(stream, tmp_path / "out", workers=workers)
    assert not (tmp_path / "out").exists()


def test_hyper_parameters_are_checked_first(tmp_path: Path) -> None:
    learner = {"ppo": {"hyper": {"gama": 0.9}}}
    with pytest.raises(FactorError, match="learner ppo: .*did you mean 'gamma'"):
        run(tmp_path / "out", ("ppo",), learner=learner)
    assert not (tmp_path / "out").exists()


@pytest.mark.full
@pytest.mark.parametrize("agent", ["ppo", "fast-ppo"])
def test_a_killed_command_goes_on(agent: str, tmp_path: Path) -> None:
    """SIGKILL to the command and all its workers, again and again."""
    source = tmp_path / "stream.json"
    learner = {agent: {"hyper": PPO}}
    source.write_text(json.dumps(data(experts=True, learner=learner)))
    script = (
        "import json, sys\n"
        "import adaptarium\n"
        "if __name__ == '__main__':\n"
        "    stream = json.loads(open(sys.argv[1]).read())\n"
        f"    adaptarium.evaluate(stream=stream, agents='{agent}', out=sys.argv[2], workers=2)\n"
    )
    (tmp_path / "go.py").write_text(script)
    command = [sys.executable, str(tmp_path / "go.py"), str(source)]

    def go(out: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, str(tmp_path / out)], start_new_session=True)

    assert go("whole").wait(timeout=600) == 0
    rng = np.random.default_rng(0)
    for _ in range(6):
        process = go("parted")
        time.sleep(float(rng.uniform(4, 15)))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert go("parted").wait(timeout=600) == 0
    whole, parted = (
        (tmp_path / name / "record.jsonl").read_bytes() for name in ("whole", "parted")
    )
    assert whole == parted
