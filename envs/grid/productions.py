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
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.codes import ANY, ANY_COLOUR, COLOUR_SHIFT, STATE_SHIFT, WORTH_UNITS
from adaptarium.envs.grid.tasks import read_thing, thing, write_thing

MOST_WORTH = 1000.0


class Production(NamedTuple):
    """One production, as rules and levels hold it; colour 15 is any."""

    trigger: int
    tile: int  # of the thing that changes
    colour: int
    other_tile: int  # of the thing beside it, 0 where there is none
    other_colour: int
    product_tile: int  # `EMPTY` for nothing
    product_colour: int
    worth: int = 0  # millionths


_THINGS = (codes.KEY, codes.BALL, codes.BOX)
_FORMS = {
    codes.R_PUTS: "putting {first} beside {second} makes {product}",
    codes.R_HOLDS: "holding {first} makes it {product}",
    codes.R_BESIDE: "standing beside {first} makes it {product}",
}
_PATTERNS = {
    trigger: re.compile(form.format(first="(?P<first>.+)", second="(?P<second>.+)", product="(.+)"))
    for trigger, form in _FORMS.items()
}
_WORTH = re.compile(r"(?P<rule>.+), worth (?P<worth>-?\d{1,4}(?:\.\d{1,6})?)")


def write_productions(productions: Iterable[Production]) -> list[str]:
    """Productions as sentences."""
    return [_write(one) for one in productions]


def _write(one: Production) -> str:
    nothing = one.product_tile == codes.EMPTY
    words = _FORMS[one.trigger].format(
        first=_told(one.tile, one.colour),
        second=_told(one.other_tile, one.other_colour) if one.other_tile else "",
        product="nothing" if nothing else _told(one.product_tile, one.product_colour),
    )
    worth = np.format_float_positional(one.worth / WORTH_UNITS, trim="-")
    return f"{words}, worth {worth}" if one.worth else words


def _told(tile: int, colour: int) -> str:
    return write_thing(thing(tile, ANY if colour == ANY_COLOUR else colour))


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
    valued = _WORTH.fullmatch(sentence)
    words = valued["rule"] if valued is not None else sentence
    worth = round(float(valued["worth"]) * WORTH_UNITS) if valued is not None else 0
    for trigger, pattern in _PATTERNS.items():
        match = pattern.fullmatch(words)
        if match is None:
            continue
        *things, product = (_thing(part) for part in match.groups())
        others = things[1] if len(things) > 1 else (0, 0)
        if product[1] == ANY_COLOUR:
            raise LevelError(
                f"rule {sentence[:80]!r}: a product needs a colour, such as 'a green key'"
            )
        return Production(trigger, *things[0], *others, *product, worth)
    examples = "; ".join(
        form.format(first="a red ball", second="a blue key", product="a green box")
        for form in _FORMS.values()
    )
    raise LevelError(f"rule {sentence[:80]!r}: expected one like {examples}, and ', worth 0.5'")


def _thing(words: str) -> tuple[int, int]:
    """Tile and colour of a thing in words."""
    if words == "nothing":
        return codes.EMPTY, 0
    what = read_thing(words)
    colour = what >> COLOUR_SHIFT & 0xFF
    if what >> STATE_SHIFT & 0xFF != ANY:
        raise LevelError(f"rule: {words!r} has a state; expected a key, ball or box")
    return what & 0xFF, ANY_COLOUR if colour == ANY else colour


def checked_productions(productions: Sequence[Production]) -> Sequence[Production]:
    """``productions``, which stand for something.

    Raises:
        LevelError: a number stands for nothing, or a rule would make a thing what it is.
    """
    for number, one in enumerate(productions):
        puts = one.trigger == codes.R_PUTS
        things = [one[1:3], *([one[3:5]] if puts else [])]
        if one.trigger not in _FORMS or not all(_is_thing(*part) for part in things):
            raise LevelError(f"rule {number}: expected keys, balls or boxes to change, got {one}")
        product = one.product_tile, one.product_colour
        if product != (codes.EMPTY, 0) and (not _is_thing(*product) or product[1] == ANY_COLOUR):
            raise LevelError(
                f"rule {number}: expected nothing, or a key, ball or box of a colour, to be made, "
                f"got {one}"
            )
        if abs(one.worth) > MOST_WORTH * WORTH_UNITS:
            raise LevelError(
                f"rule {number}: worth {one.worth / WORTH_UNITS}, expected {-MOST_WORTH} to "
                f"{MOST_WORTH}"
            )
        if not puts and one.tile == product[0] and one.colour in (ANY_COLOUR, product[1]):
            raise LevelError(
                f"rule {number}: it makes {_told(one.tile, one.colour)} what it is already; "
                "expected another product"
            )
    return productions


def _is_thing(tile: int, colour: int) -> bool:
    return tile in _THINGS and (colour == ANY_COLOUR or colour < len(codes.COLOURS))


# ---- arrays ----


def encoded(productions: Sequence[Production]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Productions as arrays, zero beyond them: (8, 7) uint8 and their (8,) int32 worths."""
    rows = np.zeros((codes.MAX_PRODUCTIONS, codes.RULE_PARTS), np.uint8)
    worths = np.zeros(codes.MAX_PRODUCTIONS, np.int32)
    for j, one in enumerate(productions):
        rows[j], worths[j] = one[:-1], one.worth
    return rows, worths


def decoded(rows: npt.NDArray[Any], worths: npt.NDArray[Any] | None = None) -> list[Production]:
    """The productions that :func:`encoded` wrote; without worths they are worth nothing."""
    values = [0] * len(rows) if worths is None else worths.tolist()
    found = zip(rows.tolist(), values, strict=True)
    return [Production(*parts)._replace(worth=worth) for parts, worth in found if parts[0]]
