"""The rules by which MiniGrid's environments reward and end (minigrid 3.2, ``envs/*.py``), as data.

An environment whose class, or the class that it takes its ``step`` from, is in the table gets the
sentences of a task; every one that does not change ``step`` rewards reaching a goal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adaptarium.envs.core.errors import LevelError

_SAY_DONE = ("left", "right", "forward", "pickup", "drop", "toggle", "done")
# MiniGrid's Memory takes pickup for toggle, which moves nothing there.
_NO_PICKUP = ("left", "right", "forward", "stay", "drop", "toggle", "done")


@dataclass(frozen=True)
class Aim:
    """What an environment is after.

    Attributes:
        task: Its rules as sentences; none where reaching a goal is all.
        rules: Factors that differ from the preset's, by dotted name.
        obstacles: ``[x, y]`` of what moves by itself.
    """

    task: Sequence[str] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    obstacles: Sequence[Sequence[int]] = ()


def _at(place: Any) -> str:
    x, y = place
    return f"{int(x)},{int(y)}"


def _open_door(env: Any) -> Aim:
    door = _at(env.door.cur_pos)
    return Aim([f"success if doing toggle and {door} is an open door"])


def _pick_up(env: Any) -> Aim:
    wanted = (env.obj.type, env.obj.color)
    alike = [one for one in env.grid.grid if one and (one.type, one.color) == wanted]
    if len(alike) != 1:
        raise LevelError(
            f"{type(env).__name__}: {len(alike)} things are a {env.obj.color} {env.obj.type}; "
            "expected that which is to be picked up alone"
        )
    return Aim([f"success if holding a {env.obj.color} {env.obj.type}"])


def _fetch(env: Any) -> Aim:
    wanted = f"holding a {env.targetColor} {env.targetType}"
    return Aim([f"success if {wanted}", "failure if holding something"])


def _go_to(env: Any) -> Aim:
    there = f"success if doing done and standing beside {_at(env.target_pos)}"
    task = ["failure if doing toggle", there, "failure if doing done"]
    return Aim(task, {"action.vocabulary": _SAY_DONE})


def _put_near(env: Any) -> Aim:
    return Aim(
        [
            f"failure if holding other than a {env.moveColor} {env.move_type}",
            f"success if dropping something and putting it near {_at(env.target_pos)}",
            "failure if dropping something",
        ]
    )


def _open_doors(env: Any) -> Aim:
    places = {door: (j % env.width, j // env.width) for j, door in enumerate(env.grid.grid) if door}
    red, blue = _at(places[env.red_door]), _at(places[env.blue_door])
    both = f"{red} is an open red door and {blue} is an open blue door"
    return Aim([f"success if {both}", f"failure if {blue} is an open blue door"])


def _match(env: Any) -> Aim:
    right, wrong = _at(env.success_pos), _at(env.failure_pos)
    task = [f"success if standing at {right}", f"failure if standing at {wrong}"]
    return Aim(task, {"action.vocabulary": _NO_PICKUP})


def _keep_clear(env: Any) -> Aim:
    rules = {
        "action.vocabulary": ("left", "right", "forward"),
        "transition.obstacle_moves": "around",
        "reward.failure_cost": 1.0,
    }
    balls = [[int(part) for part in ball.cur_pos] for ball in env.obstacles]
    return Aim(["failure if walking into something"], rules, balls)


_AIMS: Mapping[str, Callable[[Any], Aim]] = {
    "UnlockEnv": _open_door,
    "UnlockPickupEnv": _pick_up,
    "BlockedUnlockPickupEnv": _pick_up,
    "KeyCorridorEnv": _pick_up,
    "ObstructedMazeEnv": _pick_up,
    "FetchEnv": _fetch,
    "GoToDoorEnv": _go_to,
    "GoToObjectEnv": _go_to,
    "PutNearEnv": _put_near,
    "RedBlueDoorEnv": _open_doors,
    "MemoryEnv": _match,
    "DynamicObstaclesEnv": _keep_clear,
}


def _stepper(env: Any) -> str:
    """The class that a MiniGrid environment takes its ``step`` from."""
    return next(one.__name__ for one in type(env).__mro__ if "step" in vars(one))


def has_rules_of_its_own(env: Any) -> bool:
    """Whether a MiniGrid environment rewards or ends by rules that are not known here."""
    return _stepper(env) not in {*_AIMS, "MiniGridEnv"}


def aim_of(env: Any) -> Aim:
    """What a MiniGrid environment is after.

    Raises:
        LevelError: it rewards or ends by rules that are not known here.
    """
    if has_rules_of_its_own(env):
        raise LevelError(
            f"{type(env).__name__} rewards or ends by rules of its own; expected one that rewards "
            f"reaching the goal, one of {', '.join(_AIMS)}, or dynamics_only=True for images and "
            "directions alone"
        )
    make = _AIMS.get(_stepper(env))
    return make(env) if make else Aim()
