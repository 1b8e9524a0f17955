"""What all parts of a shift have in common, and those that change an environment's interface."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from adaptarium.wrappers.effects import Effect, Place


class Part(BaseModel):
    """A frozen part of a shift that refuses names it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class InterfaceChange(Part):
    """A change of what passes between an agent and any environment, made by a wrapper.

    Several of them stack: the first of a plan lies next to the environment. At position 0 each
    leaves everything as it is, bit for bit.
    """

    def targets(self) -> frozenset[str]:
        """What it writes and no other may write at the same time: most stack, and write nothing."""
        return frozenset()

    def effect(self, place: Place) -> Effect:
        """The change at work in one wrapper.

        Raises:
            ShiftError: it does not fit the spaces there.
        """
        raise TypeError(f"{type(self).__name__} is no change that a wrapper makes")
