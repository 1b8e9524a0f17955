"""Measures: formulas against brute force, and the kernels' figures against the formulas."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.market.measures import content_entropy, gini, intra_list_diversity
from adaptarium.envs.market.players import slate_of


def test_gini_is_half_the_mean_difference_over_the_mean() -> None:
    rng = np.random.default_rng(0)
    for x in (rng.integers(0, 9, 12), rng.random(7), [0, 0, 5], [2, 2, 2]):
        values = np.asarray(x, float)
        pairs = np.abs(values[:, None] - values[None, :]).sum()
        expected = pairs / (2 * len(values) ** 2 * values.mean())
        assert gini(values) == pytest.approx(expected)
    assert gini([0, 0, 0]) == gini([]) == 0.0


def test_entropy_is_the_bits_a_kind_takes_over_the_most() -> None:
    # Halves and quarters: 1, 2 and 2 bits for kinds of chance 1/2, 1/4, 1/4.
    assert content_entropy([2, 1, 1]) == pytest.approx(1.5 / np.log2(3))
    assert content_entropy([4, 2, 2, 0]) == pytest.approx(1.5 / 2)
    assert content_entropy([5, 5]) == pytest.approx(1.0)
    assert content_entropy([7, 0]) == 0.0
    assert content_entropy([4]) == content_entropy([0, 0]) == 0.0


def test_diversity_counts_pairs_of_different_kinds() -> None:
    assert intra_list_diversity([1, 1, 2]) == pytest.approx(2 / 3)
    assert intra_list_diversity([1, 2, 3]) == 1.0
    assert intra_list_diversity([1, 1]) == intra_list_diversity([1]) == 0.0


@pytest.mark.parametrize("items", [64, 3])
def test_the_worlds_measures_are_the_formulas_of_its_episode(items: int) -> None:
    world = adaptarium.world("SlateRec-v0", items=items)
    batch = Batch([world], 12, autoreset="disabled")
    batch.reset(seed=2)
    action = world.rules.action
    exposures: list[Counter[int]] = [Counter() for _ in range(12)]
    genres: list[list[list[int]]] = [[] for _ in range(12)]
    rng, time = np.random.default_rng(1), 0
    while not batch.w.core["ended"].all():
        playing = np.flatnonzero(~batch.w.core["ended"].astype(bool))
        batch.w.actions[:] = rng.integers(0, batch.w.mask.shape[2], batch.w.actions.shape)
        for i in playing:
            shown = slate_of(int(batch.w.actions[i, 0]), action.candidates, action.slate)
            exposures[i].update(time - c for c in shown)
            genres[i].append([int(batch.obs["genres"][i, 0, c]) - 1 for c in shown])
        batch.step()
        time += 1
    for i in range(12):
        found, steps = batch.w.metrics[i], len(genres[i])
        # Items are known by the step at which they came; those of the start came before it.
        uploads = range(1 - action.candidates, steps)
        assert found["retention"] == steps
        assert found["gini"] == pytest.approx(gini([exposures[i][n] for n in uploads]))
        shown_genres = np.bincount(np.concatenate(genres[i]), minlength=4)
        assert found["entropy"] == pytest.approx(content_entropy(shown_genres))
        lists = [intra_list_diversity(one) for one in genres[i]]
        assert found["diversity"] == pytest.approx(np.mean(lists))
        assert found["shown"] == 3 * steps
