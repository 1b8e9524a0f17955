"""Validating a level file: can every level be solved, is it worth what the file says?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AdaptariumError, LevelError
from adaptarium.envs.core.reference import Reference, Solver
from adaptarium.generators.core.files import LevelFile, LevelRecord, read_levels
from adaptarium.generators.core.produce import measured_difficulty
from adaptarium.generators.core.recorded import TOLERANCE, check_random

PORTION = 64
SEPARATION = 4.0
"""Standard errors of the random return that the reference must lie above it (DESIGN section 9)."""

Listener = Callable[[int, str], None]


@dataclass
class ValidationReport:
    """What a validation found.

    Attributes:
        path: The file.
        levels: How many levels it holds.
        solved: How many the family's solver solved again.
        replayed: How many were played to the end by the reference policy on the batch.
        idle: How many were played by doing nothing.
        unseparated: Levels where random play is too close to the reference for a score.
        problems: One line each; an empty list is a valid file.
    """

    path: str
    levels: int
    solved: int = 0
    replayed: int = 0
    idle: int = 0
    unseparated: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def as_data(self) -> dict[str, Any]:
        """The report as plain data."""
        return {**asdict(self), "valid": self.valid}


def validate_file(
    path: str | Path, listener: Listener = lambda _done, _note: None
) -> ValidationReport:
    """Read a level file with every check of the format, then solve and play its levels.

    No recorded number is believed: references, lengths, difficulties and random play are found
    anew. Only what has no fixed value is not: a length where chance decides, and a return that is
    no optimum.

    Raises:
        LevelError: the file itself is malformed.
    """
    file = read_levels(path)
    report = ValidationReport(str(path), len(file.records))
    solved: dict[int, Reference] = {}
    for first in range(0, len(file.records), PORTION):
        rows = range(first, min(first + PORTION, len(file.records)))
        found = _solve_again(file, rows, report)
        solved |= found
        for row, problem in check_random(file.world, file.bank, rows, file.records, found):
            report.problems.append(f"level {row}: {problem}")
        listener(rows.stop, f"{rows.stop} of {len(file.records)} levels")
    _check_separation(file, report)
    _check_difficulty(file, solved, report)
    _check_gold(file, solved, report)
    _check_idle(file, report)
    return report


def _solve_again(file: LevelFile, rows: range, report: ValidationReport) -> dict[int, Reference]:
    """The references that the solver finds, by row."""
    solve = file.world.family.module("reference").solve_many
    try:
        found = solve(file.world, file.bank, rows)
    except AdaptariumError as problem:
        report.problems.append(f"levels {rows.start} to {rows.stop - 1}: {problem}")
        return {}
    for row, reference in zip(rows, found, strict=True):
        report.solved += 1
        claimed = file.records[row].reference
        if claimed is None:
            continue
        if claimed.method == "exact" and abs(claimed.return_ - reference.return_) > TOLERANCE:
            report.problems.append(
                f"level {row}: the file says an exact reference of {claimed.return_:.6g}, "
                f"the solver finds {reference.return_:.6g}"
            )
    return dict(zip(rows, found, strict=True))


def _check_difficulty(
    file: LevelFile, solved: dict[int, Reference], report: ValidationReport
) -> None:
    """The difficulty is that of the recorded length, or where there is none of the solver's."""
    for k, record in enumerate(file.records):
        best = record.reference or solved.get(k)
        if best is None:
            continue
        limit = int(file.bank.info["max_steps"][k])
        expected = measured_difficulty(best.length, limit)
        if abs(record.difficulty - expected) > TOLERANCE:
            report.problems.append(
                f"level {k}: difficulty {record.difficulty:.6g}, expected {expected:.6g}: "
                f"{best.length} steps of {limit}"
            )


def _check_separation(file: LevelFile, report: ValidationReport) -> None:
    for record in file.records:
        if record.reference is None or record.random is None:
            continue
        gap = record.reference.return_ - record.random.mean
        if gap <= SEPARATION * record.random.stderr:
            report.unseparated += 1
            if gap <= 0 and record.reference.method == "exact":
                report.problems.append(
                    f"level {record.index}: random play ({record.random.mean:.4g}) reaches the "
                    f"reference ({record.reference.return_:.4g})"
                )


def _check_gold(file: LevelFile, solved: dict[int, Reference], report: ValidationReport) -> None:
    """The reference policy reaches the reference, in its length; where one episode can tell."""
    reference = file.world.family.module("reference")
    rows = [k for k, record in enumerate(file.records) if _exact(record)]
    plans, solver = {}, Solver(file.world, file.bank)
    for k in rows:
        player = reference.policy(file.world, file.bank, k, solver)
        if not hasattr(player, "actions"):
            return  # chance decides: no single episode shows the value
        plans[k] = player.actions
    if not plans:
        return
    batch = Batch([file.world], len(file.records), autoreset="disabled")
    longest = max(map(len, plans.values()))
    actions = np.zeros((longest + 1, *batch.w.actions.shape), batch.w.actions.dtype)
    for k, plan in plans.items():
        for step, action in enumerate(plan):
            actions[step, k] = action
    _play(batch, lambda step: actions[min(step, longest)])
    for k in plans:
        report.replayed += 1
        got, claimed = float(batch.w.final_returns[k].sum()), file.records[k].reference
        if claimed is not None and abs(got - claimed.return_) > TOLERANCE:
            report.problems.append(
                f"level {k}: the reference policy gets {got:.6g}, "
                f"the file says {claimed.return_:.6g}"
            )
        if claimed is not None and k in solved and claimed.length != solved[k].length:
            report.problems.append(
                f"level {k}: the file says a reference of {claimed.length} steps, "
                f"the solver finds {solved[k].length}"
            )


def _check_idle(file: LevelFile, report: ValidationReport) -> None:
    """Doing nothing does not reach the reference."""
    action = file.world.family.module("reference").idle_action(file.world)
    if action is None:
        return
    batch = Batch([file.world], len(file.records), autoreset="disabled")
    _play(batch, lambda _step: action)
    for k, record in enumerate(file.records):
        report.idle += 1
        got = float(batch.w.final_returns[k].sum())
        if record.reference is not None and got >= record.reference.return_ - TOLERANCE:
            report.problems.append(f"level {k}: doing nothing reaches the reference ({got:.4g})")


def _exact(record: LevelRecord) -> bool:
    return record.reference is not None and record.reference.method == "exact"


def _play(batch: Batch, actions: Callable[[int], Any]) -> None:
    """Play slot ``k`` on level ``k`` to the end, all slots by the ``actions`` of each step."""
    batch.reset(seed=0)
    if not (batch.w.core["level"] - batch.num_envs == np.arange(batch.num_envs)).all():
        raise LevelError("the levels of the file did not fall one to a slot")
    step = 0
    while not batch.w.core["ended"].all():
        batch.w.actions[:] = actions(step)
        batch.step()
        step += 1
