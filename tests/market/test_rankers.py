"""Re-rankers and scorers against brute force, and what rankers get."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.agents.market import dpp, linucb, mmr, popularity
from adaptarium.agents.market import rerank as ranked
from adaptarium.agents.market.scores import LinUCB, Popularity, features_of
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AgentError

USERS = 512


def lists(n: int = 40, size: int = 6) -> tuple[Any, Any, Any]:
    """Scores, a likeness that is a correlation of random vectors, and kinds."""
    rng = np.random.default_rng(0)
    vectors = np.abs(rng.normal(size=(n, size, 9)))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    likeness = vectors @ vectors.transpose(0, 2, 1)
    return rng.random((n, size)), likeness, rng.integers(0, 3, (n, size))


def greedily(value: Any, size: int, places: int) -> list[int]:
    """The slate of a rule that names the value of picking ``c`` after ``picked``."""
    picked: list[int] = []
    for _ in range(places):
        free = [c for c in range(size) if c not in picked]
        picked.append(max(free, key=lambda c: value(c, picked)))
    return picked


@pytest.mark.parametrize("weight", [0.2, 0.7, 1.0])
def test_mmr_and_apdr_are_their_definitions(weight: float) -> None:
    scores, likeness, kinds = lists()
    by_margin = ranked.mmr(scores, likeness, 4, weight)
    by_kind = ranked.apdr(scores, kinds, 4, weight)
    for i, row in enumerate(scores):

        def margin(c: int, picked: list[int], i: int = i, row: Any = row) -> float:
            closest = max((likeness[i, c, d] for d in picked), default=0.0)
            return float(weight * row[c] - (1 - weight) * closest)

        def seldom(c: int, picked: list[int], i: int = i, row: Any = row) -> float:
            same = sum(kinds[i, d] == kinds[i, c] for d in picked)
            return float(weight * row[c] + (1 - weight) * np.log2((2 + same) / (1 + same)))

        assert by_margin[i].tolist() == greedily(margin, 6, 4)
        assert by_kind[i].tolist() == greedily(seldom, 6, 4)
    if weight == 1.0:
        assert (by_margin == ranked.plain(scores, 4)).all()


@pytest.mark.parametrize("sharpness", [0.5, 3.0])
def test_dpp_enlarges_the_determinant_most(sharpness: float) -> None:
    scores, likeness, _ = lists()
    found = ranked.dpp(scores, likeness, 4, sharpness)
    for i, row in enumerate(scores):
        root = np.exp(sharpness * row / 2)
        kernel = root[:, None] * likeness[i] * root[None, :]

        def volume(c: int, picked: list[int], kernel: Any = kernel) -> float:
            chosen = [*picked, c]
            return float(np.linalg.det(kernel[np.ix_(chosen, chosen)]))

        assert found[i].tolist() == greedily(volume, 6, 4)


def test_dpp_shows_each_kind_once_while_it_can() -> None:
    scores, _, kinds = lists()
    same = (kinds[:, :, None] == kinds[:, None, :]).astype(float)
    found = ranked.dpp(scores, same, 4)
    for i in range(len(scores)):
        assert sorted(set(found[i])) == sorted(found[i])
        count = len(set(kinds[i]))
        assert len(set(kinds[i, found[i][:count]])) == min(count, 4)


def test_linucb_is_the_ridge_regression_it_says() -> None:
    rng = np.random.default_rng(1)
    scorer = LinUCB(2, 3, alpha=0.7)
    x = features_of(rng.integers(1, 4, (20, 1)), rng.random((20, 1)), rng.random((20, 4)), 3)[:, 0]
    clicks, look = rng.integers(0, 2, 20).astype(float), rng.choice([1.0, 0.5], 20)
    for k in range(20):
        scorer.learn(np.array([1]), x[k : k + 1], clicks[k : k + 1], look[k : k + 1])
    gram = np.eye(8) + x.T @ (look[:, None] * x)
    theta, inverse = np.linalg.solve(gram, x.T @ clicks), np.linalg.inv(gram)
    expected = [row @ theta + 0.7 * np.sqrt(row @ inverse @ row) for row in x[:5]]
    assert scorer.score(np.array([1]), x[None, :5])[0] == pytest.approx(expected)


def test_popularity_counts_a_click_by_where_it_was() -> None:
    scorer, item = Popularity(1, 2), features_of(np.array([[2]]), np.zeros((1, 1)), np.zeros(4), 2)
    for clicked in (1.0, 0.0):
        scorer.learn(np.array([0]), item[0], np.array([clicked]), np.array([0.5]))
    both = features_of(np.array([[1, 2]]), np.zeros((1, 2)), np.zeros(8), 2)
    assert scorer.score(np.array([0]), both)[0] == pytest.approx([1 / 2, (1 + 2) / (2 + 2)])


def returns(agent: Any, world: Any) -> Any:
    """(USERS,) returns and slates' diversity of a ranker."""
    batch = Batch([world], USERS, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        info = {
            "world": world,
            "first": batch.w.core["first"],
            "step": batch.w.core["clock"],
        }
        seen = {name: view[:, 0] for name, view in batch.obs.items()}
        batch.w.actions[:, 0] = agent.act(seen, info)
        batch.step()
    return batch.w.returns[:, 0].copy(), batch.w.metrics["diversity"].copy()


class Chance:
    """Random slates."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)

    def act(self, observation: Any, info: Any) -> Any:
        return self._rng.integers(0, 120, USERS)


def surely_more(one: Any, other: Any) -> bool:
    """Whether a paired difference lies four standard errors above nothing."""
    gain = one - other
    return bool(gain.mean() > 4 * gain.std(ddof=1) / np.sqrt(len(gain)))


def test_rankers_that_learn_beat_chance_and_re_rankers_show_more_kinds() -> None:
    world = adaptarium.world("SlateRec-v0")
    by_chance, _ = returns(Chance(), world)
    popular, alike = returns(popularity(), world)
    assert surely_more(popular, by_chance)
    assert surely_more(returns(linucb(), world)[0], by_chance)
    for agent in (mmr(), dpp()):
        assert surely_more(returns(agent, world)[1], alike)


def test_old_candidates_are_never_shown() -> None:
    world = adaptarium.world("SlateRec-v0", **{"catalogue.recency": 3})
    batch = Batch([world], 8, autoreset="disabled")
    batch.reset(seed=0)
    agent = dpp()
    for step in range(5):
        seen = {name: view[:, 0] for name, view in batch.obs.items()}
        info = {"world": world, "first": batch.w.core["first"], "step": batch.w.core["clock"]}
        numbers = agent.act(seen, info)
        assert batch.masks()[np.arange(8), 0, numbers].all(), step
        batch.w.actions[:, 0] = numbers
        batch.step()


def test_a_ranker_plays_markets_alone() -> None:
    world = adaptarium.world("Bernoulli-v0")
    with pytest.raises(AgentError, match="agent popularity plays markets"):
        popularity().act({"feedback": np.zeros((1, 2))}, {"world": world})


def test_numbers_of_many_slates_are_those_of_each() -> None:
    from adaptarium.envs.market.players import number_of, numbers_of

    listed = list(itertools.permutations(range(5), 3))
    assert numbers_of(np.array(listed), 5).tolist() == list(range(60))
    assert [number_of(shown, 5) for shown in listed] == list(range(60))
