"""MiniGrid environments as worlds and levels of this family (minigrid 3.2)."""

from __future__ import annotations

import re
from typing import Any

from adaptarium.envs.core.errors import LevelError, missing_extra
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.level import SYMBOLS
from adaptarium.envs.grid.minigrid_tasks import Aim, aim_of, has_rules_of_its_own
from adaptarium.envs.grid.missions import read_sentence

_SYMBOLS = {cell & 0xFF: symbol for symbol, cell in reversed(tuple(SYMBOLS.items()))}
_KINDS = ("wall", "floor", "door", "key", "ball", "box", "goal", "lava")
_BOXED = ("key", "ball", "box")


def from_minigrid(env: Any, *, dynamics_only: bool = False) -> tuple[World, dict[str, Any]]:
    """The world and the readable level of a MiniGrid environment that has just been reset.

    Under the same actions the world gives MiniGrid's images, directions, missions, rewards and
    ends. Where MiniGrid draws in its steps (Dynamic-Obstacles), the draws are ours, from the same
    distribution.

    Args:
        env: A MiniGrid environment, wrapped or not, after ``reset``.
        dynamics_only: Take an environment that rewards or ends by rules that are not known here,
            too: images and directions are then MiniGrid's, rewards and ends those of reaching a
            goal.

    Returns:
        The world, with the level as its only one, and the level.

    Raises:
        MissingExtraError: minigrid is not installed.
        LevelError: ``env`` is no MiniGrid environment, was not reset, has been stepped, holds an
            object that this family has no tile for, or steps by rules that are not known here.
    """
    try:
        from minigrid.minigrid_env import MiniGridEnv
    except ImportError:
        raise missing_extra("minigrid", "test") from None
    inner = getattr(env, "unwrapped", env)
    if not isinstance(inner, MiniGridEnv):
        raise LevelError(f"expected a MiniGrid environment, got {type(inner).__name__}")
    if inner.agent_pos is None or inner.step_count != 0 or inner.carrying is not None:
        raise LevelError("expected a MiniGrid environment right after reset()")
    aim = Aim() if dynamics_only and has_rules_of_its_own(inner) else aim_of(inner)
    level = _level(inner, aim)
    rules = {
        "observation.view_size": int(inner.agent_view_size),
        "observation.occlusion": not inner.see_through_walls,
        "observation.mission": "mission" in level,
        **aim.rules,
    }
    world = World.from_data(
        {
            "id": _name(inner),
            "family": "grid",
            "preset": "minigrid",
            "rules": rules,
            "levels": {"records": [level]},
            "mission": str(inner.mission),
            "description": f"A level of {type(inner).__name__}.",
            "source": "minigrid 3.2",
        }
    )
    return world, level


def _name(env: Any) -> str:
    spec = getattr(env, "spec", None)
    words = spec.id if spec is not None else type(env).__name__
    short = re.sub(r"-v\d+$", "", words).removeprefix("MiniGrid-")
    return f"MiniGrid.{re.sub(r'[^A-Za-z0-9]', '_', short)}-v0"


def _level(env: Any, aim: Aim) -> dict[str, Any]:
    """The readable level of the environment's present grid."""
    rows, objects = [], []
    for y in range(env.grid.height):
        row = ""
        for x in range(env.grid.width):
            thing = env.grid.get(x, y)
            cell = _cell(thing, x, y)
            symbol = _SYMBOLS[cell & 0xFF]
            row += symbol
            inside = getattr(thing, "contains", None)
            if SYMBOLS[symbol] != cell or inside is not None:
                objects.append(_object(cell, inside, x, y))
        rows.append(row)
    x, y = (int(part) for part in env.agent_pos)
    level: dict[str, Any] = {
        "map": rows,
        "objects": objects,
        "agents": [[x, y, codes.HEADINGS[int(env.agent_dir)], 0]],
        "max_steps": int(env.max_steps),
    }
    if aim.obstacles:
        level["obstacles"] = aim.obstacles
    if aim.task:
        level["task"] = aim.task
    if _is_known(str(env.mission)):
        level["mission"] = str(env.mission)
    return level


def _is_known(mission: str) -> bool:
    try:
        return read_sentence(mission)[0] != 0
    except LevelError:
        return False


def _cell(thing: Any, x: int, y: int) -> int:
    if thing is None:
        return codes.EMPTY_CELL
    if thing.type not in _KINDS:
        raise LevelError(f"[{x}, {y}] holds a {thing.type!r}; expected one of {', '.join(_KINDS)}")
    _, colour, state = thing.encode()
    return codes.pack(codes.TILES.index(thing.type), colour, state)


def _object(cell: int, inside: Any, x: int, y: int) -> dict[str, Any]:
    state = cell >> codes.STATE_SHIFT & 0xFF
    found: dict[str, Any] = {
        "at": [x, y],
        "colour": codes.COLOURS[cell >> codes.COLOUR_SHIFT & 0xFF],
    }
    if cell & 0xFF == codes.DOOR:
        found["state"] = codes.DOOR_STATES[state]
    if inside is not None:
        if inside.type not in _BOXED or getattr(inside, "contains", None) is not None:
            raise LevelError(
                f"[{x}, {y}] holds a box with a {inside.type!r} in it; expected a key, a ball or "
                "an empty box"
            )
        found["contains"] = f"{inside.color} {inside.type}"
    return found
