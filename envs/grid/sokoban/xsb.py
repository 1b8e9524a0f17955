"""Sokoban collections: ``.xsb`` and ``.sok`` files, as people have shared them since XSokoban.

Puzzles are rows of signs (http://sokobano.de/wiki/index.php?title=Level_format)::

    #  wall        $  box            @  player
    .  goal        *  box on a goal  +  player on a goal
    space, - or _  floor

A row may be run-length encoded (``3#@2-$.#``) and ``|`` ends a row within a line. Lines that begin
with ``;`` or ``::``, and any other text, are comments; ``Title:``, ``Author:``, ``Collection:`` and
other ``Key: value`` lines belong to the puzzle before them, or to the collection where none has
come. A text in quotes, or after ``;`` right before a puzzle, is its title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adaptarium.assets import MICROBAN
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.grid.level import MAX_SIDE, MAX_STEPS

MAX_BYTES = 16 * 2**20
MAX_PUZZLES = 100_000
STEPS_A_CELL, FEWEST_STEPS = 4, 120
WORLD = "Sokoban-v0"

_SIGNS = {"#": "#", "$": "C", ".": "x", "*": "*", "@": ".", "+": "x", " ": ".", "-": ".", "_": "."}
_ROW = re.compile(r"[#$.*@+ _|()0-9-]*#[#$.*@+ _|()0-9-]*")
_RUN = re.compile(r"(\d+)([#$.*@+ _-])")
_KEY = re.compile(r"([A-Za-z][A-Za-z ]{0,30}): *(.*)")


@dataclass(frozen=True)
class Puzzle:
    """One puzzle of a collection.

    Attributes:
        rows: Its rows in the standard signs, floor as spaces.
        title: As the file names it; may be empty.
        author: Where the file says one of this puzzle's own.
        notes: All other lines that belong to it.
    """

    rows: tuple[str, ...]
    title: str = ""
    author: str = ""
    notes: tuple[str, ...] = ()

    def level(self, max_steps: int | None = None) -> dict[str, Any]:
        """The puzzle as a readable level of the grid family.

        Args:
            max_steps: Its time limit; without it 4 steps a cell, and 120 at least.
        """
        width = max(len(row) for row in self.rows)
        rows = [row.ljust(width) for row in self.rows]
        ((x, y),) = [
            (x, y) for y, row in enumerate(rows) for x, sign in enumerate(row) if sign in "@+"
        ]
        limit = max(FEWEST_STEPS, STEPS_A_CELL * width * len(rows))
        return {
            "map": ["".join(_SIGNS[sign] for sign in row) for row in rows],
            "objects": [],
            "agents": [[x, y, "north", 0]],
            "obstacles": [],
            "max_steps": min(limit, MAX_STEPS) if max_steps is None else max_steps,
        }


@dataclass(frozen=True)
class Collection:
    """A file of puzzles.

    Attributes:
        puzzles: In the order of the file.
        title: The collection's title; may be empty.
        author: Its author; may be empty.
        notes: The lines before the first puzzle that are neither.
    """

    puzzles: tuple[Puzzle, ...]
    title: str = ""
    author: str = ""
    notes: tuple[str, ...] = ()

    def world(self, like: World | None = None) -> World:
        """A world whose levels are the puzzles; ``like`` gives the rules, ``Sokoban-v0``'s if None.

        Raises:
            LevelError: two puzzles are the same, or one is malformed.
        """
        levels = tuple(puzzle.level() for puzzle in self.puzzles)
        return (like or load_world(WORLD)).override(records=levels)


@dataclass
class _Draft:
    """What has been read of a puzzle, or of the collection's head."""

    rows: list[str] = field(default_factory=list)
    first_line: int = 0
    notes: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    heading: str = ""  # what may be its title, and
    earlier: _Draft | None = None  # whose note it is if not


