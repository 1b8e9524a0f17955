"""What learners of navigation reach on maps that they never saw, and what a memory is worth.

``rooms`` and ``mazes``: fast-ppo learns ``PointMaze-v0`` at difficulty 0.5, with the compass and
without; success and SPL on the split ``test``, beside the explorer, which learns nothing beforehand
but makes a map and plans anew as it changes, and the reference, which sees the map.

``hidden``: fast-ppo learns ``HiddenGoal-v0`` with a memory and without; the steps of each inner
episode, and those of the third over those of the first, with 95 % intervals by bootstrap over
trials.

While it learns, coming nearer to the goal along open ways pays a little, and a step costs a little
(``reward.approach``, ``reward.step_cost``); nothing else of the world is changed, and what is told
depends on neither. Minutes are those of the processor, of one thread.

    OMP_NUM_THREADS=1 python benchmarks/navigation_learning.py [rooms mazes hidden] [--steps N]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.scripted.explorer import Explorer
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.envs.navigation.reference import policy, shortest_way, spl
from adaptarium.evaluation.statistics import bootstrap_interval, mean

LEVELS, FIRST_SEED = 200, 10_000_000
MAPS: Mapping[str, Mapping[str, Any]] = {
    "rooms": {"generator": "rooms", "size": 12, "rooms": 8},
    "mazes": {"generator": "maze", "size": 9, "loops": 0.3},
}
SHAPED = {"reward.approach": 0.3, "reward.step_cost": 0.01}
BLIND = {"observation.compass": False, "observation.position": True}
HIDDEN = {"n_steps": 200, "batch_size": 6_400}  # a try takes up to 200 steps
INNER = 4
Act = Callable[[Batch, int], Any]  # the actions of all slots at a step


def learnt(world: World, steps: int, **hyper: Any) -> tuple[Act, float]:
    """A trained player, and the minutes that it took."""
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        adaptarium.train(
            world.override(split="train", **SHAPED),
            algo="fast-ppo",
            steps=steps,
            num_envs=256,
            out=folder,
            device="cpu",
            log_every=steps,
            hyperparameters=hyper,
        )
        agent = load_agent(folder)
    slots = np.arange(LEVELS)

    def act(batch: Batch, step: int) -> Any:
        seen = {name: view[:, 0] for name, view in batch.obs.items()}
        first = np.full(LEVELS, step == 0)
        info = {"first": first, "step": np.full(LEVELS, step), "seed": FIRST_SEED + slots}
        return agent.act(seen, {**info, "slots": slots, "batch": batch, "world": world})

    return act, (time.process_time() - begun) / 60


def exploring() -> Act:
    """The explorer, one for each slot."""
    players = [Explorer() for _ in range(LEVELS)]

    def act(batch: Batch, step: int) -> Any:
        rows = []
        for i, player in enumerate(players):
            seen = {name: view[i, 0] for name, view in batch.obs.items()}
            over = batch.w.core[i]["ended"]
            rows.append(np.zeros(2) if over else player.act(seen, {"first": step == 0}))
        return np.array(rows)

    return act


def guided(world: World) -> Act:
    """The reference, which sees the map."""
    players: list[Any] = []

    def act(batch: Batch, step: int) -> Any:
        if step == 0:
            level = batch.w.core["level"]
            players[:] = [policy(world, batch.w, int(k)) for k in level]
        over = batch.w.core["ended"]
        rows = [[[0, 0]] if over[i] else one.act(batch.w, i) for i, one in enumerate(players)]
        return np.array(rows)[:, 0]

    return act


def played(world: World, act: Act) -> tuple[Batch, NDArray[np.int64]]:
    """The batch after one trial in each slot, and (slots, inner episodes) steps."""
    batch = Batch([world], LEVELS, autoreset="disabled")
    batch.reset(seed=FIRST_SEED)
    lengths, step = np.zeros((LEVELS, INNER), np.int64), 0
    going = batch.w.core["ended"] == 0
    while going.any():
        inner = batch.w.core["inner"].copy()
        batch.w.actions[:, 0] = act(batch, step)
        batch.step()
        np.add.at(lengths, (np.flatnonzero(going), inner[going]), 1)
        going, step = batch.w.core["ended"] == 0, step + 1
    return batch, lengths


def row(name: str, world: World, act: Act, minutes: float = 0.0) -> None:
    """Print how a player does on unseen maps."""
    test = world.override(split="test")
    begin = Batch([test], LEVELS, autoreset="disabled")
    begin.reset(seed=FIRST_SEED)
    shortest = [shortest_way(begin.w, i) for i in range(LEVELS)]
    batch, lengths = played(test, act)
    success = batch.w.final_metrics["success"].astype(float)
    weighted = spl(success, batch.w.final_metrics["path"], shortest)
    told = f"{success.mean():.2f} | {weighted:.2f} | {lengths.sum(axis=1).mean():.0f}"
    print(f"| {name} | {told} | {minutes:.1f} |", flush=True)


def maps(kind: str, steps: int) -> None:
    """A table of players on one kind of map."""
    print(f"| PointMaze-v0, {kind} | success | SPL | steps | minutes of learning |")
    print("| --- | --- | --- | --- | --- |")
    world = adaptarium.world("PointMaze-v0", difficulty=0.5, **MAPS[kind])
    for name, changes in (("compass", {}), ("position, no compass", BLIND)):
        own = world.override(**changes)
        row(f"fast-ppo, {name}", own, *learnt(own, steps))
        row(f"explorer, {name}", own, exploring())
    row("reference", world, guided(world))


def hidden(steps: int) -> None:
    """A table of the inner episodes with a memory and without."""
    columns = " | ".join(f"try {number + 1}" for number in range(INNER))
    print(f"| HiddenGoal-v0, steps | {columns} | third over first |")
    print(f"|{' --- |' * (INNER + 2)}")
    world = adaptarium.world("HiddenGoal-v0")
    for name, changes in (("memory", {}), ("no memory", {"memory": 0})):
        act, _ = learnt(world, steps, **HIDDEN, **changes)
        lengths = played(world.override(split="test"), act)[1].astype(float)
        each = " | ".join(f"{steps:.0f}" for steps in lengths.mean(axis=0))
        print(f"| fast-ppo, {name} | {each} | {third_over_first(lengths)} |", flush=True)


def third_over_first(lengths: NDArray[np.float64]) -> str:
    """The ratio of the mean steps, with its interval over trials."""
    first, third = lengths[:, 0], lengths[:, 2]
    ratio = third.mean() / first.mean()
    # Of the ratio of means by its linear part (the delta method).
    parts = ratio + (third - ratio * first) / first.mean()
    found = bootstrap_interval(parts.reshape(-1, 1), mean)
    return f"{ratio:.2f} [{found.low:.2f}, {found.high:.2f}]"


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description="What learners of navigation reach.")
    parser.add_argument("parts", nargs="*", default=[*MAPS, "hidden"])
    parser.add_argument("--steps", type=int, default=12_000_000, help="of every learner")
    chosen = parser.parse_args()
    for part in chosen.parts:
        if part == "hidden":
            hidden(chosen.steps)
        elif part in MAPS:
            maps(part, chosen.steps)
        else:
            parser.error(f"unknown part {part!r}: expected {', '.join([*MAPS, 'hidden'])}")


if __name__ == "__main__":
    main()
