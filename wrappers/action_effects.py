"""Changes of actions, at work."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.host_draws import beside, units
from adaptarium.wrappers.effects import PURPOSE_ACT, SWITCH, Bools, Effect, Frame, Place, where_on
from adaptarium.wrappers.observation_maps import permutation
from adaptarium.wrappers.tables import normals

Actions = npt.NDArray[Any]


class ActionEffect(Effect):
    """An effect on actions.

    Attributes:
        counts: (components,) choices of each; None of a Box.
        start: (components,) or () the least action.
    """

    acts = True
    what = "action"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        space = place.action_space
        self.counts: npt.NDArray[np.int64] | None = None
        if isinstance(space, spaces.Discrete):
            self.counts, self.start = np.array([int(space.n)]), np.asarray(space.start)
        elif isinstance(space, spaces.MultiDiscrete):
            self.counts, self.start = space.nvec.reshape(-1).astype(np.int64), space.start
        elif not (isinstance(space, spaces.Box) and space.dtype.kind == "f"):
            raise ShiftError(
                f"{self.what} does not fit actions of {space}; expected Discrete, MultiDiscrete "
                "or a Box of floats"
            )

    def neutral(self) -> Actions:
        """The value of a Box that is nearest to zero."""
        space = self.place.action_space
        found: Actions = np.clip(np.zeros(space.shape or ()), space.low, space.high)  # type: ignore[attr-defined]
        return found.astype(space.dtype)

    def finite(self) -> None:
        """Refuse a Box without bounds.

        Raises:
            ShiftError: it has none.
        """
        space = self.place.action_space
        if isinstance(space, spaces.Box) and not space.is_bounded():
            raise ShiftError(f"{self.what} needs bounds of actions; {space} has none")


class RemapEffect(ActionEffect):
    """Actions change places."""

    what = "action.remap"

    def __init__(self, place: Place, mapping: Sequence[int], draw: int, inverse: bool) -> None:
        super().__init__(place)
        self.finite()
        if mapping and not isinstance(place.action_space, spaces.Discrete):
            raise ShiftError(f"action.remap: a mapping is for Discrete, not {place.action_space}")
        if mapping and len(mapping) != int(place.action_space.n):  # type: ignore[attr-defined]
            raise ShiftError(
                f"action.remap: mapping of {len(mapping)} actions, expected one of each of "
                f"{place.action_space}"
            )
        if self.counts is None:
            return
        self._table = np.zeros((len(self.counts), int(self.counts.max())), np.int64)
        for j, n in enumerate(self.counts.tolist()):
            order = np.asarray(mapping) if mapping else permutation(draw, "action", j, n, False)
            self._table[j, :n] = np.argsort(order) if inverse else order

    @override
    def act(self, frame: Frame, actions: Actions) -> Actions:
        return where_on(frame, actions, self._remapped, SWITCH)

    def _remapped(self, actions: Actions) -> Actions:
        space = self.place.action_space
        if self.counts is None:
            low, high = space.low, space.high  # type: ignore[attr-defined]
            return (low + high - actions).astype(actions.dtype, copy=False)
        parts = (actions - self.start).reshape(len(actions), len(self.counts))
        moved = self._table[np.arange(len(self.counts)), parts].reshape(actions.shape) + self.start
        return moved.astype(actions.dtype, copy=False)

    @override
    def masked(self, p: npt.NDArray[np.float64], masks: Bools) -> Bools:
        on = p > SWITCH
        if self.counts is None or len(self.counts) > 1 or not on.any():
            return masks
        return np.where(on[:, None], masks[:, self._table[0]], masks)


class ActionNoiseEffect(ActionEffect):
    """Actions are disturbed."""

    what = "action.noise"

    def __init__(self, place: Place, rate: float) -> None:
        super().__init__(place)
        self.finite()
        self._rate = rate

    @override
    def act(self, frame: Frame, actions: Actions) -> Actions:
        change = self._noisy if self.counts is None else self._replaced
        return where_on(frame, actions, functools.partial(change, frame))

    def _noisy(self, frame: Frame, actions: Actions) -> Actions:
        space: Any = self.place.action_space
        size = int(np.prod(space.shape, dtype=np.int64))
        keys = beside(frame.draws(PURPOSE_ACT)[:, None], np.arange(size))
        z = normals(keys).reshape(actions.shape)
        sigma = (self._rate * frame.p).reshape(-1, *[1] * len(space.shape))
        found = actions + sigma * 0.5 * (space.high - space.low) * z
        return np.clip(found, space.low, space.high).astype(actions.dtype)

    def _replaced(self, frame: Frame, actions: Actions) -> Actions:
        counts = self._counts()
        drawn = units(beside(frame.draws(PURPOSE_ACT)[:, None], np.arange(len(counts))))
        chance = (self._rate * frame.p)[:, None]
        # One draw decides both: below the chance whether, and its place there which.
        other = np.minimum(drawn / np.maximum(chance, 1e-300) * counts, counts - 1)
        found = other.astype(np.int64).reshape(actions.shape) + self.start
        hit = (drawn < chance).reshape(actions.shape)
        return np.where(hit, found, actions).astype(actions.dtype)

    def _counts(self) -> npt.NDArray[np.int64]:
        return np.zeros(0, np.int64) if self.counts is None else self.counts


class ActionDelayEffect(ActionEffect):
    """Actions are played late."""

    what = "action.delay"

    rings = ("past",)

    def __init__(self, place: Place, steps: int, idle: int) -> None:
        super().__init__(place)
        space: Any = place.action_space
        if self.counts is not None and idle >= int(self.counts.min()):
            raise ShiftError(
                f"action.delay: idle = {idle} of {space}; the nearest valid is "
                f"{int(self.counts.min()) - 1}"
            )
        self._steps = steps
        self._idle = self.neutral() if self.counts is None else self.start + idle
        self._age = np.zeros(place.rows, np.int64)
        self._past = np.zeros((steps + 1, place.rows, *space.shape), space.dtype)
        self.state = {"age": self._age, "past": self._past}
        self._all = np.arange(place.rows)

    @override
    def begin(self, rows: Any, leaves: Any) -> None:
        self._age[rows] = 0

    @override
    def act(self, frame: Frame, actions: Actions) -> Actions:
        rows = self._all[frame.rows]
        age = self._age[rows]
        self._past[age % (self._steps + 1), rows] = actions
        late = np.rint(frame.p * self._steps).astype(np.int64)
        if not late.any():
            return actions
        found = self._past[(age - late) % (self._steps + 1), rows]
        found[age < late] = self._idle
        found[late == 0] = actions[late == 0]
        return found.astype(actions.dtype, copy=False)

    @override
    def played(self, frame: Frame) -> None:
        self._age[frame.rows] += 1


class StickyEffect(ActionEffect):
    """Actions are repeated."""

    what = "action.sticky"

    def __init__(self, place: Place, rate: float) -> None:
        super().__init__(place)
        space: Any = place.action_space
        self._rate = rate
        self._first = np.ones(place.rows, np.bool_)
        self._last = np.zeros((place.rows, *space.shape), space.dtype)
        self._now = self._last.copy()
        self.state = {"first": self._first, "last": self._last}

    @override
    def begin(self, rows: Any, leaves: Any) -> None:
        self._first[rows] = True

    @override
    def act(self, frame: Frame, actions: Actions) -> Actions:
        found = where_on(frame, actions, functools.partial(self._repeated, frame))
        self._now[frame.rows] = found
        return found

    def _repeated(self, frame: Frame, actions: Actions) -> Actions:
        again = units(frame.draws(PURPOSE_ACT)) < self._rate * frame.p
        again &= ~self._first[frame.rows]
        last = self._last[frame.rows]
        again = again.reshape(-1, *[1] * (actions.ndim - 1))
        return np.where(again, last, actions).astype(actions.dtype)

    @override
    def played(self, frame: Frame) -> None:
        self._last[frame.rows] = self._now[frame.rows]
        self._first[frame.rows] = False


class DisableEffect(ActionEffect):
    """Some actions do nothing of their own."""

    what = "action.disable"

    def __init__(self, place: Place, actions: Sequence[int], instead: int | None) -> None:
        super().__init__(place)
        space: Any = place.action_space
        if isinstance(space, spaces.MultiDiscrete):
            raise ShiftError(f"action.disable does not fit {space}; expected Discrete or Box")
        n = int(np.prod(space.shape)) if self.counts is None else int(self.counts[0])
        if max(actions) >= n:
            raise ShiftError(
                f"action.disable: {max(actions)} of {space}; the nearest valid is {n - 1}"
            )
        self._off = np.zeros(n, np.bool_)
        self._off[list(actions)] = True
        self._instead = self._choice(instead) if self.counts is not None else 0

    def _choice(self, instead: int | None) -> int:
        enabled = np.flatnonzero(~self._off)
        if not len(enabled):
            raise ShiftError("action.disable: every action is disabled; expected one that is not")
        if instead is None:
            return int(enabled[0])
        if instead not in enabled:
            raise ShiftError(
                f"action.disable: instead = {instead} is none of the enabled {enabled.tolist()}"
            )
        return instead

    @override
    def act(self, frame: Frame, actions: Actions) -> Actions:
        return where_on(frame, actions, self._disabled, SWITCH)

    def _disabled(self, actions: Actions) -> Actions:
        if self.counts is None:
            off = self._off.reshape(self.place.action_space.shape or ())
            return np.where(off, self.neutral(), actions).astype(actions.dtype)
        hit = self._off[actions - self.start]
        return np.where(hit, self._instead + self.start, actions).astype(actions.dtype)

    @override
    def masked(self, p: npt.NDArray[np.float64], masks: Bools) -> Bools:
        on = p > SWITCH
        if self.counts is None or not on.any():
            return masks
        found = masks & ~(self._off & on[:, None])
        # A disabled action is what it plays: where nothing else is left, that must stay valid.
        stuck = ~found.any(axis=1)
        found[stuck] = masks[stuck]
        return found
