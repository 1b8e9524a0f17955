"""Does exploration come from pure exploitation? Learners of return alone, under three ablations.

After "Exploitation Is All You Need... for Exploration" (arXiv 2508.01287): a learner that is only
ever paid for exploiting is said to explore where tasks have a structure that recurs, where it has a
memory and, less so, where credit reaches over episodes. Each is switched off in turn, on

- **a bandit** of four arms, one pull an inner episode, 20 inner episodes a trial
  (``trial.structure``; a GRU, or none and the last pull and payoff hidden; the hyper-parameter
  ``credit``), and
- **a grid world**, the dark room with a hidden goal, four inner episodes a trial (without
  structure one inner episode a trial, so that each has a new goal).

Told, with 95 % intervals by bootstrap over training seeds:

=========  =========================================================================================
seeking    bandit: how much more often than by chance a pull that follows failures alone (no arm has
           paid in the trial yet) goes to an arm not tried before; 0 for uniform pulls
           grid: share of the steps before the goal is first found that enter a cell not seen before
return     bandit: payoff, 0 for uniform pulls and 1 for always the best arm
           grid: mean return of an inner episode
gain       bandit: payoff of the last five pulls minus that of the first five, on that scale
           grid: return of the last inner episode minus that of the first
=========  =========================================================================================

Beside them greedy play with a memory of the trial and blind exploration: on the bandit
epsilon-greedy, which tries every arm once first; on the grid a random walk until the goal is found
and the straight way after that, but for a share epsilon of random steps. The best of several
epsilons is told, chosen on other trials.

    OMP_NUM_THREADS=1 python benchmarks/meta_exploration.py [--seeds 5] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import adaptarium
from adaptarium.agents.bandit import policy_class
from adaptarium.agents.bandit.agent import BanditAgent
from adaptarium.agents.loading import load_agent
from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.world import World
from adaptarium.evaluation.statistics import bootstrap_interval, mean
from adaptarium.wrappers.spec import ShiftPlan

Row = dict[str, float]

ARMS, PULLS = 4, 20
SIZE, LIMIT, INNER = 5, 15, 4
CONDITIONS: Mapping[str, tuple[bool, bool, bool]] = {  # structure, memory, credit
    "all three": (True, True, True),
    "no structure": (False, True, True),
    "no memory": (True, False, True),
    "no credit": (True, True, False),
    "structure alone": (True, False, False),
    "memory alone": (False, True, False),
}
EPSILONS = (0.0, 0.05, 0.1, 0.2, 0.4)
TRIALS = 2_000  # each learner is judged by
NAMES = ("seeking", "return", "gain")


def bandit(structure: bool = True) -> World:
    """Four arms, one pull an inner episode."""
    return adaptarium.world(
        "Bernoulli-v0",
        arms=ARMS,
        horizon=1,
        **{"episode.inner_episodes": PULLS, "trial.structure": structure},
    )


def room(structure: bool = True) -> World:
    """A small dark room with a hidden goal."""
    return adaptarium.world(
        "Darkroom-v0",
        size=SIZE,
        **{"episode.inner_episodes": INNER if structure else 1, "episode.max_steps": LIMIT},
    )


# Without memory a learner of bandits must not be shown the pull before: it would remember one.
REMINDERS = ("feedback", "last_action")
FORGETFUL = {
    "schema": "adaptarium-shift/1",
    "shift": [
        {
            "name": "forgetful",
            "what": {"kind": "observation.dropout", "entries": list(REMINDERS), "rate": 1.0},
            "when": {"kind": "step", "at": 0},
        }
    ],
}


# ---- playing ----


class Trials:
    """What came of one trial in each slot of a batch; arrays are (trials, steps).

    Args:
        world: The world.
        agent: Who plays.
        steps: Steps of the longest trial.
        seed: Of the first slot.
        hidden: Entries of the observation that the agent sees as zero.
    """

    def __init__(
        self, world: World, agent: Agent, steps: int, seed: int, hidden: Sequence[str] = ()
    ) -> None:
        batch = Batch([world], TRIALS, autoreset="disabled")
        slots = np.arange(TRIALS)
        self.actions = np.zeros((TRIALS, steps), np.int64)
        self.rewards = np.zeros((TRIALS, steps))
        self.inner = np.zeros((TRIALS, steps), np.int64)  # index of the inner episode
        self.played = np.zeros((TRIALS, steps), bool)
        self.cells = np.full((TRIALS, steps), -1)
        batch.reset(seed=seed)
        going = np.ones(TRIALS, bool)
        for t in range(steps):
            info = {
                "first": np.full(TRIALS, t == 0),
                "step": np.full(TRIALS, t),
                "seed": seed + slots,
                "mask": batch.masks()[:, 0],
                "world": world,
                "batch": batch,
                "slots": slots,
            }
            seen = {name: view[:, 0] for name, view in batch.obs.items()}
            seen |= {name: np.zeros_like(seen[name]) for name in hidden}
            self.inner[:, t], self.played[:, t] = batch.w.core["inner"], going
            self.actions[:, t] = agent.act(seen, info)
            batch.w.actions[:, 0] = self.actions[:, t]
            batch.w.actions[~going, 0] = 0
            before = place(batch)
            batch.step()
            self.rewards[:, t] = np.where(going, batch.w.reward[:, 0], 0.0)
            self.cells[:, t] = np.where(going, before, -1)
            going &= batch.w.out["final"] == 0
        batch.close()


def place(batch: Batch) -> Any:
    """Where the agents of a grid stand, as (trials,) numbers; 0 in a bandit."""
    agents = getattr(batch.w.state, "agents", None)
    return 0 if agents is None else agents["y"][:, 0] * 256 + agents["x"][:, 0]


class Walker:
    """On the grid: walks at random until it has found the goal, and straight to it after that."""

    batched = True

    def __init__(self, epsilon: float) -> None:
        self.epsilon = epsilon
        self.rng = np.random.default_rng(0)
        self.goal = np.zeros((0, 2), np.int64)

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> NDArray[np.int64]:
        """(n,) of stay, north, south, west, east."""
        batch, n = info["batch"], len(info["step"])
        agents = batch.w.state.agents[:, 0]
        here = np.stack([agents["x"], agents["y"]], axis=1).astype(np.int64)
        if info["first"][0]:
            self.goal, self.last = np.full((n, 2), -1), here
        else:
            paid = (batch.w.out["inner_end"] != 0) & (batch.w.inner_returns[:, 0] > 0)
            self.goal[paid] = self.aim[paid]
        away = self.goal - here
        straight = np.where(
            away[:, 0] != 0, np.where(away[:, 0] < 0, 3, 4), np.where(away[:, 1] < 0, 1, 2)
        )
        blind = (self.goal[:, 0] < 0) | (self.rng.random(n) < self.epsilon)
        chosen = np.where(blind, self.rng.integers(1, 5, n), straight)
        moves = np.array([[0, 0], [0, -1], [0, 1], [-1, 0], [1, 0]])
        self.aim = here + moves[chosen]  # where it stands if nothing stops it
        return chosen


# ---- measures ----


def of_bandit(trials: Trials, means: NDArray[np.float64]) -> Row:
    """Seeking, return and gain; ``means`` are the (trials, arms) means of the arms."""
    tried, rows = np.zeros((TRIALS, ARMS), bool), np.arange(TRIALS)
    poor = np.ones(TRIALS, bool)
    beyond = []
    for t in range(PULLS):
        pulled = trials.actions[:, t]
        asked = poor & tried.any(axis=1) & ~tried.all(axis=1)
        beyond += [(~tried[rows, pulled])[asked] - (~tried).mean(axis=1)[asked]]
        tried[rows, pulled] = True
        poor &= trials.rewards[:, t] <= 0
    low, high = means.mean(), means.max(axis=1).mean()
    paid = (trials.rewards - low) / (high - low)
    return {
        "seeking": float(np.concatenate(beyond).mean()),
        "return": float(paid.mean()),
        "gain": float(paid[:, -5:].mean() - paid[:, :5].mean()),
    }


def of_room(trials: Trials) -> Row:
    """Seeking, return and gain."""
    first = trials.played & (trials.inner == 0)
    new, seen = np.zeros(first.shape, bool), np.full((TRIALS, 0), -1)
    for t in range(first.shape[1]):
        now = trials.cells[:, t : t + 1]
        new[:, t] = (seen != now).all(axis=1)
        seen = np.concatenate([seen, now], axis=1)
    moved = first.copy()
    moved[:, 0] = False  # where it starts is no choice
    last = trials.inner.max()
    each = [float(trials.rewards[:, :].sum(where=trials.inner == k)) for k in range(last + 1)]
    return {
        "seeking": float(new[moved].mean()),
        "return": float(np.mean(each)) / TRIALS,
        "gain": (each[-1] - each[0]) / TRIALS,
    }


def judged(world: World, agent: Agent, seed: int, hidden: Sequence[str] = ()) -> Row:
    """The measures of an agent."""
    if world.family.name == "bandit":
        return of_bandit(Trials(world, agent, PULLS, seed, hidden), arm_means(world, seed))
    return of_room(Trials(world, agent, LIMIT * INNER, seed))


def arm_means(world: World, seed: int) -> NDArray[np.float64]:
    """(trials, arms) means of the arms; inner episodes may shuffle them."""
    batch = Batch([world], TRIALS, autoreset="disabled")
    batch.reset(seed=seed)
    found = np.array(batch.w.state.means[:, :ARMS])
    batch.close()
    return found


# ---- learning ----


def learnt(name: str, steps: int, seed: int, condition: tuple[bool, bool, bool]) -> Row:
    """The measures of a learner after so many steps."""
    structure, memory, credit = condition
    make, _, rollout, settings = EXPERIMENTS[name]
    world = make(structure)
    width = 64 if name == "grid" else 32
    hidden = REMINDERS if name == "bandit" and not memory else ()
    with tempfile.TemporaryDirectory() as folder:
        adaptarium.train(
            world,
            algo="fast-ppo",
            steps=steps,
            num_envs=512,
            seed=seed,
            out=folder,
            log_every=steps,
            shift=ShiftPlan.from_data(FORGETFUL) if hidden else None,
            hyperparameters={
                "memory": width if memory else 0,
                "layers": [width] if memory else [width, width],
                "credit": float(credit),
                "finite_horizon": True,
                "n_steps": rollout,
                "ent_coef": 0.005,
                **settings,
            },
        )
        return judged(world, load_agent(folder), 10_000_000 + seed * TRIALS, hidden)


def blindly(
    world: World, agents: Mapping[float, Callable[[], Agent]], seeds: Sequence[int]
) -> tuple[float, list[Row]]:
    """The best epsilon by the return on trials of its own, and its measures."""
    best = max(agents, key=lambda each: judged(world, agents[each](), 20_000_000)["return"])
    return best, [judged(world, agents[best](), 10_000_000 + seed * TRIALS) for seed in seeds]


Experiment = tuple[Callable[..., World], int, int, Mapping[str, Any]]
EXPERIMENTS: Mapping[str, Experiment] = {  # world, steps, steps of a rollout, hyper-parameters
    "bandit": (
        bandit,
        800_000,
        PULLS,
        {
            "batch_size": 2_048,
            "learning_rate": 0.005,
            "gamma": 0.95,
            "gae_lambda": 0.8,
            "vf_coef": 0.05,
        },
    ),
    "grid": (
        room,
        1_000_000,
        LIMIT * INNER,
        {
            "batch_size": 4_096,
            "learning_rate": 0.002,
            "gamma": 0.97,
            "gae_lambda": 0.9,
            "vf_coef": 0.25,
        },
    ),
}


def baseline(name: str) -> Mapping[float, Callable[[], Agent]]:
    """Blind explorers by epsilon."""
    if name == "grid":
        return {each: lambda each=each: Walker(each) for each in EPSILONS}
    greedy = policy_class("epsilon-greedy")
    return {each: lambda each=each: BanditAgent(greedy, epsilon=each) for each in EPSILONS}


def experiment(name: str, seeds: Sequence[int], steps: int | None) -> dict[str, Any]:
    """Rows of an experiment's table: condition -> measure -> mean, low and high."""
    make, planned = EXPERIMENTS[name][:2]
    rows: dict[str, list[Row]] = {}
    epsilon, rows["blind"] = blindly(make(), baseline(name), seeds)
    for condition, switches in CONDITIONS.items():
        begun = time.perf_counter()
        rows[condition] = [learnt(name, steps or planned, seed, switches) for seed in seeds]
        print(f"{name}, {condition}: {time.perf_counter() - begun:.0f} s", flush=True)
    return {"epsilon": epsilon, "rows": {key: intervals(found) for key, found in rows.items()}}


