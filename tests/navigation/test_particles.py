"""Spread and Tag against mpe2's simple_spread_v3 and simple_tag_v3, from the same states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world

pytest.importorskip("mpe2")
STEPS = 100
TOLERANCE = 1e-6


def theirs(name: str) -> Any:
    from mpe2 import simple_spread_v3, simple_tag_v3

    module = simple_spread_v3 if name == "Spread-v0" else simple_tag_v3
    return module.parallel_env(max_cycles=STEPS, continuous_actions=True)


def ours(name: str) -> Batch:
    return Batch([load_world(name, **{"episode.max_steps": STEPS})], 1, autoreset="disabled")


def place(batch: Batch, seed: int) -> None:
    """A state with fields of its own: bodies anywhere, in motion, many of them in contact."""
    rng = np.random.default_rng(seed)
    batch.reset(seed=seed)
    bodies, items = batch.w.state.bodies[0], batch.w.levels.items[0]
    for name, half in (("x", 0.5), ("y", 0.5), ("vx", 0.3), ("vy", 0.3)):
        bodies[name] = rng.uniform(-half, half, len(bodies))
    for name in ("x", "y"):
        items[name] = rng.uniform(-0.9, 0.9, len(items))


def copy_state(batch: Batch, env: Any) -> None:
    """Put mpe2's world into the state of slot 0."""
    world, bodies, items = (
        env.unwrapped.world,
        batch.w.state.bodies[0],
        batch.w.levels.items[0],
    )
    for agent, body in zip(world.agents, bodies, strict=True):
        agent.state.p_pos = np.array([body["x"], body["y"]])
        agent.state.p_vel = np.array([body["vx"], body["vy"]])
    for landmark, item in zip(world.landmarks, items, strict=True):
        landmark.state.p_pos = np.array([item["x"], item["y"]])


def command(action: np.ndarray) -> np.ndarray:
    """Our action as theirs: nothing, left, right, down, up."""
    x, y = action.tolist()
    return np.array([0, max(-x, 0), max(x, 0), max(-y, 0), max(y, 0)], np.float32)


def observation(batch: Batch, name: str, a: int) -> np.ndarray:
    """What we show of seat ``a`` in mpe2's order."""
    parts = {key: view[0, a] for key, view in batch.obs.items()}
    others = parts["teammates"].reshape(-1, 4)
    seen = [parts["odometry"][:2], parts["position"], parts["landmarks"], others[:, :2].ravel()]
    if name == "Spread-v0":  # two silent numbers of each other agent
        return np.concatenate([*seen, np.zeros(2 * len(others))])
    runners = [row[2:] for b, row in enumerate(others) if (b if b < a else b + 1) == 3]
    return np.concatenate([*seen, *runners])


def check_step(batch: Batch, name: str, env: Any, out: tuple[Any, ...]) -> None:
    observations, rewards = out[0], out[1]
    bodies, agents = batch.w.state.bodies[0], env.unwrapped.world.agents
    for a, (agent, body) in enumerate(zip(agents, bodies, strict=True)):
        near = {"rtol": 0, "atol": TOLERANCE}
        np.testing.assert_allclose([body["x"], body["y"]], agent.state.p_pos, **near)
        np.testing.assert_allclose([body["vx"], body["vy"]], agent.state.p_vel, **near)
        np.testing.assert_allclose(batch.w.reward[0, a], rewards[agent.name], **near)
        # mpe2 hands out float32 of its own, rounded from the same float64.
        np.testing.assert_allclose(
            observation(batch, name, a), observations[agent.name], rtol=2e-7, atol=TOLERANCE
        )


def compare(name: str, seed: int) -> int:
    """Play ``STEPS`` steps on both; returns how many pairs overlapped."""
    env, batch = theirs(name), ours(name)
    env.reset(seed=0)
    place(batch, seed)
    copy_state(batch, env)
    rng = np.random.default_rng(seed + 1)
    for step in range(STEPS):
        actions = rng.uniform(-1, 1, batch.w.actions.shape[1:]).astype(np.float32)
        if step % 20 < 12:  # head for the middle, into one another
            bodies = batch.w.state.bodies[0]
            actions = -np.stack([bodies["x"], bodies["y"]], axis=1).astype(np.float32)
            actions = np.clip(2 * actions, -1, 1)
        batch.w.actions[0] = actions
        batch.step()
        named = zip(env.possible_agents, actions, strict=True)
        check_step(batch, name, env, env.step({agent: command(one) for agent, one in named}))
    assert batch.w.core["ended"][0]
    assert not env.agents
    return int(batch.w.metrics["overlaps"][0])


@pytest.mark.parametrize("name", ["Spread-v0", "Tag-v0"])
def test_a_hundred_steps_are_those_of_mpe2(name: str) -> None:
    assert compare(name, 0) > 5, "hardly any contact was tried"


@pytest.mark.full
@pytest.mark.parametrize("name", ["Spread-v0", "Tag-v0"])
def test_a_hundred_steps_are_those_of_mpe2_from_many_states(name: str) -> None:
    overlaps = [compare(name, seed) for seed in range(1, 21)]
    assert sum(overlaps) > 200
