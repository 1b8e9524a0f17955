"""Levels as one plain text, to write in an editor and to read back without loss.

The map comes first, an agent that starts on an empty cell as ``>``, ``v``, ``<`` or ``^``; after an
empty line comes what the signs leave open, one thing a line::

    #######
    #>.#..#
    #K.D.G#
    #######

    1,2 colour red
    3,2 colour red
    3,2 state locked
    mission: use the key to open the door and then get to the goal
    steps: 250

Further lines are ``x,y contains blue key``, ``agent: x,y east`` (with its level, where agents have
them) for agents that the map does not show, ``obstacle: x,y`` for balls that move, ``task:`` with a
condition of success or failure, and ``rule:`` with what turns things into other things.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.level import needs

_ARROWS = ">v<^"
_DETAIL = re.compile(r"(\d+),(\d+) (colour|state|contains) (.+)")
_ENTRY = re.compile(r"(agent|obstacle|mission|task|rule|steps): (.+)")
_PLACE = re.compile(r"(\d+),(\d+)(?: (\w+))?(?: (\d+))?")


def write_text(level: Mapping[str, Any]) -> str:
    """A readable level as text; :func:`read_text` gives an equal one.

    Raises:
        LevelError: the level is malformed.
    """
    needs(level)
    rows = [list(row) for row in level["map"]]
    lines = []
    drawn = len(level["agents"]) == 1
    for x, y, heading, *power in level["agents"]:
        if drawn and rows[y][x] == "." and not any(power):
            rows[y][x] = _ARROWS[codes.HEADINGS.index(heading)]
        else:
            lines.append(f"agent: {x},{y} {heading} {power[0] if power else 0}")
    for thing in level.get("objects", ()):
        x, y = thing["at"]
        lines += [f"{x},{y} {name} {value}" for name, value in thing.items() if name != "at"]
    lines += [f"obstacle: {x},{y}" for x, y in level.get("obstacles", ())]
    if level.get("mission"):
        lines.append(f"mission: {level['mission']}")
    lines += [f"task: {rule}" for rule in level.get("task", ())]
    lines += [f"rule: {rule}" for rule in level.get("rules", ())]
    lines.append(f"steps: {level['max_steps']}")
    return "\n".join([*("".join(row) for row in rows), "", *lines]) + "\n"


def read_text(text: str) -> dict[str, Any]:
    """The readable level that a text holds.

    Raises:
        LevelError: a line is none of the above, or the level is malformed.
    """
    lines = text.strip("\n").splitlines()
    end = lines.index("") if "" in lines else len(lines)
    level: dict[str, Any] = {"map": [], "objects": [], "agents": [], "obstacles": []}
    for y, row in enumerate(lines[:end]):
        level["map"].append(re.sub(r"[>v<^]", ".", row))
        level["agents"] += [
            [x, y, codes.HEADINGS[_ARROWS.index(sign)], 0]
            for x, sign in enumerate(row)
            if sign in _ARROWS
        ]
    details: dict[tuple[int, int], dict[str, Any]] = {}
    for line in filter(None, lines[end:]):
        _read_line(line, level, details)
    level["objects"] = [{"at": list(at), **parts} for at, parts in details.items()]
    if not level["obstacles"]:
        del level["obstacles"]  # then every `O` of the map is one
    level.setdefault("max_steps", 4 * sum(map(len, level["map"])))
    needs(level)
    return level


def _read_line(line: str, level: dict[str, Any], details: dict[tuple[int, int], Any]) -> None:
    detail, entry = _DETAIL.fullmatch(line), _ENTRY.fullmatch(line)
    if detail is not None:
        x, y, name, value = detail.groups()
        number = int(value) if value.isdecimal() else value
        details.setdefault((int(x), int(y)), {})[name] = number
    elif entry is None:
        raise LevelError(
            f"line {line[:80]!r}: expected for example '3,2 colour red', 'agent: 1,1 east', "
            "'mission: open the door', 'task: success if doing done' or 'steps: 250'"
        )
    elif entry[1] in ("agent", "obstacle"):
        _read_place(line, entry[1], entry[2], level)
    elif entry[1] == "task":
        level.setdefault("task", []).append(entry[2])
    elif entry[1] == "rule":
        level.setdefault("rules", []).append(entry[2])
    elif entry[1] == "mission":
        level["mission"] = entry[2]
    elif entry[2].isdecimal():
        level["max_steps"] = int(entry[2])
    else:
        raise LevelError(f"line {line[:80]!r}: expected a number of steps")


def _read_place(line: str, kind: str, words: str, level: dict[str, Any]) -> None:
    match = _PLACE.fullmatch(words)
    if match is None or (kind == "agent") != (match[3] is not None):
        wanted = "agent: 1,1 east" if kind == "agent" else "obstacle: 2,2"
        raise LevelError(f"line {line[:80]!r}: expected for example {wanted!r}")
    x, y = int(match[1]), int(match[2])
    if kind == "agent":
        level["agents"].append([x, y, match[3], int(match[4] or 0)])
    else:
        level["obstacles"].append([x, y])
