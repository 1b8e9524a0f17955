"""References are optima: by formula, by an independent value iteration, and by playing them."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import adaptarium  # noqa: F401 (registers the family)
from adaptarium.envs.core.banks import generate_levels, read_records
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import Solver, by_values, random_return, random_returns
from adaptarium.envs.core.search import FOUND
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.grid.players import play
from adaptarium.envs.grid.reference import policy, solve, solve_many
from adaptarium.envs.grid.replan import ReplanPolicy

LEVELS = 12


def _returns(world: World, episodes: int, seed: int = 0) -> np.ndarray:
    """Returns of the reference player, one episode a slot, every slot on the world's one level."""
    batch = Batch([world], episodes, autoreset="disabled")
    batch.reset(seed=seed)
    player = policy(world, batch.w, int(batch.w.core["level"][0]))
    while not batch.w.core["ended"].all():
        for i in np.flatnonzero(batch.w.core["ended"] == 0):
            batch.w.actions[i] = player.act(batch.w, int(i))
        batch.step()
    return batch.w.final_returns.sum(axis=1)


def _turns_and_steps(x: int, y: int, heading: int, goal: tuple[int, int]) -> int:
    """The fewest actions in an empty room: the way, and the turns to walk its two legs."""
    dx, dy = goal[0] - x, goal[1] - y
    if dx == 0 or dy == 0:
        wanted = 0 if dx > 0 else 1
        return dx + dy + min((wanted - heading) % 4, (heading - wanted) % 4)
    return dx + dy + (1 if heading in (0, 1) else 2)


def test_empty_rooms_by_formula() -> None:
    world = load_world("Empty-v0", size=8)
    bank = generate_levels(world, 0, LEVELS)
    for row, found in enumerate(solve_many(world, bank, range(LEVELS))):
        start, limit = bank.levels.agents[row, 0], int(bank.info["max_steps"][row])
        steps = _turns_and_steps(int(start["x"]), int(start["y"]), int(start["heading"]), (6, 6))
        assert (found.method, found.length) == ("exact", steps)
        assert found.return_ == pytest.approx(1 - 0.9 * steps / limit, abs=1e-12)


@pytest.mark.parametrize("world_id", ["Empty-v0", "DoorKey-v0", "LavaCrossing-v0", "Maze-v0"])
def test_search_equals_value_iteration(world_id: str) -> None:
    world = load_world(world_id, **{"size": 5} if world_id in ("Empty-v0", "DoorKey-v0") else {})
    bank = generate_levels(world, 100, 3)
    solver = Solver(world, bank)
    for row, found in enumerate(solve_many(world, bank, range(3))):
        values = by_values(solver, row)
        assert values.return_ == pytest.approx(found.return_, abs=1e-9)
        assert values.length == found.length == len(values.actions or ())


def _gymnasium_value(name: str, limit: int) -> float:
    """Finite-horizon value iteration on Gymnasium's own table."""
    table: Any = gym.make("FrozenLake-v1", map_name=name, is_slippery=True).unwrapped.P
    value = np.zeros(len(table))
    for _ in range(limit):
        value = np.array(
            [
                max(
                    sum(p * (r + (0.0 if done else value[s])) for p, s, r, done in outcomes)
                    for outcomes in actions.values()
                )
                for actions in table.values()
            ]
        )
    return float(value[0])


@pytest.mark.parametrize("name", ["4x4", "8x8"])
def test_frozen_lake_by_gymnasiums_table(name: str) -> None:
    world = load_world("FrozenLake-v0", map=name, **{"episode.max_steps": 100})
    found = solve(world, (generate_levels(world, 0, 1), 0))
    assert found.method == "exact"
    assert found.return_ == pytest.approx(_gymnasium_value(name, 100), abs=1e-12)


STOCHASTIC = {
    "slip": {"transition.slip": 0.3},
    "wind": {"transition.wind": 0.4, "transition.wind_heading": "west"},
    "costs": {"reward.step_cost": 0.02, "reward.shaping": 0.5, "transition.slip": 0.2},
    "tiles": {"reward.tile_values": {"empty": -0.05}, "transition.slip": 0.1},
    "energy": {"transition.energy": 12, "transition.slip": 0.2},
    "no decay": {"reward.goal_decay": 0.0, "transition.wind": 0.2},
}


@pytest.mark.parametrize("name", STOCHASTIC)
def test_the_reference_player_gets_the_expected_return(name: str) -> None:
    world = load_world("Empty-v0", size=5, num_levels=1, start_level=3, **STOCHASTIC[name])
    found = solve(world, (generate_levels(world, 3, 1), 0))
    got = _returns(world, 400)
    assert found.method == "exact"
    assert abs(got.mean() - found.return_) <= 4.5 * got.std(ddof=1) / np.sqrt(len(got)) + 1e-9


