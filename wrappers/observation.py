"""Changes of what an agent observes.

Each works on the entries of a flat Dict or Tuple, or on the one space; ``entries`` names some of
them, else every entry of a kind that the change makes sense for. A seat of a batch, of a PettingZoo
environment and a single environment see the same under the same seed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from adaptarium.wrappers.effects import Effect, Place
from adaptarium.wrappers.observation_losses import DropoutEffect, OcclusionEffect
from adaptarium.wrappers.observation_maps import PermutationEffect, QuantiseEffect, ScaleEffect
from adaptarium.wrappers.observation_noise import DelayEffect, NoiseEffect
from adaptarium.wrappers.part import InterfaceChange


class _ObservationPart(InterfaceChange):
    """A change of observations.

    Attributes:
        entries: Names of a Dict's entries, numbers of a Tuple's; empty for all that fit.
    """

    entries: tuple[str, ...] = Field((), max_length=64)


class ObservationNoise(_ObservationPart):
    """Gaussian noise: ``x + p * sigma * z``, clipped to the space's bounds.

    For Box, Discrete and MultiDiscrete; of integers the noise is rounded. The position counts to
    the nearest 1 / 256.

    Attributes:
        sigma: Standard deviation at position 1, in the observation's own units.
    """

    kind: Literal["observation.noise"] = "observation.noise"
    sigma: float = Field(gt=0, le=1e9)

    @override
    def effect(self, place: Place) -> Effect:
        return NoiseEffect(place, self.entries, self.sigma)


class ObservationDropout(_ObservationPart):
    """Each component is lost with probability ``p * rate`` at every step, on its own.

    For Box, Discrete and MultiDiscrete.

    Attributes:
        rate: Probability at position 1, met to 1 / 65535.
        fill: What is shown instead; the nearest valid value is taken.
    """

    kind: Literal["observation.dropout"] = "observation.dropout"
    rate: float = Field(gt=0, le=1)
    fill: float = 0.0

    @override
    def effect(self, place: Place) -> Effect:
        return DropoutEffect(place, self.entries, self.rate, self.fill)


class ObservationOcclusion(_ObservationPart):
    """A patch is hidden, at a place drawn anew with every episode or step.

    The patch covers ``sqrt(p * share)`` of each of the first two axes (of a Box with one axis,
    ``p * share`` of it), rounded to components, with all that lies along further axes. For Box.

    Attributes:
        share: Share of the components that is hidden at position 1.
        moves: When the patch moves: ``"episode"`` or ``"step"``.
        fill: What is shown instead; the nearest valid value is taken.
    """

    kind: Literal["observation.occlusion"] = "observation.occlusion"
    share: float = Field(gt=0, le=1)
    moves: Literal["episode", "step"] = "episode"
    fill: float = 0.0

    @override
    def effect(self, place: Place) -> Effect:
        return OcclusionEffect(place, self.entries, self.share, self.moves == "step", self.fill)


class ObservationPermutation(_ObservationPart):
    """A fixed permutation, in force at positions of at least one half.

    Of a Box it permutes the components, of Discrete the codes, of MultiDiscrete the codes of each
    component; it is the same in every sub-environment and seat. The bounds of a Box become those
    of all its components that may meet in one.

    Attributes:
        draw: Which permutation: drawn by this number and the entry's name.
        inverse: Take the inverse permutation, which undoes the one of equal ``draw``.
    """

    kind: Literal["observation.permutation"] = "observation.permutation"
    draw: int = Field(0, ge=0, lt=2**63)
    inverse: bool = False

    @override
    def effect(self, place: Place) -> Effect:
        return PermutationEffect(place, self.entries, self.draw, self.inverse)


class ObservationQuantise(_ObservationPart):
    """Values fall into bins, each shown by its lower end: ``low + floor((x - low) / w) * w``.

    Bins are ``w = p * width`` wide, of integers at least 1 and rounded. For Box; with infinite
    bounds ``low`` is 0 and ``width`` must be given.

    Attributes:
        levels: Number of bins between the bounds at position 1.
        width: Instead, their width at position 1.
    """

    kind: Literal["observation.quantise"] = "observation.quantise"
    levels: int = Field(4, ge=1, le=1_000_000)
    width: float | None = Field(None, gt=0, le=1e9)

    @override
    def effect(self, place: Place) -> Effect:
        return QuantiseEffect(place, self.entries, self.levels, self.width)


class ObservationScale(_ObservationPart):
    """An affine map: ``x * (1 + p * (factor - 1)) + p * offset``.

    Of integers the result is rounded and clipped to what the dtype holds. The bounds are those of
    all positions between 0 and 1. For Box.

    Attributes:
        factor: What values are multiplied by at position 1.
        offset: What is added at position 1.
    """

    kind: Literal["observation.scale"] = "observation.scale"
    factor: float = Field(1.0, ge=-1e9, le=1e9)
    offset: float = Field(0.0, ge=-1e9, le=1e9)

    @override
    def effect(self, place: Place) -> Effect:
        return ScaleEffect(place, self.entries, self.factor, self.offset)


class ObservationDelay(_ObservationPart):
    """Observations arrive ``round(p * steps)`` steps late, within an episode.

    Until that many steps are played the agent sees the episode's first observation. For every
    kind of entry.

    Attributes:
        steps: The delay at position 1.
    """

    kind: Literal["observation.delay"] = "observation.delay"
    steps: int = Field(ge=1, le=1000)

    @override
    def effect(self, place: Place) -> Effect:
        return DelayEffect(place, self.entries, self.steps)


ObservationChange = Annotated[
    ObservationNoise
    | ObservationDropout
    | ObservationOcclusion
    | ObservationPermutation
    | ObservationQuantise
    | ObservationScale
    | ObservationDelay,
    Field(discriminator="kind"),
]
