"""``adaptarium bench``: what this machine does in a second, beside MiniGrid if installed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium
import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.sampling import random_actions
from adaptarium.envs.core.world import World, resolve_world

MINIGRID_ID = "MiniGrid-DoorKey-8x8-v0"
ACTIONS = 997  # rows of random actions that are played over and over

Listener = Callable[[str], None]


def bench(
    world: World | str = "DoorKey-v0",
    *,
    overrides: Mapping[str, Any] | None = None,
    num_envs: int = 1024,
    seconds: float = 1.0,
    seed: int = 0,
    listener: Listener = lambda _what: None,
) -> list[dict[str, Any]]:
    """Measure speeds with random actions.

    Fresh levels are generated inside the runs, autoreset is SAME_STEP in batches, and every output
    is written. Each figure is the best of three measurements of ``seconds / 3``.

    Args:
        world: A world, a registered id, or a world file.
        overrides: Generator knobs by name, factors by dotted name.
        num_envs: Slots of the batch.
        seconds: Time for each measurement.
        seed: Seed of actions and levels.
        listener: Told what is measured.

    Returns:
        One table a measurement: ``name``, ``value`` (a second) and ``unit``.
    """
    found = resolve_world(world, **(overrides or {}))
    cores = os.cpu_count() or 1
    plan: list[tuple[str, str, Callable[[], float]]] = []
    if found.seats == 1:
        plan.append(("single environment", "steps", lambda: _single(found, seconds, seed)))
        plan.append((f"{MINIGRID_ID} (minigrid)", "steps", lambda: _minigrid(seconds, seed)))
    plan.append(
        (f"batch of {num_envs}, 1 thread", "steps", lambda: _batch(found, num_envs, 1, seconds))
    )
    if cores > 1:
        plan.append(
            (
                f"batch of {num_envs}, {cores} threads",
                "steps",
                lambda: _batch(found, num_envs, cores, seconds),
            )
        )
    if found.levels.generator:
        plan.append(("level generation", "levels", lambda: _levels(found, seconds)))
    rows = []
    for name, unit, measure in plan:
        listener(name)
        try:
            value = measure()
        except ModuleNotFoundError:  # MiniGrid is no dependency
            continue
        rows.append({"name": name, "value": value, "unit": f"{unit} a second"})
    return rows


def _speed(work: Callable[[], int], seconds: float) -> float:
    """The best of three rates of ``work``, which returns how much it did."""
    work()
    best = 0.0
    for _ in range(3):
        done, begun = 0, time.perf_counter()
        while (spent := time.perf_counter() - begun) < seconds / 3 or done == 0:
            done += work()
        best = max(best, done / spent) if spent > 0 else best
    return best


def _single(world: World, seconds: float, seed: int) -> float:
    env = gymnasium.make("adaptarium/World-v0", world=world.to_data())
    return _environment(env, seconds, seed)


def _minigrid(seconds: float, seed: int) -> float:
    import minigrid  # noqa: F401 - registers its environments

    return _environment(gymnasium.make(MINIGRID_ID), seconds, seed)


def _environment(env: gymnasium.Env[Any, Any], seconds: float, seed: int) -> float:
    """Steps a second of one environment through ``gymnasium.make``, resets included."""
    actions = list(random_actions(env.action_space, np.random.default_rng(seed), 200))
    if isinstance(env.action_space, gymnasium.spaces.Discrete):
        actions = [int(action) for action in actions]  # as loops of users have them
    env.reset(seed=seed)

    def work() -> int:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return len(actions)

    try:
        return _speed(work, seconds)
    finally:
        env.close()


def _batch(world: World, num_envs: int, threads: int, seconds: float) -> float:
    batch = Batch([world], num_envs, autoreset="same_step", num_threads=threads)
    rng = np.random.default_rng(0)
    drawn = random_actions(batch.action_space, rng, ACTIONS, *batch.w.reward.shape)
    actions = drawn.astype(batch.w.actions.dtype)
    batch.reset(seed=run_seed(0))
    turn = 0

    def work() -> int:
        nonlocal turn
        for _ in range(20):
            turn = (turn + 1) % ACTIONS
            batch.w.actions[:] = actions[turn]
            batch.step()
        return 20 * num_envs

    try:
        return _speed(work, seconds)
    finally:
        batch.close()


def _levels(world: World, seconds: float) -> float:
    batch = Batch([world], 1024)
    first = np.arange(batch.num_envs, dtype=np.int64)
    turn = 0

    def work() -> int:
        nonlocal turn
        turn += 1
        batch.generate(first + turn * batch.num_envs)
        return batch.num_envs

    return _speed(work, seconds)
