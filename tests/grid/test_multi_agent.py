"""Several agents at once: who gets the cell, who gets the food, who is still there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World

ACTIONS = ("stay", "north", "south", "west", "east", "load")
Rows = Sequence[str]


def team(rows: Rows, agents: Sequence[Sequence[Any]], **factors: Any) -> Batch:
    """A batch of one slot that plays the level of these map rows; agents are [x, y, level]."""
    starts = [[x, y, "east", level] for x, y, level in agents]
    record = {"map": list(rows), "agents": starts, "max_steps": 50}
    world = World.from_data(
        {
            "id": "Team-v0",
            "family": "grid",
            "preset": "foraging",
            "seats": len(agents),
            "levels": {"records": [record]},
            "rules": factors,
        }
    )
    # Room for four agents in every batch: one compiled signature, and the padding is tested along.
    batch = Batch([world], 1, autoreset="disabled", capacity={"agents": 4})
    batch.reset(seed=0)
    return batch


def play(batch: Batch, *actions: str) -> None:
    batch.w.actions[:] = 0
    batch.w.actions[0, : len(actions)] = [ACTIONS.index(action) for action in actions]
    batch.step()


def places(batch: Batch) -> list[tuple[int, int]]:
    agents = batch.w.state.agents[0, : batch.w.levels.map["num_agents"][-1]]
    return [(int(agent["x"]), int(agent["y"])) for agent in agents]


def rewards(batch: Batch) -> list[float]:
    count = int(batch.w.levels.map["num_agents"][-1])
    return [float(value) for value in batch.w.reward[0, :count]]


# ---- movement ----


def test_two_agents_that_want_one_cell_both_stay() -> None:
    batch = team(["..."], [[0, 0, 1], [2, 0, 1]])
    play(batch, "east", "west")
    assert places(batch) == [(0, 0), (2, 0)]


def test_two_agents_never_swap_places() -> None:
    batch = team([".."], [[0, 0, 1], [1, 0, 1]])
    play(batch, "east", "west")
    assert places(batch) == [(0, 0), (1, 0)]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
def test_a_chain_moves_together(order: list[int]) -> None:
    starts = [[x, 0, 1] for x in order]
    batch = team(["...."], starts)
    play(batch, "east", "east", "east")
    assert places(batch) == [(x + 1, 0) for x in order]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
def test_a_chain_stops_when_its_head_is_stopped(order: list[int]) -> None:
    batch = team(["..."], [[x, 0, 1] for x in order])
    play(batch, "east", "east", "east")
    assert places(batch) == [(x, 0) for x in order]


def test_a_conflict_stops_those_behind() -> None:
    batch = team([".....", "#.###"], [[0, 0, 1], [1, 0, 1], [3, 0, 1]])
    play(batch, "east", "east", "west")
    assert places(batch) == [(0, 0), (1, 0), (3, 0)]


def test_a_ring_of_agents_turns() -> None:
    batch = team(["..", ".."], [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
    play(batch, "east", "south", "west", "north")
    assert places(batch) == [(1, 0), (1, 1), (0, 1), (0, 0)]


def test_an_agent_that_is_out_blocks_nobody_and_does_not_move() -> None:
    batch = team([".G..."], [[0, 0, 1], [3, 0, 1]])
    play(batch, "east", "west")
    assert batch.w.terminated[0].tolist() == [True, False, False, False]
    assert batch.w.alive[0, :4].tolist() == [0, 1, 0, 0]
    play(batch, "east", "west")
    assert places(batch) == [(1, 0), (1, 0)]
    assert batch.w.terminated[0].tolist() == [False, True, False, False]
    assert batch.w.core["ended"][0] == 1


def test_a_crate_counts_as_one_that_wants_the_cell() -> None:
    """One pushes a crate into the cell that another enters: both stay, and so does a follower."""
    rows = ["##.##", "#....", ".C...", "#...."]
    batch = team(rows, [[0, 2, 1], [2, 1, 1], [2, 0, 1]])
    play(batch, "east", "south", "south")
    assert places(batch) == [(0, 2), (2, 1), (2, 0)]
    assert len(set(places(batch))) == 3


def test_two_crates_do_not_merge() -> None:
    rows = [".C.C."]
    batch = team(rows, [[0, 0, 1], [4, 0, 1]])
    play(batch, "east", "west")
    assert places(batch) == [(0, 0), (4, 0)]


def test_a_pushed_crate_makes_room_for_those_behind() -> None:
    batch = team([".. C.".replace(" ", ".")], [[1, 0, 1], [2, 0, 1]])
    play(batch, "east", "east")
    assert places(batch) == [(2, 0), (3, 0)]


def test_random_crowds_never_share_a_cell_or_lose_a_crate() -> None:
    rows = ["......", ".C..C.", "..C...", ".C..C.", "......"]
    batch = team(rows, [[0, 0, 1], [5, 0, 1], [0, 4, 1], [5, 4, 1]], episode={"max_steps": 100_000})
    rng = np.random.default_rng(7)
    crates = int((batch.w.state.cells[0] & 0xFF == 11).sum())
    assert crates == 5
    for _ in range(3000):
        play(batch, *rng.choice(ACTIONS[:5], 4))
        here = places(batch)
        assert len(set(here)) == 4
        cells = batch.w.state.cells[0, :30].reshape(5, 6) & 0xFF
        assert (cells == 11).sum() == crates
        assert all(cells[y, x] == 1 for x, y in here)


# ---- foraging: Christianos, Schäfer & Albrecht (NeurIPS 2020), section 4 and lbforaging ----


def test_one_agent_that_is_strong_enough_takes_the_food_alone() -> None:
    batch = team([".2.", "..3"], [[0, 0, 2], [0, 1, 1]])
    play(batch, "load", "stay")
    assert rewards(batch) == pytest.approx([2 * 2 / (2 * 5), 0.0])
    assert batch.w.metrics["food"][0] == 2


def test_food_is_shared_by_level() -> None:
    """Levels 1 and 2 load food of level 3; all food together is 3 + 1."""
    batch = team([".3.", "...", "1.."], [[0, 0, 1], [2, 0, 2]])
    play(batch, "load", "load")
    assert rewards(batch) == pytest.approx([1 * 3 / (3 * 4), 2 * 3 / (3 * 4)])


def test_an_agent_takes_part_in_one_load_a_step() -> None:
    """Beside two foods an agent loads one, as in lbforaging, and a failed load costs once."""
    batch = team([".1", "1."], [[0, 0, 1], [1, 1, 1]], reward={"failed_load_cost": 0.25})
    play(batch, "load", "stay")
    assert rewards(batch) == pytest.approx([0.5, 0.0])
    play(batch, "load", "stay")
    assert rewards(batch) == pytest.approx([0.5, 0.0])
    heavy = team([".3", "3."], [[0, 0, 1], [1, 1, 1]], reward={"failed_load_cost": 0.25})
    play(heavy, "load", "load")
    assert rewards(heavy) == [-0.25, -0.25]


def test_food_that_is_too_heavy_stays_and_costs_what_the_world_says() -> None:
    batch = team([".3."], [[0, 0, 1], [2, 0, 1]], reward={"failed_load_cost": 0.25})
    play(batch, "load", "load")
    assert rewards(batch) == [-0.25, -0.25]
    assert batch.w.state.cells[0, 1] & 0xFF == 13
    play(batch, "load", "stay")
    assert rewards(batch) == [-0.25, 0.0]


def test_only_those_that_load_count() -> None:
    batch = team([".3."], [[0, 0, 2], [2, 0, 2]])
    play(batch, "load", "stay")
    assert rewards(batch) == [0.0, 0.0]


def test_loading_away_from_food_does_nothing() -> None:
    batch = team(["...1"], [[0, 0, 3], [1, 0, 1]], reward={"failed_load_cost": 0.25})
    play(batch, "load", "load")
    assert rewards(batch) == [0.0, 0.0]


def test_stronger_than_needed_shares_by_level_too() -> None:
    """Levels 3 and 1 load food of level 2, the only food: shares 3/4 and 1/4 of everything."""
    batch = team([".2."], [[0, 0, 3], [2, 0, 1]])
    play(batch, "load", "load")
    assert rewards(batch) == pytest.approx([0.75, 0.25])


def test_the_food_of_an_episode_is_worth_its_factor() -> None:
    batch = team(["1..2"], [[1, 0, 1], [2, 0, 2]], reward={"food": 5.0})
    play(batch, "load", "load")
    assert rewards(batch) == pytest.approx([5 / 3, 10 / 3])
    assert float(batch.w.final_returns[0].sum()) == pytest.approx(5.0)


def test_the_last_food_ends_the_episode_for_those_that_live() -> None:
    batch = team(["1..2"], [[1, 0, 1], [2, 0, 2]])
    play(batch, "load", "stay")
    assert not batch.w.terminated.any()
    play(batch, "stay", "load")
    assert batch.w.terminated[0].tolist() == [True, True, False, False]
    assert batch.w.metrics["success"][0] == 1
    assert batch.w.core["ended"][0] == 1


def test_an_agent_that_is_out_neither_loads_nor_ends_again() -> None:
    batch = team(["G.1.2"], [[1, 0, 1], [3, 0, 2]])
    play(batch, "west", "load")
    assert batch.w.terminated[0, 0]
    play(batch, "load", "load")
    assert rewards(batch)[0] == 0.0
    play(batch, "load", "load")
    assert batch.w.terminated[0].tolist() == [False, False, False, False]


# ---- joining and leaving ----


def test_seats_without_an_agent_are_empty() -> None:
    batch = team(["...1"], [[0, 0, 1], [1, 0, 1]])
    assert batch.w.alive[0].tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
    assert not batch.obs["image"][0, 2:].any()
    play(batch, "east", "stay")
    assert not batch.w.truncated[0, 2:].any()
    assert not batch.w.reward[0, 2:].any()


def test_levels_of_different_team_sizes_take_turns_in_one_slot() -> None:
    """Agents join and leave from episode to episode, up to the capacity."""
    two = {"map": ["...1"], "agents": [[0, 0, "east", 1], [1, 0, "east", 1]], "max_steps": 3}
    four = {
        "map": ["....", "...1"],
        "agents": [[x, 0, "east", 1] for x in range(4)],
        "max_steps": 3,
    }
    world = World.from_data(
        {
            "id": "Team-v0",
            "family": "grid",
            "preset": "foraging",
            "seats": 4,
            "levels": {"records": [two, four]},
        }
    )
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    assert batch.w.alive[0, :4].sum() == 2
    batch.reset(seed=1)
    assert batch.w.alive[0, :4].sum() == 4


def test_the_time_limit_cuts_everyone_who_still_lives() -> None:
    batch = team(["G...1"], [[1, 0, 1], [3, 0, 1]], episode={"max_steps": 2})
    play(batch, "west", "stay")
    play(batch, "stay", "stay")
    assert batch.w.truncated[0].tolist() == [False, True, False, False]
    assert batch.w.terminated[0].tolist() == [False, False, False, False]


def test_padding_changes_nothing() -> None:
    """The same crowd in a batch of its own size and in a roomier one goes the same way."""
    rows = ["......", ".1..2.", "......", "..3..."]
    record = {
        "map": rows,
        "agents": [[0, 0, "east", 1], [5, 0, "east", 2]],
        "max_steps": 60,
    }
    world = World.from_data(
        {
            "id": "Team-v0",
            "family": "grid",
            "preset": "foraging",
            "seats": 2,
            "levels": {"records": [record]},
            "rules": {"transition": {"slip": 0.2}},
        }
    )
    tight = Batch([world], 1)
    roomy = Batch([world], 1, capacity={"agents": 4, "height": 9, "width": 8})
    for batch in (tight, roomy):
        batch.reset(seed=5)
    rng = np.random.default_rng(1)
    for _ in range(100):
        actions = rng.integers(0, 6, 2)
        for batch in (tight, roomy):
            batch.w.actions[0, :2] = actions
            batch.step()
        assert np.array_equal(tight.obs["image"][0], roomy.obs["image"][0, :2])
        assert np.array_equal(tight.w.reward[0], roomy.w.reward[0, :2])
