"""Task allocation: coalitions serve tasks, the optimum is one, and the settings are playable."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import FactorError, LevelError
from adaptarium.envs.core.reference import random_return
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.navigation.allocators import MANNERS, Allocator, Scheduled, schedule_of
from adaptarium.envs.navigation.coalitions import Market, best_now, best_schedule, one_by_one
from adaptarium.envs.navigation.level import needs
from adaptarium.envs.navigation.reference import policy, solve

OFFER = [0.0, 0.0, 1.0]
STAY = [0.0, 0.0, 0.0]
SETTINGS: dict[str, dict[str, Any]] = {
    "rbf": {"agents": 20, "tasks": 12, "team": 4},
    "material": {"agents": 20, "tasks": 8, "team": 4, "half": 20.0},
    "electric": {"agents": 12, "tasks": 8, "team": 3},
    "almighty": {"agents": 9, "tasks": 4, "team": 2, "almighty": True},
}


def task(x: float, worth: float, *takes: float) -> dict[str, Any]:
    place = {"x": x, "y": 0.0, "radius": 0.5, "kind": "task"}
    return {**place, "worth": worth, "needs": list(takes)}


def agent(x: float, cost: float, *skills: float) -> dict[str, Any]:
    return {"x": x, "y": 0.0, "cost": cost, "skills": list(skills)}


def batch_of(starts: list[Any], items: list[Any], **factors: Any) -> Batch:
    level = {"starts": starts, "items": items, "max_steps": 20}
    needs(level)
    world = load_world("TaskAllocation-v0", records=(level,), **factors)
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def step(batch: Batch, *actions: list[float]) -> list[float]:
    batch.w.actions[0] = actions
    batch.step()
    rewards: list[float] = batch.w.reward[0].tolist()
    return rewards


def setting(name: str, **changes: Any) -> World:
    knobs = {**SETTINGS[name], **changes}
    data = {"id": f"{name.title()}-v0", "family": "navigation", "preset": name}
    return World.from_data({**data, "levels": {"generator": "tasks", "knobs": knobs}})


# ---- mechanics ----


def test_a_coalition_whose_skills_are_enough_serves_and_is_busy() -> None:
    starts = [agent(0, 0.5, 1), agent(0.3, 0.25, 0, 2), agent(0, 0.1, 1)]
    batch = batch_of(starts, [task(0, 3, 1, 2), task(2, 1, 9)], **{"allocation.busy": 2})
    assert step(batch, OFFER, STAY, STAY) == [0, 0, 0]
    offered = batch.obs["tasks"][0, 0].reshape(3, 11)[:, 7:]
    assert offered.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert step(batch, OFFER, OFFER, STAY) == pytest.approx([2.25] * 3)
    assert batch.w.state.busy[0, :3].tolist() == [2, 2, 0]
    assert batch.obs["skills"][0, :, 5].tolist() == [2, 2, 0]
    assert batch.w.metrics["served"][0] == 1
    where = batch.w.state.bodies[0]["x"].tolist()
    for _ in range(2):
        step(batch, [1, 0, 1], [1, 0, 1], [1, 0, 0])
    step(batch, STAY, STAY, STAY)
    now = batch.w.state.bodies[0]["x"].tolist()
    assert now[:2] == where[:2], "the busy do not move"
    assert now[2] > where[2] + 1


def test_who_is_spare_is_paid_for_too_and_shares_where_earnings_are_not_pooled() -> None:
    starts = [agent(0, 0.5, 1), agent(0.1, 0.25, 1)]
    items = [task(0, 3, 1), task(2, 1, 9)]
    apart = {"reward.pooled": False, "reward.transport": 1.0, "reward.wage": 2.0}
    assert step(batch_of(starts, items), OFFER, OFFER) == pytest.approx([2.25, 2.25])
    earned = step(batch_of(starts, items, **apart), OFFER, OFFER)
    assert earned == pytest.approx([1.5 - 1.0, 1.5 - 0.5 - 0.1])


def test_without_offers_everyone_in_a_circle_serves() -> None:
    batch = batch_of([agent(0, 0.5, 1)], [task(0, 3, 1)], **{"allocation.offers": False})
    assert batch.w.actions.shape == (1, 1, 2)
    assert step(batch, [0.0, 0.0]) == pytest.approx([2.5])
    assert batch.w.core["ended"][0]
    assert batch.w.final_metrics["success"][0] == 1


def test_tasks_lose_worth_and_open_one_after_the_other() -> None:
    tasks = [task(0, 4, 1), task(0, 8, 1), task(5, 1, 9)]
    factors = {"allocation.places": 1, "allocation.patience": 1, "allocation.decay": 0.5}
    batch = batch_of([agent(0, 0, 1)], tasks, **factors, **{"allocation.arrival": 2})
    worth = []
    for _ in range(3):
        worth.append(float(batch.obs["tasks"][0, 0, 2]))
        step(batch, STAY)
    assert worth == [4, 4, 2]
    assert step(batch, OFFER) == [1.0]
    assert batch.obs["tasks"][0, 0].tolist() == [0.0] * 11
    step(batch, STAY)
    assert batch.obs["tasks"][0, 0, 2] == 8


def test_a_station_serves_where_it_points() -> None:
    factors = {"transition.body": "station", "transition.reach": 4.0, "reward.transport": 0.25}
    batch = batch_of([agent(-1, 0, 1)], [task(1, 3, 1), task(2, 1, 9)], **factors)
    assert step(batch, [0.1, 0.0, 1.0]) == [0.0]
    assert step(batch, [0.5, 0.0, 1.0]) == pytest.approx([3 - 0.5])
    assert batch.w.state.bodies[0, 0]["x"] == -1


def test_levels_with_impossible_tasks_are_refused() -> None:
    for change, message in (
        ({"needs": [1, 1, 1, 1, 1]}, "0 to 4"),
        ({"worth": -1}, "from 0 to"),
        ({"wealth": 1}, "did you mean 'worth'"),
    ):
        level = {"starts": [agent(0, 0, 1)], "items": [{**task(0, 1, 1), **change}]}
        with pytest.raises(LevelError, match=message):
            needs({**level, "max_steps": 3})
    with pytest.raises(FactorError, match="as there are ordinary agents"):
        setting("almighty", agents=2)


# ---- references ----


def random_market(seed: int) -> Market:
    rng = np.random.default_rng(seed)
    skills, takes = rng.integers(0, 4, (5, 2)), rng.integers(1, 6, (3, 2))
    prices = rng.uniform(0.1, 1, (5, 3))
    return Market(skills.astype(float), takes.astype(float), rng.uniform(1, 4, 3), prices)


def profit(market: Market, chosen: Any) -> float:
    """What an assignment earns; minus infinity where a team is not enough."""
    total = 0.0
    for number, worth in enumerate(market.worth):
        team = np.asarray(chosen) == number
        if team.any():
            if not market.covered(team, number):
                return -np.inf
            total += float(worth - market.prices[team, number].sum())
    return total


@pytest.mark.parametrize("seed", range(6))
def test_the_integer_program_finds_what_trying_everything_finds(seed: int) -> None:
    market = random_market(seed)
    every = itertools.product(range(-1, 3), repeat=5)
    best = max(profit(market, chosen) for chosen in every)
    assert profit(market, best_now(market, 1000)) == pytest.approx(best)
    assert 0 <= profit(market, one_by_one(market)) <= best + 1e-9


def test_a_schedule_serves_one_task_after_the_other() -> None:
    """One agent, two tasks, busy for a step: the second waits for two steps."""
    market = Market(np.ones((1, 1)), np.ones((2, 1)), np.array([2.0, 3.0]), np.zeros((1, 2)))
    found = best_schedule(market, np.array([1.0, 0.9, 0.8, 0.1]), 1, 1000)
    assert found is not None
    assert found[:, 0].tolist() == [1, -1, 0, -1]


@pytest.mark.parametrize("name", ["electric", "almighty"])
def test_an_exact_reference_is_what_the_kernel_pays_and_no_other_player_earns(name: str) -> None:
    world = setting(name, agents=5, tasks=3, team=2).override(**{"episode.max_steps": 6})
    bank = generate_levels(world, 0, 2)
    for k in range(2):
        found = solve(world, (bank, k))
        assert found.method == "exact"
        batch = Batch([world.override(num_levels=1, start_level=k)], 1, autoreset="disabled")
        for player in (policy(world, bank, k), *map(Allocator, MANNERS)):
            batch.reset(seed=0)
            assert isinstance(player, Scheduled | Allocator)
            while not batch.w.core["ended"][0]:
                batch.w.actions[0] = player.act(batch.w, 0)
                batch.step()
            earned = float(batch.w.final_returns[0].sum())
            if isinstance(player, Scheduled):
                assert earned == pytest.approx(found.return_)
            assert earned <= found.return_ + 1e-9


def test_where_tasks_wait_or_steps_cost_there_is_no_schedule() -> None:
    for factors in ({"allocation.places": 2}, {"reward.step_cost": 0.1}, {"transition.lag": 0.5}):
        world = setting("electric", agents=4, tasks=3, team=2).override(**factors)
        batch = Batch([world], 1)
        batch.reset(seed=0)
        assert schedule_of(batch.w, 0, 6) is None


def test_in_the_setting_almighty_one_agent_could_serve_the_greatest_task() -> None:
    bank = generate_levels(setting("almighty"), 0, 5)
    for k in range(5):
        talents, greatest = bank.levels.talents[k], bank.levels.demands[k, 0]
        assert (talents["skills"][0] >= greatest["needs"]).all()
        assert greatest["worth"] == bank.levels.demands[k]["worth"].max() == 20


def beats_random(world: World, levels: int) -> float:
    """Whether it does on every level; the least share of the bound that it earns."""
    bank, least = generate_levels(world, 0, levels), 1.0
    for k in range(levels):
        found = solve(world, (bank, k))
        mean, error, _ = random_return(world, (bank, k), 40, 0)
        assert found.high >= found.return_ > mean + 4 * error
        least = min(least, found.return_ / found.high)
    return least


def test_the_reference_beats_random_play_and_keeps_below_the_bound() -> None:
    assert beats_random(load_world("TaskAllocation-v0"), 1) > 0.6


@pytest.mark.full
@pytest.mark.parametrize("name", SETTINGS)
def test_the_reference_of_every_setting_beats_random_play(name: str) -> None:
    assert beats_random(setting(name), 3) > 0.05, "the bound knows of no ways; but this is far off"
