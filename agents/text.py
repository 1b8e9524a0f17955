"""An episode in words, for agents that read: the entry ``text`` of what an agent is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from adaptarium.envs.core.answers import grammar
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.text import news, opening, read_answer
from adaptarium.envs.core.world import World


class EpisodeText:
    """One slot of a batch as the text face says it; nothing is written before it is asked for.

    Args:
        world: The world.
        batch: The batch that plays it.
        slot: The row of the batch.
        step: Steps since the episode began.
    """

    def __init__(self, world: World, batch: Batch, slot: int, step: int) -> None:
        self._batch, self._slot, self._step = batch, slot, step
        self._words: Any = world.family.module("text").Text(world)
        self.world_id = world.id

    @property
    def seats(self) -> list[int]:
        """The seats that still play."""
        return [a for a in range(self.num_seats) if self._batch.w.alive[self._slot, a]]

    @property
    def num_seats(self) -> int:
        """All seats: so many actions are expected."""
        return int(self._batch.w.reward.shape[1])

    def manual(self) -> str:
        """The world and its rules, completely."""
        return str(self._words.manual())

    def menu(self) -> list[str]:
        """The names of the actions, in the order of their numbers."""
        return list(self._words.menu())

    def grammar(self) -> str:
        """What a valid answer looks like."""
        own = getattr(self._words, "grammar", None)
        return grammar(self.menu()) if own is None else str(own())

    def parse(self, answer: object, seat: int = 0) -> Any:
        """The action that a seat's answer names, or why it names none; never raises."""
        return read_answer(self._words, answer, self._seen(seat), seat)

    def describe(self, seat: int = 0) -> str:
        """What the last step brought to a seat, and what it sees now."""
        batch, slot = self._batch, self._slot
        said = news(batch, slot, seat, self._step) if self._step else opening(batch, slot)
        return f"{said}\n{self._words.describe(self._seen(seat), agent=seat)}"

    def _seen(self, seat: int) -> dict[str, Any]:
        return {name: view[self._slot, seat] for name, view in self._batch.obs.items()}


class EpisodeTexts(Sequence[EpisodeText]):
    """The texts of some slots of a batch, each made when it is looked up.

    Args:
        world: The world.
        batch: The batch that plays it.
        slots: The rows of the batch.
        steps: Steps since each episode began.
    """

    def __init__(
        self, world: World, batch: Batch, slots: Sequence[int], steps: Sequence[int]
    ) -> None:
        self._world, self._batch = world, batch
        self._slots, self._steps = slots, steps

    def __len__(self) -> int:
        return len(self._slots)

    @overload
    def __getitem__(self, at: int) -> EpisodeText: ...
    @overload
    def __getitem__(self, at: slice) -> EpisodeTexts: ...
    def __getitem__(self, at: int | slice) -> EpisodeText | EpisodeTexts:
        slots, steps = self._slots[at], self._steps[at]
        if isinstance(at, slice):
            return EpisodeTexts(self._world, self._batch, slots, steps)  # type: ignore[arg-type]
        return EpisodeText(self._world, self._batch, int(slots), int(steps))  # type: ignore[arg-type]
