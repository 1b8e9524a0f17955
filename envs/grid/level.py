"""Grid levels as text that a person can read and write, and their arrays.

A readable level is plain JSON data::

    {
        "map": ["#####",
                "#.DG#",
                "#K#.#",
                "#..C#",
                "#####"],
        "objects": [{"at": [1, 2], "colour": "red"}, {"at": [2, 1], "colour": "red"}],
        "agents": [[1, 3, "north", 0]],
        "obstacles": [],
        "mission": "pick up the red key",
        "task": ["success if holding a red key"],
        "rules": ["holding a blue ball makes it a red key"],
        "max_steps": 250,
    }

Every cell of ``map`` is one symbol of :data:`SYMBOLS`, which stands for a tile with its usual
colour and state. ``objects`` lists the cells that differ from that: ``colour`` is one of
``codes.COLOURS``, ``state`` is a door state's name, the level of food, or a number (of a floor what
it is for, from ``codes.CHECKPOINT`` on a checkpoint; of a crate one more than the colour of the
target it stands on), ``contains`` is what a box holds, such as ``"blue key"``. ``agents`` are ``[x,
y, heading, level]`` (columns count from the west, rows from the north, level 0 where agents have
none); ``obstacles`` are the ``[x, y]`` of the moving ones in their order: every ``O``, and balls
that move. ``mission`` is what the level tells the agent (:mod:`~adaptarium.envs.grid.missions`),
``task`` what ends its episode (:mod:`~adaptarium.envs.grid.tasks`), ``rules`` what makes things of
others on it (:mod:`~adaptarium.envs.grid.productions`). All but ``map``, ``agents`` and
``max_steps`` may be left out; obstacles then are every ``O`` in reading order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError, nearest
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.checks import integer, known_keys, name_of, named, show, sized
from adaptarium.envs.grid.codes import COLOURS, DOOR_STATES, HEADINGS, TILES, pack
from adaptarium.envs.grid.missions import TEMPLATES, read_sentence, sentence
from adaptarium.envs.grid.productions import (
    Production,
    checked_productions,
    decoded,
    encoded,
    read_productions,
    write_productions,
)
from adaptarium.envs.grid.tasks import Clause, checked_clauses, read_task, write_task

MAX_SIDE = 128
MAX_AGENTS = 64
MAX_OBSTACLES = 512
MAX_STEPS = 1_000_000

# Symbol -> packed cell, as the tile usually looks; food by its level.
SYMBOLS: Mapping[str, int] = {
    ".": codes.EMPTY_CELL,
    "#": codes.WALL_CELL,
    "_": codes.USUAL_CELLS[codes.FLOOR],
    "D": codes.USUAL_CELLS[codes.DOOR],
    "K": codes.USUAL_CELLS[codes.KEY],
    "o": codes.USUAL_CELLS[codes.BALL],
    "B": codes.USUAL_CELLS[codes.BOX],
    "G": codes.GOAL_CELL,
    "~": codes.LAVA_CELL,
    "C": codes.CRATE_CELL,
    "=": codes.ICE_CELL,
    "S": codes.USUAL_CELLS[codes.START],
    "O": codes.USUAL_CELLS[codes.OBSTACLE],
    **{str(level): pack(codes.FOOD, 0, level) for level in range(1, 10)},
    "F": pack(codes.FOOD, 0, 10),
    "a": codes.APPLE_CELL,
    ",": codes.GRASS_CELL,
    "x": codes.TARGET_CELL,
    "*": codes.STORED_CELL,
    "!": codes.LEVER_CELL,
}
_SAID = {"x": "target", "*": "crate on a target", "!": "lever"}

_SYMBOL_OF_TILE = {cell & 0xFF: symbol for symbol, cell in reversed(tuple(SYMBOLS.items()))}
_SYMBOL_OF_CELL = {cell: symbol for symbol, cell in SYMBOLS.items()}
_NAMES = ", ".join(
    f"{symbol!r} {_SAID.get(symbol, TILES[cell & 0xFF])}" for symbol, cell in SYMBOLS.items()
)
_KEYS = ("map", "objects", "agents", "obstacles", "mission", "task", "rules", "max_steps")
_OBJECT_KEYS = ("at", "colour", "state", "contains")
_MOVING = (codes.OBSTACLE, codes.BALL)
_CONTENTS = {
    f"{colour} {TILES[tile]}": codes.content_of(tile, number)
    for tile in (codes.KEY, codes.BALL, codes.BOX)
    for number, colour in enumerate(COLOURS)
}
_HAZARDS = (codes.LAVA, codes.OBSTACLE)
_TABLE = np.zeros(256, np.uint32)
for _symbol, _cell in SYMBOLS.items():
    _TABLE[ord(_symbol)] = _cell


@dataclass(frozen=True)
class _Parsed:
    """A readable level that has been checked from end to end."""

    cells: npt.NDArray[np.uint32]  # (height, width) packed
    agents: tuple[tuple[int, int, int, int], ...]  # x, y, heading, level
    obstacles: tuple[tuple[int, int], ...]
    mission: tuple[int, int, int]  # template and the two things it names
    task: tuple[Clause, ...]
    rules: tuple[Production, ...]
    max_steps: int


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data; :func:`write` gives the same row again.

    Raises:
        LevelError: the row, read from a file, holds numbers that stand for nothing.
    """
    grid, levels = w.levels.map[k], w.levels
    height = integer("height", int(grid["height"]), 1, MAX_SIDE)
    width = integer("width", int(grid["width"]), 1, MAX_SIDE)
    _check_room(w, height, width, int(grid["num_agents"]), int(grid["num_obstacles"]))
    cells = levels.cells[k, : height * width].reshape(height, width)
    rows, objects = [], []
    for y in range(height):
        row = ""
        for x, cell in enumerate(cells[y].tolist()):
            symbol = _SYMBOL_OF_CELL.get(cell)
            if symbol is None:
                symbol = _SYMBOL_OF_TILE.get(cell & 0xFF, "?")
                objects.append(_object(x, y, cell, SYMBOLS.get(symbol, 0)))
            row += symbol
        rows.append(row)
    agents = levels.agents[k, : int(grid["num_agents"])].tolist()
    return {
        "map": rows,
        "objects": objects,
        "agents": [
            [x, y, name_of("heading", heading, HEADINGS), level] for x, y, heading, level in agents
        ],
        "obstacles": [list(p) for p in levels.obstacles[k, : int(grid["num_obstacles"])].tolist()],
        **_aims(w, k),
        "max_steps": int(w.info[k]["max_steps"]),
    }