def test_moving_obstacles_are_part_of_the_state() -> None:
    level = {
        "map": ["######", "#....#", "#.##.#", "#O..G#", "######"],
        "agents": [[1, 1, "east", 0]],
        "max_steps": 40,
    }
    world = load_world("Empty-v0", records=(level,), **{"transition.obstacle_rate": 0.5})
    found, got = solve(world, level), _returns(world, 400)
    assert found.method == "exact"
    assert abs(got.mean() - found.return_) <= 4.5 * got.std(ddof=1) / np.sqrt(len(got)) + 1e-9
    assert found.return_ > random_return(world, level, 200, 0)[0]


def test_a_trial_pays_for_every_inner_episode() -> None:
    once = load_world("Darkroom-v0", size=7, **{"episode.inner_episodes": 1})
    trial = once.override(**{"episode.inner_episodes": 4})
    bank = generate_levels(once, 0, 3)
    for row in range(3):
        first, all_four = solve(once, (bank, row)), solve(trial, (bank, row))
        assert all_four.return_ == pytest.approx(4 * first.return_, abs=1e-12)
        assert all_four.length == 4 * first.length


def test_energy_that_runs_out_is_reckoned_with() -> None:
    far = {"map": ["#######", "#....G#", "#######"], "agents": [[1, 1, "east", 0]], "max_steps": 50}
    enough = load_world("Empty-v0", records=(far,), **{"transition.energy": 5})
    assert solve(enough, far).length == 4
    with pytest.raises(LevelError, match="cannot be reached"):
        solve(enough.override(**{"transition.energy": 3}), far)


def test_hazards_that_cost_but_do_not_end_are_weighed() -> None:
    level = {
        "map": ["#####", "#.~G#", "#...#", "#####"],
        "agents": [[1, 1, "east", 0]],
        "max_steps": 50,
    }
    world = load_world("Empty-v0", records=(level,), **{"transition.hazard_ends": False})
    assert solve(world, level).length == 2
    dear = solve(world.override(**{"reward.hazard_cost": 0.5}), level)
    assert (dear.method, dear.length) == ("exact", 7)


def test_teams_gather_all_food_or_are_searched_jointly() -> None:
    world = load_world("Foraging-v0", size=5, players=2, food=1)
    bank = generate_levels(world, 0, 4)
    for row, found in enumerate(solve_many(world, bank, range(4))):
        joint = by_values(Solver(world, bank), row)
        assert (found.method, joint.method) == ("exact", "exact")
        assert found.return_ == pytest.approx(1.0) == joint.return_
        assert joint.length <= found.length
    hurried = world.override(**{"reward.step_cost": 0.01, "episode.max_steps": 12})
    found = solve(hurried, (bank, 0))
    best = by_values(Solver(hurried, bank), 0)
    assert found == best
    alone = hurried.override(num_levels=1, start_level=0)
    assert _returns(alone, 1)[0] == pytest.approx(best.return_, abs=1e-9)


def test_larger_teams_play_the_best_script() -> None:
    world = load_world("Foraging-v0", size=9, players=4, food=4)
    bank = generate_levels(world, 0, 6)
    found = solve_many(world, bank, range(6))
    means, errors, _ = random_returns(world, bank, range(6), 50, 0)
    assert all(best.return_ > mean for best, mean in zip(found, means + 4 * errors, strict=True))
    assert sum(best.method == "exact" for best in found) >= 4
    hurried = world.override(**{"reward.step_cost": 0.01})
    script = solve(hurried, (bank, 0))
    assert script.method == "policy"
    assert _returns(hurried.override(num_levels=1, start_level=0), 1)[0] == pytest.approx(
        script.return_
    )


def test_a_world_too_large_is_played_with_new_plans() -> None:
    world = load_world("DoorKey-v0", size=6, num_levels=1, **{"transition.slip": 0.2})
    bank = generate_levels(world, 0, 1)
    exact = solve(world, (bank, 0)).return_
    batch = Batch([world], 64, autoreset="disabled")
    batch.reset(seed=0)
    player = ReplanPolicy(world, bank, 0)
    while not batch.w.core["ended"].all():
        for i in np.flatnonzero(batch.w.core["ended"] == 0):
            batch.w.actions[i] = player.act(batch.w, int(i))
        batch.step()
    got = batch.w.final_returns.sum(axis=1)
    assert exact - 0.02 < got.mean() < exact + 4 * got.std() / 8


