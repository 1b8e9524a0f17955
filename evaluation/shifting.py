"""Plans of shifts in an evaluation: what the episodes of a cell follow, step by step.

Scores are by the rewards of the world. Where shifts change the rewards that an agent is told, what
it was told is kept beside them: the proxy beside the true return.

The ``shift`` of a cell is a mapping: changes by name, which hold from the first step on, or the
plain data of a :class:`~adaptarium.wrappers.spec.ShiftPlan`. Under a plan every episode is a
sub-environment of its own that was reset with the episode's seed: its counts begin at 0, so a
schedule that counts episodes, or follows a learner, stays where it begins. A shift of the levels
decides the level that an episode begins on, by its position at count 0. Levels, references and
random play are those of the world as episodes begin but for their other shifts, so that scores
under a plan and without it are on one scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.world import World
from adaptarium.wrappers.apply import split_plan
from adaptarium.wrappers.partners import PartnersChange
from adaptarium.wrappers.physics import compile_plan, shift_values
from adaptarium.wrappers.schedules import ChanceSchedule, ProgressSchedule, Schedule
from adaptarium.wrappers.spec import SCHEMA, LevelChange, Shift, ShiftPlan, Slots


def plan_in(shift: Mapping[str, Any] | None) -> ShiftPlan | None:
    """The plan that a cell's shift is the data of; None where it is none.

    Raises:
        ShiftError: the data describe no plan.
    """
    if shift is None or shift.get("schema") != SCHEMA:
        return None
    return ShiftPlan.from_data(dict(shift))


def overrides_in(shift: Mapping[str, Any] | None) -> dict[str, Any]:
    """The changes by name of a cell's shift; none where it is a plan."""
    return {} if plan_in(shift) is not None else dict(shift or {})


def of_the_stage(plan: ShiftPlan | None) -> ShiftPlan | None:
    """What happens to an episode's world: all but the shifts of the levels and of partners."""
    others = LevelChange | PartnersChange
    kept = tuple(shift for shift in plan or () if not isinstance(shift.what, others))
    return ShiftPlan(shift=kept) if kept else None


def as_begun(world: World, plan: ShiftPlan | None) -> World:
    """The world from which the levels of episodes come.

    Raises:
        AdaptariumError: the shifts of the levels do not fit the world.
    """
    levels = tuple(shift for shift in plan or () if isinstance(shift.what, LevelChange))
    if not levels:
        return world
    positions = {shift.name: _first_position(shift.when) for shift in levels}
    program = compile_plan([world], ShiftPlan(shift=levels))
    return shift_values(program, positions) if any(positions.values()) else world


def _first_position(when: Schedule) -> float:
    if isinstance(when, ChanceSchedule | ProgressSchedule):
        return 0.0  # where all of them begin
    return float(when.position(np.zeros(1, np.int64))[0])


def check_playable(plan: ShiftPlan, foreign: bool) -> None:
    """Refuse shifts that no episode of an evaluation can show.

    Raises:
        ShiftError: the first such shift, and what is expected.
    """
    for shift in plan:
        if isinstance(shift.what, PartnersChange) and foreign:
            raise ShiftError(
                f"shift {shift.name!r} swaps partners in an environment of others; expected one of "
                "our own worlds, or --cross-play, which seats agents with others"
            )
        if shift.slots != Slots():
            raise ShiftError(
                f"shift {shift.name!r}: slots = {shift.slots.model_dump()}: expected none in an "
                "evaluation, where each episode is a sub-environment by itself"
            )
    physics = split_plan(plan)[0]
    if foreign and physics is not None:
        names = ", ".join(repr(shift.name) for shift in physics)
        raise ShiftError(
            f"shifts {names} change the physics of a world, which an environment of others does "
            "not have; expected shifts of observations or actions, or --shift NAME=VALUE"
        )


def shows(plan: ShiftPlan | None) -> bool:
    """Whether a plan changes what agents observe, beside the world itself."""
    return any(shift.what.kind.startswith(("observation.", "signal")) for shift in plan or ())


def pays(plan: ShiftPlan | None) -> bool:
    """Whether a plan changes the rewards that agents are told."""
    return any(shift.what.kind.startswith(("reward.", "judge.")) for shift in plan or ())


def never_in_force(plan: ShiftPlan | None, longest: int) -> list[str]:
    """The names of the shifts that no step of an episode of ``longest`` steps is under."""
    return [shift.name for shift in plan or () if _stays_at_zero(shift, longest)]


def _stays_at_zero(shift: Shift, longest: int) -> bool:
    when = shift.when
    if isinstance(when, ProgressSchedule):
        return True
    alone = when.unit == "episode" or isinstance(shift.what, LevelChange)
    if isinstance(when, ChanceSchedule):
        return alone
    return not when.position(np.arange(1 if alone else longest)).any()
