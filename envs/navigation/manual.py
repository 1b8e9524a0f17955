"""The manual of a navigation world: everything that is true of it, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from adaptarium.envs.core.manual import laid_out, told_factors, told_levels, told_purpose
from adaptarium.envs.core.world import World
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.rules import Rules

Vector = tuple[float, float]

_SLANT = math.sqrt(0.5)
_POINT: Mapping[str, Vector] = {
    "stay": (0.0, 0.0),
    "east": (1.0, 0.0),
    "southeast": (_SLANT, _SLANT),
    "south": (0.0, 1.0),
    "southwest": (-_SLANT, _SLANT),
    "west": (-1.0, 0.0),
    "northwest": (-_SLANT, -_SLANT),
    "north": (0.0, -1.0),
    "northeast": (_SLANT, -_SLANT),
}
_WHEELS: Mapping[str, Vector] = {
    "stay": (0.0, 0.0),
    "forward": (1.0, 0.0),
    "forward right": (1.0, 1.0),
    "forward left": (1.0, -1.0),
    "right": (0.0, 1.0),
    "left": (0.0, -1.0),
    "back": (-1.0, 0.0),
}


def choices(rules: Rules) -> Mapping[str, Vector]:
    """The actions that have names."""
    return _POINT if rules.transition.body == "point" else _WHEELS


def components(rules: Rules) -> tuple[str, str]:
    """What the two numbers of an action are called."""
    return ("x", "y") if rules.transition.body == "point" else ("throttle", "steer")


def manual(world: World) -> str:
    """The manual of ``world``, with the present value of every factor."""
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id}: expected the rules of the navigation family")
    sections = (
        (world.id, _goal(world)),
        ("Actions", _actions(rules)),
        ("What you sense", _view(world, rules)),
        ("How bodies move", _dynamics(world, rules)),
        ("Rewards", _rewards(rules)),
        ("Time", _time(rules)),
        ("All factors", told_factors(rules)),
    )
    return laid_out(sections)


def _goal(world: World) -> Iterator[str]:
    yield from told_purpose(world)
    yield told_levels(world, "map", "maps")


def _actions(rules: Rules) -> Iterator[str]:
    first, second = components(rules)
    yield "Answer each observation with one action, by a name or its number:"
    for number, (name, (one, other)) in enumerate(choices(rules).items()):
        yield f"- {name} ({number}): {first} {one:.4g}, {second} {other:.4g}."
    yield f"Or give both numbers, each from -1 to 1: {first} 0.5, {second} -0.25."
    if rules.transition.body == "point":
        yield "x is the force to the east, y that to the south."
    else:
        yield "throttle is the force ahead, steer turns to the right, or to the left below 0."


def _view(world: World, rules: Rules) -> Iterator[str]:
    sense = rules.observation
    own = rules.transition.body == "point"
    yield (
        "Ahead is east and right is south."
        if own
        else "Ahead and right are as you look; the heading is told as its east and south parts."
    )
    if sense.rays:
        yield (
            f"Rays: {sense.rays} of them over {sense.fov:g} degrees, clockwise, each with the "
            f"distance of what it meets, at most {sense.ray_range:g} m."
        )
    if sense.rays and sense.semantics:
        yield f"Each tells what it meets: {', '.join(codes.HITS)}."
    if sense.compass:
        yield "Goal: its direction as parts ahead and to the right, and its distance."
    if sense.odometry:
        yield "Odometry: your velocity ahead and to the right, and your heading."
    if sense.position:
        yield "Position: metres to the east and to the south on the map."
    if sense.signals:
        yield (
            "Signals: start (1 before the first step of an inner episode), elapsed (share of "
            "time), reached (1 when the last step reached the goal)."
        )
    if sense.landmarks and world.sizes()["items"]:
        yield "Items: where each lies, metres ahead and to the right."
    if sense.teammates and world.sizes()["agents"] > 1:
        yield "Others: where each is, metres ahead and to the right, and how it moves."


def _dynamics(world: World, rules: Rules) -> Iterator[str]:
    move = rules.transition
    yield (
        f"A step takes {move.dt:g} s. First you go as fast as you are, then your command changes "
        "your speed."
    )
    yield (
        f"A full command is a force of {move.thrust:g} N on a mass of {move.mass:g} kg; "
        f"{move.damping:g} of the speed is lost in each step."
    )
    if move.max_speed:
        yield f"Nothing goes faster than {move.max_speed:g} m/s."
    if move.body == "unicycle":
        yield f"You turn at most {move.turn_rate:g} degrees a second, also where you stand."
    if move.body == "car":
        yield f"You turn at most {move.curvature:g} radians a metre, and only while you roll."
    if world.sizes()["cells"]:
        stop = "stop you" if move.walls else "are painted only: you pass through them"
        yield f"You are a disc of radius {move.radius:g} m. Walls {stop}."


def _rewards(rules: Rules) -> Iterator[str]:
    reward, task = rules.reward, rules.task
    if task.goal == "reach":
        yield (
            f"Coming within {task.goal_radius:g} m of the goal pays {reward.goal:g} and ends your "
            f"inner episode; {reward.haste:g} of that fades as time goes by."
        )
    elif task.goal == "spread":
        yield (
            f"Each step costs everyone {reward.coverage:g} times the distances between landmarks "
            f"and the agents nearest to them, and {reward.collision:g} for each agent that you "
            f"overlap. A landmark is covered by an agent within {task.goal_radius:g} m."
        )
    else:
        yield (
            f"Each step pays every chaser {reward.caught:g} for each pair of a chaser and a runner "
            "that overlap; a runner pays as much for each that overlaps it, and "
            f"{reward.boundary:g} times more the further it leaves the middle."
        )


def _time(rules: Rules) -> Iterator[str]:
    episode = rules.episode
    limit = f"{episode.max_steps} steps" if episode.max_steps else "the limit of its map"
    yield f"An inner episode is cut off after {limit}."
    if episode.inner_episodes > 1:
        yield (
            f"A trial has {episode.inner_episodes} inner episodes on the same map with the same "
            "goal; each begins where the first did."
        )
