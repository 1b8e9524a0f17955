"""Judged reward: the reward replaced by the feedback of a simulated judge who sees it.

At position ``p`` the agent gets ``(1 - p) * r + p * f``: the environment's own reward ``r`` at 0,
the judge's feedback ``f`` alone at 1.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from adaptarium.wrappers.effects import Effect, Place
from adaptarium.wrappers.judge_effects import (
    BiasedEffect,
    DelayedEffect,
    HindsightEffect,
    NoisyEffect,
    OneSidedEffect,
    PairwiseEffect,
)
from adaptarium.wrappers.part import InterfaceChange


class _Judge(InterfaceChange):
    """A judge; there is one at a time."""

    @override
    def targets(self) -> frozenset[str]:
        return frozenset({"judge"})


class NoisyJudge(_Judge):
    """Good, bad or nothing, and sometimes the wrong way round: ``f = value * sign(r)``.

    With probability ``error`` the sign is turned: the "mistake" teacher of B-Pref (Lee et al. 2021,
    arXiv 2111.03026), giving the binary feedback of TAMER (Knox & Stone 2009).

    Attributes:
        error: Probability that a judgement is the wrong way round.
        value: Size of a judgement.
    """

    kind: Literal["judge.noisy"] = "judge.noisy"
    error: float = Field(0.1, ge=0, le=1)
    value: float = Field(1.0, gt=0, le=1e9)

    @override
    def effect(self, place: Place) -> Effect:
        return NoisyEffect(place, self.error, self.value)


class BiasedJudge(_Judge):
    """Praise and blame weigh differently, and every step is given something besides.

    ``f = praise * max(r, 0) + blame * min(r, 0) + lenience``. People who train agents give more
    positive feedback than is due (Thomaz & Breazeal 2008, "Teachable robots").

    Attributes:
        praise: Weight of positive rewards.
        blame: Weight of negative rewards.
        lenience: What every step gets besides.
    """

    kind: Literal["judge.biased"] = "judge.biased"
    praise: float = Field(1.5, ge=0, le=1e9)
    blame: float = Field(0.5, ge=0, le=1e9)
    lenience: float = Field(0.0, ge=-1e9, le=1e9)

    @override
    def effect(self, place: Place) -> Effect:
        return BiasedEffect(place, self.praise, self.blame, self.lenience)


class DelayedJudge(_Judge):
    """The feedback for a step comes ``least`` to ``most`` steps later, each equally likely.

    Feedback of several steps that comes at once is added up, and what is still to come at the end
    of an episode is given with its last step. People answer after 0.2 to 0.8 seconds, by a
    distribution of their own (Knox & Stone 2009, "Interactively shaping agents via human
    reinforcement").

    Attributes:
        least: Shortest delay in steps.
        most: Longest delay in steps.
    """

    kind: Literal["judge.delayed"] = "judge.delayed"
    least: int = Field(1, ge=0, le=10_000)
    most: int = Field(5, ge=0, le=10_000)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.most < self.least:
            raise ValueError(f"most = {self.most}: expected at least least = {self.least}")
        return self

    @override
    def effect(self, place: Place) -> Effect:
        return DelayedEffect(place, self.least, self.most)


class HindsightJudge(_Judge):
    """One grade at the end of an episode, for all of it, and nothing before.

    The episode's return, brought between ``low`` and ``high``, is rounded to the nearest of
    ``grades`` evenly spaced grades: feedback on whole trajectories (Efroni et al. 2021,
    arXiv 2008.06036) on a scale such as people use.

    Attributes:
        low: Return of the lowest grade.
        high: Return of the highest grade.
        grades: How many there are.
    """

    kind: Literal["judge.hindsight"] = "judge.hindsight"
    low: float = Field(0.0, ge=-1e12, le=1e12)
    high: float = Field(1.0, ge=-1e12, le=1e12)
    grades: int = Field(5, ge=2, le=1_000_000)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.high <= self.low:
            raise ValueError(f"high = {self.high}: expected more than low = {self.low}")
        return self

    @override
    def effect(self, place: Place) -> Effect:
        return HindsightEffect(place, self.low, self.high, self.grades)


class PairwiseJudge(_Judge):
    """A preference between the segment just played and the one before it: +1 or -1.

    The later one is preferred with probability ``1 / (1 + exp(-(R' - R) / temperature))`` for the
    sums of rewards ``R`` and ``R'``: the Bradley-Terry model of Christiano et al. 2017
    (arXiv 1706.03741). The preference is given with the segment's last step, and nothing at
    others. The first segment after a reset with a seed is not judged, nor is what is left of an
    episode after its last whole segment.

    Attributes:
        segment: Steps of a segment; 0 compares whole episodes.
        temperature: How unsure the judge is, in units of reward.
    """

    kind: Literal["judge.pairwise"] = "judge.pairwise"
    segment: int = Field(0, ge=0, le=1_000_000)
    temperature: float = Field(1.0, gt=0, le=1e9)

    @override
    def effect(self, place: Place) -> Effect:
        return PairwiseEffect(place, self.segment, self.temperature)


class OneSidedJudge(_Judge):
    """Only praise, or only blame: ``f = max(r, 0)`` or ``f = min(r, 0)``.

    Training strategies without explicit punishment, or without explicit reward (Loftin et al.
    2016, "Learning behaviors via human-delivered discrete feedback").

    Attributes:
        side: ``"positive"`` or ``"negative"``.
    """

    kind: Literal["judge.one_sided"] = "judge.one_sided"
    side: Literal["positive", "negative"] = "positive"

    @override
    def effect(self, place: Place) -> Effect:
        return OneSidedEffect(place, self.side == "positive")


JudgeChange = Annotated[
    NoisyJudge | BiasedJudge | DelayedJudge | HindsightJudge | PairwiseJudge | OneSidedJudge,
    Field(discriminator="kind"),
]
