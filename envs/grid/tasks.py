"""Tasks of grid levels as sentences that a person can read and write.

A task is a list of rules; after every step the first one that holds decides the episode::

    ["success if dropping something and putting it near 3,4", "failure if dropping something"]

A rule is ``success if`` or ``failure if`` and conditions joined by ``and``:

=============================  ==============================================================
condition                      holds after a step in which, or after which, the agent
=============================  ==============================================================
``holding a blue box``         holds one
``holding other than a box``   holds something else
``standing at 3,4``            stands in column 3, row 4
``standing beside 3,4``        stands next to it, not diagonally
``3,4 is an open red door``    (the cell is that)
``doing toggle``               did that primitive, whatever came of it
``dropping something``         tried to drop what it held
``putting it near 3,4``        dropped what it held into that cell or one of the eight around
``walking into something``     tried to go forward where it faced neither an empty cell nor a goal
=============================  ==============================================================

A thing is ``something`` or words of state, colour and tile; what is left out may be any: ``a key``,
``a red thing``, ``a locked door``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from adaptarium.envs.core.errors import LevelError, nearest
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.codes import ANY, ANYTHING, COLOUR_SHIFT, STATE_SHIFT


class Clause(NamedTuple):
    """One condition, as levels hold it; the last of a rule has the rule's outcome."""

    condition: int
    what: int = 0
    x: int = 0
    y: int = 0
    outcome: int = codes.O_AND


_OUTCOMES = {"success": codes.O_SUCCESS, "failure": codes.O_FAILURE}
_AT = r"(?P<x>\d{1,3}), ?(?P<y>\d{1,3})"
# Condition -> what it reads like; {at}, {what} and {does} are filled in.
_FORMS = {
    codes.C_HOLDS_OTHER: "holding other than {what}",
    codes.C_HOLDS: "holding {what}",
    codes.C_AT: "standing at {at}",
    codes.C_BESIDE: "standing beside {at}",
    codes.C_CELL: "{at} is {what}",
    codes.C_DOES: "doing {does}",
    codes.C_DROPS: "dropping something",
    codes.C_PUTS_NEAR: "putting it near {at}",
    codes.C_WALKS_INTO: "walking into something",
}
_PATTERNS = {
    condition: re.compile(form.format(at=_AT, what="(?P<what>.+)", does=r"(?P<does>\w+)"))
    for condition, form in _FORMS.items()
}
_THING = re.compile(
    rf"an? (?:(?P<state>{'|'.join(codes.DOOR_STATES)}) )?"
    rf"(?:(?P<colour>{'|'.join(codes.COLOURS)}) )?(?P<tile>{'|'.join(codes.TILES)}|thing)"
)


def thing(tile: int = ANY, colour: int = ANY, state: int = ANY) -> int:
    """What a clause looks for, as a number; what is left out may be any."""
    return tile | colour << COLOUR_SHIFT | state << STATE_SHIFT


def write_thing(what: int) -> str:
    """A thing in words."""
    if what == ANYTHING:
        return "something"
    tile, colour, state = what & 0xFF, what >> COLOUR_SHIFT & 0xFF, what >> STATE_SHIFT & 0xFF
    words = [codes.DOOR_STATES[state]] if state != ANY else []
    words += [codes.COLOURS[colour]] if colour != ANY else []
    words.append(codes.TILES[tile] if tile != ANY else "thing")
    return f"{'an' if words[0][0] in 'aeiou' else 'a'} {' '.join(words)}"


def read_thing(words: str) -> int:
    """A thing from words.

    Raises:
        LevelError: the words are none.
    """
    if words == "something":
        return ANYTHING
    match = _THING.fullmatch(words)
    if match is None:
        raise LevelError(f"task: {words!r} is no thing; expected for example 'an open red door'")
    state, colour, tile = match["state"], match["colour"], match["tile"]
    return thing(
        codes.TILES.index(tile) if tile != "thing" else ANY,
        codes.COLOURS.index(colour) if colour else ANY,
        codes.DOOR_STATES.index(state) if state else ANY,
    )


