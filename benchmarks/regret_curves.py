"""Regret curves of the bandit policies against theory, as a self-contained HTML page.

``regret_curves.py [OUT.html] [STEPS] [EPISODES]``: by default a million steps of 64 episodes, some
ten minutes on one core. With fewer steps the page says what it fitted over.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.agents.bandit import policy_class
from adaptarium.agents.bandit.simulate import marks, regret_curves
from adaptarium.envs.core.world import World, load_world
from adaptarium.evaluation.report.regret import Experiment, fit, regret_page

OUT = Path(__file__).resolve().parents[1] / "build" / "regret.html"
LOGARITHMIC = ("ucb1", "kl-ucb", "thompson", "gittins")


def two_arms(high: float, low: float, horizon: int) -> World:
    """A Bernoulli bandit of two arms with these means."""
    level = {"arms": [{"mean": high}, {"mean": low}], "max_steps": horizon}
    return load_world("Bernoulli-v0", records=(level,))


def lai_robbins(high: float, low: float) -> float:
    """The least slope of regret in ln t of a uniformly good policy (Lai & Robbins, 1985)."""
    divergence = low * math.log(low / high) + (1 - low) * math.log((1 - low) / (1 - high))
    return (high - low) / divergence


def stationary(steps: int, episodes: int) -> Experiment:
    """Index policies and Thompson sampling on two close arms."""
    world, at = two_arms(0.6, 0.4, steps), marks(100, steps, 41)
    regret: dict[str, Any] = {}
    for name in LOGARITHMIC:
        regret[name] = regret_curves(world, policy_class(name), episodes=episodes, at=at)
        print(f"{name}: {regret[name][-1].mean():.1f} after {steps} steps", flush=True)
    facts = []
    for name in ("ucb1", "thompson"):
        found = fit(at, regret[name], 1_000, steps)
        facts.append(
            (
                name,
                f"R² of regret against ln t, 1,000 to {steps:,}",
                f"{found.r2:.4f}",
                "1 in the limit",
            )
        )
    late = fit(at, regret["kl-ucb"], 10_000, steps)
    bound = lai_robbins(0.6, 0.4)
    facts.append(
        (
            "kl-ucb",
            f"slope in ln t, 10,000 to {steps:,}",
            f"{late.slope:.3f}",
            f"{bound:.3f} (Lai-Robbins)",
        )
    )
    return Experiment(
        "Logarithmic regret",
        "Bernoulli arms with means 0.6 and 0.4.",
        list(at),
        regret,
        ("Lai-Robbins slope", bound),
        facts,
    )


def root(steps: int, episodes: int) -> Experiment:
    """EXP3, whose uniform pulls cost the root of time."""
    at = marks(100, steps, 41)
    regret = regret_curves(
        two_arms(0.9, 0.1, steps), policy_class("exp3"), episodes=episodes, at=at
    )
    found = fit(at, regret, 1_000, steps, logarithm=True)
    print(f"exp3: {regret[-1].mean():.1f} after {steps} steps", flush=True)
    fact = ("exp3", f"power of t, 1,000 to {steps:,}", f"{found.slope:.3f}", "0.5")
    instance = "Bernoulli arms with means 0.9 and 0.1."
    return Experiment("The root of time", instance, list(at), {"exp3": regret}, None, [fact])


def switching(episodes: int) -> Experiment:
    """A switch of the best arm: who forgets follows, who remembers everything pays for it."""
    arms = [{"mean": 0.9, "low": 0.1, "down": 1.0}, {"mean": 0.5}]
    world = load_world("Bernoulli-v0", records=({"arms": arms, "max_steps": 20_000},))
    at, shift = (
        np.unique(np.geomspace(100, 20_000, 60).astype(int)),
        (
            5_001,
            {"transition.restless": True},
        ),
    )
    regret = {
        name: regret_curves(world, policy_class(name), episodes=episodes, at=at, shift=shift)
        for name in ("ucb1", "discounted-ucb", "sliding-window-ucb", "epsilon-greedy")
    }
    # For as long as what was seen before the switch outweighs what has been seen since.
    kept = (at > 5_000) & (at <= 9_000)
    late, means = at[kept], regret["ucb1"][kept].mean(axis=1)
    slope, straight = np.polyfit(late, means, 1)[0], np.corrcoef(late, means)[0, 1] ** 2
    told = f"{slope:.3f}, R² {straight:.4f}"
    fact = ("ucb1", "slope in t, 5,000 to 9,000", told, "linear, at most the gap of 0.4")
    instance = "Means 0.9 and 0.5; after 5,000 steps the first falls to 0.1."
    return Experiment("After a switch", instance, list(at), regret, None, [fact])


def main() -> None:
    """Write the page and print its place."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    episodes = int(sys.argv[3]) if len(sys.argv) > 3 else 64
    experiments = [stationary(steps, episodes), root(steps, episodes), switching(episodes)]
    for one in experiments:
        for fact in one.facts:
            print(": ".join(fact))
    command = f"python benchmarks/regret_curves.py {out.name} {steps} {episodes}"
    print(regret_page(experiments, out, command))


if __name__ == "__main__":
    main()
