"""The rules of the navigation family: all factors, and their flat form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from adaptarium.envs.core.factors import EpisodeFactors, RulesBase
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.factors import (
    AllocationFactors,
    ObservationFactors,
    OracleFactors,
    RewardFactors,
    RunnerFactors,
    TaskFactors,
    TransitionFactors,
)
from adaptarium.envs.navigation.presets import PRESETS

__all__ = ["PRESETS", "RULES_DTYPE", "Rules", "flatten", "ray_angles"]


class Rules(RulesBase):
    """Every factor of navigation."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    reward: RewardFactors = RewardFactors()
    task: TaskFactors = TaskFactors()
    runner: RunnerFactors = RunnerFactors()
    oracle: OracleFactors = OracleFactors()
    allocation: AllocationFactors = AllocationFactors()
    episode: EpisodeFactors = EpisodeFactors()

    @model_validator(mode="after")
    def _sees(self) -> Rules:
        sense = self.observation.model_dump()
        parts = (
            *("rays", "compass", "odometry", "position", "signals", "landmarks", "teammates"),
            *("tasks", "skills", "mission", "room", "objects"),
        )
        if not any(sense[name] for name in parts):
            raise ValueError(f"observation: expected at least one of {', '.join(parts)}")
        return self

    @model_validator(mode="after")
    def _no_tunnels(self) -> Rules:
        """What moves less than its radius a step, and fits through a door, passes no wall."""
        move = self.transition
        if not move.walls:
            return self
        if not move.radius < 0.5:
            raise ValueError(
                f"transition.radius = {move.radius}: expected less than 0.5, half a cell, where "
                "walls stop bodies"
            )
        if not 0 < move.max_speed * move.dt < move.radius:
            raise ValueError(
                f"transition.max_speed = {move.max_speed} and dt = {move.dt}: a step may go "
                f"further than radius = {move.radius}, through walls; expected less, above 0"
            )
        return self