def _aims(w: Workspace, k: int) -> dict[str, Any]:
    """Mission and task of level row ``k``, where it has them."""
    grid, found = w.levels.map[k], dict[str, Any]()
    if grid["mission"]:
        template = integer("mission", int(grid["mission"]), 0, len(TEMPLATES) - 1)
        things = [int(grid[name]) for name in ("noun", "other")]
        for one in things:
            name_of("colour", one >> codes.COLOUR_SHIFT, COLOURS)
            name_of("tile", one & 0xFF, TILES)
        found["mission"] = sentence(template, *things)
    if grid["num_clauses"]:
        count = integer("clauses", int(grid["num_clauses"]), 1, codes.MAX_CLAUSES)
        clauses = [Clause(*row) for row in w.levels.clauses[k, :count].tolist()]
        found["task"] = write_task(
            checked_clauses(clauses, int(grid["height"]), int(grid["width"]))
        )
    if grid["num_productions"]:
        count = integer("rules", int(grid["num_productions"]), 1, codes.MAX_PRODUCTIONS)
        rows = decoded(w.levels.productions[k, :count], w.levels.worths[k, :count])
        found["rules"] = write_productions(checked_productions(rows))
    return found


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``; nothing is written unless all of it is valid.

    The content hash and split are filled by ``envs.core.identity``.

    Raises:
        LevelError: the level is malformed, or larger than the workspace.
    """
    parsed = _parse(readable)
    height, width = parsed.cells.shape
    _check_room(w, height, width, len(parsed.agents), len(parsed.obstacles))
    grid, levels = w.levels.map[k], w.levels
    grid["height"], grid["width"] = height, width
    grid["num_agents"], grid["num_obstacles"] = len(parsed.agents), len(parsed.obstacles)
    goals = np.argwhere(parsed.cells & 0xFF == codes.GOAL)
    grid["goal_y"], grid["goal_x"] = goals[0] if len(goals) else (-1, -1)
    levels.cells[k] = 0
    levels.cells[k, : height * width] = parsed.cells.ravel()
    levels.agents[k] = 0
    levels.obstacles[k] = 0
    for a, agent in enumerate(parsed.agents):
        levels.agents[k, a] = agent
    for m, point in enumerate(parsed.obstacles):
        levels.obstacles[k, m] = point
    grid["mission"], grid["noun"], grid["other"] = parsed.mission
    grid["num_clauses"] = len(parsed.task)
    levels.clauses[k] = 0
    for c, clause in enumerate(parsed.task):
        levels.clauses[k, c] = clause
    grid["num_productions"] = len(parsed.rules)
    levels.productions[k], levels.worths[k] = encoded(parsed.rules)
    w.info[k]["max_steps"] = parsed.max_steps


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level.

    Raises:
        LevelError: the level is malformed.
    """
    parsed = _parse(readable)
    height, width = parsed.cells.shape
    return {
        "height": height,
        "width": width,
        "agents": len(parsed.agents),
        "obstacles": len(parsed.obstacles),
    }


