"""The agents' side of an environment: the changes of a plan, one on top of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.host_draws import Keys, beside
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.effects import Bools, Effect, Floats, Frame, Outcome, Place, Rows
from adaptarium.wrappers.leaves import Leaf, Leaves, entries_of, leaves_of, part_of, put_back
from adaptarium.wrappers.signal import SignalEffect

if TYPE_CHECKING:
    from adaptarium.wrappers.spec import ShiftPlan

NO_LEAVES: Leaves = {}


class Side:
    """Effects over the rows of a wrapper: ``len(seats)`` for each sub-environment of a clock.

    Args:
        clock: The sub-environments' clock.
        seats: Numbers of the seats.
        observation_space: One seat's, as within.
        action_space: One seat's, as within.

    Attributes:
        effects: In the order of the plan: the first lies next to the environment.
        observation_space, action_space: One seat's, as they go out.
        looks: Whether rewards depend on observations.
        tells: Whether there is a change signal.
    """

    def __init__(
        self,
        clock: Clock,
        seats: Sequence[int],
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
    ) -> None:
        self.clock = clock
        self.seats = np.array(seats, np.int64)
        self.within, self._entries = observation_space, leaves_of(observation_space)
        self.rows = clock.keys.shape[1] * len(seats)
        self.effects: list[Effect] = []
        for shift in clock.shifts:
            place = Place(shift.name, self.rows, observation_space, action_space)
            try:
                effect = shift.what.effect(place)  # type: ignore[union-attr]
            except ShiftError as problem:
                raise ShiftError(f"shift {shift.name!r}: {problem}") from None
            observation_space, action_space = effect.observation_space, effect.action_space
            self.effects.append(effect)
        self.observation_space, self.action_space = observation_space, action_space
        self.acts = any(effect.acts for effect in self.effects)
        self.rewards = any(effect.rewards for effect in self.effects)
        self.observes = any(effect.observes for effect in self.effects)
        self.looks = any(effect.looks for effect in self.effects)
        self.tells = any(isinstance(effect, SignalEffect) for effect in self.effects)
        self._bounds = _bounds(action_space) if self.acts else (0, 0)
        self._lanes = np.zeros((len(self.effects), self.rows), np.uint64)

    def spread(self, per_slot: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(…, n) values of sub-environments as (…, rows)."""
        return per_slot if len(self.seats) == 1 else np.repeat(per_slot, len(self.seats), axis=-1)

    def rows_of(self, slots: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rows of some sub-environments."""
        seats = len(self.seats)
        return slots if seats == 1 else (slots[:, None] * seats + np.arange(seats)).reshape(-1)

    def anew(self, slots: npt.NDArray[np.int64]) -> None:
        """``slots`` have been reset with a seed: the clock has their new keys."""
        rows = self.rows_of(slots)
        for k, effect in enumerate(self.effects):
            keys: Keys = self.clock.keys[k, slots]
            self._lanes[k, rows] = beside(keys[:, None], self.seats).reshape(-1)
            effect.anew(rows)

    def copy(self, sources: npt.NDArray[np.int64], targets: npt.NDArray[np.int64]) -> None:
        """Let sub-environments ``targets`` be as ``sources`` are."""
        mine, theirs = self.rows_of(sources), self.rows_of(targets)
        self._lanes[:, theirs] = self._lanes[:, mine]
        for effect in self.effects:
            effect.copy(mine, theirs)

    def begin(self, rows: Rows, leaves: Leaves) -> None:
        """Episodes of ``rows`` begin, with these observations as within."""
        for effect in self.effects:
            effect.begin(rows, leaves)

    # ---- one step ----

    def _frame(
        self, k: int, positions: Floats, rows: Rows, ticks: npt.NDArray[np.int64], **more: Any
    ) -> Frame:
        return Frame(rows, positions[k], self._lanes[k][rows], ticks, **more)

    def act(
        self, positions: Floats, rows: Rows, ticks: npt.NDArray[np.int64], actions: Any
    ) -> npt.NDArray[Any]:
        """(m, …) the actions to be played within.

        Args:
            positions: (shifts, m).
            rows: The m rows.
            ticks: (m,) steps that they have played.
            actions: (m, …) as the agents gave them.
        """
        low, high = self._bounds
        found: npt.NDArray[Any] = actions
        if not ((actions >= low) & (actions <= high)).all():
            return found  # for the environment to refuse, whatever is delayed or repeated
        for k in range(len(self.effects) - 1, -1, -1):
            if self.effects[k].acts:
                found = self.effects[k].act(self._frame(k, positions, rows, ticks), found)
        return found

    def reward(
        self,
        positions: Floats,
        rows: Rows,
        ticks: npt.NDArray[np.int64],
        rewards: Floats,
        outcome: Outcome,
    ) -> Floats:
        """(m,) the rewards to be handed out, for a step that has been played."""
        for k, effect in enumerate(self.effects):
            if effect.acts or effect.rewards:
                frame = self._frame(k, positions, rows, ticks)
                effect.played(frame)
                rewards = effect.reward(frame, rewards, outcome)
        return rewards

    def observe(
        self,
        positions: Floats,
        rows: Rows,
        ticks: npt.NDArray[np.int64],
        leaves: Leaves,
        *,
        begun: Bools | None = None,
        fresh: bool = True,
        told: Mapping[str, Floats] | None = None,
    ) -> Leaves:
        """The entries of the observations to be handed out.

        Args:
            positions: (shifts, m).
            rows: The m rows.
            ticks: (m,) observations that they have seen.
            leaves: Entries as within, (m, …) each.
            begun: (m,) bool: which begin an episode.
            fresh: False to look once more at the last ones.
            told: (m,) positions of all shifts by name, where there is a change signal.
        """
        for k, effect in enumerate(self.effects):
            if effect.observes:
                frame = self._frame(
                    k, positions, rows, ticks, begun=begun, fresh=fresh, told=told or {}
                )
                leaves = effect.observe(frame, leaves)
        return leaves

    def masked(self, positions: Floats, masks: Bools) -> Bools:
        """(rows, actions) which actions are valid for the agents, from those valid within."""
        for k, effect in enumerate(self.effects):
            masks = effect.masked(positions[k], masks)
        return masks

    # ---- in and out ----

    def leaves(self, observation: Any, lead: int) -> Leaves:
        """The entries of an observation from within, by rows."""
        return entries_of(self._entries, self.within, observation, lead)

    def handed(self, observation: Any, before: Leaves, after: Leaves, shape: Any) -> Any:
        """The observation as it goes out.

        Args:
            observation: As it came from within.
            before: Its entries then.
            after: Its entries now.
            shape: Gives an entry (rows, …) its leading axes back.
        """
        wrapped = isinstance(self.observation_space, spaces.Dict) and not isinstance(
            self.within, spaces.Dict
        )
        if wrapped:
            whole = {"observation": observation}
            known = {"observation": before.get("")}
        else:
            whole, known = observation, dict(before)
        changed = {
            name: shape(name, array)
            for name, array in after.items()
            if array is not known.get(name)
        }
        if not changed and not wrapped:
            return observation
        return put_back(self.observation_space, whole, changed)

    def stacked(self, observations: Sequence[Any]) -> Leaves:
        """The entries of several observations from within, each of one sub-environment."""
        found = {}
        for name, leaf in self._entries.items():
            parts = [np.asarray(part_of(self.within, one, name)) for one in observations]
            found[name] = np.stack(parts).reshape(-1, *leaf.shape)
        return found

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays that are saved."""
        found = {"lanes": self._lanes}
        for k, effect in enumerate(self.effects):
            found.update({f"{k}.{name}": array for name, array in effect.state.items()})
        return found


def spaces_under(
    plan: ShiftPlan, observation_space: spaces.Space[Any], action_space: spaces.Space[Any]
) -> tuple[spaces.Space[Any], spaces.Space[Any]]:
    """One seat's observation and action spaces as interface shifts let them out.

    Raises:
        ShiftError: the shifts do not fit the spaces.
    """
    side = Side(Clock(plan.shifts, 1), range(1), observation_space, action_space)
    return side.observation_space, side.action_space


def _bounds(space: Any) -> tuple[Any, Any]:
    """The least and the greatest actions of a space that effects on actions take."""
    leaf = Leaf("", 0, space)
    return leaf.low.reshape(leaf.shape), leaf.high.reshape(leaf.shape)
