"""Mine fields: rules, conclusions that are sound, and boards that need no guess."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.puzzle.codes import CLOSED, MINE, OPEN
from adaptarium.envs.puzzle.logician import Logician
from adaptarium.envs.puzzle.reference import solve, solve_many


def field(*rows: str, mark: list[int] | None = None) -> dict[str, Any]:
    """A level with mines at 1."""
    return {"board": list(rows), "mark": mark, "colours": 1, "values": 9, "max_steps": 200}


def batch_on(level: dict[str, Any], **factors: Any) -> Batch:
    world = load_world("Minesweeper-v0", **factors).override(records=(level,))
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def act(batch: Batch, action: int) -> float:
    batch.w.actions[0] = action
    batch.step()
    return float(batch.w.reward[0, 0])


def test_numbers_count_the_mines_beside() -> None:
    batch = batch_on(field("100", "000", "001"))
    board = batch.w.state.board[0, :9].reshape(3, 3).tolist()
    assert board == [[MINE, 1, 0], [1, 2, 1], [0, 1, MINE]]
    wrapped = batch_on(field("100", "000", "001"), **{"transition.wrap": True})
    assert wrapped.w.state.board[0, :9].tolist()[1:8] == [2] * 7


def test_a_cell_without_mines_beside_it_opens_those_beside() -> None:
    rows = field("10000", "00000", "00000", "00001")
    for cascade, opened in ((True, 18), (False, 1)):
        batch = batch_on(rows, **{"transition.cascade": cascade})
        act(batch, 2)
        cover = batch.w.state.cover[0, :20]
        assert int((cover == OPEN).sum()) == opened
        assert batch.w.state.counts[0, 0]["rest"] == 18 - opened


@pytest.mark.parametrize("rule", ["as_is", "safe", "opening"])
def test_the_first_click_moves_mines_away(rule: str) -> None:
    batch = batch_on(
        field("00000", "01110", "01110", "01110", "00000"), **{"transition.first_click": rule}
    )
    act(batch, 12)
    board = batch.w.state.board[0, :25].reshape(5, 5)
    assert int((board == MINE).sum()) == 9, "mines are moved, not removed"
    assert batch.w.metrics["failures"][0] == (rule == "as_is")
    if rule == "opening":
        assert not (board[1:4, 1:4] == MINE).any()
        assert (batch.w.state.cover[0, :25].reshape(5, 5)[1:4, 1:4] == OPEN).all()
    elif rule == "safe":
        assert board[2, 2] == 8


def test_flags_guard_a_cell_and_come_off_again() -> None:
    batch = batch_on(field("1000", "0000", "0000", "0001"))
    assert batch.masks()[0, 0, 0]
    act(batch, 16)
    assert not batch.masks()[0, 0, 0], "a cell with a flag is not revealed"
    act(batch, 0)
    assert batch.w.alive[0, 0]
    act(batch, 16)
    assert batch.w.state.cover[0, 0] == CLOSED


def test_a_mine_ends_the_episode_or_costs() -> None:
    cost = {"reward.failure_cost": 0.5}
    batch = batch_on(field("1000", "0000"), **cost)
    assert act(batch, 0) == -0.5
    assert batch.w.terminated[0, 0]
    lenient = batch_on(field("1000", "0000"), **cost, **{"transition.failure_ends": False})
    assert act(lenient, 0) == -0.5
    assert not lenient.w.terminated[0, 0]
    assert act(lenient, 7) == 0.0
    assert act(lenient, 4) == 1.0, "the other cells are still worth opening"


def assert_no_guess(world: World, count: int) -> None:
    bank = generate_levels(world, 0, count)
    for row, one in enumerate(solve_many(world, bank, range(count))):
        player = Logician(world, bank, row)
        batch = Batch([world.override(records=(_read(world, bank, row),))], 1, autoreset="disabled")
        batch.reset(seed=0)
        while not batch.w.core["ended"][0]:
            batch.w.actions[0] = player.act(batch.w, 0)
            batch.step()
        assert player.guesses == 0
        assert batch.w.metrics["success"][0]
        assert (one.method, one.return_) == ("exact", 1.0)


def _read(world: World, bank: Any, row: int) -> dict[str, Any]:
    level: dict[str, Any] = world.family.module("level").read(bank, row)
    return level


def test_boards_free_of_guesses_are_solved_without_one() -> None:
    assert_no_guess(load_world("Minesweeper-v0"), 12)


@pytest.mark.full
@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"height": 5, "width": 5, "mines": 3},
        {"height": 9, "width": 9, "mines": 10},
        {"height": 16, "width": 16, "mines": 40},
    ],
)
def test_many_boards_free_of_guesses_are_solved_without_one(knobs: dict[str, int]) -> None:
    assert_no_guess(load_world("Minesweeper-v0", **knobs), 60)


def test_other_boards_are_told_by_what_a_guesser_gets() -> None:
    world = load_world("Minesweeper-v0", mines=16, guess_free=False)
    bank = generate_levels(world, 0, 12)
    found = solve_many(world, bank, range(12))
    guessed = [one for one in found if one.method == "policy"]
    assert guessed
    assert all(0 <= one.return_ <= 1 and one.n == 64 for one in guessed)


def test_a_reference_that_pays_for_time_does_not_claim_to_be_exact() -> None:
    world = load_world("Minesweeper-v0", **{"reward.step_cost": 0.01})
    one = solve_many(world, generate_levels(world, 0, 1), [0])[0]
    assert one.method == "policy"
    assert one.return_ == pytest.approx(1 - 0.01 * one.length)


@pytest.mark.parametrize("seed", range(6))
def test_conclusions_hold_in_every_field_that_looks_the_same(seed: int) -> None:
    """Brute force over all fields of 4 x 4 with three mines: what is called safe is safe in all."""
    world = load_world("Minesweeper-v0", height=4, width=4, mines=3, guess_free=False)
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=seed)
    player = Logician(world, batch.w, int(batch.w.core["level"][0]))
    numbers = {mines: _numbers(mines) for mines in itertools.combinations(range(16), 3)}
    while not batch.w.core["ended"][0]:
        open_cells = np.flatnonzero(batch.w.state.cover[0, :16] == OPEN)
        shown = batch.w.state.board[0, :16]
        alike = [m for m, n in numbers.items() if (n[open_cells] == shown[open_cells]).all()]
        before = player.guesses
        cell = player.act(batch.w, 0)
        if len(open_cells) and player.guesses == before:
            assert all(cell not in mines for mines in alike)
        batch.w.actions[0] = cell
        batch.step()


def _numbers(mines: tuple[int, ...]) -> np.ndarray:
    """What an open cell shows; -1 on a mine."""
    field = np.zeros((6, 6), int)
    for mine in mines:
        field[mine // 4 + 1, mine % 4 + 1] = 1
    around = sum(np.roll(field, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
    return np.where(field, -1, around)[1:5, 1:5].ravel()


def test_small_boards_are_solved_by_the_public_door() -> None:
    level = field("1000", "0000", "0000", "0001", mark=[2, 0])
    assert solve(load_world("Minesweeper-v0"), level).return_ == 1.0
