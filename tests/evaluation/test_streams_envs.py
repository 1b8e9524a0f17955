"""The environments of a stream: rows for seats, the compact PPO's view of them, saving."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from adaptarium.agents.rl.fast.rollout import Collector
from adaptarium.agents.rl.fast.train import make_network
from adaptarium.agents.rl.settings import FastPPOSettings, settings_for
from adaptarium.agents.rl.view import View
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AgentError, FactorError, StreamError
from adaptarium.envs.core.world import World, resolve_world
from adaptarium.evaluation.streams.envs import make_env
from adaptarium.evaluation.streams.fast import _Slots
from adaptarium.evaluation.streams.learners import check_learner
from adaptarium.evaluation.streams.learning_env import LearningEnv
from adaptarium.evaluation.streams.plan import load_stream
from adaptarium.wrappers.spec import ShiftPlan

SEED, SLOTS, STEPS = 11, 3, 40


def world(name: str) -> World:
    return resolve_world(name).override(**{"episode.max_steps": 12})


def collected(view: Any, name: str) -> list[torch.Tensor]:
    """Two rollouts of a network that is the same every time."""
    changes = {"layers": [8], "memory": 4}
    settings = settings_for("fast-ppo", "grid", changes)
    assert isinstance(settings, FastPPOSettings)
    random = torch.Generator()
    random.manual_seed(5)
    layout, sizes = world(name).family.module("layout"), world(name).sizes()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = make_network(
            layout.observation_space(sizes), layout.action_space(sizes), settings, 1
        )
    collector = Collector(
        view,
        network,
        steps=STEPS // 2,
        gamma=0.9,
        seed=SEED,
        random=random,
        masked=True,
    )
    found = []
    for _ in range(2):
        rollout = collector.collect()
        parts = (rollout.observations, rollout.actions, rollout.rewards, rollout.carries)
        more = (rollout.starts, rollout.valid, rollout.masks, rollout.last)
        found += [part.clone() for part in (*parts, *more) if part is not None]
    return found


@pytest.mark.parametrize("name", ["DoorKey-v0", "Foraging-v0"])
def test_the_compact_ppo_sees_a_stream_as_it_sees_a_batch(name: str) -> None:
    native = collected(View(Batch([world(name)], SLOTS, autoreset="same_step")), name)
    env = LearningEnv(make_env(world(name), SLOTS), SEED)
    env.steps_left = 10_000
    rows = collected(_Slots(env), name)
    env.close()
    assert len(native) == len(rows) == 16
    assert not native[3].all()  # an episode ended
    assert all(torch.equal(one, other) for one, other in zip(native, rows, strict=True))


def test_seats_are_rows() -> None:
    env = LearningEnv(make_env(world("Foraging-v0"), SLOTS), SEED)
    batch = Batch([world("Foraging-v0")], SLOTS, autoreset="same_step")
    batch.reset(seed=SEED)
    assert env.num_envs == SLOTS * 2
    assert np.array_equal(
        env.observation["image"].reshape(batch.obs["image"].shape), batch.obs["image"]
    )
    rng, total, finished = np.random.default_rng(0), np.zeros((SLOTS, 2)), []
    env.steps_left = STEPS * env.num_envs
    while env.steps_left:
        actions = rng.integers(6, size=env.num_envs)
        batch.w.actions[:] = actions.reshape(batch.w.actions.shape)
        batch.step()
        _, rewards, terminated, truncated, infos = env.step(actions)
        total += batch.w.reward
        assert np.array_equal(rewards, batch.w.reward.reshape(-1))
        for slot in np.flatnonzero(batch.w.out["final"]):
            finished.append((float(total[slot].sum()), int(batch.w.out["length"][slot])))
            total[slot] = 0
        for row in np.flatnonzero(terminated | truncated):
            slot, seat = divmod(int(row), 2)
            final = batch.final_obs if batch.w.out["final"][slot] else batch.obs
            assert np.array_equal(infos["final_obs"][row]["image"], final["image"][slot, seat])
    assert np.allclose(env.take_finished(), finished)
    assert env.take_finished() == []
    with pytest.raises(AgentError, match="more steps than it was given"):
        env.step(actions)
    env.close()


def noisy(kind: str) -> ShiftPlan:
    whats = {
        "DoorKey-v0": {"kind": "observation.delay", "steps": 2},
        "Foraging-v0": {"kind": "action.noise", "rate": 0.5},
    }
    shift = {"name": "s", "what": whats[kind], "when": {"kind": "walk", "every": 3}}
    return ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": [shift]})


@pytest.mark.parametrize("name", ["DoorKey-v0", "Foraging-v0"])
def test_a_saved_environment_goes_on(name: str) -> None:
    plan, moves = noisy(name), np.random.default_rng(0).integers(6, size=(2 * STEPS, SLOTS * 2))

    def fresh(seed: int) -> LearningEnv:
        env = LearningEnv(make_env(world(name), SLOTS, plan), seed)
        env.steps_left = 100_000
        return env

    def played(env: LearningEnv, which: Any) -> list[Any]:
        steps = [env.step(row[: env.num_envs]) for row in which]
        clocks = env.clock.positions().tolist()
        return [[(s[0]["image"].tolist(), s[1].tolist()) for s in steps], clocks, env.finished]

    env, other = fresh(SEED), fresh(SEED + 100)
    played(env, moves[:STEPS])
    other.restore(env.state())
    env.finished.clear()
    assert played(env, moves[STEPS:]) == played(other, moves[STEPS:])
    assert other.clock.steps.tolist() == [2 * STEPS] * SLOTS
    other.come_back(env.state())
    before = other.clock.episodes.copy()
    assert other.observation["image"].shape == env.observation["image"].shape
    assert other.clock.episodes.tolist() == (before + 1).tolist()
    assert other.clock.positions().tolist() == env.clock.positions().tolist()
    env.close()
    other.close()


def stream(*tasks: dict[str, Any], **learner: Any) -> Any:
    return load_stream(
        {
            "schema": "adaptarium-stream/1",
            "name": "small",
            "num_envs": 8,
            "episodes": 4,
            "task": [{"name": f"t{number}", **task} for number, task in enumerate(tasks)],
            "block": [{"learn": "t0", "steps": 512}],
            "learner": learner,
        }
    )


PENDULUM = {"world": "gym:Pendulum-v1"}
CART = {"world": "gym:CartPole-v1"}
MAZE = {"world": "Maze-v0", "set": {"size": 7}}


@pytest.mark.parametrize(
    ("task", "agent", "complaint"),
    [
        (PENDULUM, "ppo", r"learner ppo: actions Box.*learns discrete ones; expected fast-ppo"),
        (CART, "maskable-ppo", "gym:CartPole-v1 has no masks of valid actions; expected ppo"),
        (CART, "wide", "learner wide: .*layers"),
    ],
)
def test_learners_that_cannot_learn_a_stream_are_refused(
    task: dict[str, Any], agent: str, complaint: str
) -> None:
    wide = {"algo": "ppo", "hyper": {"layers": [0]}}
    with pytest.raises(FactorError, match=complaint):
        check_learner(stream(task, wide=wide), agent)
    check_learner(stream(PENDULUM), "fast-ppo")


def test_the_reference_cannot_play_environments_of_others() -> None:
    with pytest.raises(AgentError, match="agent 'reference' cannot play gym:CartPole-v1"):
        check_learner(stream(CART), "reference")


PHYSICS = {"kind": "factors", "to": {"transition.slip": 0.1}}
NOISE = {"kind": "observation.noise", "sigma": 0.1}
PARTNERS = {"kind": "partners", "pool": ["random", "reference"]}
TEAM = {"world": "Foraging-v0"}


@pytest.mark.parametrize(
    ("tasks", "complaint"),
    [
        ([MAZE, CART], "task 't1': observations .*expected those of task 't0'.*One policy plays"),
        ([CART, PENDULUM], "task 't1': observations"),
        ([{**CART, "what": PHYSICS}], "shifts 's' change the physics.*CartPole-v1 does not have"),
        ([{**CART, "what": PARTNERS}], "swaps partners; gym:CartPole-v1 has one seat"),
        ([{**TEAM, "what": {**PARTNERS, "pool": ["random", "nobody"]}}], "unknown agent 'nobody'"),
        ([{**TEAM, "what": PARTNERS}], "partner 'reference' cannot play beside a learner"),
        ([{**MAZE, "what": {**NOISE, "entries": ["imag"]}}], "task 't0': .*'imag'"),
        ([{"world": "gym:CartPol-v1"}], "unknown Gymnasium environment 'CartPol-v1'; did you mean"),
    ],
)
def test_tasks_that_do_not_fit_are_refused(tasks: list[dict[str, Any]], complaint: str) -> None:
    for task in tasks:
        if what := task.pop("what", None):
            shift = {"name": "s", "what": what, "when": {"kind": "walk"}}
            task["shift"] = {"schema": "adaptarium-shift/1", "shift": [shift]}
    with pytest.raises(StreamError, match=complaint):
        stream(*tasks)
