"""Generated domains: what the knobs promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import FactorError, LevelError
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.level import ranked, read

LEVELS = 300


def levels(**knobs: Any) -> Any:
    """The level arrays of many domains."""
    batch = Batch([adaptarium.world("Price-v0", **knobs)], LEVELS)
    batch.reset(seed=0)
    return batch.w.levels


def gains(found: Any) -> Any:
    """(levels, parties, outcomes) utilities less reservation values."""
    return found.utilities - found.parties["reservation"][:, :, None]


def test_one_buys_and_one_sells_and_orders_are_ranks() -> None:
    found = levels(prices=20)
    slopes = np.sign(np.diff(found.utilities, axis=2))
    assert (slopes == slopes[:, :, :1]).all()
    assert (slopes[:, 0, 0] == -slopes[:, 1, 0]).all()
    assert 0.4 < (slopes[:, 0, 0] > 0).mean() < 0.6
    for values, order in zip(found.utilities[:20, 0], found.order[:20, 0], strict=True):
        assert order.tolist() == ranked(values).tolist()
    assert (found.parties["best"] == found.utilities.max(axis=2)).all()


@pytest.mark.parametrize(("shape", "low", "high"), [(-1, 0.2, 0.99), (0, 0.99, 1.01), (1, 1.1, 2)])
def test_the_shape_bends_the_frontier(shape: float, low: float, high: float) -> None:
    utilities = levels(shape=shape).utilities / codes.UNIT
    middle = utilities[:, :, 32].sum(axis=1)
    assert (middle > low).all()
    assert (middle < high).all()


def test_a_rational_deal_exists_unless_the_knob_breaks_it() -> None:
    rational = (gains(levels(conflict=1.0)) >= 0).all(axis=1).any(axis=1)
    assert rational.all()
    hopeless = (gains(levels(rational=False, shape=0)) >= 0).all(axis=1).any(axis=1)
    assert 0.4 < hopeless.mean() < 0.6


@pytest.mark.parametrize(
    ("knob", "values"), [("conflict", (0.0, 0.5, 1.0)), ("difficulty", (0, 1))]
)
def test_harder_domains_have_fewer_deals(knob: str, values: tuple[float, ...]) -> None:
    shares = [(gains(levels(**{knob: value})) >= 0).all(axis=1).mean() for value in values]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1] + 0.1


def test_players_and_first_turns_are_drawn_from_the_knobs() -> None:
    found = levels(opponents=("micro", "tough"), first="last")
    kinds = found.parties["kind"]
    assert set(np.unique(kinds)) == {codes.TOUGH, codes.MICRO}
    assert (found.head["first"] == 1).all()
    with pytest.raises(FactorError, match="boulware"):
        adaptarium.world("Price-v0", opponents=("bulware",))


@pytest.mark.parametrize("array", ["order", "parties"])
def test_a_level_whose_ranks_are_not_those_of_its_utilities_is_refused(array: str) -> None:
    batch = Batch([adaptarium.world("Price-v0")], 1)
    batch.reset(seed=0)
    read(batch.w, 0)
    ranks = {"order": batch.w.levels.order[0, 1, 3:4], "parties": batch.w.levels.parties[0, 1:2]}
    ranks[array]["utility" if array == "order" else "best"] -= 1
    with pytest.raises(LevelError, match="order of party 1: expected outcomes from its best"):
        read(batch.w, 0)
