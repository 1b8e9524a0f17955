"""Words and glyphs of what an observation holds: every cell triple has exactly one phrase.

A triple is (tile code, colour, state) as the agent reads it, after noise and skin; the words are
those of the codes. The manual says what a code really is where a skin is on.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator

from adaptarium.envs.grid import codes

Triple = tuple[int, int, int]

YOU = "@"
NOTHING: Triple = (codes.EMPTY, 0, 0)
# Colours that go without saying.
_PLAIN = {codes.WALL: codes.GREY, codes.GOAL: codes.GREEN, codes.CRATE: codes.YELLOW}
_PLAIN |= {codes.ICE: codes.BLUE, codes.FLOOR: codes.BLUE}
_COLOURED = {codes.DOOR, codes.KEY, codes.BALL, codes.BOX, codes.AGENT}
# Preferred signs: those of level files where they have one; doors by state, agents by heading.
_GLYPHS = dict(zip(codes.TILES, ("?", ".", "#", "_", "", "Kk", "o", "Bb", "Gg", "~"), strict=False))
_GLYPHS |= {"crate": "Cc", "ice": "=", "food": "Ff", "start": "Ss", "obstacle": "O"}
_FLOORS = {codes.GREEN: ",", codes.PURPLE: "%", codes.YELLOW: "U"}  # grass, soiled water, bins
_DOORS = ("/", "+", "Dd")
_ARROWS = ">v<^"
_PURPOSES = {codes.TARGET: "target", codes.LEVER: "lever"}  # of floors, by their state
_PURPOSE_GLYPHS = {codes.TARGET: "x", codes.LEVER: "!"}
_ON_TARGET = len(codes.HEADINGS)  # what the state of an agent that hides a target has on top
# Left out: what separates legend entries, and the sign of the agent itself.
_SPARE = [c for c in string.ascii_letters + string.digits + string.punctuation if c not in ';@"\\`']
_MORE = 0x4E00  # unified ideographs: 20,000 further single signs, more than a view has cells

_PHRASE = re.compile(
    r"^(?:(?P<door>open|closed|locked) )?"
    rf"(?:(?P<colour>{'|'.join(codes.COLOURS)}|colour-\d+) )?"
    rf"(?P<tile>{'|'.join((*codes.TILES, *_PURPOSES.values()))}|tile-\d+)"
    r"(?: (?:facing (?P<heading>\w+)(?P<hides> on a target)?|of level (?P<level>\d+)"
    rf"|in state (?P<state>\d+)|on an? (?P<below>{'|'.join(codes.COLOURS)}) target"
    r"|number (?P<number>\d+)))?$"
)


def colour_word(colour: int) -> str:
    """``yellow``, or ``colour-9`` for a colour without a name."""
    return codes.COLOURS[colour] if colour < len(codes.COLOURS) else f"colour-{colour}"


def phrase(triple: Triple, levels: bool = False) -> str:
    """The words of a triple: ``locked yellow door``, ``food of level 2``, ``red box``.

    Args:
        triple: Tile code, colour and state, each a byte.
        levels: An agent's state is its level, not its heading (foraging worlds).
    """
    tile, colour, state = triple
    if tile == codes.FLOOR and state:
        return _purpose(colour, state)
    words = [codes.TILES[tile] if tile < len(codes.TILES) else f"tile-{tile}"]
    if tile in _COLOURED or colour != _PLAIN.get(tile, 0):
        words.insert(0, colour_word(colour))
    if tile == codes.DOOR and state < len(codes.DOOR_STATES):
        words.insert(0, codes.DOOR_STATES[state])
    elif tile == codes.AGENT and not levels and state < 2 * _ON_TARGET:
        words.append(f"facing {codes.HEADINGS[state % _ON_TARGET]}")
        words += ["on a target"] if state >= _ON_TARGET else []
    elif tile == codes.CRATE and 0 < state <= len(codes.COLOURS):
        words.append(f"on a {codes.COLOURS[state - 1]} target")
    elif tile == codes.FOOD or (tile == codes.AGENT and levels):
        words.append(f"of level {state}")
    elif state or tile == codes.AGENT or tile == codes.DOOR:
        words.append(f"in state {state}")
    return " ".join(words)


def _purpose(colour: int, state: int) -> str:
    """A floor with a purpose: ``red target``, ``purple lever``, ``blue floor number 2``."""
    name = _PURPOSES.get(state)
    if name is not None:
        return f"{colour_word(colour)} {name}"
    return f"{colour_word(colour)} floor number {state - codes.CHECKPOINT}"


def triple_of(words: str) -> Triple:
    """The triple that :func:`phrase` put into ``words``.

    Raises:
        ValueError: ``words`` is no phrase of a cell.
    """
    match = _PHRASE.match(words)
    if match is None:
        raise ValueError(f"{words!r} is no phrase of a cell, such as 'locked yellow door'")
    if match["tile"] in _PURPOSES.values():
        purpose = next(state for state, name in _PURPOSES.items() if name == match["tile"])
        return codes.FLOOR, _number(match["colour"], codes.COLOURS, "colour-"), purpose
    tile = _number(match["tile"], codes.TILES, "tile-")
    colour = _PLAIN.get(tile, 0)
    if match["colour"]:
        colour = _number(match["colour"], codes.COLOURS, "colour-")
    if match["door"]:
        return tile, colour, codes.DOOR_STATES.index(match["door"])
    if match["heading"]:
        hides = _ON_TARGET if match["hides"] else 0
        return tile, colour, codes.HEADINGS.index(match["heading"]) + hides
    if match["below"]:
        return tile, colour, 1 + codes.COLOURS.index(match["below"])
    if match["number"]:
        return tile, colour, codes.CHECKPOINT + int(match["number"])
    return tile, colour, int(match["level"] or match["state"] or 0)


def _number(word: str, names: tuple[str, ...], prefix: str) -> int:
    return int(word.removeprefix(prefix)) if word.startswith(prefix) else names.index(word)


def wanted_glyphs(triple: Triple, levels: bool = False) -> str:
    """The signs that suit a triple, best first; may be empty."""
    tile, colour, state = triple
    if tile == codes.DOOR:
        return _DOORS[state] if state < len(_DOORS) else ""
    if tile == codes.AGENT:
        if levels:
            return string.ascii_uppercase[colour % 26]
        return (_ARROWS + "++++")[state] if state < 2 * _ON_TARGET else ""
    if tile == codes.FLOOR and state:
        return _PURPOSE_GLYPHS.get(state) or str((state - codes.CHECKPOINT) % 10)
    if tile == codes.FLOOR:
        return _FLOORS.get(colour, _GLYPHS["floor"])
    if tile == codes.CRATE and state:
        return "*"
    if tile == codes.FOOD and state < 10:
        return str(state) if state else "a"
    return _GLYPHS[codes.TILES[tile]] if tile < len(codes.TILES) else ""


def glyphs(triples: Iterable[Triple], levels: bool = False) -> dict[Triple, str]:
    """One sign for each distinct triple: the same set always gets the same signs."""
    chosen: dict[Triple, str] = {}
    taken: set[str] = set()
    rest: list[Triple] = []
    for triple in sorted(set(triples)):
        free = [sign for sign in wanted_glyphs(triple, levels) if sign not in taken]
        if free:
            chosen[triple] = free[0]
            taken.add(free[0])
        else:
            rest.append(triple)
    spare = _spare(taken)
    return chosen | {triple: next(spare) for triple in rest}


def _spare(taken: set[str]) -> Iterator[str]:
    yield from (sign for sign in _SPARE if sign not in taken)
    number = _MORE
    while True:
        yield chr(number)
        number += 1
