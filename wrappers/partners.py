"""Partners: who plays the other seats of an environment of several agents."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from adaptarium.wrappers.part import InterfaceChange


class PartnersChange(InterfaceChange):
    """Other agents take seats: teammates or opponents are swapped.

    A pool of agents by name is given to :func:`adaptarium.wrappers.interface.seated`, which plays
    these seats by it and leaves the others to the learner. The position picks the agent:
    ``pool[0]`` at 0, the last at 1, those between evenly spaced. A swap holds from the next step
    on, or from the next episode.

    Attributes:
        pool: Names of agents, two or more.
        seats: Names of agents of the environment that the pool plays; none for all but the first.
        at_episode: Whether partners change between episodes only.
    """

    kind: Literal["partners"] = "partners"
    pool: tuple[str, ...] = Field(min_length=2, max_length=256)
    seats: tuple[str, ...] = Field((), max_length=255)
    at_episode: bool = False

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for seat in self.seats:
            if self.seats.count(seat) > 1:
                raise ValueError(f"seats: {seat!r} is there twice; expected each once")
        return self

    @override
    def targets(self) -> frozenset[str]:
        return frozenset(f"partners of {seat}" for seat in self.seats or ("every seat",))
