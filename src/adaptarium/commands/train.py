"""``adaptarium train``: a learner on a world, with a run folder that survives a kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adaptarium.agents.locks import locked
from adaptarium.agents.rl.runs import RunFolder, is_run
from adaptarium.agents.rl.settings import MOST, RunSettings, Settings, TrainingPlan, settings_for
from adaptarium.envs.core.errors import FactorError, RunError, missing_extra
from adaptarium.envs.core.provenance import command_line, package_versions, platform_line
from adaptarium.envs.core.world import World, resolve_world
from adaptarium.wrappers.spec import ShiftPlan, as_plan

MOST_ENVS = 2**20
LIBRARY_TRAINER = "adaptarium.agents.rl.train"
# The modules that train what the library does not: `check_plan` and `train_plan`.
TRAINERS = {
    "fast-ppo": "adaptarium.agents.rl.fast.train",
    "q-learning": "adaptarium.agents.tabular.train",
    "model-based": "adaptarium.agents.tabular.train",
    "qmix": "adaptarium.agents.rl.qmix.train",
}

Listener = Callable[[Mapping[str, Any]], None]


def train(
    world: World | str | Sequence[World | str],
    *,
    overrides: Mapping[str, Any] | None = None,
    algo: str = "ppo",
    steps: int = 500_000,
    num_envs: int = 64,
    seed: int = 0,
    out: str | Path = "runs/latest",
    split: str = "train",
    device: str = "auto",
    log_every: int = 2_000,
    tensorboard: bool = False,
    diagnostics: bool = False,
    hyperparameters: Mapping[str, Any] | None = None,
    shift: str | Path | ShiftPlan | None = None,
    num_threads: int = 1,
    listener: Listener = lambda _row: None,
) -> dict[str, Any]:
    """Train an agent, or go on with a run that was killed or is to be longer.

    On the CPU with one thread going on is exact: ``steps=n`` in one go, and ``steps=k`` and then
    ``steps=n``, end with the same weights bit for bit (with the same versions of the libraries). On
    CUDA or with several threads this cannot be promised, and ``notes`` says so. A run of fewer
    steps than one rollout plays a shorter one; as that is no beginning of a longer run, the longer
    run begins anew in its folder, and ends as if it had been asked for at first.

    Args:
        world: A world, a registered id, or a world file; for ``fast-ppo`` also several, as a
            sequence or as words with commas between, which share the batch's slots; those of
            several families, of one seat each, are learnt in unified spaces
            (:mod:`adaptarium.wrappers.unified`).
        overrides: Generator knobs by name, factors by dotted name.
        algo: ``"ppo"``, ``"a2c"`` or ``"dqn"`` (Stable-Baselines3), ``"recurrent-ppo"`` or
            ``"maskable-ppo"`` (sb3-contrib), ``"fast-ppo"``: our own, for large batches,
            ``"qmix"`` for teams, or ``"q-learning"`` and ``"model-based"``: tables, for small
            worlds.
        steps: Environment steps at most; whole rollouts are played.
        num_envs: Slots of the batch.
        seed: The run's seed; it is hashed, so that runs 0, 1, 2 share no episode.
        out: The run's folder: ``run.json``, ``progress.csv``, ``checkpoint.pt``. A folder that
            holds the same run goes on from its last checkpoint.
        split: The part of the level space to learn on.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"``: CUDA where torch finds it. Small networks
            usually learn faster on the CPU.
        log_every: Steps between two rows of progress; rounded up to whole rollouts.
        tensorboard: Write TensorBoard events into the run's folder too.
        diagnostics: Measure the network's plasticity with every row of progress: dormant units,
            ranks of its features, norms (:mod:`adaptarium.agents.rl.plasticity.measures`).
        hyperparameters: Changes to the algorithm's and the family's tables in ``hyper.toml``.
        shift: How the world, or what the learner sees, does and is told of it, changes while it is
            learnt: a shift file, or a plan, of all kinds but partners. Steps and episodes are
            counted in each slot of the batch; a shift that follows progress goes by the mean
            returns of the rows of progress, which are the world's own.
        num_threads: CPU threads; 0 takes one a core.
        listener: Called with every row of progress.

    Returns:
        ``run`` (the folder), ``counters``, ``rollout`` (steps of one rollout), ``last`` (the last
        row of progress), ``resumed_from`` (the step that it went on from, 0 for a new run),
        ``device`` and ``notes`` (what is not exact about going on; empty where all is).

    Raises:
        UnknownNameError, FactorError: a name or a value does not exist, or there is no CUDA.
        SplitError: the split holds no level.
        ShiftError, StructuralShiftError: the shifts do not fit the world.
        RunError: the folder holds another run or something else, is damaged, or in use by another
            process; or training diverges (weights or losses become NaN or infinite), and the last
            good checkpoint is kept.
        MissingExtraError: Stable-Baselines3 or TensorBoard is not installed.
    """
    found, *others = _resolved(world, {**(overrides or {}), "split": split})
    if others and algo != "fast-ppo":
        raise FactorError(f"{1 + len(others)} worlds for {algo}: only fast-ppo learns several")
    most = {"steps": MOST, "num_envs": MOST_ENVS, "log_every": MOST}
    for (name, bound), value in zip(most.items(), (steps, num_envs, log_every), strict=True):
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= bound:
            raise FactorError(f"{name} = {value!r}: expected a positive integer up to {bound}")
    settings = settings_for(algo, _table(found, *others), hyperparameters)
    changes = None if shift is None else as_plan(shift)
    plan = TrainingPlan(found, algo, steps, num_envs, seed, settings, changes, tuple(others))
    rollout = plan.rollout
    if tensorboard and find_spec("tensorboard") is None:
        raise missing_extra("tensorboard", "tensorboard")
    from adaptarium.agents.rl.algorithms import resolve_device  # loads torch

    trainer = import_module(TRAINERS.get(algo, LIBRARY_TRAINER))

    folder, threads, place = (
        RunFolder(out, _measured(settings) if diagnostics else ()),
        num_threads or os.cpu_count() or 1,
        resolve_device(device),
    )
    trainer.check_plan(plan)
    with locked(folder.path, RunError):
        resumed, notes = _open(folder, plan, place, threads)
        counters = trainer.train_plan(
            plan,
            folder,
            device=place,
            log_every=log_every,
            tensorboard=tensorboard,
            listener=listener,
            num_threads=threads,
        )
    progress = folder.rows()
    return {
        "run": str(folder.path),
        "resumed_from": resumed,
        "counters": counters,
        "rollout": rollout,
        "last": _numbers(progress[-1]) if progress else {},
        "device": place,
        "notes": notes,
    }


def _measured(settings: RunSettings) -> tuple[str, ...]:
    """The columns of diagnostics."""
    if not isinstance(settings, Settings):
        raise FactorError("diagnostics = True: a table has no network to be measured")
    from adaptarium.agents.rl.plasticity import COLUMNS

    return COLUMNS


def _resolved(
    world: World | str | Sequence[World | str], overrides: Mapping[str, Any]
) -> list[World]:
    """The worlds that are named.

    Raises:
        FactorError: none is.
    """
    named: Sequence[World | str]
    if isinstance(world, str) and "," in world and not Path(world).exists():
        named = [name.strip() for name in world.split(",") if name.strip()]
    elif isinstance(world, list | tuple):
        named = world
    else:
        return [resolve_world(world, **overrides)]  # type: ignore[arg-type]  # it refuses others
    if not named:
        raise FactorError("no world was given: expected at least one")
    return [resolve_world(each, **overrides) for each in named]


def _table(*worlds: World) -> str:
    """Which table of hyper-parameters worlds take: their family's, or that of several."""
    families = {world.family.name for world in worlds}
    return families.pop() if len(families) == 1 else "mixed"


