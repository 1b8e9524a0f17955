"""Grid worlds: MiniGrid's rules, frozen lakes, mazes, dark rooms and foraging teams, as data."""

from __future__ import annotations

from typing import Any

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="grid",
    package=__name__,
    title="Grid worlds with keys, doors, hazards, ice, crates, wind and several agents",
)

__all__ = ["FAMILY", "from_minigrid"]


def __getattr__(name: str) -> Any:
    """``from_minigrid``, imported when it is used: listing worlds loads no compiler."""
    if name == "from_minigrid":
        from adaptarium.envs.grid.minigrid import from_minigrid

        return from_minigrid
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
