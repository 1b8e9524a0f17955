"""What a generator is: a name, a model of its knobs and a kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from adaptarium.envs.core.compiling import kernel


class Knobs(BaseModel):
    """Base of a generator's knobs."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    difficulty: float = Field(
        0.5, ge=0, le=1, description="Requested difficulty, from 0 (easiest) to 1."
    )


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
        version: Bumped when the same name gives another level.
    """

    name: str
    knobs: type[Knobs]
    needs: Callable[[Any], dict[str, int]]
    kernel: Callable[..., Any]
    distinct: Callable[[Any], int | None] = lambda _knobs: None
    version: int = 0


def dispatch(generators: Sequence[Generator]) -> Callable[..., Any]:
    """One kernel that runs the generator whose number is in the slot's knobs."""
    return _branch(0, generators)


def _branch(number: int, generators: Sequence[Generator]) -> Callable[..., Any]:
    first = generators[0].kernel
    if len(generators) == 1:
        return first
    rest = _branch(number + 1, generators[1:])

    @kernel
    def generate(w, i, k):  # type: ignore[no-untyped-def]
        if w.knobs[i].generator == number:
            return first(w, i, k)
        return rest(w, i, k)

    return generate


def by_name(generators: Sequence[Generator]) -> Mapping[str, Generator]:
    """The generators of a family by name."""
    return {generator.name: generator for generator in generators}