def _numbers(row: Mapping[str, str]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if value}


def _open(
    folder: RunFolder, plan: TrainingPlan, device: str, threads: int
) -> tuple[int, list[str]]:
    """Make the run's folder, or check that it holds this run.

    Returns:
        The step that it goes on from, and what is not exact about that.
    """
    # The threads of fast-ppo share its work so that they change nothing.
    notes = _inexact(device, 1 if plan.algo == "fast-ppo" else threads)
    about = {"device": device, "threads": threads, "exact_resume": not notes, "notes": notes}
    versions = {**package_versions(), "sb3-contrib": metadata.version("sb3-contrib")}
    if not is_run(folder.path):
        made = {"command": command_line(), "versions": versions, "platform": platform_line()}
        folder.create({**plan.to_data(), **about, **made})
        return 0, notes
    folder.check_same(plan.to_data())
    state = folder.load_checkpoint()
    done = 0 if state is None else _steps_of(state, folder)
    if plan.begins_anew(done):
        folder.clear()
        folder.go_on({**plan.to_data(), **about, "versions": versions})
        told = f"the first {done} steps were a rollout cut short, no beginning of a longer run: "
        return 0, [*notes, f"{told}it began anew"]
    known = folder.info()
    if done and known.get("versions") != versions:
        notes.append("the run was begun with other versions of the libraries: see its run.json")
    if done and known.get("exact_resume") is False:
        notes = list(dict.fromkeys([*known.get("notes", ()), *notes]))
    about |= {"steps": max(plan.steps, done), "notes": notes, "exact_resume": not notes}
    folder.go_on(about)
    return done, notes


def _inexact(device: str, threads: int) -> list[str]:
    """Why going on after an interruption may not give the same weights, in words."""
    notes = []
    if device == "cuda":
        notes.append("going on is not exact on CUDA, which adds up in no fixed order")
    if threads > 1:
        notes.append(f"going on is not exact with {threads} threads, which share sums between them")
    return notes


def _steps_of(state: Mapping[str, Any], folder: RunFolder) -> int:
    try:
        return int(state["counters"]["steps"])
    except (KeyError, TypeError, ValueError):
        raise RunError(f"{folder.path}: the checkpoint has no count of steps") from None
