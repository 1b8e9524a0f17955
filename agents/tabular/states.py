"""The states of a table, numbered as they are met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents import digests

Rows = npt.NDArray[np.int64]
Masks = npt.NDArray[np.bool_]


def names(states: str, observation: Mapping[str, Any], batch: Any, slots: Any) -> digests.Digests:
    """(n,) names of what is a state.

    Args:
        states: ``"observation"`` or ``"state"``.
        observation: (n, ...) parts of the observations of the slots.
        batch: The batch that is played; only looked into for ``"state"``.
        slots: (n,) rows of the batch.
    """
    if states == "observation":
        return digests.of_observation(observation, len(slots))
    level = batch.w.core["level"][slots]
    content = batch.w.info["content"][level]
    return digests.of_words(digests.of_state(batch.w, slots)[:, None], content)


class States:
    """Numbers of states by their names, and which actions are valid in each.

    Args:
        actions: Actions of a state.

    Attributes:
        known: Name to number.
    """

    def __init__(self, actions: int) -> None:
        self.known: dict[int, int] = {}
        self._valid = np.zeros((1024, actions), np.bool_)

    def __len__(self) -> int:
        return len(self.known)

    @property
    def valid(self) -> Masks:
        """(states, actions) bool: what was valid when the state was met last."""
        return self._valid[: len(self.known)]

    def rows(self, given: digests.Digests, masks: Masks) -> Rows:
        """(n,) numbers of states; new ones are added.

        Args:
            given: (n,) names.
            masks: (n, actions) bool: the valid actions.
        """
        known = self.known
        found = np.array([known.setdefault(name, len(known)) for name in given.tolist()], np.int64)
        self._valid = with_room(self._valid, len(known))
        self._valid[found] = masks
        return found

    def find(self, given: digests.Digests) -> Rows:
        """(n,) numbers of states; -1 for those never met."""
        return np.array([self.known.get(name, -1) for name in given.tolist()], np.int64)

    def state(self) -> dict[str, Any]:
        """All that going on needs, as arrays."""
        return {
            "names": np.array(list(self.known), np.uint64).view(np.int64),
            "valid": self.valid.copy(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with the states of ``state``."""
        given = np.asarray(state["names"]).view(np.uint64).tolist()
        self.known = {name: number for number, name in enumerate(given)}
        if len(self.known) != len(given) or state["valid"].shape != (
            len(given),
            self._valid.shape[1],
        ):
            raise ValueError("the table's states and actions do not belong together")
        self._valid = np.array(state["valid"], np.bool_)


def with_room(array: npt.NDArray[Any], rows: int, fill: Any = 0) -> npt.NDArray[Any]:
    """The array, or one of at least twice the length where it has fewer rows than asked for."""
    if rows <= len(array):
        return array
    larger = np.full((max(rows, 2 * len(array)), *array.shape[1:]), fill, array.dtype)
    larger[: len(array)] = array
    return larger
