"""What the contracts of one world share: batches, episodes played once, and where to report."""

from __future__ import annotations

import functools
from typing import Any, NoReturn

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import Reference
from adaptarium.envs.core.world import World
from adaptarium.testing.play import Moment, play
from adaptarium.testing.references import references
from adaptarium.testing.report import ContractError

SEED = 1_000
SHORT_LIMIT = 5
MODES = ("next_step", "same_step", "disabled")


class Probe:
    """A world under examination.

    Args:
        world: The world.
        thorough: More states, levels and processes.

    Attributes:
        short: The world with a time limit of a few steps, so that episodes end and begin anew.
    """

    def __init__(self, world: World, thorough: bool = False) -> None:
        self.world = world
        self.thorough = thorough
        inner = min(world.rules.episode.inner_episodes, 2)
        self.short = world.override(
            **{"episode.max_steps": SHORT_LIMIT, "episode.inner_episodes": inner}
        )

    def scale(self, short: int, thorough: int) -> int:
        """One of two amounts."""
        return thorough if self.thorough else short

    def fail(self, contract: str, detail: str) -> NoReturn:
        """Report a broken contract.

        Raises:
            ContractError: always.
        """
        raise ContractError(contract, self.world.id, detail)

    def module(self, name: str) -> Any:
        """A module of the family."""
        return self.world.family.module(name)

    @functools.cached_property
    def text(self) -> Any:
        """The world's text face."""
        return self.module("text").Text(self.world)

    @functools.cached_property
    def room(self) -> dict[str, int]:
        """Structural sizes that are all larger than the world needs."""
        return {name: size + 1 for name, size in self.world.sizes().items()}

    @functools.cached_property
    def singles(self) -> list[list[Moment]]:
        """Episodes of the short world, each played alone: record ``i`` has seed ``SEED + i``."""
        return self._alone(self.short)

    @functools.cached_property
    def long_singles(self) -> list[list[Moment]]:
        """The same for the world with its own time limit."""
        return self._alone(self.world)

    @functools.cached_property
    def references(self) -> dict[int, Reference]:
        """State number -> reference of the first level of seed ``SEED + i``."""
        try:
            return dict(references(self.world, self.scale(3, 12), SEED, self.scale(2, 120)))
        except LevelError as error:
            self.fail("unsolvable-marked-solvable", f"the reference refuses a level: {error}")

    @property
    def plans(self) -> dict[int, list[Any]]:
        """State number -> the actions of its reference, where it has a fixed plan."""
        return {i: one.actions for i, one in self.references.items() if one.actions is not None}

    def _alone(self, world: World) -> list[list[Moment]]:
        batch = Batch([world], 1)
        count, steps = self.scale(7, 21), self.steps
        return [play(batch, SEED + i, steps)[0] for i in range(count)]

    @property
    def steps(self) -> int:
        """Rounds of a recorded episode."""
        return self.scale(24, 120)
