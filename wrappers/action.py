"""Changes of what an agent's actions do.

For Discrete, MultiDiscrete and Box actions, unless said otherwise. Where an action is outside its
space, all are handed on as they are, for the environment to refuse.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from adaptarium.wrappers.action_effects import (
    ActionDelayEffect,
    ActionNoiseEffect,
    DisableEffect,
    RemapEffect,
    StickyEffect,
)
from adaptarium.wrappers.effects import Effect, Place
from adaptarium.wrappers.part import InterfaceChange


class ActionRemap(InterfaceChange):
    """Actions change places, at positions of at least one half.

    The agent's action ``a`` plays ``mapping[a]``. Of MultiDiscrete each component's choices are
    permuted on their own; a Box is mirrored about its middle, which undoes itself. Action masks
    move with the actions.

    Attributes:
        mapping: For Discrete: the action that each plays instead, a permutation; empty for one
            drawn by ``draw``.
        draw: Which permutation is drawn.
        inverse: Take the inverse permutation.
    """

    kind: Literal["action.remap"] = "action.remap"
    mapping: tuple[Annotated[int, Field(ge=0)], ...] = Field((), max_length=4096)
    draw: int = Field(0, ge=0, lt=2**63)
    inverse: bool = False

    @model_validator(mode="after")
    def _permutation(self) -> Self:
        if sorted(self.mapping) != list(range(len(self.mapping))):
            raise ValueError(
                f"mapping = {list(self.mapping)}: expected each of 0 to "
                f"{len(self.mapping) - 1} once"
            )
        return self

    @override
    def effect(self, place: Place) -> Effect:
        return RemapEffect(place, self.mapping, self.draw, self.inverse)


class ActionNoise(InterfaceChange):
    """Actions are disturbed.

    Discrete: with probability ``p * rate`` a uniformly drawn action is played instead;
    MultiDiscrete likewise, each component on its own. Box: Gaussian noise of standard deviation
    ``p * rate`` times half of the space's extent is added, and the result clipped to the space.

    Attributes:
        rate: Strength at position 1.
    """

    kind: Literal["action.noise"] = "action.noise"
    rate: float = Field(gt=0, le=1)

    @override
    def effect(self, place: Place) -> Effect:
        return ActionNoiseEffect(place, self.rate)


class ActionDelay(InterfaceChange):
    """Actions are played ``round(p * steps)`` steps late, within an episode.

    Until then ``idle`` is played.

    Attributes:
        steps: The delay at position 1.
        idle: The action before the first one arrives (of MultiDiscrete, each component); a Box
            takes the value nearest to zero.
    """

    kind: Literal["action.delay"] = "action.delay"
    steps: int = Field(ge=1, le=1000)
    idle: int = Field(0, ge=0)

    @override
    def effect(self, place: Place) -> Effect:
        return ActionDelayEffect(place, self.steps, self.idle)


class ActionSticky(InterfaceChange):
    """With probability ``p * rate`` the action of the step before is played again.

    As the sticky actions of Machado et al. 2018 (arXiv 1709.06009), who take 0.25. The first
    action of an episode is played as it is.

    Attributes:
        rate: Probability at position 1.
    """

    kind: Literal["action.sticky"] = "action.sticky"
    rate: float = Field(gt=0, le=1)

    @override
    def effect(self, place: Place) -> Effect:
        return StickyEffect(place, self.rate)


class ActionDisable(InterfaceChange):
    """Some actions do nothing of their own, at positions of at least one half.

    Discrete: ``instead`` is played, and action masks hide the disabled ones. Box: the components
    of these numbers are held at the value nearest to zero. Not for MultiDiscrete.

    Attributes:
        actions: Actions, or components of a Box.
        instead: What is played for them; none takes the first action that is not disabled.
    """

    kind: Literal["action.disable"] = "action.disable"
    actions: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1, max_length=4096)
    instead: int | None = Field(None, ge=0)

    @override
    def effect(self, place: Place) -> Effect:
        return DisableEffect(place, self.actions, self.instead)


ActionChange = Annotated[
    ActionRemap | ActionNoise | ActionDelay | ActionSticky | ActionDisable,
    Field(discriminator="kind"),
]
