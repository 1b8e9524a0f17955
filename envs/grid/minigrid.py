"""MiniGrid environments as worlds and levels of this family (minigrid 3.2)."""

from __future__ import annotations

import re
from typing import Any

from adaptarium.envs.core.errors import LevelError, missing_extra
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.level import SYMBOLS

_SYMBOLS = {cell & 0xFF: symbol for symbol, cell in reversed(tuple(SYMBOLS.items()))}
_KINDS = ("wall", "floor", "door", "key", "ball", "box", "goal", "lava")


def from_minigrid(env: Any, *, dynamics_only: bool = False) -> tuple[World, dict[str, Any]]:
    """The world and the readable level of a MiniGrid environment that has just been reset.

    Under the same actions the world gives MiniGrid's images, directions, rewards and ends.

    Args:
        env: A MiniGrid environment, wrapped or not, after ``reset``.
        dynamics_only: Take an environment that rewards or ends by rules of its own, too: images
            and directions are then MiniGrid's, rewards and ends those of reaching a goal.

    Returns:
        The world, with the level as its only one, and the level.

    Raises:
        MissingExtraError: minigrid is not installed.
        LevelError: ``env`` is no MiniGrid environment, was not reset, has been stepped, holds an
            object that this family has no tile for, or steps by rules of its own.
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
    if type(inner).step is not MiniGridEnv.step and not dynamics_only:
        raise LevelError(
            f"{type(inner).__name__} rewards or ends by rules of its own; expected an environment "
            "that rewards reaching the goal, or dynamics_only=True for images and directions alone"
        )
    level = _level(inner)
    world = World.from_data(
        {
            "id": _name(inner),
            "family": "grid",
            "preset": "minigrid",
            "rules": {
                "observation.view_size": int(inner.agent_view_size),
                "observation.occlusion": not inner.see_through_walls,
            },
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


def _level(env: Any) -> dict[str, Any]:
    """The readable level of the environment's present grid."""
    rows, objects = [], []
    for y in range(env.grid.height):
        row = ""
        for x in range(env.grid.width):
            cell = _cell(env.grid.get(x, y), x, y)
            symbol = _SYMBOLS[cell & 0xFF]
            row += symbol
            if SYMBOLS[symbol] != cell:
                objects.append(_object(cell, x, y))
        rows.append(row)
    x, y = (int(part) for part in env.agent_pos)
    return {
        "map": rows,
        "objects": objects,
        "agents": [[x, y, codes.HEADINGS[int(env.agent_dir)], 0]],
        "max_steps": int(env.max_steps),
    }


def _cell(thing: Any, x: int, y: int) -> int:
    if thing is None:
        return codes.EMPTY_CELL
    if thing.type not in _KINDS:
        raise LevelError(f"[{x}, {y}] holds a {thing.type!r}; expected one of {', '.join(_KINDS)}")
    if getattr(thing, "contains", None) is not None:
        raise LevelError(f"[{x}, {y}] holds a {thing.type} with something in it; expected it empty")
    _, colour, state = thing.encode()
    return codes.pack(codes.TILES.index(thing.type), colour, state)


def _object(cell: int, x: int, y: int) -> dict[str, Any]:
    state = cell >> codes.STATE_SHIFT & 0xFF
    found: dict[str, Any] = {
        "at": [x, y],
        "colour": codes.COLOURS[cell >> codes.COLOUR_SHIFT & 0xFF],
    }
    if cell & 0xFF == codes.DOOR:
        found["state"] = codes.DOOR_STATES[state]
    return found
