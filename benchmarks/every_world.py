"""Can it be learnt? A trained agent on every registered world, judged on levels it has not seen.

``fast-ppo`` learns each world on the split ``train``, once for each seed, with the steps and
hyper-parameters of ``every_world.toml``, from demonstrations of the reference first where that file
says so; random play, the reference and the three networks then
play the same levels of the split ``test``. All cells go into one results folder, with its report,
and a short table (``table.md``, ``table.json``): the score (0 random play, 1 the reference) over
the training runs, with the 95 % interval of a bootstrap over them.

What is done already is skipped, and a run that was killed goes on. A world whose line in
``every_world.toml`` is changed is learnt anew, or longer, and its cells are replaced.

    OMP_NUM_THREADS=1 python benchmarks/every_world.py [--family grid,puzzle] [--only DoorKey-v0]
        [--seeds 3] [--steps N] [--out results/every-world]
"""

from __future__ import annotations

import argparse
import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.settings import settings_for
from adaptarium.envs.core import registry
from adaptarium.envs.core.errors import AdaptariumError, ResultsError, unknown_name
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps, loads
from adaptarium.envs.core.world import World
from adaptarium.evaluation.groups import Group
from adaptarium.evaluation.json_lines import whole_lines
from adaptarium.evaluation.report.tables import pooled_score
from adaptarium.evaluation.results import Cell, Results
from adaptarium.evaluation.versions import agent_version

CHOICES = Path(__file__).with_suffix(".toml")
LEARNER = "fast-ppo"
MARKS = (0.5, 0.0)
"""What the lower bounds of the scores are compared with."""


@dataclass(frozen=True)
class Choice:
    """How a world is learnt, and how many unseen levels each agent then plays."""

    steps: int
    num_envs: int
    episodes: int
    hyper: Mapping[str, Any]
    why: str = ""

    def with_more(self, more: Mapping[str, Any]) -> Choice:
        """What ``more`` says on top of this, hyper-parameters one by one."""
        return replace(self, **{**more, "hyper": {**self.hyper, **more.get("hyper", {})}})

    @property
    def cost(self) -> int:
        """About how long it takes; a memory makes a step three times as long."""
        shown = self.hyper.get("demonstrations", 0) * self.hyper.get("demonstration_epochs", 0)
        return (self.steps + shown) * (3 if self.hyper.get("memory") else 1)

    def version(self, world: World) -> str:
        """The digest of what a run depends on but its steps, which may grow."""
        settings = settings_for(LEARNER, world.family.name, self.hyper).model_dump_json()
        return hashlib.sha256(f"{self.num_envs} {settings}".encode()).hexdigest()[:8]


def kinds(world: World) -> list[str]:
    """What of a world its learner has to be fit for: the family, several seats, trials."""
    found = [world.family.name]
    found += ["team"] if world.seats > 1 else []
    return found + (["trial"] if world.rules.episode.inner_episodes > 1 else [])


def choice_for(world: World, table: Mapping[str, Any]) -> Choice:
    """The default, what the world's kinds add to it, and what it needs itself."""
    found = Choice(**table["default"])
    for kind in kinds(world):
        found = found.with_more(table["kind"].get(kind, {}))
    return found.with_more(table["world"].get(world.id, {}))


class TrainedOn:
    """The network of one seed: in each world the one that was trained there.

    Args:
        seed: Of its training.
        run: The folder of its run on the world that is played.
    """

    batched = True

    def __init__(self, seed: int, run: Path) -> None:
        self.name = f"{LEARNER}, seed {seed}"
        self.checkpoint = agent_version(str(run), None)
        self._agent = load_agent(str(run))

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        """The network's actions."""
        return self._agent.act(observation, info)


