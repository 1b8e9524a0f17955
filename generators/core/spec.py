"""What a generator is: a name, a model of its knobs, a kernel and a measure of difficulty."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from adaptarium.envs.core.compiling import kernel, specialise, unbound
from adaptarium.envs.core.draws import fold, level_unit

# A purpose of the core's table (below 16): whether a candidate enters the comparison.
PURPOSE_CANDIDATE = 2
CANDIDATES = 4


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

    def program(self) -> Callable[..., Any]:
        """The function ``(w, i, k) -> 0 or 1`` that compiles to a program of its own."""
        plain = _biased(self.kernel, self.measure)["unit"]
        plain.__name__ = plain.__qualname__ = f"generate_{self.name}"  # names its cache files
        return plain


def dispatch(generators: Sequence[Generator]) -> Callable[..., Any]:
    """One kernel that runs the generator whose number is in the slot's knobs, biased as asked."""
    kernels = [generator.kernel for generator in generators]
    measures = [generator.measure for generator in generators]
    return kernel(_biased(_branch(kernels), _branch(measures))["generate"])


def _biased(draw: Callable[..., Any], measure: Callable[..., Any]) -> dict[str, Any]:
    """The functions of ``TEMPLATE`` for one generator, or for a branch over several."""
    functions = {"draw": draw, "measure": measure}
    return specialise(sys.modules[__name__], TEMPLATE, functions)


def _branch(kernels: Sequence[Callable[..., Any]], first: int = 0) -> Callable[..., Any]:
    """One kernel that calls ``kernels[number - first]``: a tree of two-way branches."""
    if len(kernels) == 1:
        return kernels[0]
    half = len(kernels) // 2
    middle = first + half
    low, high = _branch(kernels[:half], first), _branch(kernels[half:], middle)

    @kernel
    def branch(w, i, k):  # type: ignore[no-untyped-def]
        if w.knobs[i].generator < middle:
            return low(w, i, k)
        return high(w, i, k)

    return branch


# ---- the template that is specialised to a generator ----

draw = measure = unbound


def generate(w, i, k):  # type: ignore[no-untyped-def]
    """Keep the hardest (or easiest) of some candidates.

    At difficulty 0.5 the level is the first candidate, so that the distribution is the generator's
    own. Otherwise each of three more candidates is compared with probability ``abs(2 d - 1)``, and
    the one that measures hardest (above 0.5) or easiest (below) is kept: every level stays
    possible, and the measure rises with the difficulty in stochastic order.
    """
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


def unit(w, i, k):  # type: ignore[no-untyped-def]
    """The entry point of a generator on its own: 1 for a level, 0 for none."""
    return int(generate(w, i, k))


TEMPLATE = ("generate", "unit")