def read_file(path: str | Path) -> Collection:
    """Read a collection.

    Raises:
        LevelError: the file cannot be read, is too large, or holds a puzzle that is malformed.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise LevelError(f"{path}: {problem.strerror or problem}") from None
    if len(data) > MAX_BYTES:
        raise LevelError(f"{path.name}: more than {MAX_BYTES} bytes; expected a smaller collection")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # what old collections are written in
    return read_text(text, path.name)


def read_text(text: str, what: str = "collection") -> Collection:
    """The collection that a text holds.

    Args:
        text: The text.
        what: Names it in messages.

    Raises:
        LevelError: there is no puzzle, or one is malformed; the message says where.
    """
    head, drafts, before = _Draft(), list[_Draft](), list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        row = _ROW.fullmatch(line.rstrip())
        if row is not None:
            if not drafts or before or drafts[-1].rows[-1] == "":
                _begin(drafts, before, head, number)
                before = []
            drafts[-1].rows += _expanded(line.rstrip(), f"{what}, line {number}")
            _check_size(drafts[-1], f"{what}, line {number}")
        elif line.strip():
            before.append(line.rstrip())
        if row is None and drafts and drafts[-1].rows[-1] != "":
            drafts[-1].rows.append("")  # the puzzle has ended
        if len(drafts) > MAX_PUZZLES:
            raise LevelError(f"{what}: more than {MAX_PUZZLES} puzzles")
    if not drafts:
        raise LevelError(f"{what}: no puzzle; expected rows of '#', '$', '.', '*', '@' and '+'")
    _tell(drafts[-1], before)
    for draft in drafts:
        _entitle(draft)
    puzzles = tuple(_puzzle(draft, f"{what}, line {draft.first_line}") for draft in drafts)
    return Collection(
        puzzles, head.keys.get("title", ""), head.keys.get("author", ""), tuple(head.notes)
    )


def _begin(drafts: list[_Draft], before: list[str], head: _Draft, number: int) -> None:
    """A puzzle begins; the lines ``before`` it belong to it, the puzzle before or the head.

    The last of them may be its title, unless it states one of its own.
    """
    draft, lines = _Draft(first_line=number), list(before)
    earlier = drafts[-1] if drafts else head
    if lines and _heading(lines[-1]) is not None:
        draft.heading = lines.pop()
        draft.earlier = earlier
        if lines and draft.heading[0] != ";" and re.fullmatch(r"; *\d+", lines[-1]):
            draft.notes.append(lines.pop())  # a number over the title
    _tell(earlier, lines)
    drafts.append(draft)


def _entitle(draft: _Draft) -> None:
    """Decide what the line over a puzzle is."""
    if "title" not in draft.keys:
        draft.keys["title"] = _heading(draft.heading) or ""
    elif draft.heading and draft.earlier is not None:
        draft.earlier.notes.append(draft.heading)


def _heading(line: str) -> str | None:
    """The title in a line right over a puzzle, or None."""
    match = re.fullmatch(r"(?:; *(?P<note>[^:]+)|'(?P<quoted>.*)'|\"(?P<double>.*)\")", line)
    if match is None:
        return None
    return (match["note"] or match["quoted"] or match["double"] or "").strip()


def _tell(draft: _Draft, lines: Sequence[str]) -> None:
    """Sort lines of text into what they say."""
    for line in lines:
        words = line.lstrip("; :") if line.startswith((";", "::")) else line
        match = _KEY.fullmatch(words)
        if match is not None and match[1].lower() in ("title", "author", "collection"):
            key = "title" if match[1].lower() == "collection" else match[1].lower()
            draft.keys.setdefault(key, match[2].strip())
        else:
            draft.notes.append(line)


def _expanded(line: str, what: str) -> list[str]:
    """The rows of a line: runs written out, ``|`` between rows."""
    if "(" in line or ")" in line:
        raise LevelError(f"{what}: groups in a run-length encoding are not read: {line[:60]!r}")
    if not any(sign.isdigit() or sign == "|" for sign in line):
        return [line]
    length = sum(
        int(count) if len(count) < 5 else MAX_SIDE**2 + 1 for count, _ in _RUN.findall(line)
    )
    if length > MAX_SIDE**2:
        raise LevelError(f"{what}: runs of more than {MAX_SIDE**2} cells in {line[:60]!r}")
    written = _RUN.sub(lambda run: int(run[1]) * run[2], line)
    if any(sign.isdigit() for sign in written) or not written.strip("|"):
        raise LevelError(f"{what}: a number counts nothing in {line[:60]!r}")
    return [row for row in written.split("|") if row]


def _check_size(draft: _Draft, what: str) -> None:
    if len(draft.rows) > MAX_SIDE or len(draft.rows[-1]) > MAX_SIDE:
        raise LevelError(
            f"{what}: a puzzle of {len(draft.rows)} rows and {len(draft.rows[-1])} columns; "
            f"expected at most {MAX_SIDE} of each"
        )


def _puzzle(draft: _Draft, what: str) -> Puzzle:
    """A draft as a puzzle, checked."""
    rows = tuple(row.replace("-", " ").replace("_", " ") for row in draft.rows if row)
    signs = "".join(rows)
    players = signs.count("@") + signs.count("+")
    boxes, goals = signs.count("$") + signs.count("*"), sum(map(signs.count, ".*+"))
    if players != 1:
        raise LevelError(f"{what}: the puzzle has {players} players; expected one '@' or '+'")
    if boxes == 0 or boxes > goals:
        raise LevelError(
            f"{what}: the puzzle has {boxes} boxes and {goals} goals; expected boxes, and a goal "
            "for each"
        )
    return Puzzle(
        rows, draft.keys.get("title", ""), draft.keys.get("author", ""), tuple(draft.notes)
    )


def write_text(collection: Collection) -> str:
    """A collection as text; :func:`read_text` gives an equal one."""
    lines = [*_keys(collection.title, collection.author), *collection.notes]
    for puzzle in collection.puzzles:
        lines += ["", *puzzle.rows, *_keys(puzzle.title, puzzle.author), *puzzle.notes]
    return "\n".join(lines).lstrip("\n") + "\n"


def _keys(title: str, author: str) -> list[str]:
    # A title is always stated: without it a comment over the rows would be taken for one.
    return [f"Title: {title}".rstrip(), *([f"Author: {author}"] if author else [])]


def write_file(path: str | Path, collection: Collection) -> None:
    """Write a collection; the file appears whole or not at all."""
    write_atomically(Path(path), write_text(collection))


def puzzle_of_level(level: Mapping[str, Any], title: str = "", author: str = "") -> Puzzle:
    """A readable level of the grid family as a puzzle.

    Raises:
        LevelError: something on its map is not Sokoban's.
    """
    back = {".": " ", "#": "#", "C": "$", "x": ".", "*": "*"}
    unknown = {sign for row in level["map"] for sign in row} - set(back)
    if unknown or len(level["agents"]) != 1 or level.get("task"):
        raise LevelError(
            f"the level holds {sorted(unknown) or 'a task or other agents'}; expected walls, "
            "crates, targets and one agent alone"
        )
    rows = [[back[sign] for sign in row] for row in level["map"]]
    x, y = level["agents"][0][:2]
    rows[y][x] = "+" if rows[y][x] == "." else "@"
    return Puzzle(tuple("".join(row).rstrip() for row in rows), title, author)


def world_of_collection(path: str | Path) -> World:
    """The world whose levels are the puzzles of a file, with an id and a credit of its own.

    A name alone that is not in the working folder is looked for among the collections that come
    with the package: ``"microban.xsb"``.

    Raises:
        LevelError: as for :func:`read_file`.
    """
    path = Path(path)
    ours = MICROBAN.with_name(path.name)
    if path.parent == Path() and not path.exists() and ours.exists():
        path = ours
    collection = read_file(path)
    stem = re.sub(r"[^A-Za-z0-9_]", "_", path.stem)[:40]
    credit = ", ".join(filter(None, (collection.title, collection.author)))
    world = collection.world()
    return replace(world, id=f"Sokoban.{stem}-v0", source=credit or world.source)