def _object(x: int, y: int, cell: int, usual: int) -> dict[str, Any]:
    """What differs in a cell from its symbol's usual colour and state."""
    colour, state = cell >> codes.COLOUR_SHIFT & 0xFF, cell >> codes.STATE_SHIFT & 0xFF
    found: dict[str, Any] = {"at": [x, y]}
    if colour != usual >> codes.COLOUR_SHIFT & 0xFF:
        found["colour"] = name_of("colour", colour, COLOURS)
    if state != usual >> codes.STATE_SHIFT & 0xFF:
        door = cell & 0xFF == codes.DOOR
        found["state"] = name_of("door state", state, DOOR_STATES) if door else state
    content = cell >> codes.CONTENT_SHIFT & codes.CONTENT_MASK
    if content and cell & 0xFF == codes.BOX:
        tile, hidden = divmod(integer("content", content, 1, len(_CONTENTS)) - 1, len(COLOURS))
        found["contains"] = f"{COLOURS[hidden]} {TILES[codes.KEY + tile]}"
    return found


def _check_room(w: Workspace, height: int, width: int, agents: int, obstacles: int) -> None:
    for name, size, room in (
        ("cells", height * width, w.levels.cells.shape[1]),
        ("agents", agents, w.levels.agents.shape[1]),
        ("obstacles", obstacles, w.levels.obstacles.shape[1]),
    ):
        if size > room:
            raise LevelError(f"the level has {size} {name}, its workspace has room for {room}")


# ---- parsing ----


def _parse(readable: Any) -> _Parsed:
    """Check a readable level; LevelError names the first thing that is wrong."""
    if not isinstance(readable, Mapping):
        raise LevelError(f"level: expected an object with {', '.join(_KEYS)}, got {show(readable)}")
    known_keys("level", readable, _KEYS)
    for key in ("map", "agents", "max_steps"):
        if key not in readable:
            raise LevelError(f"level: {key!r} is missing; expected {', '.join(_KEYS)}")
    cells = _cells(readable["map"])
    _apply_objects(cells, readable.get("objects", ()))
    task = readable.get("task", ())
    sized("task", task, 0, codes.MAX_CLAUSES, "rules")
    rules = readable.get("rules", ())
    sized("rules", rules, 0, codes.MAX_PRODUCTIONS, "sentences")
    return _Parsed(
        cells=cells,
        agents=_agents(cells, readable["agents"]),
        obstacles=_obstacles(cells, readable.get("obstacles")),
        mission=_mission(readable.get("mission", "")),
        task=tuple(checked_clauses(read_task(task), *cells.shape)),
        rules=tuple(read_productions(rules)),
        max_steps=integer("max_steps", readable["max_steps"], 1, MAX_STEPS),
    )


def _cells(rows: Any) -> npt.NDArray[np.uint32]:
    """The (height, width) packed cells of the map's rows; sizes are checked before allocation."""
    sized("map", rows, 1, MAX_SIDE, "rows of text")
    width = len(rows[0]) if isinstance(rows[0], str) else 0
    for y, row in enumerate(rows):
        if not isinstance(row, str) or not 1 <= len(row) <= MAX_SIDE:
            raise LevelError(
                f"map row {y}: expected 1 to {MAX_SIDE} symbols of text, got {show(row)}"
            )
        if len(row) != width:
            raise LevelError(f"map row {y} has {len(row)} symbols, row 0 has {width}")
        for x, symbol in enumerate(row):
            if symbol not in SYMBOLS:
                raise LevelError(
                    f"map row {y}, column {x}: unknown tile {symbol!r}; {_hint(symbol)}"
                )
    text = np.frombuffer("".join(rows).encode("ascii"), np.uint8)
    return _TABLE[text].reshape(len(rows), width)


def _mission(words: Any) -> tuple[int, int, int]:
    if not isinstance(words, str):
        raise LevelError(f"mission: expected a sentence, got {show(words)}")
    return read_sentence(words)


def _hint(symbol: str) -> str:
    """The nearest valid symbol, or all of them."""
    other = symbol.swapcase()
    if other in SYMBOLS:
        return f"did you mean {other!r} {TILES[SYMBOLS[other] & 0xFF]}?"
    return f"expected one of {_NAMES}"


