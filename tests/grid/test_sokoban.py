"""Sokoban: the mechanic, the solver beside the search on the kernel, generated levels, Microban."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.assets import MICROBAN
from adaptarium.envs.core.banks import read_records
from adaptarium.envs.core.errors import FactorError, LevelError
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Solver, random_return
from adaptarium.envs.core.search import FOUND
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes, reference
from adaptarium.envs.grid.asciitext import read_text
from adaptarium.envs.grid.sokoban import solver, xsb
from adaptarium.generators.core.produce import distinct_levels

# Worlds in which the search on the kernel is for the fewest steps, too.
RACE = {"reward.step_cost": 0.0, "reward.stored": 0.0, "reward.goal_decay": 0.9}
NORTH, SOUTH, WEST, EAST = range(4)


def world_of(*rows: str, **overrides: Any) -> World:
    """A Sokoban world of one level, drawn in the standard signs."""
    collection = xsb.read_text("\n".join(rows))
    return adaptarium.world("Sokoban-v0", **overrides).override(
        records=(collection.puzzles[0].level(),)
    )


def played(world: World, *actions: int) -> tuple[list[float], bool, dict[str, Any]]:
    """Rewards, whether the episode was terminated, and the last info."""
    env = world.gym()
    env.reset(seed=0)
    rewards, terminated, info = [], False, dict[str, Any]()
    for action in actions:
        _, reward, terminated, _, info = env.step(action)
        rewards.append(round(float(reward), 6))
    env.close()
    return rewards, terminated, info


def test_crates_pay_by_where_they_are_pushed_and_the_last_one_ends_it() -> None:
    world = world_of("########", "#@$.  .#", "#  $   #", "########")
    rewards, terminated, _ = played(world, EAST, EAST, WEST)
    assert rewards == [0.9, -1.1, -0.1], "onto the target, and off it again"
    assert not terminated
    short = world_of("######", "#@$ .#", "######")
    rewards, terminated, info = played(short, EAST, EAST)
    assert rewards == [-0.1, 10.9]
    assert terminated
    assert info["metrics"]["success"] == 1


def test_a_target_comes_out_again_in_its_own_colour() -> None:
    level = read_text("#######\n#>Cx.x#\n#..C..#\n#######\n\n3,1 colour blue\n")
    world = adaptarium.world("Sokoban-v0").override(records=(level,))
    env = world.vec(1)
    env.reset(seed=0)
    seen = []
    for action in (EAST, EAST):
        obs, *_ = env.step(np.array([action]))
        seen.append(obs["image"][0, 3, 1].tolist())
    assert seen[0] == [codes.CRATE, codes.YELLOW, 1 + codes.BLUE]
    # The agent stands on it now: its heading (east) is four more over a target.
    assert seen[1] == [codes.AGENT, codes.RED, codes.EAST + 4]
    obs, *_ = env.step(np.array([WEST]))
    assert obs["image"][0, 3, 1].tolist() == [codes.FLOOR, codes.BLUE, codes.TARGET]


def test_a_crate_pushes_no_other_crate() -> None:
    env = world_of("#########", "#@$$  ..#", "#########").vec(1)
    obs, _ = env.reset(seed=0)
    after, *_ = env.step(np.array([EAST]))
    np.testing.assert_array_equal(after["image"], obs["image"])


def small_levels(count: int, seed: int) -> tuple[World, Workspace]:
    """Levels of one crate or two that the search on the kernel solves in a moment."""
    world = adaptarium.world("Sokoban-v0", size=6, boxes=1 + seed % 2, **RACE)
    return world, distinct_levels(world, count, seed)


def check_equal(world: World, bank: Workspace) -> None:
    """The solver's returns and lengths are those of the search on the kernel."""
    rows = range(len(bank.info))
    values, lengths, statuses = Solver(world, bank).shortest(rows)
    found = reference.solve_many(world, bank, rows)
    assert (statuses == FOUND).all()
    assert {one.method for one in found} == {"exact"}
    assert [one.length for one in found] == lengths.tolist()
    np.testing.assert_allclose([one.return_ for one in found], values, atol=1e-12)


