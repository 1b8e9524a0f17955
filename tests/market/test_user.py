"""The user: every formula of the rules against a second computation in plain Python."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.outcomes import outcomes
from adaptarium.envs.core.world import World
from adaptarium.envs.market import codes
from adaptarium.envs.market.level import read
from adaptarium.envs.market.players import number_of

CALM = {"transition.drift": 0.0, "transition.influence": 0.0, "transition.churn": 0.0}


def world(**overrides: Any) -> World:
    return adaptarium.world("SlateRec-v0", **{**CALM, **overrides})


def slots(played: World, n: int = 64, seed: int = 0) -> Batch:
    batch = Batch([played], n, autoreset="disabled")
    batch.reset(seed=seed)
    return batch


def clicks_of(batch: Batch, i: int, shown: tuple[int, ...]) -> list[int]:
    """The candidates of the last slate that were clicked."""
    answers = batch.w.state.slate[i]["answer"].tolist()
    return [c for c, answer in zip(shown, answers, strict=False) if answer == codes.SEEN_CLICKED]


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"transition.taste": 3, "transition.position_bias": 2.0},
        {"transition.affinity": 0.7, "transition.reluctance": -0.5, "catalogue.recency": 4},
    ],
)
def test_a_click_is_as_likely_as_the_formula_says(
    user: ModuleType, overrides: dict[str, Any]
) -> None:
    played = world(**overrides)
    rules, batch = played.rules, slots(played, 1, seed=3)
    level = read(batch.w, 0)
    mind, rng = user.start(level, rules), np.random.default_rng(0)
    fresh = min(rules.catalogue.recency, rules.action.candidates)
    for time in range(8):
        shown = tuple(rng.permutation(fresh)[: rules.action.slate].tolist())
        found = outcomes(batch, 0, number_of(shown, rules.action.candidates))
        expected = [
            user.attention(j, rules) * user.click_chance(mind, level, c, time, rules)
            for j, c in enumerate(shown)
        ]
        assert sum(one.probability for one in found) == pytest.approx(1.0)
        for probability, places in user.branches(expected):
            paid = sum(
                rules.reward.click
                + rules.reward.quality * user.item_of(level, shown[j], time, rules)["quality"]
                for j in places
            )
            same = [one.probability for one in found if one.reward[0] == pytest.approx(paid)]
            assert sum(same) == pytest.approx(probability, abs=1e-12)
        batch.w.actions[0] = number_of(shown, rules.action.candidates)
        batch.step()
        if batch.w.core["ended"][0]:
            break
        mind = user.after(mind, level, clicks_of(batch, 0, shown), time, rules)
        assert batch.w.state.now[0, 0]["fruitless"] == mind.fruitless
        satiation = batch.w.state.genres[0, : len(mind.satiation)]["satiation"]
        assert satiation == pytest.approx(mind.satiation)
    assert time > 1


def test_what_is_enumerated_is_what_is_sampled(user: ModuleType) -> None:
    played = world()
    rules = played.rules
    level = read(slots(played, 1, seed=5).w, 0)
    batch = slots(played.override(records=(level,)), 4096)
    batch.w.actions[:] = number_of((4, 1, 2), rules.action.candidates)
    batch.step()
    mind = user.start(level, rules)
    for j, c in enumerate((4, 1, 2)):
        expected = user.attention(j, rules) * user.click_chance(mind, level, c, 0, rules)
        rate = (batch.w.state.slate[:, j]["answer"] == codes.SEEN_CLICKED).mean()
        assert rate == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 4096))


def test_clicks_move_preferences_as_in_recsim() -> None:
    step = 0.4
    batch = slots(world(**{"transition.influence": step}), 512)
    moves, ups, likely = 0, 0, 0.0
    for number in range(4):
        before = batch.w.state.genres["preference"].copy()
        batch.w.actions[:] = number
        batch.step()
        after = batch.w.state.genres["preference"]
        for i in np.flatnonzero(~batch.w.core["ended"].astype(bool)):
            places = batch.w.state.slate[i]
            liked = (places[places["answer"] == codes.SEEN_CLICKED]["genre"] - 1).tolist()
            for g in range(before.shape[1]):
                p, q = before[i, g], after[i, g]
                if liked.count(g) == 0:
                    assert p == q
                if liked.count(g) == 1:
                    # alpha(x) = y (1 - |x|), target - x = 1 - x, clipped to [-1, 1].
                    far = step * (1 - abs(p)) * (1 - p)
                    up = q > p
                    assert q == pytest.approx(min(max(p + far if up else p - far, -1), 1))
                    moves, ups, likely = moves + 1, ups + up, likely + (1 + p) / 2
    assert moves > 500
    assert ups / moves == pytest.approx(likely / moves, abs=4 * np.sqrt(0.25 / moves))


def test_preferences_walk_by_equal_steps_each_way() -> None:
    batch = slots(world(**{"transition.drift": 0.05}), 256)
    before = batch.w.state.genres["preference"].copy()
    batch.w.actions[:] = 0
    batch.step()
    change = batch.w.state.genres["preference"] - before
    inside = np.abs(before) < 0.95
    assert np.allclose(np.abs(change[inside]), 0.05)
    assert 0.4 < (change[inside] > 0).mean() < 0.6
    assert (np.abs(batch.w.state.genres["preference"]) <= 1).all()


def test_attention_is_the_power_of_the_rank() -> None:
    for exponent in (0.0, 0.5, 1.0, 2.0):
        flat = slots(world(**{"transition.position_bias": exponent}), 1).w.rules[0]
        assert flat["attention"] == pytest.approx([1, 2**-exponent, 3**-exponent, 4**-exponent])


def test_users_leave_when_their_patience_is_out_and_not_before() -> None:
    played = world(**{"transition.reluctance": 20.0, "reward.leave": 3.0})
    batch = slots(played, 64)
    patience = batch.w.state.now[:, 0]["patience"].copy()
    assert (patience.min(), patience.max()) == (4, 8)
    batch.w.actions[:] = 0
    for time in range(1, 10):
        batch.step()
        left = batch.w.state.now[:, 0]["left"].astype(bool)
        assert (left == (patience <= time)).all()
        assert (batch.w.terminated[:, 0] == (patience == time)).all()
        assert (batch.w.reward[:, 0] == np.where(patience == time, -3.0, 0.0)).all()
    assert (batch.w.metrics["retention"] == patience).all()
    assert not batch.w.metrics["success"].any()


def test_churn_takes_users_at_its_rate() -> None:
    batch = slots(world(**{"transition.churn": 0.25}), 4096)
    batch.w.actions[:] = 0
    batch.step()
    assert batch.w.terminated.mean() == pytest.approx(0.25, abs=0.03)


def test_nobody_clicks_twice_on_an_item_and_old_ones_show_nothing() -> None:
    batch = slots(world(**{"transition.reluctance": -20.0, "transition.position_bias": 0.0}), 32)
    batch.w.actions[:] = number_of((0, 1, 2), 6)
    batch.step()
    assert (batch.w.reward[:, 0] >= 3).all()
    # The same three items are one step older, as candidates 1, 2 and 3.
    batch.w.actions[:] = number_of((1, 2, 3), 6)
    batch.step()
    assert (batch.w.reward[:, 0] == 0).all()
    old = slots(world(**{"catalogue.recency": 3}), 32)
    old.w.actions[:] = number_of((0, 1, 3), 6)
    assert not old.masks()[:, 0, number_of((0, 1, 3), 6)].any()
    assert old.masks()[:, 0, number_of((0, 1, 2), 6)].all()
    old.step()
    assert (old.w.state.slate["answer"] == codes.SEEN_NOTHING).all()
    assert (old.w.metrics["shown"] == 0).all()


def test_feedback_is_missing_unless_it_is_told() -> None:
    hidden, told = slots(world(), 256), slots(world(**{"observation.examined": True}), 256)
    for batch in (hidden, told):
        batch.w.actions[:] = 0
        batch.step()
    truth = hidden.w.state.slate["answer"]
    assert (truth == told.w.state.slate["answer"]).all()
    assert (told.obs["answers"][:, 0] == truth).all()
    passed = np.where(truth == codes.SEEN_OVERLOOKED, codes.SEEN_PASSED, truth)
    assert (hidden.obs["answers"][:, 0] == passed).all()
    assert {codes.SEEN_PASSED, codes.SEEN_CLICKED, codes.SEEN_OVERLOOKED} <= set(truth.flat)
