"""Does a learner beat every fixed strategy of the pool? And what does a new opponent cost it?

``fast-ppo`` plays player_0 of ``Price-v0`` against a mixture of nine kinds of opponents, on the
domains of the split ``train``. It is then judged on domains of the split ``test``, which no learner
has seen, beside every fixed strategy: each built-in kind in its place, and bargainers of several
demands. All meet the same domains and opponents; what is told are mean utilities and the learner's
paired advantage over each, with 95 % intervals over domains (the mean of its training seeds).

Then all opponents are swapped for a kind that it has never met, ``micro``, and it goes on learning.
Told are its utility against the mixture and against the new kind before the swap (*drop*: the
first less the second), and after further learning (*recovery*: how much of the drop is gone), and
what it has kept against the mixture, with intervals by bootstrap over training seeds.

    OMP_NUM_THREADS=1 python benchmarks/negotiation_learning.py [--seeds 3] [--steps 2000000]
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.negotiation import Bargainer
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation.codes import KINDS
from adaptarium.evaluation.statistics import bootstrap_interval, mean
from adaptarium.wrappers.spec import as_plan

Floats = NDArray[np.float64]

UNSEEN = "micro"
MIXTURE = tuple(kind for kind in KINDS[:10] if kind != UNSEEN)
DEMANDS = (0.3, 0.5, 0.7, 0.9)
PRICES, ROUNDS = 16, 10  # small enough to be learnt in minutes on one core
NUM_ENVS = 512
JUDGED = 4_000  # negotiations that each player is judged by


def world(split: str, **changes: Any) -> World:
    """Price negotiations against the mixture."""
    found = adaptarium.world("Price-v0", split=split, prices=PRICES, opponents=list(MIXTURE))
    return found.alone().override(**{"transition.deadline": ROUNDS, **changes})


def utilities(of: World, act: Callable[[Any, Any], Any] | None = None) -> Floats:
    """(JUDGED,) what player_0 gets on the same domains: of a built-in player where none acts."""
    batch = Batch([of], JUDGED, autoreset="disabled")
    slots, step = np.arange(JUDGED), 0
    batch.reset(seed=slots.tolist())
    while not batch.w.core["ended"].all():
        if act is not None:
            info = {
                "first": np.full(JUDGED, step == 0),
                "step": np.full(JUDGED, step),
                "seed": slots,
                "mask": batch.masks()[:, 0].astype(np.bool_),
            }
            batch.w.actions[:, 0] = act({n: view[:, 0] for n, view in batch.obs.items()}, info)
        batch.step()
        step += 1
    found = batch.w.final_returns[:, 0].copy()
    batch.close()
    return found


def fixed() -> dict[str, Floats]:
    """The utilities of every fixed strategy."""
    test = world("test")
    found = {kind: utilities(test.override(**{"players.proxy": kind})) for kind in KINDS[:10]}
    for demand in DEMANDS:
        player = Bargainer(demand=demand)
        found[player.name] = utilities(test, player.act)
    return found


def swap(steps: int) -> Any:
    """A plan of one shift: after so many steps of a slot, every opponent is of the unseen kind."""
    change = {"kind": "factors", "to": {"players.built_in": UNSEEN}}
    when = {"kind": "step", "at": steps // NUM_ENVS}
    shift = {"name": "swap", "what": change, "when": when}
    return as_plan({"schema": "adaptarium-shift/1", "shift": [shift]})


def learn(seed: int, steps: int, more: int) -> tuple[Mapping[str, Floats], list[tuple[int, float]]]:
    """Utilities before and after the swap, and the curve of returns while it learns."""
    found: dict[str, Floats] = {}
    tests = {"mixture": world("test"), "unseen": world("test", **{"players.built_in": UNSEEN})}
    with tempfile.TemporaryDirectory() as folder:
        for when, until in (("before", steps), ("after", steps + more)):
            adaptarium.train(
                world("train"),
                algo="fast-ppo",
                steps=until,
                num_envs=NUM_ENVS,
                seed=seed,
                out=folder,
                device="cpu",
                log_every=50_000,
                shift=swap(steps),
            )
            agent = load_agent(folder)
            for name, test in tests.items():
                found[f"{name}, {when}"] = utilities(test, agent.act)
        with (Path(folder) / "progress.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    return found, [(int(row["step"]), float(row["return_mean"])) for row in rows]


def told(values: Floats) -> str:
    """A mean over domains with its normal interval."""
    half = 1.96 * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return f"{values.mean():7.4f} ± {half:6.4f}"


def over_seeds(values: Floats) -> str:
    """A mean over training seeds with its bootstrap interval."""
    found = bootstrap_interval(values, mean)
    return f"{found.value:7.4f} [{found.low:7.4f}, {found.high:7.4f}]"


def print_pool(learner: Floats, pool: Mapping[str, Floats]) -> None:
    """The table of fixed strategies; ``learner`` is (seeds, JUDGED)."""
    average = learner.mean(axis=0)
    print(f"{'player':<24} {'utility':>17} {'fast-ppo is better by':>23}  worst seed")
    print(f"{'fast-ppo':<24} {told(average)}")
    for name, values in sorted(pool.items(), key=lambda item: -item[1].mean()):
        worst = float((learner - values).mean(axis=1).min())
        print(f"{name:<24} {told(values)}       {told(average - values)}     {worst:7.4f}")


def print_swap(rows: Mapping[str, Floats]) -> None:
    """Drop and recovery; each row is (seeds, JUDGED)."""
    means = {name: values.mean(axis=1) for name, values in rows.items()}
    drop = means["mixture, before"] - means["unseen, before"]
    gained = means["unseen, after"] - means["unseen, before"]
    print(f"\nopponents swapped for {UNSEEN}")
    for name, values in means.items():
        print(f"{name:<24} {over_seeds(values)}")
    print(f"{'drop':<24} {over_seeds(drop)}")
    print(f"{'recovery':<24} {over_seeds(gained)}")
    kept = means["mixture, after"] - means["mixture, before"]
    print(f"{'change on the mixture':<24} {over_seeds(kept)}")


def draw(
    curves: list[list[tuple[int, float]]], best: tuple[str, float], steps: int, path: Path
) -> None:
    """The returns while learning, the best fixed strategy, and the swap."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.4), layout="constrained")
    axes = figure.subplots()
    at, values = np.array(curves[0])[:, 0] / 1e6, np.array(curves)[:, :, 1]
    axes.plot(at, values.mean(axis=0), color="#2864b4", label="fast-ppo, while it learns")
    low, high = values.min(axis=0), values.max(axis=0)
    axes.fill_between(at, low, high, color="#2864b4", alpha=0.2, lw=0, label="all seeds")
    until, level = [0, steps / 1e6], [best[1]] * 2
    axes.plot(until, level, color="#888888", ls="--", lw=1, label=f"best fixed: {best[0]}")
    axes.axvline(steps / 1e6, color="#c84b32", lw=1)
    axes.annotate(f"all opponents: {UNSEEN}", (steps / 1e6, low.min()), color="#c84b32", fontsize=8)
    axes.set(xlabel="steps (millions)", ylabel="mean utility of player_0")
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.4, 0.05))
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Train, judge, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=2_000_000, help="before the swap")
    parser.add_argument("--more", type=int, default=1_000_000, help="after the swap")
    parser.add_argument("--figure", type=Path, default=Path("results/negotiation_learning.png"))
    options = parser.parse_args()
    pool = fixed()
    lives = [learn(seed, options.steps, options.more) for seed in range(options.seeds)]
    rows = {name: np.array([found[name] for found, _ in lives]) for name in lives[0][0]}
    print_pool(rows["mixture, before"], pool)
    print_swap(rows)
    name = max(pool, key=lambda player: float(pool[player].mean()))
    best = (name, float(pool[name].mean()))
    draw([curve for _, curve in lives], best, options.steps, options.figure)
    print(f"\n{options.figure}")


if __name__ == "__main__":
    main()