@pytest.mark.parametrize(("knobs", "count"), [({}, 8), ({"rooms": 10}, 1), ({"room": 9}, 1)])
def test_gauntlets_of_every_size_are_played_to_the_goal(knobs: dict[str, int], count: int) -> None:
    """Even with no slip, full searches of these levels would look at millions of states."""
    world = load_world("Gauntlet-v0", **knobs)
    bank = generate_levels(world, 10_000, count)
    for row in range(count):
        returns, _ = play(world, bank, row, ReplanPolicy(world, bank, row), 4)
        assert returns.min() > 0.3
        assert returns.mean() > 0.7


def test_the_references_of_gauntlets_are_near_the_goals_reward_and_fall_with_difficulty() -> None:
    """At 0 every level is worth 0.8; the player waits for ever where a plan is not found."""
    means, lengths = [], []
    for difficulty in (0.0, 0.5, 1.0):
        world = load_world("Gauntlet-v0", difficulty=difficulty)
        bank, returns, steps = generate_levels(world, 10_000, 24), [], []
        for row in range(24):
            got, length = play(world, bank, row, ReplanPolicy(world, bank, row), 16)
            returns.append(got.mean())
            steps.append(length)
        assert min(returns) > (0.8 if difficulty == 0 else 0.7)
        means.append(np.mean(returns))
        lengths.append(np.mean(steps))
    assert means == sorted(means, reverse=True)
    assert lengths == sorted(lengths)


def test_a_plan_leaves_things_alone_at_the_cost_of_few_steps() -> None:
    calm = {"transition.slip": 0.0, "transition.wind": 0.0, "transition.obstacle_rate": 0.0}
    world = load_world(
        "Gauntlet-v0", **calm, **{"transition.hazard_ends": True, "transition.energy": 0}
    )
    bank, best = generate_levels(world, 0, 8), []
    solver = Solver(world, bank, max_states=1 << 19)
    _, shortest, statuses = solver.shortest(range(8))
    for row in np.flatnonzero(statuses == FOUND):
        if bank.levels.map[row]["num_obstacles"] == 0:
            _, length = play(world, bank, int(row), ReplanPolicy(world, bank, int(row)), 1)
            best.append((length, int(shortest[row])))
    assert len(best) >= 3
    assert all(least <= length <= least + 4 for length, least in best)


@pytest.mark.parametrize("things", ["C.", "o.", "B.", "oB", "K."])
def test_a_plan_moves_what_stands_in_the_way(things: str) -> None:
    level = {
        "map": ["#######", f"#..{things}.#", "####G##", "#######"],
        "agents": [[1, 1, "east", 0]],
        "max_steps": 60,
    }
    world = load_world("Empty-v0", records=(level,), **{"transition.slip": 0.02})
    bank = read_records(world)
    returns, length = play(world, bank, 0, ReplanPolicy(world, bank, 0), 8)
    assert returns.min() > 0.5
    assert 5 <= length < 25


def test_players_do_not_mind_a_roomy_batch() -> None:
    small = load_world("FrozenLake-v0", map="4x4", **{"episode.max_steps": 30})
    large = load_world("FrozenLake-v0", size=9)
    mixed = Batch([small, large], 2, autoreset="disabled")
    alone = Batch([small], 1, autoreset="disabled")
    for batch in (mixed, alone):
        batch.reset(seed=4)
    players = [policy(small, batch.w, int(batch.w.core["level"][0])) for batch in (mixed, alone)]
    while not alone.w.core["ended"][0]:
        for player, batch in zip(players, (mixed, alone), strict=True):
            batch.w.actions[0] = player.act(batch.w, 0)
        assert mixed.w.actions[0] == alone.w.actions[0]
        mixed.step()
        alone.step()
    assert mixed.w.core["ended"][0]


def test_random_play_is_a_batch_of_random_actions() -> None:
    world = load_world("Empty-v0", size=5, num_levels=1)
    mean, error, n = random_return(world, (generate_levels(world, 0, 1), 0), 2000, 1)
    assert (mean, error, n) == random_return(world, (generate_levels(world, 0, 1), 0), 2000, 1)
    batch, rng = Batch([world], 2000, autoreset="disabled"), np.random.default_rng(0)
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        batch.w.actions[:] = rng.integers(7, size=batch.w.actions.shape)
        batch.step()
    got = batch.w.final_returns[:, 0]
    assert abs(mean - got.mean()) <= 4.5 * np.hypot(error, got.std() / np.sqrt(len(got)))


def test_readable_levels_and_rows_are_the_same() -> None:
    world = load_world("DoorKey-v0", size=5)
    bank = generate_levels(world, 7, 1)
    level = world.family.module("level").read(bank, 0)
    assert solve(world, level) == solve(world, (bank, 0))
    assert policy(world, read_records(world.override(records=(level,))), 0) is not None
