"""References: an independent expectimax on small levels, bounds, and what rankers get."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.reference import random_return
from adaptarium.envs.market import reference
from adaptarium.envs.market.level import read
from adaptarium.envs.market.players import Clairvoyant, number_of, play, slate_of
from adaptarium.envs.market.rules import slates

SMALL: dict[str, Any] = {
    "action.candidates": 2,
    "action.slate": 1,
    "transition.drift": 0.0,
    "transition.influence": 0.0,
    "transition.churn": 0.0,
    "transition.satiation": 3.0,
    "episode.max_steps": 4,
    "patience": 2,
}


def best(user: ModuleType, mind: Any, level: Any, time: int, rules: Any) -> float:
    """The most that can be expected from here on: one place, tried with every candidate."""
    if time == rules.episode.max_steps:
        return 0.0
    found = []
    likes = (*mind.tastes, *mind.likes) if rules.action.ask else ()
    for q, like in enumerate(likes):
        if q not in mind.told:
            paid = rules.reward.yes * (like > 0) - rules.reward.turn
            later = replace(user.after(mind, level, [], time, rules), told=mind.told | {q})
            found.append(paid + onward(user, later, level, time, rules))
    for c in range(rules.action.candidates):
        value, chance = 0.0, user.click_chance(mind, level, c, time, rules)
        for probability, clicks in user.branches([user.attention(0, rules) * chance]):
            later = user.after(mind, level, [c] * len(clicks), time, rules)
            quality = user.item_of(level, c, time, rules)["quality"]
            paid = (rules.reward.click + rules.reward.quality * quality) * len(clicks)
            ended = rules.transition.accept and clicks
            ahead = 0.0 if ended else onward(user, later, level, time, rules)
            value += probability * (paid - rules.reward.turn + ahead)
        found.append(value)
    return max(found)


def onward(user: ModuleType, mind: Any, level: Any, time: int, rules: Any) -> float:
    """What follows a step: the cost of a user who has lost patience, or the best from there on."""
    if mind.fruitless >= level["user"]["patience"]:
        return -float(rules.reward.leave)
    return best(user, mind, level, time + 1, rules)


def test_small_conversations_are_solved_as_by_hand(user: ModuleType) -> None:
    small = {
        **SMALL,
        "action.candidates": 3,
        "patience": 3,
        "genres": 2,
        "topics": 1,
        "reward.yes": 0.3,
    }
    world = adaptarium.world("AskOrRecommend-v0", **{**small, "episode.max_steps": 3})
    batch = Batch([world], 6)
    batch.reset(seed=1)
    for row in range(6):
        level = read(batch.w, row)
        found = reference.solve(world, level)
        expected = best(user, user.start(level, world.rules), level, 0, world.rules)
        assert found.method == "exact"
        assert found.return_ == pytest.approx(expected)
        assert reference.bound(world, batch.w, row) >= found.return_


def test_small_levels_are_solved_as_by_hand(user: ModuleType) -> None:
    world = adaptarium.world("SlateRec-v0", **SMALL)
    batch = Batch([world], 6)
    batch.reset(seed=0)
    beaten = 0
    for row in range(6):
        level = read(batch.w, row)
        found = reference.solve(world, level)
        assert found.method == "exact"
        expected = best(user, user.start(level, world.rules), level, 0, world.rules)
        assert found.return_ == pytest.approx(expected)
        ranked, _ = play(world, level, Clairvoyant(world.rules), 512)
        assert ranked.mean() <= found.return_ + 4 * ranked.std() / np.sqrt(512)
        assert reference.bound(world, batch.w, row) >= found.return_
        beaten += ranked.mean() < found.return_ - 0.02
    # It pays to save a genre for an item to come, now and then.
    assert beaten > 0


def test_rankers_lie_between_random_play_and_the_bound() -> None:
    world = adaptarium.world("SlateRec-v0")
    batch = Batch([world], 4)
    batch.reset(seed=11)
    for row in range(4):
        found = reference.solve(world, (batch.w, row))
        by_chance, error, _ = random_return(world, (batch.w, row), 256, 0)
        assert found.method == "policy"
        assert found.low > by_chance + 2 * error
        assert found.high < found.bound
    assert len(reference.solve_many(world, batch.w, range(2))) == 2


def test_the_best_slate_of_a_step_is_the_sorted_one(user: ModuleType) -> None:
    """By brute force over all slates, with the chances of the formulas."""
    world = adaptarium.world("SlateRec-v0", **{"reward.quality": 2.0})
    rules, batch = world.rules, Batch([world], 8, autoreset="disabled")
    batch.reset(seed=4)
    for i in range(8):
        level = read(batch.w, i)
        mind = user.start(level, rules)
        worth = [
            user.click_chance(mind, level, c, 0, rules)
            * (1.0 + 2.0 * user.item_of(level, c, 0, rules)["quality"])
            for c in range(6)
        ]
        values = {
            shown: sum(user.attention(j, rules) * worth[c] for j, c in enumerate(shown))
            for shown in itertools.permutations(range(6), 3)
        }
        picked = slate_of(Clairvoyant(rules).act(batch.w, i), 6, 3)
        assert values[picked] == pytest.approx(max(values.values()))


@pytest.mark.parametrize(("candidates", "slate"), [(1, 1), (4, 2), (6, 3), (5, 4)])
def test_slates_are_numbered_as_in_a_sorted_list(candidates: int, slate: int) -> None:
    listed = list(itertools.permutations(range(candidates), slate))
    assert len(listed) == slates(candidates, slate)
    for number, shown in enumerate(listed):
        assert slate_of(number, candidates, slate) == shown
        assert number_of(shown, candidates) == number


def test_the_kernel_shows_the_slate_of_the_number() -> None:
    batch = Batch([adaptarium.world("SlateRec-v0")], 120, autoreset="disabled")
    batch.reset(seed=[7] * 120)
    batch.w.actions[:, 0] = np.arange(120)
    genres = batch.obs["genres"][0, 0].copy()
    batch.step()
    for number in range(120):
        shown = slate_of(number, 6, 3)
        assert batch.obs["slate"][number, 0].tolist() == [genres[c] for c in shown]
