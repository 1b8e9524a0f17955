"""Production rules of grid worlds as sentences that a person can read and write.

A production turns things into other things, as those of XLand-MiniGrid do (Nikulin et al., NeurIPS
2024). A table of them is a world's or a level's own physics::

    ["putting a red ball beside a blue key makes a green box, worth 0.5",
     "holding a green box makes it a grey ball"]

=================================================  =============================================
production                                         after a step in which the agent
=================================================  =============================================
``putting a red ball beside a key makes a box``    dropped either thing next to the other, not
                                                   diagonally: both are gone, the product lies
                                                   where it dropped the thing
``holding a red ball makes it a blue key``         holds the thing
``standing beside a ball makes it a blue key``     stands next to the thing, not diagonally
=================================================  =============================================

A thing is a key, a ball or a box, of one colour or of any; a product has a colour, or is
``nothing``. ``worth`` is the reward for each time it happens. After every step the productions of
the world and then those of the level are tried in their order, each once for every agent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.codes import ANY, COLOUR_SHIFT, STATE_SHIFT
from adaptarium.envs.grid.tasks import read_thing, thing, write_thing

MOST_WORTH = 1000.0


class Production(NamedTuple):
    """One production, as rules and levels hold it."""

    trigger: int
    first: int  # the thing that changes: tile, colour and state, each 255 for any
    second: int  # the other thing, 0 where there is none
    product: int  # a packed cell, the empty one for nothing
    worth: float = 0.0


_THINGS = (codes.KEY, codes.BALL, codes.BOX)
_FORMS = {
    codes.R_PUTS: "putting {first} beside {second} makes {product}",
    codes.R_HOLDS: "holding {first} makes it {product}",
    codes.R_BESIDE: "standing beside {first} makes it {product}",
}
_PATTERNS = {
    trigger: re.compile(form.format(**{part: f"(?P<{part}>.+)" for part in Production._fields}))
    for trigger, form in _FORMS.items()
}
_WORTH = re.compile(r"(?P<rule>.+), worth (?P<worth>-?\d{1,4}(?:\.\d{1,12})?)")


def write_productions(productions: Sequence[Production]) -> list[str]:
    """Productions as sentences."""
    return [_write(one) for one in productions]


def _write(one: Production) -> str:
    nothing = one.product == codes.EMPTY_CELL
    product = thing(one.product & 0xFF, one.product >> COLOUR_SHIFT & 0xFF)
    words = _FORMS[one.trigger].format(
        first=write_thing(one.first),
        second=write_thing(one.second) if one.second else "",
        product="nothing" if nothing else write_thing(product),
    )
    worth = np.format_float_positional(one.worth, precision=12, trim="-")
    return f"{words}, worth {worth}" if one.worth else words


def read_productions(sentences: Sequence[str]) -> list[Production]:
    """The productions that sentences tell; :func:`write_productions` gives them again.

    Raises:
        LevelError: a sentence is malformed, or there are more than ``codes.MAX_PRODUCTIONS``.
    """
    if len(sentences) > codes.MAX_PRODUCTIONS:
        raise LevelError(
            f"rules: {len(sentences)} of them, expected at most {codes.MAX_PRODUCTIONS}"
        )
    return list(checked_productions([_read(str(sentence)) for sentence in sentences]))


def _read(sentence: str) -> Production:
    worth, words = _WORTH.fullmatch(sentence), sentence
    if worth is not None:
        words = worth["rule"]
    for trigger, pattern in _PATTERNS.items():
        match = pattern.fullmatch(words)
        if match is None:
            continue
        parts = match.groupdict()
        return Production(
            trigger,
            read_thing(parts["first"]),
            read_thing(parts["second"]) if "second" in parts else 0,
            _product(parts["product"]),
            float(worth["worth"]) if worth is not None else 0.0,
        )
    examples = "; ".join(
        form.format(first="a red ball", second="a blue key", product="a green box")
        for form in _FORMS.values()
    )
    raise LevelError(f"rule {sentence[:80]!r}: expected one like {examples}, and ', worth 0.5'")


def _product(words: str) -> int:
    if words == "nothing":
        return codes.EMPTY_CELL
    what = read_thing(words)
    tile, colour = what & 0xFF, what >> COLOUR_SHIFT & 0xFF
    if tile not in _THINGS or colour == ANY or what >> STATE_SHIFT & 0xFF != ANY:
        raise LevelError(
            f"rule: {words!r} is no product; expected 'nothing', or a key, ball or box of a "
            "colour, such as 'a green key'"
        )
    return codes.pack(tile, colour)


def shown(rows: npt.NDArray[np.uint8]) -> list[str]:
    """The sentences of rules as agents see them, without what they are worth.

    Args:
        rows: (8, 7) uint8: trigger, tile and colour of the first thing, of the second and of the
            product. Zero is padding, colour 15 is any.
    """
    found = []
    for trigger, *parts in rows.tolist():
        if trigger:
            first, second, product = zip(parts[::2], parts[1::2], strict=True)
            things = [thing(tile, _seen(colour)) if tile else 0 for tile, colour in (first, second)]
            found.append(Production(trigger, *things, codes.pack(*product)))
    return write_productions(found)


def encoded(sentences: Sequence[str]) -> npt.NDArray[np.uint8]:
    """The rows that :func:`shown` tells as ``sentences``, bit for bit."""
    rows = np.zeros((codes.MAX_PRODUCTIONS, codes.RULE_PARTS), np.uint8)
    for row, one in zip(rows, read_productions(sentences), strict=False):
        parts = [(cell & 0xFF, cell >> COLOUR_SHIFT & 0xFF) for cell in one[1:4]]
        row[0] = one.trigger
        row[1::2] = [tile for tile, _ in parts]
        row[2::2] = [codes.ANY_COLOUR if colour == ANY else colour for _, colour in parts]
    return rows


def _seen(colour: int) -> int:
    return ANY if colour == codes.ANY_COLOUR else colour


def checked_productions(productions: Sequence[Production]) -> Sequence[Production]:
    """``productions``, which stand for something.

    Raises:
        LevelError: a number stands for nothing, or a rule would make a thing what it is.
    """
    for number, one in enumerate(productions):
        things = [one.first, *([one.second] if one.trigger == codes.R_PUTS else [])]
        if one.trigger not in _FORMS or not all(map(_is_thing, things)):
            raise LevelError(f"rule {number}: expected keys, balls or boxes to change, got {one}")
        if one.product != codes.EMPTY_CELL and not _is_cell(one.product):
            raise LevelError(f"rule {number}: product {one.product} stands for nothing")
        if not abs(one.worth) <= MOST_WORTH:
            raise LevelError(
                f"rule {number}: worth {one.worth}, expected {-MOST_WORTH} to {MOST_WORTH}"
            )
        if one.trigger != codes.R_PUTS and _fits(one.product, one.first):
            raise LevelError(
                f"rule {number}: it makes {write_thing(one.first)} what it is already; expected "
                "another product"
            )
    return productions


def _is_thing(what: int) -> bool:
    tile, colour, state = what & 0xFF, what >> COLOUR_SHIFT & 0xFF, what >> STATE_SHIFT
    return tile in _THINGS and (colour == ANY or colour < len(codes.COLOURS)) and state == ANY


def _is_cell(cell: int) -> bool:
    tile, colour = cell & 0xFF, cell >> COLOUR_SHIFT & 0xFF
    known = tile in _THINGS and colour < len(codes.COLOURS)
    return known and cell == codes.pack(tile, colour)


def _fits(cell: int, what: int) -> bool:
    """Whether a packed cell is such a thing."""
    colours = (cell >> COLOUR_SHIFT & 0xFF, ANY)
    return cell & 0xFF == what & 0xFF and what >> COLOUR_SHIFT & 0xFF in colours