def write_task(clauses: Sequence[Clause]) -> list[str]:
    """The rules of a task as sentences."""
    rules, conditions = list[str](), list[str]()
    for clause in clauses:
        does = codes.PRIMITIVES[clause.what] if clause.condition == codes.C_DOES else ""
        what = "" if does else write_thing(clause.what)
        form = _FORMS[clause.condition]
        conditions.append(form.format(at=f"{clause.x},{clause.y}", what=what, does=does))
        if clause.outcome != codes.O_AND:
            outcome = next(name for name, one in _OUTCOMES.items() if one == clause.outcome)
            rules.append(f"{outcome} if {' and '.join(conditions)}")
            conditions = []
    return rules


def read_task(rules: Sequence[str]) -> list[Clause]:
    """The clauses of a task; :func:`write_task` gives the sentences again.

    Raises:
        LevelError: a rule is malformed, or there are more than ``codes.MAX_CLAUSES`` conditions.
    """
    clauses = list[Clause]()
    for rule in rules:
        outcome, found, conditions = str(rule).partition(" if ")
        if not isinstance(rule, str) or not found or outcome not in _OUTCOMES:
            raise LevelError(
                f"task rule {str(rule)[:80]!r}: expected 'success if ...' or 'failure if ...'"
            )
        parts = [_read_condition(part) for part in conditions.split(" and ")]
        clauses += [*parts[:-1], parts[-1]._replace(outcome=_OUTCOMES[outcome])]
    if len(clauses) > codes.MAX_CLAUSES:
        raise LevelError(
            f"task: {len(clauses)} conditions, expected at most {codes.MAX_CLAUSES} together"
        )
    return clauses


def checked_clauses(clauses: Sequence[Clause], height: int, width: int) -> Sequence[Clause]:
    """``clauses``, which stand for something on a map of that size.

    Raises:
        LevelError: a number stands for nothing, a cell lies beyond the map, or a rule has no end.
    """
    for number, clause in enumerate(clauses):
        parts = [clause.what >> shift & 0xFF for shift in (0, COLOUR_SHIFT, STATE_SHIFT)]
        sizes = (len(codes.TILES), len(codes.COLOURS), len(codes.DOOR_STATES))
        known = all(part == ANY or part < size for part, size in zip(parts, sizes, strict=True))
        if clause.condition == codes.C_DOES:
            known = 0 <= clause.what < len(codes.PRIMITIVES)
        if clause.condition not in _FORMS or not known or clause.what >> 24:
            raise LevelError(f"task condition {number}: {clause} stands for nothing")
        if not (0 <= clause.x < width and 0 <= clause.y < height):
            raise LevelError(
                f"task condition {number}: cell {clause.x},{clause.y} is not on the map; expected "
                f"columns 0 to {width - 1} and rows 0 to {height - 1}"
            )
        if clause.outcome not in (codes.O_AND, *_OUTCOMES.values()):
            raise LevelError(f"task condition {number}: outcome {clause.outcome} is none")
    if clauses and clauses[-1].outcome == codes.O_AND:
        raise LevelError("task: the last rule has no outcome; expected success or failure")
    return clauses


def _read_condition(words: str) -> Clause:
    for condition, pattern in _PATTERNS.items():
        match = pattern.fullmatch(words)
        if match is None:
            continue
        parts = match.groupdict()
        what = 0
        if "what" in parts:
            what = read_thing(parts["what"])
        elif "does" in parts:
            what = _primitive(parts["does"])
        return Clause(condition, what, int(parts.get("x", 0)), int(parts.get("y", 0)))
    expected = "; ".join(
        form.format(at="3,4", what="a blue box", does="toggle") for form in _FORMS.values()
    )
    raise LevelError(f"task condition {words[:80]!r}: expected one like {expected}")


def _primitive(name: str) -> int:
    if name in codes.PRIMITIVES:
        return codes.PRIMITIVES.index(name)
    close = nearest(name, codes.PRIMITIVES, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise LevelError(f"task: {name!r} is no primitive of {', '.join(codes.PRIMITIVES)}{hint}")
