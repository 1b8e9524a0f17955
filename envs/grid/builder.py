"""Levels by hand, in Python: a fluent builder of readable levels."""

from __future__ import annotations

from typing import Any, Self

from adaptarium.envs.core.errors import LevelError, unknown_name
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.checks import integer, named
from adaptarium.envs.grid.level import MAX_SIDE, SYMBOLS, needs

_SYMBOL = {codes.TILES[cell & 0xFF]: symbol for symbol, cell in reversed(tuple(SYMBOLS.items()))}
_STEPS_A_CELL = 4  # the time limit where none is set, as MiniGrid's empty rooms have it


class LevelBuilder:
    """Builds a readable level step by step; every step returns the builder.

    >>> level = (
    ...     LevelBuilder(9, 7)
    ...     .walls()
    ...     .column(4)
    ...     .put("door", 4, 3, "red", state="locked")
    ...     .put("key", 2, 2, "red")
    ...     .put("goal", 7, 5)
    ...     .agent(1, 1, "south")
    ...     .build()
    ... )

    Columns count from the west, rows from the north, both from 0.

    Args:
        width: Columns of the map, 1 to 128.
        height: Rows of the map.

    Raises:
        LevelError: a size is out of bounds.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width = integer("width", width, 1, MAX_SIDE)
        self._height = integer("height", height, 1, MAX_SIDE)
        self._rows = [["."] * width for _ in range(height)]
        self._objects: dict[tuple[int, int], dict[str, Any]] = {}
        self._agents: list[list[Any]] = []
        self._moving: list[list[int]] = []
        self._more: dict[str, Any] = {}

    def put(
        self,
        tile: str,
        x: int,
        y: int,
        colour: str | None = None,
        *,
        state: str | int | None = None,
        contains: str | None = None,
    ) -> Self:
        """Put a tile onto a cell, in place of what is there.

        Args:
            tile: Its name, such as ``"door"``; see ``codes.TILES``.
            x: Column.
            y: Row.
            colour: Its colour; None takes the usual one.
            state: ``"open"``, ``"closed"`` or ``"locked"`` of a door, the level of food.
            contains: What a box holds, such as ``"red key"``.

        Raises:
            UnknownNameError: there is no such tile.
            LevelError: the cell is not on the map.
        """
        if tile not in _SYMBOL:
            raise unknown_name("tile", tile, sorted(_SYMBOL))
        self._cell(tile, x, y)
        self._rows[y][x] = _SYMBOL[tile]
        given = {"colour": colour, "state": state, "contains": contains}
        details = {name: value for name, value in given.items() if value is not None}
        self._objects.pop((x, y), None)
        if details:
            self._objects[x, y] = {"at": [x, y], **details}
        return self

    def fill(self, tile: str, x: int, y: int, wide: int, tall: int) -> Self:
        """Put a tile onto every cell of a rectangle with its north-west corner at (x, y)."""
        for row in range(y, y + tall):
            for column in range(x, x + wide):
                self.put(tile, column, row)
        return self

    def walls(self) -> Self:
        """A wall around the map."""
        self.row(0).row(self._height - 1)
        return self.column(0).column(self._width - 1)

    def row(self, y: int, tile: str = "wall") -> Self:
        """A row of walls, or of another tile, across the map."""
        return self.fill(tile, 0, y, self._width, 1)

    def column(self, x: int, tile: str = "wall") -> Self:
        """A column of walls, or of another tile, across the map."""
        return self.fill(tile, x, 0, 1, self._height)

    def agent(self, x: int, y: int, heading: str = "east", level: int = 0) -> Self:
        """Start the next agent there.

        Raises:
            LevelError: the cell is not on the map, or there is no such heading.
        """
        self._cell("agent", x, y)
        named("heading", heading, codes.HEADINGS)
        self._agents.append([x, y, heading, level])
        return self

    def obstacle(self, x: int, y: int, tile: str = "obstacle") -> Self:
        """Put an obstacle that moves: of its own tile, a hazard, or a ``"ball"``."""
        self.put(tile, x, y)
        self._moving.append([x, y])
        return self

    def mission(self, sentence: str) -> Self:
        """What the level tells the agent; see :mod:`adaptarium.envs.grid.missions`."""
        self._more["mission"] = sentence
        return self

    def success(self, condition: str) -> Self:
        """A rule of the task: ``success("holding a red key")``; rules count in their order."""
        self._more.setdefault("task", []).append(f"success if {condition}")
        return self

    def failure(self, condition: str) -> Self:
        """A rule of the task that ends the episode without success."""
        self._more.setdefault("task", []).append(f"failure if {condition}")
        return self

    def rule(self, sentence: str) -> Self:
        """A production rule of the level; see :mod:`adaptarium.envs.grid.productions`."""
        self._more.setdefault("rules", []).append(sentence)
        return self

    def steps(self, limit: int) -> Self:
        """The time limit; without it four steps a cell."""
        self._more["max_steps"] = limit
        return self

    def build(self) -> dict[str, Any]:
        """The readable level, checked from end to end.

        Raises:
            LevelError: something is wrong with it, such as no agent; the message says what.
        """
        level = {
            "map": ["".join(row) for row in self._rows],
            "objects": list(self._objects.values()),
            "agents": [list(agent) for agent in self._agents],
            "obstacles": [list(point) for point in self._moving],
            "max_steps": _STEPS_A_CELL * self._width * self._height,
            **self._more,
        }
        needs(level)
        return level

    def world(self, like: World) -> World:
        """A world that plays this level by the rules of ``like``."""
        return like.override(records=(self.build(),))

    def _cell(self, what: str, x: int, y: int) -> None:
        for name, value, size in (("column", x, self._width), ("row", y, self._height)):
            if not isinstance(value, int) or not 0 <= value < size:
                raise LevelError(f"{what}: {name} {value!r} is not on the map of {size} {name}s")