def _apply_objects(cells: npt.NDArray[np.uint32], objects: Any) -> None:
    """Give the listed cells their own colour and state."""
    sized("objects", objects, 0, cells.size, "objects")
    seen: set[tuple[int, int]] = set()
    for number, item in enumerate(objects):
        what = f"object {number}"
        if not isinstance(item, Mapping) or "at" not in item:
            raise LevelError(f"{what}: expected {{'at': [x, y], ...}}, got {show(item)}")
        known_keys(what, item, _OBJECT_KEYS)
        x, y = _point(what, item["at"], cells)
        if (x, y) in seen:
            raise LevelError(f"{what}: cell [{x}, {y}] is listed twice")
        seen.add((x, y))
        cell = int(cells[y, x])
        tile = cell & 0xFF
        colour, state = cell >> codes.COLOUR_SHIFT & 0xFF, cell >> codes.STATE_SHIFT & 0xFF
        if "colour" in item:
            colour = named(f"{what} colour", item["colour"], COLOURS)
        if "state" in item:
            state = _state(f"{what} state", item["state"], tile)
        content = _content(what, item["contains"], tile) if "contains" in item else 0
        cells[y, x] = pack(tile, colour, state, content)


def _content(what: str, value: Any, tile: int) -> int:
    if tile != codes.BOX:
        raise LevelError(f"{what}: a {TILES[tile]} contains nothing; expected a box")
    if not isinstance(value, str) or value not in _CONTENTS:
        close = nearest(str(value)[:40], _CONTENTS, 1) or ["blue key"]
        raise LevelError(
            f"{what} contains = {show(value)}: expected colour and thing, such as {close[0]!r}"
        )
    return _CONTENTS[value]


def _state(what: str, value: Any, tile: int) -> int:
    if tile == codes.DOOR:
        return named(what, value, DOOR_STATES)
    if tile == codes.CRATE:
        return integer(what, value, 0, len(COLOURS))
    return integer(what, value, 0, 255 if tile == codes.FOOD else 15)


def _agents(cells: npt.NDArray[np.uint32], agents: Any) -> tuple[tuple[int, int, int, int], ...]:
    sized("agents", agents, 1, MAX_AGENTS, "[x, y, heading, level]")
    found: list[tuple[int, int, int, int]] = []
    for a, agent in enumerate(agents):
        what = f"agent {a}"
        sized(what, agent, 3, 4, "parts: [x, y, heading, level]")
        x, y = _point(what, agent[:2], cells)
        tile = int(cells[y, x]) & 0xFF
        if int(cells[y, x]) & codes.SOLID or tile in _HAZARDS or tile == codes.GOAL:
            raise LevelError(
                f"{what} starts at [{x}, {y}] on {TILES[tile]!r}; expected a free cell"
                f"{_nearest_free(cells, x, y)}"
            )
        if any((x, y) == other[:2] for other in found):
            raise LevelError(f"{what} starts at [{x}, {y}], where another agent starts")
        heading = named(f"{what} heading", agent[2], HEADINGS)
        level = integer(f"{what} level", agent[3], 0, 255) if len(agent) == 4 else 0
        found.append((x, y, heading, level))
    return tuple(found)


def _nearest_free(cells: npt.NDArray[np.uint32], x: int, y: int) -> str:
    free = np.argwhere(cells & 0xFF == codes.EMPTY)
    if not len(free):
        return ""
    by, bx = min(free.tolist(), key=lambda p: abs(p[0] - y) + abs(p[1] - x))
    return f", for example [{bx}, {by}]"


def _obstacles(cells: npt.NDArray[np.uint32], points: Any) -> tuple[tuple[int, int], ...]:
    standing = [(x, y) for y, x in np.argwhere(cells & 0xFF == codes.OBSTACLE).tolist()]
    if points is None:
        points = standing
    sized("obstacles", points, 0, MAX_OBSTACLES, "points [x, y]")
    found = tuple(_point(f"obstacle {m}", point, cells) for m, point in enumerate(points))
    moving = all(int(cells[y, x]) & 0xFF in _MOVING for x, y in found)
    if not moving or len(set(found)) < len(found) or not set(standing) <= set(found):
        raise LevelError(
            f"obstacles {show([list(p) for p in found])} do not match the 'O' of the map at "
            f"{show([list(p) for p in standing])}; leave them out to take the map's"
        )
    return found


def _point(what: str, value: Any, cells: npt.NDArray[np.uint32]) -> tuple[int, int]:
    """(x, y) inside the map."""
    sized(what, value, 2, 2, "numbers: [x, y]")
    height, width = cells.shape
    return (
        integer(f"{what} x", value[0], 0, width - 1),
        integer(f"{what} y", value[1], 0, height - 1),
    )
