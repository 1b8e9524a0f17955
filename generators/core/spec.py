"""What a generator is: a name, a model of its knobs, a kernel and a measure of difficulty."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold, level_unit

# A purpose of the core's table (below 16): whether a candidate enters the comparison.
PURPOSE_CANDIDATE = 2
CANDIDATES = 4
CAPACITY = 32


class Knobs(BaseModel):
    """Base of a generator's knobs."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    difficulty: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Requested difficulty: 0.5 is the published distribution, 0 easier, 1 harder.",
    )


@kernel
def no_measure(w, i, k):  # type: ignore[no-untyped-def]
    """All levels are equally hard."""
    return 0


@dataclass(frozen=True)
class Generator:
    """A constructive generator.

    Attributes:
        name: Its name in world files.
        knobs: Model of its knobs.
        needs: Knobs to the structural sizes of its largest level.
        kernel: ``generate(w, i, k) -> bool``: knobs row ``i`` to level row ``k``; False rejects the
            attempt on structural grounds, and the driver tries the next one.
        distinct: Knobs to the number of distinct levels where it is known to be under 10,000, else
            None. Under 100 the generator is unsplit: every split is the whole set.
        measure: ``measure(w, i, k) -> int``: how hard level row ``k`` looks, in moves. Difficulty
            picks among candidates by it.
        version: Bumped when the same name gives another level.
    """

    name: str
    knobs: type[Knobs]
    needs: Callable[[Any], dict[str, int]]
    kernel: Callable[..., Any]
    distinct: Callable[[Any], int | None] = lambda _knobs: None
    measure: Callable[..., Any] = no_measure
    version: int = 0


def dispatch(generators: Sequence[Generator]) -> Callable[..., Any]:
    """One kernel that runs the generator whose number is in the slot's knobs, biased as asked."""
    draw = _branch([generator.kernel for generator in generators])
    measure = _branch([generator.measure for generator in generators])
    return biased(draw, measure)


def biased(draw: Callable[..., Any], measure: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel that keeps the hardest (or easiest) of some candidates.

    At difficulty 0.5 the level is the first candidate, so that the distribution is the generator's
    own. Otherwise each of three more candidates is compared with probability ``abs(2 d - 1)``, and
    the one that measures hardest (above 0.5) or easiest (below) is kept: every level stays
    possible, and the measure rises with the difficulty in stochastic order.
    """

    @kernel
    def generate(w, i, k):  # type: ignore[no-untyped-def]
        bias = 2.0 * w.knobs[i].difficulty - 1.0
        if bias == 0.0:
            return draw(w, i, k)
        key = w.core[i].key_level
        best, drawn, most = -1, -1, 0
        for candidate in range(CANDIDATES):
            w.core[i].key_level = fold(key, candidate)
            if candidate > 0 and level_unit(w, i, PURPOSE_CANDIDATE, 0) >= abs(bias):
                continue
            drawn = candidate
            if not draw(w, i, k):
                continue
            hardness = measure(w, i, k)
            if bias < 0.0:
                hardness = -hardness
            if best < 0 or hardness > most:
                best, most = candidate, hardness
        if best < 0:
            return False
        if best == drawn:
            return True
        w.core[i].key_level = fold(key, best)
        return draw(w, i, k)

    return generate


def _branch(kernels: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """One kernel that calls ``kernels[number]``, the calls side by side in one function.

    Raises:
        ValueError: there are more kernels than the template has places.
    """
    if len(kernels) > CAPACITY:
        raise ValueError(f"{len(kernels)} generators: expected at most {CAPACITY}; raise CAPACITY")
    scope: dict[str, Any] = {"__name__": __name__}
    for place in range(CAPACITY):
        scope[f"do{place}"] = kernels[place] if place < len(kernels) else no_measure
    return kernel(types.FunctionType(_template.__code__, scope, "branch"))


def by_name(generators: Sequence[Generator]) -> Mapping[str, Generator]:
    """The generators of a family by name."""
    return {generator.name: generator for generator in generators}


# ruff: noqa: F821 (the names are bound by `_branch`)
# mypy: disable-error-code=name-defined
def _template(w, i, k):  # type: ignore[no-untyped-def]
    number = w.knobs[i].generator
    if number == 0:
        return do0(w, i, k)
    if number == 1:
        return do1(w, i, k)
    if number == 2:
        return do2(w, i, k)
    if number == 3:
        return do3(w, i, k)
    if number == 4:
        return do4(w, i, k)
    if number == 5:
        return do5(w, i, k)
    if number == 6:
        return do6(w, i, k)
    if number == 7:
        return do7(w, i, k)
    if number == 8:
        return do8(w, i, k)
    if number == 9:
        return do9(w, i, k)
    if number == 10:
        return do10(w, i, k)
    if number == 11:
        return do11(w, i, k)
    if number == 12:
        return do12(w, i, k)
    if number == 13:
        return do13(w, i, k)
    if number == 14:
        return do14(w, i, k)
    if number == 15:
        return do15(w, i, k)
    if number == 16:
        return do16(w, i, k)
    if number == 17:
        return do17(w, i, k)
    if number == 18:
        return do18(w, i, k)
    if number == 19:
        return do19(w, i, k)
    if number == 20:
        return do20(w, i, k)
    if number == 21:
        return do21(w, i, k)
    if number == 22:
        return do22(w, i, k)
    if number == 23:
        return do23(w, i, k)
    if number == 24:
        return do24(w, i, k)
    if number == 25:
        return do25(w, i, k)
    if number == 26:
        return do26(w, i, k)
    if number == 27:
        return do27(w, i, k)
    if number == 28:
        return do28(w, i, k)
    if number == 29:
        return do29(w, i, k)
    if number == 30:
        return do30(w, i, k)
    return do31(w, i, k)
