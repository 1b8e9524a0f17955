"""Levels: what generators promise, and what is refused in words."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import FactorError, LevelError
from adaptarium.envs.market.level import needs

LEVEL: dict[str, Any] = {
    "user": {"genres": [0.8, -0.5], "topics": [0.3], "patience": 4},
    "items": [
        {"genre": 0, "quality": 0.7, "topics": [-0.2]},
        {"genre": 1, "quality": 0.1, "topics": [0.9]},
    ],
    "max_steps": 60,
}


def levels(**knobs: Any) -> Any:
    """The level arrays of many users."""
    batch = Batch([adaptarium.world("SlateRec-v0", **knobs)], 200)
    batch.reset(seed=0)
    return batch.w.levels


def test_users_and_items_are_spread_as_the_knobs_say() -> None:
    found = levels(genres=3, topics=3, items=20, patience=9)
    assert found.item_topics.shape == (200, 20, 4)
    assert (found.item_topics[..., 3] == 0).all()
    for values, low in (
        (found.genres, -1),
        (found.item_topics[..., :3], -1),
        (found.items["quality"], 0),
    ):
        assert low <= values.min() < low + 0.02
        assert 0.98 < values.max() <= 1
        assert values.mean() == pytest.approx((low + 1) / 2, abs=0.1)
    assert sorted(set(found.head["patience"])) == [5, 6, 7, 8, 9]
    counts = np.bincount(found.items["genre"].ravel())
    assert counts.min() > 0.8 * counts.max()


def test_hard_users_have_no_favourite() -> None:
    def standing_out(difficulty: float) -> float:
        genres = levels(difficulty=difficulty).genres
        return float((genres.max(axis=1) - genres.mean(axis=1)).mean())

    assert standing_out(0.0) > standing_out(0.5) + 0.05
    assert standing_out(0.5) > standing_out(1.0) + 0.05


def test_a_written_level_is_played() -> None:
    batch = Batch([adaptarium.world("SlateRec-v0", records=(LEVEL,))], 1)
    batch.reset(seed=0)
    # Two items, uploaded in turn: the newest of six candidates is the second one.
    assert batch.obs["genres"][0, 0].tolist() == [2, 1, 2, 1, 2, 1]
    assert batch.w.state.genres[0]["preference"].tolist() == [0.8, -0.5]
    assert needs(LEVEL) == {"genres": 2, "items": 2}


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("user",), 3, "user = 3: expected an object with genres, topics, patience"),
        (("user", "genres"), [], "expected a list of 1 to 12 numbers"),
        (("user", "genres"), [2.0, 0.0], r"user.genres\[0\] = 2.0: expected a number from -1 to 1"),
        (("user", "genres"), [0.00001, 0.0], "expected a multiple of 0.0001; the nearest is 0.0"),
        (("user", "patience"), 0, "user.patience = 0: expected an integer from 1"),
        (("items",), [], "expected a list of 1 to 1024 items"),
        (("items", 0, "genre"), 2, r"items\[0\].genre = 2: expected an integer from 0 to 1"),
        (("items", 1, "quality"), -0.1, r"items\[1\].quality = -0.1: expected a number from 0"),
        (("items", 1, "topics"), [], r"items\[1\].topics = \[\]: expected a list of 1 numbers"),
        (("items", 1, "genres"), 1, "did you mean 'genre'"),
        (("max_steps",), True, "max_steps = True: expected an integer"),
    ],
)
def test_a_malformed_level_is_refused(path: tuple[Any, ...], value: Any, told: str) -> None:
    level: Any = copy.deepcopy(LEVEL)
    place = level
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(LevelError, match=told):
        needs(level)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(LevelError, match="user has no patience: expected genres, topics, patience"):
        needs({**LEVEL, "user": {"genres": [0.0], "topics": []}})


@pytest.mark.parametrize(
    ("factors", "told"),
    [
        ({"action.slate": 4, "action.candidates": 3}, "expected at most as many as candidates, 3"),
        ({"action.slate": 4, "action.candidates": 16}, "these are 43680 slates, expected at most"),
    ],
)
def test_too_many_slates_are_refused(factors: dict[str, int], told: str) -> None:
    with pytest.raises(FactorError, match=told):
        adaptarium.world("SlateRec-v0", **factors)
