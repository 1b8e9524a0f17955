"""Changes of what an agent is rewarded with.

A reward at a position of 0 is the environment's own, bit for bit; what ``reward.delay`` and
``reward.sparse`` still owe when their schedule ends is paid when it is due.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from adaptarium.wrappers.effects import Effect, Place
from adaptarium.wrappers.part import InterfaceChange
from adaptarium.wrappers.reward_effects import (
    AffineEffect,
    OwedEffect,
    RewardNoiseEffect,
    ShapingEffect,
    SignEffect,
    SparseEffect,
)


class RewardScale(InterfaceChange):
    """An affine map: ``r * (1 + p * (factor - 1)) + p * offset``.

    Attributes:
        factor: What rewards are multiplied by at position 1.
        offset: What is added to the reward of each step at position 1.
    """

    kind: Literal["reward.scale"] = "reward.scale"
    factor: float = Field(1.0, ge=-1e9, le=1e9)
    offset: float = Field(0.0, ge=-1e9, le=1e9)

    @override
    def effect(self, place: Place) -> Effect:
        return AffineEffect(place, self.factor, self.offset)


class RewardSign(InterfaceChange):
    """The sign is turned, at positions of at least one half."""

    kind: Literal["reward.sign"] = "reward.sign"

    @override
    def effect(self, place: Place) -> Effect:
        return SignEffect(place)


class RewardDelay(InterfaceChange):
    """Rewards are paid ``round(p * steps)`` steps late, or with the episode's last.

    An episode's return stays what it is.

    Attributes:
        steps: The delay at position 1.
    """

    kind: Literal["reward.delay"] = "reward.delay"
    steps: int = Field(ge=1, le=100_000)

    @override
    def effect(self, place: Place) -> Effect:
        return OwedEffect(place, self.steps)


class RewardSparse(InterfaceChange):
    """Rewards are paid as a sum now and then, at positions of at least one half.

    An episode's return stays what it is.

    Attributes:
        every: Steps of an episode from one payment to the next; 0 pays with the last step alone,
            which is when what is left is paid in any case.
    """

    kind: Literal["reward.sparse"] = "reward.sparse"
    every: int = Field(0, ge=0, le=1_000_000)

    @override
    def effect(self, place: Place) -> Effect:
        return SparseEffect(place, self.every)


class RewardNoise(InterfaceChange):
    """Gaussian noise on the reward of each step: ``r + p * sigma * z``.

    Attributes:
        sigma: Standard deviation at position 1.
    """

    kind: Literal["reward.noise"] = "reward.noise"
    sigma: float = Field(gt=0, le=1e9)

    @override
    def effect(self, place: Place) -> Effect:
        return RewardNoiseEffect(place, self.sigma)


class RewardShaping(InterfaceChange):
    """A misspecified hint: reward for a feature of the observation, whether or not it matters.

    The feature ``phi`` is one component of an entry of what the agent observes before any change
    of observations, or the mean of all. As a potential the reward gains
    ``p * weight * (discount * phi' - phi)`` (Ng, Harada & Russell 1999), with ``phi' = 0`` where
    the episode is terminated; optimal policies of the learner's discount stay optimal only where
    ``discount`` is the same. As a bonus it gains ``p * weight * phi'``, which may move them.

    Attributes:
        weight: Its strength at position 1.
        entry: Name of an entry of a Dict (or number, of a Tuple); empty where there is one space.
        component: Which component of the entry, counted in C order; none takes the mean.
        form: ``"potential"`` or ``"bonus"``.
        discount: Discount of the potential.
    """

    kind: Literal["reward.shaping"] = "reward.shaping"
    weight: float = Field(ge=-1e9, le=1e9)
    entry: str = Field("", max_length=200)
    component: int | None = Field(None, ge=0)
    form: Literal["potential", "bonus"] = "potential"
    discount: float = Field(0.99, ge=0, le=1)

    @override
    def effect(self, place: Place) -> Effect:
        discount = self.discount if self.form == "potential" else None
        return ShapingEffect(place, self.weight, self.entry, self.component, discount)


RewardChange = Annotated[
    RewardScale | RewardSign | RewardDelay | RewardSparse | RewardNoise | RewardShaping,
    Field(discriminator="kind"),
]
