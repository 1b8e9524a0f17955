"""The factors of the navigation family, and their flat form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from adaptarium.envs.core.factors import EpisodeFactors, Group, RulesBase, live, structural
from adaptarium.envs.navigation import codes


class TransitionFactors(Group):
    """How bodies move. Lengths are in metres, the side of a cell of the map; times in seconds."""

    body: Literal["point", "unicycle", "car"] = live(
        "point",
        "point: the command is a force; unicycle: a force ahead, and turning on the spot; car: a "
        "force ahead, and steering, which turns only what rolls.",
        tests=("unicycle", "car"),
    )
    dt: float = live(0.1, "Seconds of a step.", tests=(0.05, 0.08), gt=0, le=1)
    mass: float = live(1.0, "Mass of a body in kg.", tests=(2.0, 0.5), gt=0, le=100)
    thrust: float = live(
        6.0, "Force of a full command in newtons.", tests=(3.0, 1.0), ge=0, le=1000
    )
    damping: float = live(
        0.25, "Share of the speed that is lost in a step.", tests=(0.1, 0.5), ge=0, lt=1
    )
    friction: float = live(
        0.0, "Dry friction: speed lost in a second, in m/s.", tests=(1.0, 3.0), ge=0, le=100
    )
    max_speed: float = live(
        1.5, "Highest speed in m/s; 0 for none.", tests=(0.5, 1.0), ge=0, le=1000
    )
    turn_rate: float = live(
        180.0, "Degrees a second that a unicycle turns at most.", tests=(60.0, 90.0), ge=0, le=3600
    )
    curvature: float = live(
        2.5, "Radians a metre that a car turns at most.", tests=(1.0, 0.5), ge=0, le=100
    )
    gain: float = live(
        1.0, "What actuators make of a command, times it.", tests=(0.5, 0.25), ge=0, le=2
    )
    lag: float = live(
        0.0, "Share of the last command that lives on in the next.", tests=(0.5, 0.9), ge=0, lt=1
    )
    wind: float = live(
        0.0,
        "Acceleration by wind in m/s², in directions of the map.",
        tests=(1.0, 3.0),
        ge=0,
        le=50,
    )
    wind_heading: float = live(
        0.0,
        "Where the wind blows to, in degrees clockwise from east.",
        tests=(90.0, 180.0),
        ge=0,
        lt=360,
    )
    radius: float = live(0.2, "Radius of a body in metres.", tests=(0.25, 0.3), gt=0, le=10)
    walls: bool = live(True, "Walls stop bodies.", tests=(False, True))
    restitution: float = live(
        0.0, "Share of the speed into a wall that is thrown back.", tests=(0.5, 1.0), ge=0, le=1
    )
    contact: float = live(
        0.0,
        "Stiffness of bodies and obstacles that touch, in newtons a metre of overlap; 0 lets them "
        "through one another.",
        tests=(100.0, 10.0),
        ge=0,
        le=10_000,
    )
    contact_margin: float = live(
        0.001, "Depth in metres over which contact sets in.", tests=(0.05, 0.2), gt=0, le=1
    )


class ObservationFactors(Group):
    """What is sensed."""

    rays: int = structural(16, "Lidar rays of a body.", tests=(4, 9), ge=0, le=codes.MAX_RAYS)
    ray_range: float = live(
        5.0, "How far a ray reaches, in metres.", tests=(2.0, 0.5), gt=0, le=codes.LIMIT
    )
    fov: float = live(
        360.0, "Degrees between the first and the last ray.", tests=(180.0, 90.0), gt=0, le=360
    )
    ray_noise: float = live(
        0.0, "Standard deviation of rays in metres.", tests=(0.05, 0.5), ge=0, le=10
    )
    dropout: float = live(
        0.0,
        "Probability that a ray comes back from nowhere: it reads its full range.",
        tests=(0.2, 0.7),
        ge=0,
        le=1,
    )
    semantics: bool = structural(
        False, "Adds `hits`: what each ray meets, the goal among it.", tests=(True, False)
    )
    compass: bool = structural(
        True, "Adds `compass`: direction and distance of the goal.", tests=(False, True)
    )
    odometry: bool = structural(True, "Adds `odometry`: velocity and heading.", tests=(False, True))
    position: bool = structural(
        False, "Adds `position`: the place on the map.", tests=(True, False)
    )
    signals: bool = structural(
        False,
        "Adds `signals`: whether an inner episode begins, the share of its time gone, and whether "
        "the last step reached the goal.",
        tests=(True, False),
    )
    landmarks: bool = structural(
        False, "Adds `landmarks`: where every item lies from here.", tests=(True, False)
    )
    teammates: bool = structural(
        False,
        "Adds `teammates`: where the others are from here, and their velocities.",
        tests=(True, False),
    )


class RewardFactors(Group):
    """What is worth how much."""

    goal: float = live(1.0, "Reward for reaching the goal.", tests=(2.0, -1.0))
    haste: float = live(
        0.9,
        "Share of that reward which has gone when time is up; it falls along a line.",
        tests=(0.0, 0.5),
        ge=0,
        le=1,
    )
    progress: float = live(
        0.0, "Reward for each metre nearer to the goal, as the crow flies.", tests=(0.1, -0.1)
    )
    step_cost: float = live(0.0, "Cost of each step.", tests=(0.01, 0.1), ge=0)
    bump_cost: float = live(0.0, "Cost of each step against a wall.", tests=(0.1, 0.5), ge=0)
    effort_cost: float = live(
        0.0, "Cost of a step at full command; it grows with the square.", tests=(0.05, 0.1), ge=0
    )
    coverage: float = live(
        0.5,
        "Cost of each metre between a landmark and the agent nearest to it, a step, to everyone.",
        tests=(1.0, 0.1),
    )
    collision: float = live(
        0.5, "Cost of each other agent that one overlaps, a step.", tests=(1.0, 0.0)
    )
    caught: float = live(
        10.0,
        "What each chaser earns, a step, for every pair of a chaser and a runner that overlap; the "
        "runner pays as much for each of its own.",
        tests=(5.0, 1.0),
    )
    boundary: float = live(
        1.0,
        "What runners pay for leaving the middle of the arena: times 10 a metre from 0.9 on, and "
        "from 1 on exp(2 d - 2), at most 10, in each direction.",
        tests=(0.0, 2.0),
        ge=0,
    )


class TaskFactors(Group):
    """What is to be done."""

    goal: Literal["reach", "spread", "tag"] = live(
        "reach",
        "reach: get to the goal; spread: cover all landmarks and keep apart; tag: touch the "
        "runners, or, as a runner, be touched by nobody.",
        tests=("spread", "tag"),
    )
    goal_radius: float = live(
        0.4, "How near counts as there, in metres from the centre.", tests=(0.2, 0.8), gt=0, le=10
    )


class RunnerFactors(Group):
    """How runners differ from those who chase them."""

    speed: float = live(1.3, "Their highest speed, times that of others.", tests=(1.0, 0.5), gt=0)
    thrust: float = live(
        4 / 3, "The force of their full command, times that of others.", tests=(1.0, 0.5), gt=0
    )
    radius: float = live(2 / 3, "Their radius, times that of others.", tests=(1.0, 1.5), gt=0)


class Rules(RulesBase):
    """Every factor of navigation."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    reward: RewardFactors = RewardFactors()
    task: TaskFactors = TaskFactors()
    runner: RunnerFactors = RunnerFactors()
    episode: EpisodeFactors = EpisodeFactors()

    @model_validator(mode="after")
    def _sees(self) -> Rules:
        sense = self.observation.model_dump()
        parts = ("rays", "compass", "odometry", "position", "signals", "landmarks", "teammates")
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


