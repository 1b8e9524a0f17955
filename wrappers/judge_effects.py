"""Simulated judges, at work."""

from __future__ import annotations

from typing import Any

import numpy as np
from typing_extensions import override

from adaptarium.envs.core.host_draws import units
from adaptarium.wrappers.effects import PURPOSE_REWARD, Floats, Frame, Outcome, Place
from adaptarium.wrappers.leaves import Leaves
from adaptarium.wrappers.reward_effects import Debts, RewardEffect


class JudgeEffect(RewardEffect):
    """A judge: feedback from rewards."""

    def feedback(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        """(m,) feedback for the step."""
        raise TypeError(f"{type(self).__name__} gives no feedback")

    @override
    def reward(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        given = self.feedback(frame, rewards, outcome)
        p = frame.p
        found = np.where(p == 1.0, given, (1.0 - p) * rewards + p * given)
        return np.where(p > 0.0, found, rewards)


class NoisyEffect(JudgeEffect):
    """Good or bad, sometimes the wrong way round."""

    def __init__(self, place: Place, error: float, value: float) -> None:
        super().__init__(place)
        self._error, self._value = error, value

    @override
    def feedback(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        wrong = units(frame.draws(PURPOSE_REWARD)) < self._error
        return self._value * np.sign(np.where(wrong, -rewards, rewards))


class BiasedEffect(JudgeEffect):
    """Praise and blame weigh differently."""

    def __init__(self, place: Place, praise: float, blame: float, lenience: float) -> None:
        super().__init__(place)
        self._praise, self._blame, self._lenience = praise, blame, lenience

    @override
    def feedback(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        return rewards * np.where(rewards > 0, self._praise, self._blame) + self._lenience


class DelayedEffect(JudgeEffect):
    """Feedback comes late."""

    rings = ("owed",)

    def __init__(self, place: Place, least: int, most: int) -> None:
        super().__init__(place)
        self._least, self._choices = least, most - least + 1
        self._debts = Debts(place.rows, most)
        self.state = {"age": self._debts.age, "owed": self._debts.owed}

    @override
    def begin(self, rows: Any, leaves: Leaves) -> None:
        self._debts.begin(rows)

    @override
    def feedback(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        drawn = (units(frame.draws(PURPOSE_REWARD)) * self._choices).astype(np.int64)
        # Outside the schedule nobody judges: nothing is owed for those steps.
        judged = np.where(frame.p > 0.0, rewards, 0.0)
        return self._debts.paid(frame.rows, self._least + drawn, judged, outcome.ended)


class HindsightEffect(JudgeEffect):
    """One grade for the whole episode."""

    def __init__(self, place: Place, low: float, high: float, grades: int) -> None:
        super().__init__(place)
        self._low, self._step = low, (high - low) / (grades - 1)
        self._grades = grades
        self._return = np.zeros(place.rows)
        self.state = {"return": self._return}

    @override
    def begin(self, rows: Any, leaves: Leaves) -> None:
        self._return[rows] = 0.0

    @override
    def feedback(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        self._return[frame.rows] += rewards
        grade = np.rint((self._return[frame.rows] - self._low) / self._step)
        grade = np.clip(grade, 0, self._grades - 1)
        return np.where(outcome.ended, self._low + grade * self._step, 0.0)


class PairwiseEffect(JudgeEffect):
    """A preference between two segments in a row."""

    def __init__(self, place: Place, segment: int, temperature: float) -> None:
        super().__init__(place)
        self._segment, self._temperature = segment, temperature
        self._sum = np.zeros(place.rows)
        self._length = np.zeros(place.rows, np.int64)
        self._before = np.full(place.rows, np.nan)  # of the segment before; nan where there is none
        self.state = {"sum": self._sum, "length": self._length, "before": self._before}

    @override
    def begin(self, rows: Any, leaves: Leaves) -> None:
        self._sum[rows] = 0.0
        self._length[rows] = 0

    @override
    def anew(self, rows: Any) -> None:
        self._before[rows] = np.nan

    @override
    def feedback(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        rows = frame.rows
        self._sum[rows] += rewards
        self._length[rows] += 1
        whole = outcome.ended if not self._segment else self._length[rows] == self._segment
        now, before = self._sum[rows], self._before[rows]
        judged = whole & ~np.isnan(before)
        gain = np.where(judged, now - before, 0.0) / self._temperature
        preferred = units(frame.draws(PURPOSE_REWARD)) < 1.0 / (
            1.0 + np.exp(np.clip(-gain, -700.0, 700.0))
        )
        self._before[rows] = np.where(whole, now, before)
        self._sum[rows] = np.where(whole, 0.0, now)
        self._length[rows] = np.where(whole, 0, self._length[rows])
        return np.where(judged, np.where(preferred, 1.0, -1.0), 0.0)


class OneSidedEffect(JudgeEffect):
    """Only praise, or only blame."""

    def __init__(self, place: Place, positive: bool) -> None:
        super().__init__(place)
        self._positive = positive

    @override
    def feedback(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        return np.maximum(rewards, 0.0) if self._positive else np.minimum(rewards, 0.0)