def intervals(rows: Sequence[Row]) -> dict[str, tuple[float, float, float]]:
    """Mean and 95 % interval over the seeds of every measure."""
    found = {}
    for name in NAMES:
        told = bootstrap_interval(np.array([row[name] for row in rows]), mean)
        found[name] = (told.value, told.low, told.high)
    return found


def shown(name: str, result: Mapping[str, Any]) -> str:
    """The table in words."""
    lines = [
        f"\n{name}; blind: epsilon {result['epsilon']}",
        f"{'':16}" + "".join(f"{n:>26}" for n in NAMES),
    ]
    for condition, row in result["rows"].items():
        cells = "".join(f"{m:>10.3f} [{lo:6.3f},{hi:6.3f}]" for m, lo, hi in row.values())
        lines.append(f"{condition:16}{cells}")
    return "\n".join(lines)


def main() -> None:
    """Run, print, and write where asked."""
    parser = argparse.ArgumentParser(description="Ablations of what makes a learner explore.")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="of every learner, instead of the usual ones")
    parser.add_argument("--only", choices=list(EXPERIMENTS))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    names = [chosen.only] if chosen.only else list(EXPERIMENTS)
    results = {name: experiment(name, range(chosen.seeds), chosen.steps) for name in names}
    for name, result in results.items():
        print(shown(name, result))
    if chosen.out:
        write_atomically(chosen.out, dumps({"seeds": chosen.seeds, **results}))


if __name__ == "__main__":
    main()
