"""Matches: replays, orders and their reasons, fights, sight, ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skirmish_scenes import (
    ALONE,
    BOTH,
    RACES,
    action,
    match,
    number,
    order,
    put,
    seconds,
    station,
    wait,
)

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.replay import Replay
from adaptarium.envs.core.sampling import random_actions
from adaptarium.envs.skirmish import codes

CENTRE = 10


def test_a_replay_read_from_its_file_comes_to_the_same_end(tmp_path: Path) -> None:
    """The seed and the orders given are the whole replay; both players are played from outside."""
    rng = np.random.default_rng(3)
    world = BOTH.override(**{"transition.time_limit": 300})
    path = tmp_path / "replay.json"
    Replay.record(world, 8, lambda batch: random_actions(batch.action_space, rng, 1, 2)[0]).save(
        path
    )
    assert int(Replay.load(path).check().w.state.now[0, 0]["time"]) == 300


def test_an_order_that_is_not_possible_tells_why_and_costs_nothing_but_time() -> None:
    text = BOTH.text(transcript=False)
    told = text.reset(seed=0)["player_0"]
    assert "needs:" in told
    assert "train strider (core, portal)" in told
    batch = match()
    wait(batch, 10)
    me = batch.w.state.players[0, 0]
    before = int(me["minerals"])
    order(batch, 0, action("crystal", "strider"))
    assert me["orders_left"] == 5  # both waited: the next decision
    assert me["minerals"] == before + 5 * me["income_minerals"]


def test_orders_of_a_decision_cost_no_time() -> None:
    batch = match()
    order_ = action("crystal", "artificer")
    batch.w.actions[0] = order_, codes.SEND_SCOUT
    batch.step()
    assert seconds(batch) == 0
    assert batch.w.state.players[0, 0]["orders_left"] == 4
    assert batch.w.state.coming[0, 0, number("crystal", "artificer")] == 1


def battle(first: dict[str, int], second: dict[str, int], node: int = CENTRE) -> tuple[int, int]:
    """How many bodies are left of two armies that meet at a node."""
    batch = match()
    for p, bodies in enumerate((first, second)):
        put(batch, p, codes.SITES + codes.STRIKE, bodies)
        station(batch, p, codes.STRIKE, node, node, codes.FIGHT)
    groups = batch.w.state.groups[0, :, codes.STRIKE]
    for _ in range(60):
        if (groups["size"] <= 0).any():
            break
        wait(batch, seconds(batch) + 5)
    return int(groups["size"][0]), int(groups["size"][1])


def test_more_of_the_same_wins_with_lanchesters_surplus() -> None:
    """Ranged fighters in the open: sqrt(20**2 - 12**2) = 16 of 20 survive 12 (Lanchester, 1916)."""
    left, none = battle({"strider": 20}, {"crawler": 12})
    assert none == 0
    assert 12 <= left <= 19


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        ({"walker": 4}, {"skitter": 48}, 0),  # blasts against a crowd
        ({"blade": 10}, {"carrion": 10}, 1),  # nothing that shoots upwards
        ({"bulwark": 5}, {"crawler": 14}, 0),  # a bonus against armored
        ({"shade": 4}, {"crawler": 20}, 0),  # hidden, and no detector there
        ({"shade": 4}, {"crawler": 20, "watcher": 1}, 1),
        ({"falcon": 8}, {"carrion": 10}, 0),  # a bonus against light
        ({"lancer": 8}, {"burster": 16}, 1),
    ],
)
def test_what_beats_what(first: dict[str, int], second: dict[str, int], winner: int) -> None:
    left = battle(first, second)
    assert left[winner] > 0
    assert left[winner] > left[1 - winner]


def after_a_fight(levels: int) -> tuple[int, int]:
    """Bodies left of blades with so many levels of weapons and of skitters, after a while."""
    batch = match()
    put(batch, 0, codes.SITES + codes.STRIKE, {"blade": 12})
    put(batch, 1, codes.SITES + codes.STRIKE, {"skitter": 40})
    for p in range(2):
        station(batch, p, codes.STRIKE, CENTRE, CENTRE, codes.FIGHT)
    batch.w.state.up[0, 0, number("crystal", "blade"), codes.ATTACK_UP] = 10 * levels
    wait(batch, 10)
    left = batch.w.state.groups[0, :, codes.STRIKE]["size"]
    return int(left[0]), int(left[1])


def test_weapon_upgrades_tell() -> None:
    plain, improved = after_a_fight(0), after_a_fight(3)
    assert improved[1] < plain[1]
    assert improved[0] >= plain[0]


def test_a_player_knows_what_it_has_seen_and_when() -> None:
    batch = match()
    drone = number("swarm", "tender")
    seen = batch.w.state.seen[0, 0]
    assert not seen.any()
    order(batch, 0, codes.SEND_SCOUT)
    while seconds(batch) < 120 and not seen.any():
        wait(batch, seconds(batch) + 5)
    start = int(batch.w.levels.head[0]["start"][1])
    assert seen[drone] >= 12
    assert batch.w.state.spotted[0, 0, start] == 1
    assert batch.w.state.seen_at[0, 0, drone] == seconds(batch)


@pytest.mark.parametrize("loser", [0, 1])
def test_who_has_no_town_hall_has_lost(loser: int) -> None:
    batch = match()
    hall = int(batch.w.rules[0]["hall"][loser])
    start = int(batch.w.levels.head[0]["start"][loser])
    batch.w.state.counts[0, loser, start, hall] = 0
    batch.w.state.life[0, loser, start, hall] = 0
    batch.w.state.total[0, loser, hall] = 0
    batch.w.state.players[0, loser]["halls"] = 0
    wait(batch, 1)
    assert batch.w.state.now[0, 0]["winner"] == 1 - loser
    assert batch.w.reward[0, loser] == -1
    assert batch.w.reward[0, 1 - loser] == 1


def test_time_up_is_a_draw_or_a_victory_of_assets() -> None:
    batch = match(transition__time_limit=20)
    wait(batch, 20)
    assert batch.w.core["ended"].all()
    assert not batch.w.reward.any()
    batch = match(transition__time_limit=20, transition__at_limit="assets")
    order(batch, 0, action("crystal", "artificer"))
    wait(batch, 20)
    ahead = int(batch.w.state.now[0, 0]["winner"])
    assert batch.w.reward[0, ahead] == 1


def counts_agree(batch: Batch) -> None:
    """Pools, totals, group sizes and what is busy tell the same."""
    state, rules = batch.w.state, batch.w.rules
    for p in range(codes.PLAYERS):
        own = int(rules[0]["num_bodies"][p])
        assert np.array_equal(state.counts[:, p, :, :own].sum(axis=1), state.total[:, p, :own])
    assert (state.counts >= 0).all()
    assert (state.life >= 0).all()
    assert (state.coming >= 0).all()
    assert (state.busy >= 0).all()
    sizes = state.counts[:, :, codes.SITES :].sum(axis=3)
    assert np.array_equal(sizes, state.groups["size"])
    one = rules["life"][:, :, None, : codes.BODIES]
    assert (state.life <= state.counts * one).all()
    assert np.array_equal(state.life > 0, state.counts > 0)
    assert (state.players["minerals"] >= 0).all()
    assert (state.players["gas"] >= 0).all()


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.full)])
def test_the_books_balance_all_through_a_match(seed: int) -> None:
    world = ALONE.override(**{"players.proxy": "random", "players.style": "random"})
    batch = Batch([world], 8, autoreset="disabled")
    batch.reset(seed=100 * seed)
    while not batch.w.core["ended"].all():
        batch.step()
        counts_agree(batch)
    assert (batch.w.metrics["destroyed"] > 0).any()


def test_both_races_can_play_either_side() -> None:
    for first in RACES:
        for second in RACES:
            batch = match(ALONE, races__player_0=first, races__player_1=second, players__level=7)
            wait(batch, 60)
            assert (batch.w.state.players["workers"] >= 12).all()
