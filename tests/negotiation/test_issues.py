"""Domains of several issues, and pools of items: what their generators promise."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.level import ranked
from adaptarium.envs.negotiation.solutions import pareto
from adaptarium.envs.negotiation.text import value_worths

LEVELS = 300
INTERACTING = (0.0, 0.6)


def levels(world_id: str = "MultiIssue-v0", count: int = LEVELS, **knobs: Any) -> Any:
    """The level arrays of many domains."""
    batch = Batch([adaptarium.world(world_id, **knobs)], count)
    batch.reset(seed=0)
    return batch.w.levels


def rational(found: Any) -> Any:
    """(levels, outcomes) whether an outcome is worth its reservation value to every party."""
    return (found.utilities >= found.parties["reservation"][:, :, None]).all(axis=1)


# Few outcomes are ranked by comparing each with each, many by sorting.
@pytest.mark.parametrize("issues", [2, 3])
@pytest.mark.parametrize("interaction", INTERACTING)
def test_the_best_is_worth_1_and_the_worst_0_and_orders_are_ranks(
    interaction: float, issues: int
) -> None:
    found = levels(interaction=interaction, issues=issues, values=5, parties=3)
    assert found.utilities.shape[1:] == (3, 5**issues)
    assert (found.utilities.max(axis=2) == codes.UNIT).all()
    assert (found.parties["best"] == codes.UNIT).all()
    assert (found.utilities.min(axis=2) == 0).all()
    for values, order in zip(found.utilities[:40], found.order[:40], strict=True):
        assert order.tolist() == [ranked(one).tolist() for one in values]


@pytest.mark.parametrize("interaction", INTERACTING)
def test_the_shape_goes_from_zero_sum_to_win_win(interaction: float) -> None:
    flat = levels(shape=0.0, interaction=interaction)
    assert (flat.utilities.sum(axis=1) == codes.UNIT).all()
    best = [
        levels(shape=shape, interaction=interaction).utilities.sum(axis=1).max(axis=1).mean()
        for shape in (0.0, 0.5, 1.0)
    ]
    assert best == sorted(best)
    assert best[2] > 1.3 * best[0]
    below = levels(shape=-1.0, interaction=interaction).utilities.sum(axis=1).mean()
    assert below < 0.98 * codes.UNIT


def test_a_zero_sum_frontier_is_everything_and_a_win_win_one_is_not() -> None:
    flat, bent = levels(shape=0.0, count=20), levels(shape=1.0, count=20)
    assert all(pareto(one).all() for one in flat.utilities)
    assert np.mean([pareto(one).mean() for one in bent.utilities]) < 0.5


def test_utilities_add_up_unless_they_interact() -> None:
    for interaction, adds in ((0.0, True), (0.6, False)):
        found = levels(interaction=interaction, count=50).utilities[:, 0] / codes.UNIT
        assert {value_worths(one, (4, 4, 4)) is not None for one in found} == {adds}


def test_a_rational_deal_exists_unless_the_knob_breaks_it() -> None:
    assert rational(levels(conflict=1.0)).any(axis=1).all()
    some = rational(levels(rational=False)).any(axis=1).mean()
    assert 0.4 < some < 0.6


@pytest.mark.parametrize(
    ("knob", "values"), [("conflict", (0.0, 0.5, 1.0)), ("difficulty", (0, 1))]
)
def test_harder_domains_have_fewer_deals(knob: str, values: tuple[float, ...]) -> None:
    shares = [rational(levels(**{knob: value})).mean() for value in values]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1] + 0.05


def test_too_many_outcomes_are_refused() -> None:
    with pytest.raises(FactorError, match="1296 outcomes, expected at most 1024"):
        adaptarium.world("MultiIssue-v0", issues=4, values=6)


# ---- pools ----


def pools(count: int = LEVELS, **knobs: Any) -> list[tuple[Any, Any]]:
    """Of many levels the items of each type, and what one of them is worth: (parties, types)."""
    found, seen = levels("DealOrNoDeal-v0", count, **knobs), []
    for sizes, head, utilities in zip(found.issues, found.head, found.utilities, strict=True):
        outcomes = utilities[:, : head["num_outcomes"]] / codes.UNIT
        both = [value_worths(one, sizes) for one in outcomes]
        assert all(part is not None for part in both)
        values = [[abs(part[1] - part[0]) for part in parts or []] for parts in both]
        assert outcomes[0, -1] == outcomes[1, 0] == 1  # everything
        assert outcomes[0, 0] == outcomes[1, -1] == 0  # nothing
        seen.append((sizes - 1, np.round(np.array(values) * 10).astype(int)))
    return seen


def test_pools_are_as_published() -> None:
    for items, values in pools():
        assert 5 <= items.sum() <= 7
        assert (items >= 1).all()
        assert (values @ items == 10).all()
        assert (values.sum(axis=0) > 0).all()
        assert (values > 0).all(axis=0).any()


def test_all_pools_are_alike() -> None:
    counts = Counter(tuple(items.tolist()) for items, _ in pools(3100))
    assert len(counts) == 31
    assert max(abs(count - 100) for count in counts.values()) < 50


def test_a_level_of_a_pool_has_ranks_and_nothing_beyond_its_outcomes() -> None:
    found = levels("DealOrNoDeal-v0", 60)
    for head, utilities, order in zip(found.head, found.utilities, found.order, strict=True):
        count = int(head["num_outcomes"])
        assert not utilities[:, count:].any()
        expected = [ranked(one[:count]).tolist() for one in utilities]
        assert order[:, :count].tolist() == expected
    assert (found.parties["best"] == found.utilities.max(axis=2)).all()
    assert (found.parties["reservation"] == 0).all()


def test_small_sets_of_pools_are_counted() -> None:
    # One item of each type, 5 in all: the pairs of what they are worth, times who comes first.
    ways = [v for v in product(range(6), repeat=3) if sum(v) == 5]
    pairs = [
        (one, other)
        for one, other in product(ways, repeat=2)
        if all(a + b > 0 for a, b in zip(one, other, strict=True))
        and any(a * b > 0 for a, b in zip(one, other, strict=True))
    ]
    knobs = {"fewest": 3, "most": 3, "total": 5, "opponents": ("micro",)}
    assert adaptarium.world("DealOrNoDeal-v0", **knobs).distinct_levels() == 2 * len(pairs)
    assert adaptarium.world("DealOrNoDeal-v0").distinct_levels() is None


def test_harder_pools_have_less_to_share() -> None:
    def together(difficulty: float) -> float:
        found = levels("DealOrNoDeal-v0", difficulty=difficulty)
        return float(found.utilities.sum(axis=1).max(axis=1).mean())

    assert together(0) > together(0.5) > together(1)


def test_knobs_of_pools_are_checked() -> None:
    with pytest.raises(FactorError, match="fewest = 8 is more than most = 7"):
        adaptarium.world("DealOrNoDeal-v0", fewest=8)
