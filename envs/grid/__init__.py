"""Grid worlds: MiniGrid's rules, frozen lakes, mazes, dark rooms, teams and commons, as data."""

from __future__ import annotations

import importlib
from typing import Any

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="grid",
    package=__name__,
    title="Grid worlds with keys, doors, hazards, ice, crates, wind and several agents",
    alone=(("players.outside", 1),),
)

# What is imported when it is used: listing worlds loads no compiler.
_LATER = {
    "LevelBuilder": "builder",
    "from_minigrid": "minigrid",
    "read_text": "asciitext",
    "write_text": "asciitext",
}

__all__ = ["FAMILY", "LevelBuilder", "from_minigrid", "read_text", "write_text"]


def __getattr__(name: str) -> Any:
    """The names of ``_LATER``, from their modules."""
    if name in _LATER:
        return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