# Multi-agent particle environments, as mpe2 has them.
_PARTICLES: Mapping[str, Any] = {
    "transition.walls": False,
    "transition.contact": 100.0,
    "observation.rays": 0,
    "observation.compass": False,
    "observation.position": True,
    "observation.landmarks": True,
    "observation.teammates": True,
    "episode.max_steps": 25,
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "spread": {
        **_PARTICLES,
        "transition.thrust": 5.0,
        "transition.max_speed": 0.0,
        "transition.radius": 0.15,
        "task.goal": "spread",
        "task.goal_radius": 0.1,
    },
    "tag": {
        **_PARTICLES,
        "transition.thrust": 3.0,
        "transition.max_speed": 1.0,
        "transition.radius": 0.075,
        "task.goal": "tag",
    },
}

RULES_DTYPE = np.dtype(
    [
        ("dt", np.float64),
        ("mass", np.float64),
        ("thrust", np.float64, (2,)),  # by role
        ("max_speed", np.float64, (2,)),  # by role; infinite for none
        ("radius", np.float64, (2,)),  # by role
        ("keep", np.float64),  # share of the speed that damping leaves
        ("friction", np.float64),  # lost a step
        ("turn", np.float64),  # radians a step
        ("curvature", np.float64),
        ("gain", np.float64),
        ("lag", np.float64),
        ("wind_x", np.float64),  # speed gained a step
        ("wind_y", np.float64),
        ("restitution", np.float64),
        ("contact", np.float64),
        ("contact_margin", np.float64),
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
        ("step_cost", np.float64),
        ("bump_cost", np.float64),
        ("effort_cost", np.float64),
        ("coverage", np.float64),
        ("collision", np.float64),
        ("caught", np.float64),
        ("boundary", np.float64),
        ("goal_radius", np.float64),
        ("active", np.int32),
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("body", np.int32),
        ("rays", np.int32),
        ("walls", np.uint8),
        ("semantics", np.uint8),
        ("compass", np.uint8),
        ("odometry", np.uint8),
        ("position", np.uint8),
        ("signals", np.uint8),
        ("landmarks", np.uint8),
        ("teammates", np.uint8),
    ],
    align=True,
)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    move, sense, runner = rules.transition, rules.observation, rules.runner
    for name in ("dt", "mass", "curvature", "gain", "lag", "restitution", "contact"):
        flat[name] = getattr(move, name)
    flat["contact_margin"], flat["walls"] = move.contact_margin, move.walls
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
    flat["teammates"] = sense.teammates
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
    }
    return sum(bit for bit, used in uses.items() if used)
