"""Rules of the market: clicks by the formula, satiation, exits, information, and bad levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.creators.level import needs, read
from adaptarium.envs.creators.measures import jensen_shannon, least_share

ALIKE = {"transition.affinity": 0.0, "transition.quality": 0.0, "transition.satiation": 0.0}


def test_users_look_by_place_and_click_by_the_logit(platform: Any) -> None:
    batch = platform("random", n=32, **ALIKE, **{"transition.reluctance": 0.0})
    shown, clicked = np.zeros(5), np.zeros(5)
    for time in range(10):
        batch.step()
        log = batch.w.state.log[:, :, time]
        shown += (log > 0).sum(axis=(0, 1))
        clicked += ((log > 0) & (log % 2 == 0)).sum(axis=(0, 1))
    expected = 0.5 / np.arange(1, 6)
    errors = np.sqrt(expected * (1 - expected) / shown)
    assert (abs(clicked / shown - expected) < 4.5 * errors).all()


def test_a_creator_leaves_after_items_without_a_click(platform: Any) -> None:
    batch = platform("random", **ALIKE, **{"transition.reluctance": 20.0, "transition.grace": 0})
    while not batch.w.core["ended"].all():
        batch.step()
        gone = batch.w.state.creators[0]["left"] != 0
        assert (gone == (batch.w.state.creators[0]["items"] >= 5)).all()
    assert gone.any()


def test_nothing_that_was_clicked_is_shown_again(platform: Any) -> None:
    batch = platform("popularity", **ALIKE, **{"transition.reluctance": -5.0})
    clicked: set[tuple[int, int, int]] = set()
    for time in range(15):
        batch.step()
        items = batch.w.state.items[0]
        for u, entry in np.argwhere(batch.w.state.log[0, :, time % 10] > 0).tolist():
            value = int(batch.w.state.log[0, u, time % 10, entry])
            item = (u, (value - 1) >> 1, int(items[(value - 1) >> 1]["born"]))
            assert item not in clicked
            if value % 2 == 0:
                clicked.add(item)
    assert len(clicked) > 300


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("users", 0, "likes", 1), 2.0, "users[0].likes[1] = 2.0: expected a number from -1 to 1"),
        (("users", 0, "patience"), 0, "users[0].patience = 0: expected an integer from 1 to 100"),
        (("creators", 2, "kind"), "lbrr", "creators[2].kind = 'lbrr': expected one of lbr"),
        (("creators", 0, "cost"), 0.12345, "the nearest is 0.123"),
    ],
)
def test_malformed_levels_are_refused_in_words(path: Any, value: Any, said: str) -> None:
    batch = Batch([adaptarium.world("Market-v0")], 1)
    batch.reset(seed=0)
    level: Any = read(batch.w, 0)
    place = level
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(LevelError) as refused:
        needs(level)
    assert said in str(refused.value)


def test_divergence_is_zero_for_equal_shares_and_one_bit_at_most() -> None:
    assert jensen_shannon([1, 2, 3], [2, 4, 6]) == pytest.approx(0.0)
    assert jensen_shannon([1, 0], [0, 5]) == pytest.approx(1.0)


def test_measures_are_those_of_the_counts(platform: Any) -> None:
    batch = platform("linucb")
    while not batch.w.core["ended"].all():
        batch.step()
    found, exposures = batch.w.final_metrics[0], batch.w.state.creators[0]["shown"]
    assert found["fairness"] == pytest.approx(least_share(exposures))
    apart = abs(exposures[:, None] - exposures[None, :]).sum()
    assert found["exposure_gini"] == pytest.approx(apart / (2 * 8 * exposures.sum()))
    assert found["clicks"] == batch.w.state.creators[0]["clicks"].sum()
    interest = np.maximum(batch.w.state.likes[0], 0)[batch.w.state.users[0]["left"] == 0]
    made = batch.w.state.genres[0]["made"]
    assert found["supply_gap"] == pytest.approx(
        jensen_shannon(made, interest.sum(axis=0)), abs=1e-6
    )
