"""Models against plain NumPy: training replayed on the log of a running market."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.creators.players import choice_of

WINDOW, CREATORS, FACTORS = 10, 8, 8
Entries = list[tuple[int, int, int, int]]  # user, slot, place, click


def entries_of(batch: Batch, since: int = 0) -> Entries:
    """What the log held at the start of the last round of items that still stand, oldest first."""
    now, items = batch.w.state.now[0, 0], batch.w.state.items[0]
    time, found = int(now["time"]) - 1, Entries()
    for back in range(min(WINDOW - 1, time - since), 0, -1):
        row = (time - back) % WINDOW
        for u in range(int(now["num_users"])):
            for j, entry in enumerate(batch.w.state.log[0, u, row].tolist()):
                slot, click = (entry - 1) >> 1, (entry - 1) & 1
                if entry and 0 <= items[slot]["born"] <= time - back:
                    found.append((u, slot, j, click))
    return found


def until_trained(batch: Batch, scorer: int, rounds: int) -> dict[str, npt.NDArray[Any]]:
    """Play to the round before the training in round ``rounds``; the state then, copied."""
    while int(batch.w.state.now[0, 0]["time"]) < rounds:
        batch.step()
    before = {name: array[0].copy() for name, array in batch.w.state._asdict().items()}
    batch.step()
    assert batch.w.state.now[0, 0]["trained"][scorer] == rounds
    return before


def new_items_cleared(before: npt.NDArray[Any], batch: Batch, rounds: int) -> npt.NDArray[Any]:
    """Factors of items as training met them: what was uploaded in that round has none."""
    found = before.astype(float)
    found[:, batch.w.state.items[0]["born"] == rounds] = 0.0
    return found


@pytest.mark.parametrize("unbiased", [False, True])
def test_matrix_factorisation_is_sgd_on_the_log(platform: Any, unbiased: bool) -> None:
    batch = platform("mf", **{"platform.unbiased": unbiased})
    before = until_trained(batch, 2, 10)
    p, q = before["user_factors"][0].astype(float), None
    q = new_items_cleared(before["item_factors"], batch, 10)[0]
    g, c = (before[f"{name}_factors"][0].astype(float) for name in ("genre", "creator"))
    genres = batch.w.state.items[0]["genre"]
    entries = entries_of(batch)
    assert len(entries) > 500
    for _ in range(4):
        for u, slot, j, click in entries:
            parts = (q[slot], g[genres[slot]], c[slot % CREATORS])
            whole = sum(parts)
            error = click * (j + 1 if unbiased else 1) - p[u, 8] - whole[8] - p[u, :8] @ whole[:8]
            push = np.append(error * p[u, :8], error)
            p[u] += 0.05 * (np.append(error * whole[:8], error) - 0.005 * p[u])
            for part in parts:
                part += 0.05 * (push - 0.005 * part)
    np.testing.assert_allclose(batch.w.state.user_factors[0, 0], p, atol=2e-3)
    np.testing.assert_allclose(batch.w.state.item_factors[0, 0], q, atol=2e-3)
    np.testing.assert_allclose(batch.w.state.genre_factors[0, 0], g, atol=2e-3)
    np.testing.assert_allclose(batch.w.state.creator_factors[0, 0], c, atol=2e-3)


def auc(scores: npt.NDArray[Any], entries: Entries) -> float:
    """The share of pairs of a clicked and a passed entry of one user in the right order."""
    right, pairs = 0.0, 0
    by_user: dict[int, list[tuple[float, int]]] = {}
    for u, slot, _, click in entries:
        by_user.setdefault(u, []).append((float(scores[u, slot]), click))
    for seen in by_user.values():
        liked = [score for score, click in seen if click]
        passed = [score for score, click in seen if not click]
        pairs += len(liked) * len(passed)
        right += sum((a > b) + 0.5 * (a == b) for a in liked for b in passed)
    return right / pairs


@pytest.mark.parametrize(("scorer", "number"), [("mf", 2), ("bpr", 3)])
def test_factor_models_learn_to_rank_what_was_clicked(
    platform: Any, scorer: str, number: int
) -> None:
    batch = platform(scorer, **{"platform.epochs": 40})
    batch.w.actions[:] = choice_of("random")  # so that no model chooses what it learns from
    for _ in range(10):
        batch.step()
    batch.w.actions[:] = choice_of(scorer)
    batch.step()
    m, state = number - 2, batch.w.state
    genres = state.items[0]["genre"]
    whole = state.item_factors[0, m] + state.genre_factors[0, m][genres]
    whole = whole + np.tile(state.creator_factors[0, m], (WINDOW, 1))
    scores = state.user_factors[0, m][:, :FACTORS] @ whole[:, :FACTORS].T + whole[:, FACTORS]
    assert auc(scores, entries_of(batch)) > 0.8


def test_popularity_counts_clicks_as_of_the_last_training(platform: Any) -> None:
    batch = platform("popularity")
    before = until_trained(batch, 1, 5)
    items = batch.w.state.items[0]
    old = (items["born"] >= 0) & (items["born"] < 5)
    assert before["items"]["clicks"][old].sum() > 0
    np.testing.assert_array_equal(items["popularity"][old], before["items"]["clicks"][old])
    batch.step()
    np.testing.assert_array_equal(items["popularity"][old], before["items"]["clicks"][old])


def test_linucb_is_a_ridge_regression_with_an_upper_bound(platform: Any) -> None:
    batch = platform("linucb")
    for _ in range(6):
        batch.step()
    w, items = batch.w, batch.w.state.items[0]
    assert w.state.now[0, 0]["trained"][4] == 5
    features = np.concatenate([items["topics"] / 1000, np.eye(4)[items["genre"]]], axis=1)
    gram, moment = np.tile(np.eye(6), (64, 1, 1)), np.zeros((64, 6))
    for u, slot, _, click in entries_of(batch):
        gram[u] += np.outer(features[slot], features[slot])
        moment[u] += click * features[slot]
    inverse = np.linalg.inv(gram)
    np.testing.assert_allclose(w.state.inverse[0], inverse, atol=1e-5)
    np.testing.assert_allclose(w.state.moment[0], moment, atol=1e-5)
    count = int(w.scratch.open[0, 0])
    x = features[w.scratch.open[0, 1 : 1 + count]]
    for u in w.scratch.awake[0, 1 : 1 + int(w.scratch.awake[0, 0])].tolist():
        mean = x @ inverse[u] @ moment[u]
        width = np.sqrt(np.einsum("if,fg,ig->i", x, inverse[u], x))
        scores = w.scratch.scores[0, u, :count]
        shown = scores > -1e29
        np.testing.assert_allclose(scores[shown], (mean + 0.3 * width)[shown], atol=1e-5)
