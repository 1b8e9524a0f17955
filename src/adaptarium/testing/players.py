"""Players that try to beat a reference: random, greedy, and its plan with one action changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.testing.fan import Fan
from adaptarium.testing.play import actions_from, draw_streams

MAX_TURNS = 3_000
Returns = npt.NDArray[np.float64]


def random_returns(world: World, levels: int, episodes: int, seed: int) -> Returns:
    """(episodes, levels) returns of random play on the first levels of consecutive seeds.

    Every episode has its own chance, on the level of its seed.
    """
    fan = Fan(world, levels, episodes)
    batch, n = fan.batch, fan.batch.num_envs
    fan.reset(seed)
    batch.w.core["key_dynamics"] ^= np.arange(1, n + 1, dtype=np.uint64) << np.uint64(32)
    turns = _horizon(batch)
    draws = draw_streams(batch, range(n), turns)
    for turn in range(turns):
        if batch.w.core["ended"].all():
            break
        batch.w.actions[:] = actions_from(batch, draws[:, turn])
        batch.step()
    return fan.split(batch.w.returns).sum(axis=-1)


def greedy_returns(world: World, levels: int, seed: int) -> Returns:
    """(levels,) returns of taking the action that pays most at once, any of the best.

    It looks one step ahead on the kernel, so it is only fair where nothing is left to chance; it
    plays worlds of one seat with Discrete actions, others give no returns.
    """
    fan = Fan(world, levels, 1)
    space, agents = fan.batch.action_space, fan.batch.w.reward.shape[1]
    if agents > 1 or not isinstance(space, spaces.Discrete):
        return np.zeros(0)
    fan = Fan(world, levels, int(space.n))
    fan.reset(seed)
    actions, core = fan.split(fan.batch.w.actions), fan.split(fan.batch.w.core)
    rng = np.random.default_rng(seed)
    for _ in range(_horizon(fan.batch)):
        if core["ended"][0].all():
            break
        fan.spread()
        mask = fan.split(fan.batch.masks())[0, :, 0].T.copy()
        actions[:, :, 0] = np.arange(fan.variants)[:, None]
        fan.batch.step()
        pays = fan.split(fan.batch.w.reward)[..., 0] + 1e-9 * rng.random(mask.shape)
        best = np.where(mask, pays, -np.inf).argmax(axis=0)
        fan.restore()
        actions[:, :, 0] = best
        fan.batch.step()
    return fan.split(fan.batch.w.returns)[0].sum(axis=-1)


def replay(world: World, seed: int, plan: list[Any]) -> tuple[float, bool]:
    """Return, and success of the last inner episode, of a plan on the first level of a seed."""
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=seed)
    for action in plan:
        batch.w.actions[0] = np.reshape(action, batch.w.actions.shape[1:])
        batch.step()
    return float(batch.w.returns[0].sum()), bool(batch.w.metrics[0]["success"])


def perturbed_returns(world: World, seed: int, plan: list[Any], tries: int) -> Returns:
    """(tries,) returns of a plan with one action replaced, at places spread over it."""
    batch = Batch([world], tries, autoreset="disabled")
    batch.reset(seed=[seed] * tries)
    places = np.random.default_rng(seed).integers(0, len(plan), tries)
    draws = draw_streams(batch, range(tries), len(plan))
    for turn, action in enumerate(plan):
        other = np.asarray(actions_from(batch, draws[:, turn]))
        same = np.broadcast_to(np.reshape(action, batch.w.actions.shape[1:]), other.shape)
        change = (places == turn).reshape(-1, *[1] * (other.ndim - 1))
        batch.w.actions[:] = np.where(change, other, same)
        batch.step()
    return batch.w.returns.sum(axis=-1)


def _horizon(batch: Batch) -> int:
    """Turns until every episode is over, at most ``MAX_TURNS``."""
    return min(int((batch.w.core["limit"] * batch.w.rules["inner_episodes"]).max()), MAX_TURNS)


def tried(
    world: World, plans: dict[int, list[Any]], levels: list[int], episodes: int, seed: int
) -> Iterator[tuple[str, int, Returns]]:
    """(player, level, its returns) for every player on every level that it can play.

    Args:
        world: The world.
        plans: Level number -> the fixed plan of its reference.
        levels: Numbers of the levels; level ``i`` is the first of seed ``seed + i``.
        episodes: Of the random player; the plan is changed twice as often.
        seed: Of level 0.
    """
    count = max(levels) + 1
    at_random = random_returns(world, count, episodes, seed)
    for i in levels:
        yield "a random player", i, at_random[:, i]
    greedy = greedy_returns(world, count, seed) if plans else np.zeros(0)
    for i, plan in plans.items():
        if greedy.size:
            yield "a greedy player", i, greedy[i : i + 1]
        for paid in perturbed_returns(world, seed + i, plan, 2 * episodes):
            yield "the plan with one action changed", i, np.array([paid])