RULES_DTYPE = np.dtype(
    [
        # What every step reads stands together, in few lines of the cache.
        ("active", np.int32),
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("body", np.int32),
        ("rays", np.int32),
        ("places", np.int32),
        ("arrival", np.int32),
        ("patience", np.int32),
        ("busy", np.int32),
        ("offers", np.uint8),
        ("pooled", np.uint8),
        ("walls", np.uint8),
        ("semantics", np.uint8),
        ("compass", np.uint8),
        ("odometry", np.uint8),
        ("position", np.uint8),
        ("signals", np.uint8),
        ("landmarks", np.uint8),
        ("teammates", np.uint8),
        ("tasks", np.uint8),
        ("skills", np.uint8),
        ("mission", np.uint8),
        ("room", np.uint8),
        ("objects", np.uint8),
        ("asks", np.uint8),
        ("dt", np.float64),
        ("kick", np.float64),  # speed gained a step by a newton
        ("thrust", np.float64, (2,)),  # by role
        ("max_speed", np.float64, (2,)),  # by role; infinite for none
        ("radius", np.float64, (2,)),  # by role
        ("keep", np.float64),  # share of the speed that damping leaves
        ("friction", np.float64),  # lost a step
        ("gain", np.float64),
        ("lag", np.float64),
        ("wind_x", np.float64),  # speed gained a step
        ("wind_y", np.float64),
        ("contact", np.float64),
        ("contact_margin", np.float64),
        ("coverage", np.float64),
        ("collision", np.float64),
        ("goal_radius", np.float64),
        ("turn", np.float64),  # radians a step
        ("curvature", np.float64),
        ("restitution", np.float64),
        ("ray_range", np.float64),
        ("ray_noise", np.float64),
        ("dropout", np.float64),
        ("first_cos", np.float64),  # of the first ray, from ahead
        ("first_sin", np.float64),
        ("next_cos", np.float64),  # from a ray to the next
        ("next_sin", np.float64),
        ("goal", np.float64),
        ("haste", np.float64),
        ("progress", np.float64),
        ("approach", np.float64),
        ("step_cost", np.float64),
        ("bump_cost", np.float64),
        ("effort_cost", np.float64),
        ("mistaken", np.float64),
        ("question", np.float64),
        ("caught", np.float64),
        ("boundary", np.float64),
        ("served", np.float64),
        ("wage", np.float64),
        ("transport", np.float64),
        ("lasting", np.float64),  # share of a task's worth that decay leaves
        ("reach", np.float64),
    ],
    align=True,
)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    move, sense, runner = rules.transition, rules.observation, rules.runner
    for name in ("dt", "curvature", "gain", "lag", "restitution", "contact", "reach"):
        flat[name] = getattr(move, name)
    flat["contact_margin"], flat["walls"] = move.contact_margin, move.walls
    flat["kick"] = move.dt / move.mass
    flat["thrust"] = move.thrust, move.thrust * runner.thrust
    flat["radius"] = move.radius, move.radius * runner.radius
    flat["max_speed"] = np.inf
    if move.max_speed:
        flat["max_speed"] = move.max_speed, move.max_speed * runner.speed
    flat["keep"], flat["friction"] = 1.0 - move.damping, move.friction * move.dt
    flat["turn"] = math.radians(move.turn_rate) * move.dt
    heading = math.radians(move.wind_heading)
    flat["wind_x"] = move.wind * math.cos(heading) * move.dt
    flat["wind_y"] = move.wind * math.sin(heading) * move.dt
    flat["body"] = codes.BODIES.index(move.body)
    _flatten_rays(flat, sense)
    for name in ("semantics", "compass", "odometry", "position", "signals", "landmarks"):
        flat[name] = getattr(sense, name)
    for name in ("teammates", "tasks", "skills", "mission", "room", "objects"):
        flat[name] = getattr(sense, name)
    flat["asks"] = rules.oracle.asks
    for name in ("places", "offers", "arrival", "patience", "busy"):
        flat[name] = getattr(rules.allocation, name)
    flat["lasting"] = 1.0 - rules.allocation.decay
    for name in type(rules.reward).model_fields:
        flat[name] = getattr(rules.reward, name)
    flat["goal_radius"] = rules.task.goal_radius
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    flat["active"] = _active(rules)
    return flat


def _flatten_rays(flat: Any, sense: ObservationFactors) -> None:
    """Directions of rays: around from ahead, or from left to right in a narrower view."""
    for name in ("rays", "ray_range", "ray_noise", "dropout"):
        flat[name] = getattr(sense, name)
    first, between = ray_angles(sense)
    flat["first_cos"], flat["first_sin"] = math.cos(first), math.sin(first)
    flat["next_cos"], flat["next_sin"] = math.cos(between), math.sin(between)


def ray_angles(sense: ObservationFactors) -> tuple[float, float]:
    """The angle of the first ray from ahead, and that from a ray to the next; clockwise."""
    if sense.fov == 360.0:
        return 0.0, math.tau / max(sense.rays, 1)
    fov = math.radians(sense.fov)
    return (-fov / 2, fov / (sense.rays - 1)) if sense.rays > 1 else (0.0, 0.0)


def _active(rules: Rules) -> int:
    """The mechanics in use, as bits."""
    reward, goal = rules.reward, rules.task.goal
    uses = {
        codes.USES_CONTACT: rules.transition.contact > 0,
        codes.USES_COSTS: reward.step_cost > 0 or reward.bump_cost > 0 or reward.effort_cost > 0,
        codes.USES_REACH: goal == "reach",
        codes.USES_SPREAD: goal == "spread",
        codes.USES_TAG: goal == "tag",
        codes.USES_ALLOCATE: goal == "allocate",
        codes.USES_ORACLE: rules.oracle.asks,
    }
    return sum(bit for bit, used in uses.items() if used)
