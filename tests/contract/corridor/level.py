"""Corridors as text: ``{"corridor": ".S..G#", "max_steps": 24}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.layout import Workspace

SYMBOLS = "?.#G"
LONGEST = 64


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data."""
    length, start = (int(value) for value in w.levels.map[k])
    cells = "".join(SYMBOLS[cell] for cell in w.levels.cells[k, :length])
    return {
        "corridor": cells[:start] + "S" + cells[start + 1 :],
        "max_steps": int(w.info[k]["max_steps"]),
    }


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``.

    Raises:
        LevelError: it is malformed, or longer than the workspace.
    """
    text = _checked(readable)
    if len(text) > w.levels.cells.shape[1]:
        raise LevelError(f"{len(text)} cells: expected at most {w.levels.cells.shape[1]}")
    w.levels.map[k] = (len(text), text.index("S"))
    w.levels.cells[k] = 0
    w.levels.cells[k, : len(text)] = [SYMBOLS.index(c) for c in text.replace("S", ".")]
    w.info[k]["max_steps"] = readable["max_steps"]


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level."""
    return {"length": len(_checked(readable))}


def _checked(readable: Mapping[str, Any]) -> str:
    if not isinstance(readable, Mapping) or set(readable) != {"corridor", "max_steps"}:
        raise LevelError("level: expected an object with corridor, max_steps")
    text, limit = readable["corridor"], readable["max_steps"]
    if not isinstance(text, str) or not SYMBOLS or set(text) - set(".#GS") or len(text) > LONGEST:
        raise LevelError(f"corridor: expected at most {LONGEST} of '.#GS', got {text!r:.60}")
    if text.count("S") != 1:
        raise LevelError(f"corridor: expected one start 'S', got {text.count('S')}")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= 1_000_000:
        raise LevelError(f"max_steps = {limit!r:.60}: expected 1 to 1000000")
    return text
