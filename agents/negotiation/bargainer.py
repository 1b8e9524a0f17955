"""A negotiator with three dials, which understands advice on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import AgentError, FactorError
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.layout import SIGNALS

_ELAPSED, _TURN, _RESERVATION, _STANDING = (
    SIGNALS.index(name) for name in ("elapsed", "turn", "reservation", "standing")
)
LEAST_EXPONENT, MOST_EXPONENT = 0.05, 20.0


@dataclass(frozen=True)
class Dials:
    """What a bargainer asks for: shares of what it can gain over its reservation value.

    Attributes:
        opening: The share that it asks for at first.
        demand: The share that it holds to the end.
        exponent: How long it holds the first: above 1 it concedes late, below 1 early.

    Raises:
        FactorError: a value is out of range.
    """

    opening: float = 1.0
    demand: float = 0.5
    exponent: float = 1.0

    def __post_init__(self) -> None:
        bounds = {"opening": (0, 1), "demand": (0, 1), "exponent": (LEAST_EXPONENT, MOST_EXPONENT)}
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                raise FactorError(f"{name} = {value!r}: expected a number from {low} to {high}")


# What advice means: a sentence, the dial that it turns, what is added or multiplied.
ADVICE = {
    "Open with a higher demand.": ("opening", 0.05),
    "Open with a lower demand.": ("opening", -0.05),
    "Settle for no less than you asked this time.": ("demand", 0.1),
    "Settle for less in the end.": ("demand", -0.05),
    "Concede later.": ("exponent", 1.5),
    "Concede earlier.": ("exponent", 1 / 1.5),
}


class Bargainer:
    """Concedes over time from one share of its possible gain to another.

    At the share ``t`` of the time it asks for ``r + (u_max - r) * s`` with
    ``s = opening - (opening - demand) * t ** exponent``: it accepts what is worth that to it, and
    else offers the outcome that is worth least to it among those worth as much (the aspiration of
    Faratin, Sierra & Jennings, 1998, over the reservation value).

    Args:
        opening, demand, exponent: See :class:`Dials`.

    Raises:
        FactorError: a value is out of range.
    """

    batched = True

    def __init__(self, opening: float = 1.0, demand: float = 0.5, exponent: float = 1.0) -> None:
        self.dials = Dials(opening, demand, exponent)

    @property
    def name(self) -> str:
        """How results call it: with its dials."""
        dials = self.dials
        told = (f"{value:.4g}" for value in (dials.opening, dials.demand, dials.exponent))
        return f"bargainer({', '.join(told)})"

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """The actions, of the shape of ``signals`` without its last axis.

        Raises:
            AgentError: the observation is not that of a negotiation.
        """
        if "signals" not in observation or "utilities" not in observation:
            raise AgentError("agent bargainer plays negotiations; expected signals and utilities")
        signals, values = np.asarray(observation["signals"]), np.asarray(observation["utilities"])
        dials, least = self.dials, signals[..., _RESERVATION]
        gone = signals[..., _ELAPSED] ** dials.exponent
        share = dials.opening - (dials.opening - dials.demand) * gone
        target = np.asarray(least + (values.max(axis=-1) - least) * share, np.float32)
        offer = _cheapest(values, target)
        mask = np.asarray(info["mask"])
        takes = mask[..., codes.ACCEPT] & (signals[..., _STANDING] >= target)
        action = np.where(takes, codes.ACCEPT, codes.FIRST_OFFER + offer)
        # Whoever gains from no outcome has nothing to say.
        silent = (signals[..., _TURN] == 0) | (values.max(axis=-1) < least)
        return np.where(silent, codes.WAIT, action)

    def take(self, advice: Sequence[str]) -> None:
        """Turn the dials as advised; sentences that it does not know change nothing."""
        for sentence in advice:
            if sentence in ADVICE:
                self.dials = _turned(self.dials, *ADVICE[sentence])


def _cheapest(values: npt.NDArray[Any], target: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The outcome worth least among those worth the target; the best where none is."""
    enough = values >= target[..., None]
    cheap = np.where(enough, values, np.inf).argmin(axis=-1)
    return np.where(enough.any(axis=-1), cheap, values.argmax(axis=-1))


def _turned(dials: Dials, dial: str, by: float) -> Dials:
    value = getattr(dials, dial)
    if dial == "exponent":
        return replace(dials, exponent=float(np.clip(value * by, LEAST_EXPONENT, MOST_EXPONENT)))
    return replace(dials, **{dial: float(np.clip(value + by, 0.0, 1.0))})