def trained(world: World, choice: Choice, seed: int, folder: Path) -> tuple[TrainedOn, float]:
    """The network of a seed, and the seconds that it took; trained now where it is not yet."""
    run = folder / "runs" / world.id / choice.version(world) / f"seed-{seed}"
    found = adaptarium.train(
        world,
        algo=LEARNER,
        steps=choice.steps,
        num_envs=choice.num_envs,
        seed=seed,
        out=run,
        device="cpu",
        log_every=max(choice.steps // 20, 1),
        hyperparameters=choice.hyper,
    )
    return TrainedOn(seed, run), found["counters"]["seconds"]


def forget_others(
    results: Results, world: World, agents: Sequence[TrainedOn], episodes: int
) -> None:
    """Drop the cells of a world that other networks have played than these, or on other levels."""
    now = {agent.name: agent_version(agent, None) for agent in agents}

    def holds(cell: Cell) -> bool:
        same = cell.agent_version == now.get(cell.agent, cell.agent_version)
        return cell.world != world.id or (same and len(cell.episodes) == episodes)

    found = list(zip(whole_lines(results.path), results.cells(), strict=True))
    kept = [line for line, cell in found if holds(cell)]
    if len(kept) < len(found):
        write_atomically(results.path, b"".join(line + b"\n" for line in kept))


def learn(world: World, choice: Choice, seeds: int, out: Path) -> dict[str, Any]:
    """Train on a world, play its unseen levels, and say what came of it."""
    pairs = [trained(world, choice, seed, out) for seed in range(seeds)]
    agents = [agent for agent, _ in pairs]
    results = Results(out, create=True)
    forget_others(results, world, agents, choice.episodes)
    players = ("random", "reference", Group(LEARNER, tuple(agents)))
    adaptarium.evaluate(world, players, episodes=choice.episodes, out=out, pictures=False)
    cells = [cell for cell in results.cells() if cell.world == world.id]
    return {
        "id": world.id,
        "family": world.family.name,
        "seats": world.seats,
        "unseen": world.is_split(),
        **_scored([cell for cell in cells if cell.group == LEARNER]),
        "reference": "/".join(sorted({each.method for cell in cells for each in cell.references})),
        "shown": choice.hyper.get("demonstrations", 0),
        "steps": choice.steps,
        "memory": choice.hyper.get("memory", 0),
        "seconds": round(sum(seconds for _, seconds in pairs)),
        "plan": plan_of(world, choice, seeds),
    }


def plan_of(world: World, choice: Choice, seeds: int) -> str:
    """What was asked for, to be compared with what is asked for now."""
    return f"{choice.version(world)} {choice.steps} {choice.episodes} {seeds}"


def _scored(cells: Sequence[Cell]) -> dict[str, Any]:
    found = pooled_score(cells)
    return {name: getattr(found, name) for name in ("score", "low", "high", "success_rate")}


def _interval(row: Mapping[str, Any]) -> str:
    if row["score"] is None:
        return "none"
    return f"{row['score']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _number(value: int) -> str:
    return f"{value:,}" if value else ""


def shown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table in Markdown, and how many worlds lie above the marks."""
    lines = [
        "| world | score | reference | shown | steps | memory | seconds |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        name = row["id"] if row["unseen"] else f"{row['id']} (the levels it learnt on)"
        lines.append(
            f"| {name} | {_interval(row)} | {row['reference']} "
            f"| {_number(row['shown'])} | {row['steps']:,} "
            f"| {row['memory'] or ''} | {row['seconds']} |"
        )
    bounds = [-math.inf if row["low"] is None else row["low"] for row in rows]
    counts = [sum(bound > mark for bound in bounds) for mark in MARKS]
    told = [
        f"above {mark:g} on {count} of {len(rows)}"
        for mark, count in zip(MARKS, counts, strict=True)
    ]
    return "\n".join([*lines, "", f"The lower bound is {' and '.join(told)}.", ""])


def write_table(out: Path, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """``table.json`` and ``table.md``, in the order of the registry."""
    ids = [spec.id for spec in registry.world_specs()]
    ordered = [rows[id_] for id_ in ids if id_ in rows]
    write_atomically(out / "table.json", dumps(ordered, indent=1) + "\n")
    write_atomically(out / "table.md", shown(ordered))


def known_rows(path: Path) -> dict[str, Mapping[str, Any]]:
    """The rows of an earlier call, by world."""
    found = loads(path.read_bytes(), what=str(path), error=ResultsError) if path.exists() else []
    return {row["id"]: row for row in found}


def wanted(families: str, only: str) -> list[World]:
    """The worlds that are asked for."""
    ids = [spec.id for spec in registry.world_specs()]
    names = [family.name for family in registry.families()]
    for what, given, known in (("world", only, ids), ("family", families, names)):
        for name in filter(None, given.split(",")):
            if name not in known:
                raise unknown_name(what, name, known)
    chosen = [id_ for id_ in ids if not only or id_ in only.split(",")]
    worlds = [adaptarium.world(id_) for id_ in chosen]
    return [one for one in worlds if not families or one.family.name in families.split(",")]


def main() -> int:
    """Learn, judge and tell; 1 where a world failed."""
    parser = argparse.ArgumentParser(description="A trained agent on every registered world.")
    parser.add_argument("--family", default="", help="families, with commas between")
    parser.add_argument("--only", default="", help="worlds, with commas between")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, help="instead of those of every_world.toml")
    parser.add_argument("--out", type=Path, default=Path("results/every-world"))
    asked = parser.parse_args()
    table = tomllib.loads(CHOICES.read_text("utf-8"))
    plans = [(world, choice_for(world, table)) for world in wanted(asked.family, asked.only)]
    if asked.steps:
        plans = [(world, replace(choice, steps=asked.steps)) for world, choice in plans]
    rows, failed = known_rows(asked.out / "table.json"), False
    for world, choice in sorted(plans, key=lambda plan: plan[1].cost):
        if rows.get(world.id, {}).get("plan") == plan_of(world, choice, asked.seeds):
            continue
        try:
            row = learn(world, choice, asked.seeds, asked.out)
        except AdaptariumError as problem:
            failed = True
            print(f"{world.id}: {problem}", flush=True)
            continue
        rows[world.id] = row
        write_table(asked.out, rows)
        print(f"{world.id}: {_interval(row)}, {row['seconds']} s of training", flush=True)
    print((asked.out / "table.md").read_text("utf-8"), adaptarium.report(asked.out))
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
