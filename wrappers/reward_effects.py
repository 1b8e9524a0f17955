"""Changes of rewards, at work."""

from __future__ import annotations

from typing import Any

import numpy as np
from typing_extensions import override

from adaptarium.envs.core.errors import ShiftError
from adaptarium.wrappers.effects import (
    PURPOSE_REWARD,
    SWITCH,
    Effect,
    Floats,
    Frame,
    Outcome,
    Place,
    where_on,
)
from adaptarium.wrappers.leaves import ANY, Leaves, chosen_leaves
from adaptarium.wrappers.tables import normals


class RewardEffect(Effect):
    """An effect on rewards."""

    rewards = True


class AffineEffect(RewardEffect):
    """An affine map."""

    def __init__(self, place: Place, factor: float, offset: float) -> None:
        super().__init__(place)
        self._factor, self._offset = factor, offset

    @override
    def reward(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        def mapped(values: Floats) -> Floats:
            return values * (1.0 + frame.p * (self._factor - 1.0)) + frame.p * self._offset

        return where_on(frame, rewards, mapped)


class SignEffect(RewardEffect):
    """The sign is turned."""

    @override
    def reward(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        return where_on(frame, rewards, np.negative, SWITCH)


class RewardNoiseEffect(RewardEffect):
    """Gaussian noise."""

    def __init__(self, place: Place, sigma: float) -> None:
        super().__init__(place)
        self._sigma = sigma

    @override
    def reward(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        def noisy(values: Floats) -> Floats:
            return values + self._sigma * frame.p * normals(frame.draws(PURPOSE_REWARD))

        return where_on(frame, rewards, noisy)


class Debts:
    """What each row is still to be paid, by the step at which it is due.

    Attributes:
        age: (rows,) steps of the episode.
        owed: (most steps late + 1, rows) a ring of debts.
    """

    def __init__(self, rows: int, steps: int) -> None:
        self.age = np.zeros(rows, np.int64)
        self.owed = np.zeros((steps + 1, rows))
        self._all = np.arange(rows)

    def begin(self, rows: Any) -> None:
        """Forget all debts."""
        self.age[rows] = 0
        self.owed[:, rows] = 0.0

    def paid(self, rows: Any, late: Any, rewards: Floats, ended: Any) -> Floats:
        """What is due now when ``rewards`` are owed ``late`` steps from now; all at the end."""
        rows = self._all[rows]
        age, ring = self.age[rows], len(self.owed)
        due = self.owed[age % ring, rows]
        now = late == 0
        # Nothing due leaves the reward as it is, down to the sign of a zero.
        found = np.where(now, np.where(due == 0.0, rewards, rewards + due), due)
        self.owed[age % ring, rows] = 0.0
        later = np.flatnonzero(~now)
        if len(later):
            self.owed[(age + late)[later] % ring, rows[later]] += rewards[later]
        over = np.flatnonzero(ended)
        if len(over):
            rest = self.owed[:, rows[over]].sum(axis=0)
            found[over] = np.where(rest == 0.0, found[over], found[over] + rest)
            self.owed[:, rows[over]] = 0.0
        self.age[rows] += 1
        return found


class OwedEffect(RewardEffect):
    """Rewards are paid late."""

    rings = ("owed",)

    def __init__(self, place: Place, steps: int) -> None:
        super().__init__(place)
        self._steps = steps
        self._debts = Debts(place.rows, steps)
        self.state = {"age": self._debts.age, "owed": self._debts.owed}

    @override
    def begin(self, rows: Any, leaves: Leaves) -> None:
        self._debts.begin(rows)

    @override
    def reward(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        late = np.rint(frame.p * self._steps).astype(np.int64)
        return self._debts.paid(frame.rows, late, rewards, outcome.ended)


class SparseEffect(RewardEffect):
    """Rewards are paid as a sum."""

    def __init__(self, place: Place, every: int) -> None:
        super().__init__(place)
        self._every = every
        self._sum = np.zeros(place.rows)
        self._age = np.zeros(place.rows, np.int64)
        self.state = {"sum": self._sum, "age": self._age}

    @override
    def begin(self, rows: Any, leaves: Leaves) -> None:
        self._sum[rows] = 0.0
        self._age[rows] = 0

    @override
    def reward(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        self._age[frame.rows] += 1
        owed = self._sum[frame.rows]
        total = np.where(owed == 0.0, rewards, owed + rewards)
        pays = outcome.ended | (frame.p <= SWITCH)
        if self._every:
            pays = pays | (self._age[frame.rows] % self._every == 0)
        self._sum[frame.rows] = np.where(pays, 0.0, total)
        return np.where(pays, total, 0.0)


class ShapingEffect(RewardEffect):
    """Reward for a feature of the observation."""

    looks = True

    def __init__(
        self,
        place: Place,
        weight: float,
        entry: str,
        component: int | None,
        discount: float | None,
    ) -> None:
        super().__init__(place)
        named = (entry,) if entry else ()
        found = chosen_leaves(place.observation_space, named, ANY, "reward.shaping")
        if len(found) > 1:
            raise ShiftError(
                f"reward.shaping: which of the entries {', '.join(found)}? expected entry = a name"
            )
        ((self._entry, leaf),) = found.items()
        self._size = leaf.size
        if component is not None and component >= leaf.size:
            raise ShiftError(
                f"reward.shaping: component = {component} of {leaf.space}; the nearest valid is "
                f"{leaf.size - 1}"
            )
        self._weight, self._component, self._discount = weight, component, discount
        self._last = np.zeros(place.rows)
        self.state = {"last": self._last}

    def _feature(self, leaves: Leaves) -> Floats:
        values = leaves[self._entry]
        flat = values.reshape(len(values), self._size)
        if self._component is None:
            return flat.mean(axis=1, dtype=np.float64)
        return flat[:, self._component].astype(np.float64)

    @override
    def begin(self, rows: Any, leaves: Leaves) -> None:
        self._last[rows] = self._feature(leaves)

    @override
    def reward(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        reached = self._feature(outcome.leaves)
        if self._discount is None:
            gain = reached
        else:
            after = np.where(outcome.terminated, 0.0, reached)
            gain = self._discount * after - self._last[frame.rows]
        self._last[frame.rows] = reached
        found = rewards + frame.p * self._weight * gain
        return np.where(frame.p > 0.0, found, rewards)
