"""``adaptarium train``: a learner on a world, with a run folder that survives a kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adaptarium.agents.rl.runs import RunFolder, is_run
from adaptarium.agents.rl.settings import TrainingPlan, check_algorithm, ppo_settings
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.core.provenance import command_line, package_versions, platform_line
from adaptarium.envs.core.world import World, resolve_world

Listener = Callable[[Mapping[str, Any]], None]


def train(
    world: World | str,
    *,
    overrides: Mapping[str, Any] | None = None,
    algo: str = "ppo",
    steps: int = 500_000,
    num_envs: int = 64,
    seed: int = 0,
    out: str | Path = "runs/latest",
    split: str = "train",
    hyperparameters: Mapping[str, Any] | None = None,
    num_threads: int = 1,
    listener: Listener = lambda _row: None,
) -> dict[str, Any]:
    """Train an agent, or go on with a run that was killed or is to be longer.

    Args:
        world: A world, a registered id, or a world file.
        overrides: Generator knobs by name, factors by dotted name.
        algo: ``"ppo"`` (Stable-Baselines3).
        steps: Environment steps at most; whole rollouts are played.
        num_envs: Slots of the batch.
        seed: The run's seed; it is hashed, so that runs 0, 1, 2 share no episode.
        out: The run's folder: ``run.json``, ``progress.csv``, ``checkpoint.pt``. A folder that
            holds the same run goes on from its last checkpoint.
        split: The part of the level space to learn on.
        hyperparameters: Changes to the family's table in ``ppo.toml``.
        num_threads: CPU threads; 0 takes one a core.
        listener: Called with every row of progress.

    Returns:
        The run's folder, its counters, its last row of progress, and the step that it was
        resumed from (0 for a new run).

    Raises:
        UnknownNameError, FactorError: a name or a value does not exist.
        SplitError: the split holds no level.
        RunError: the folder holds another run, or something else.
        MissingExtraError: Stable-Baselines3 is not installed.
    """
    check_algorithm(algo)
    found = resolve_world(world, **{**(overrides or {}), "split": split})
    for name, value in (("steps", steps), ("num_envs", num_envs)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise FactorError(f"{name} = {value!r}: expected a positive integer")
    settings = ppo_settings(found.family.name, hyperparameters)
    plan = TrainingPlan(found, algo, steps, num_envs, seed, settings)
    from adaptarium.agents.rl.train import train_ppo  # loads torch

    folder = RunFolder(out)
    resumed = _open(folder, plan)
    counters = train_ppo(
        plan, folder, listener=listener, num_threads=num_threads or os.cpu_count() or 1
    )
    rows = folder.rows()
    last = {name: float(value) for name, value in rows[-1].items() if value} if rows else {}
    return {"run": str(folder.path), "resumed_from": resumed, "counters": counters, "last": last}


def _open(folder: RunFolder, plan: TrainingPlan) -> int:
    """Make the run's folder, or check that it holds this run; the step it goes on from."""
    if not is_run(folder.path):
        about = {
            "command": command_line(),
            "versions": package_versions(),
            "platform": platform_line(),
        }
        folder.create({**plan.to_data(), **about})
        return 0
    folder.check_same(plan.to_data())
    state = folder.load_checkpoint()
    return 0 if state is None else int(state["counters"]["steps"])
