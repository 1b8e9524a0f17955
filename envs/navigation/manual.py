"""The manual of a navigation world: everything that is true of it, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from adaptarium.envs.core.manual import laid_out, told_factors, told_levels, told_purpose
from adaptarium.envs.core.world import World
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.rules import Rules

Vector = tuple[float, ...]

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


_DRIVEN = "throttle is the force ahead, steer turns to the right, or to the left below 0."
_MEANING = {
    "point": "x is the force to the east, y that to the south.",
    "unicycle": _DRIVEN,
    "car": _DRIVEN,
    "station": (
        "You stay where you are, and point at a place: x and y are how far to the east and to the "
        "south it lies, 1 for {reach:g} m."
    ),
}


def has_wheels(rules: Rules) -> bool:
    """Whether bodies look where they go; others look east all the time."""
    return rules.transition.body in ("unicycle", "car")


def choices(rules: Rules) -> Mapping[str, Vector]:
    """The actions that have names."""
    named = _WHEELS if has_wheels(rules) else _POINT
    if rules.allocation.offers:
        named = {name: (*vector, 0.0) for name, vector in named.items()}
        named |= {"serve": (0.0, 0.0, 1.0)}
    if rules.oracle.asks:
        still = (0.0,) * (2 + rules.allocation.offers)
        named = {name: (*vector, 0.0) for name, vector in named.items()}
        named |= {"ask the way": (*still, 1.0), "ask the room": (*still, -1.0)}
    return named


def components(rules: Rules) -> tuple[str, ...]:
    """What the numbers of an action are called."""
    named = ("throttle", "steer") if has_wheels(rules) else ("x", "y")
    offer = ("offer",) if rules.allocation.offers else ()
    return (*named, *offer, *(("ask",) if rules.oracle.asks else ()))


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
        ("Rewards", _rewards(world, rules)),
        ("Time", _time(world, rules)),
        ("All factors", told_factors(rules)),
    )
    return laid_out(sections)


def _goal(world: World) -> Iterator[str]:
    yield from told_purpose(world)
    yield told_levels(world, "map", "maps")


def _actions(rules: Rules) -> Iterator[str]:
    parts = components(rules)
    yield "Answer each observation with one action, by a name or its number:"
    for number, (name, vector) in enumerate(choices(rules).items()):
        told = (f"{part} {value:.4g}" for part, value in zip(parts, vector, strict=True))
        yield f"- {name} ({number}): {', '.join(told)}."
    example = zip(parts, ("0.5", "-0.25", "1", "0"), strict=False)
    told = (f"{part} {value}" for part, value in example)
    yield f"Or give all numbers, each from -1 to 1: {', '.join(told)}."
    yield _MEANING[rules.transition.body].format(reach=rules.transition.reach)
    if rules.allocation.offers:
        yield "You offer yourself for a task where offer is above 0."
    if rules.oracle.asks:
        yield "You ask the oracle for the way where ask is above 0.5, for the room below -0.5."


def _view(world: World, rules: Rules) -> Iterator[str]:
    sense = rules.observation
    yield (
        "Ahead and right are as you look; the heading is told as its east and south parts."
        if has_wheels(rules)
        else "Ahead is east and right is south."
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

    if sense.tasks and rules.allocation.places:
        yield (
            "Tasks: of each that is open its place, metres ahead and to the right, its worth now, "
            "how much it takes of each skill, and how much of each the last step offered."
        )
    if sense.skills:
        yield "You: what you cost, your skills, and how many steps you are still busy."
    yield from _house_view(world, rules)


def _house_view(world: World, rules: Rules) -> Iterator[str]:
    sense = rules.observation
    if sense.mission:
        yield "Order: what to do in this inner episode; exactly one object is meant."
    if sense.room:
        yield "Room: the name of the room that you are in."
    if sense.objects and world.sizes()["items"]:
        yield (
            f"Objects: of each that no wall hides within {sense.ray_range:g} m its colour, what it "
            "is, and where it lies, metres ahead and to the right; always in the same order."
        )
    if rules.oracle.asks:
        yield (
            "Oracle: the answer to the question of your last step. Of the way: where to go next, "
            "as parts ahead and to the right, and the metres that are left. Of the room: the one "
            "that what is meant lies in."
        )


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
    if rules.task.goal == "allocate":
        yield from _allocation(rules)
    if world.sizes()["cells"]:
        stop = "stop you" if move.walls else "are painted only: you pass through them"
        yield f"You are a disc of radius {move.radius:g} m. Walls {stop}."


def _allocation(rules: Rules) -> Iterator[str]:
    tasks = rules.allocation
    offering = "offers itself" if tasks.offers else "is"
    yield (
        f"A task is a circle. Who {offering} in one adds its skills there; once they are enough, "
        "each in sum, all of them serve the task. All others stay free."
    )
    yield (
        f"Who has served a task does nothing for the next {tasks.busy} steps. At most "
        f"{tasks.places} tasks are open at once; an empty place is filled after "
        f"{tasks.arrival} steps."
    )
    yield (
        f"A task that has been open for more than {tasks.patience} steps loses "
        f"{tasks.decay:g} of its worth in each. The episode ends when none is left."
    )


def _earnings(rules: Rules) -> Iterator[str]:
    reward = rules.reward
    yield (
        f"A task that is served pays {reward.served:g} times its worth; each who serves it takes "
        f"{reward.wage:g} times its own cost off, and {reward.transport:g} a metre to the task."
    )
    yield (
        "Everyone earns what all tasks of a step earn together."
        if reward.pooled
        else "Those who serve a task share its worth alike, and each bears its own costs."
    )


def _rewards(world: World, rules: Rules) -> Iterator[str]:
    reward, task = rules.reward, rules.task
    if task.goal == "reach":
        yield (
            f"Coming within {task.goal_radius:g} m of the goal pays {reward.goal:g} and ends your "
            f"inner episode; {reward.haste:g} of that fades as time goes by."
        )
        if world.sizes()["orders"]:
            yield (
                f"Coming as near to another object than the one that is meant costs "
                f"{reward.mistaken:g}, each time."
            )
        if rules.oracle.asks:
            yield f"Each question costs {reward.question:g}."
    elif task.goal == "spread":
        yield (
            f"Each step costs everyone {reward.coverage:g} times the distances between landmarks "
            f"and the agents nearest to them, and {reward.collision:g} for each agent that you "
            f"overlap. A landmark is covered by an agent within {task.goal_radius:g} m."
        )
    elif task.goal == "allocate":
        yield from _earnings(rules)
    else:
        yield (
            f"Each step pays every chaser {reward.caught:g} for each pair of a chaser and a runner "
            "that overlap; a runner pays as much for each that overlaps it, and "
            f"{reward.boundary:g} times more the further it leaves the middle."
        )


def _time(world: World, rules: Rules) -> Iterator[str]:
    episode = rules.episode
    limit = f"{episode.max_steps} steps" if episode.max_steps else "the limit of its map"
    yield f"An inner episode is cut off after {limit}."
    if episode.inner_episodes > 1:
        goal = (
            ", each with the next order of the map"
            if world.sizes()["orders"]
            else " with the same goal"
        )
        yield (
            f"A trial has {episode.inner_episodes} inner episodes on the same map{goal}; each "
            "begins where the first did."
        )