def test_the_solver_is_the_search_on_the_kernel() -> None:
    for seed in (0, 1):
        check_equal(*small_levels(64, seed))


@pytest.mark.full
def test_the_solver_is_the_search_on_the_kernel_on_10_000_levels() -> None:
    for seed in range(10):
        check_equal(*small_levels(1000, seed))


def test_what_is_lost_is_refused() -> None:
    corner = world_of("#####", "#@  #", "#$  #", "# . #", "#####")
    with pytest.raises(LevelError, match="cannot be stored within 120 steps"):
        reference.solve(corner, (read_records(corner), 0))
    frozen = world_of("#######", "#@    #", "# $$  #", "# $$  #", "#  ...#", "#  .  #", "#######")
    with pytest.raises(LevelError, match="cannot be stored"):
        reference.solve(frozen, (read_records(frozen), 0))


def test_a_solution_that_is_not_the_shortest_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    world = xsb.read_file(MICROBAN).world()
    bank = read_records(world)
    exact = reference.solve(world, (bank, 4))
    for name in ("QUICK_STATES", "SOME_STATES", "MOST_STATES"):
        monkeypatch.setattr(solver, name, (64,) if name == "QUICK_STATES" else 400)
    puzzle = solver.puzzle_of(bank, 4)
    assert puzzle is not None
    found = solver.solve(puzzle, 224, 400)
    assert not found.exact
    assert found.stored == len(puzzle.crates)
    assert found.least <= exact.length <= len(found.headings)
    part = solver.solve(puzzle, 224, 40)
    assert part.stored < len(puzzle.crates)
    assert len(part.headings) == 224


def test_no_random_play_reaches_the_reference() -> None:
    world = adaptarium.world("Sokoban-v0")
    bank = distinct_levels(world, 8, 0)
    for row, best in enumerate(reference.solve_many(world, bank, range(8))):
        mean, error, _ = random_return(world, (bank, row), 32, 0)
        assert best.return_ > mean + 4 * error


def test_generated_levels_are_solvable_distinct_and_harder_as_asked() -> None:
    lengths = []
    for difficulty in (0.0, 0.5, 1.0):
        world = adaptarium.world("Sokoban-v0", difficulty=difficulty, boxes=3, size=9)
        bank = distinct_levels(world, 48, 0)
        assert len(set(bank.info["content"].tolist())) == 48
        found = reference.solve_many(world, bank, range(48))
        lengths.append(np.mean([one.length for one in found]))
        for row in range(48):
            puzzle = solver.puzzle_of(bank, row)
            assert puzzle is not None
            assert len(puzzle.crates) == len(puzzle.goals) == 3
            assert not set(puzzle.crates) & set(puzzle.goals), "no crate is stored yet"
    assert lengths[0] < lengths[1] < lengths[2]
    assert lengths[2] > 1.3 * lengths[0]


def test_more_boxes_than_a_room_holds_are_refused() -> None:
    with pytest.raises(FactorError, match="boxes = 8: a map of size 6 has room for at most 2"):
        adaptarium.world("Sokoban-v0", size=6, boxes=8)


@pytest.mark.full
def test_microban_is_solved() -> None:
    """At least 90 % within the states that a solver may keep; their plans store all crates."""
    world = xsb.read_file(MICROBAN).world()
    bank = read_records(world)
    solved = 0
    for row in range(len(bank.info)):
        puzzle = solver.puzzle_of(bank, row)
        assert puzzle is not None
        found = solver.solve(puzzle, int(bank.info[row]["max_steps"]), 1 << 17)
        solved += found.stored == len(puzzle.crates)
    assert solved >= 0.9 * 155
