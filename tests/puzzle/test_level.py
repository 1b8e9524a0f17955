"""Readable levels of puzzles: the round trip, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core import registry
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.world import load_world
from adaptarium.envs.puzzle.level import needs, read, write

IDS = [spec.id for spec in registry.world_specs() if spec.family == "puzzle"]
LEVEL: dict[str, Any] = {
    "board": ["010", "111", "010"],
    "colours": 2,
    "values": 2,
    "max_steps": 27,
}


@pytest.mark.parametrize("world_id", IDS)
def test_a_level_is_read_and_written_again(world_id: str) -> None:
    world = load_world(world_id)
    bank, other = generate_levels(world, 0, 4), generate_levels(world, 9, 4)
    for k in range(4):
        readable = read(bank, k)
        write(other, k, readable)
        assert read(other, k) == readable
        for field in ("cells", "goal", "rules", "map"):
            assert (getattr(bank.levels, field)[k] == getattr(other.levels, field)[k]).all()


def test_what_may_be_left_out() -> None:
    world = load_world("Lights-v0").override(records=(LEVEL,))
    batch = Batch([world], 1)
    batch.reset(seed=0)
    assert batch.w.state.counts[0, 0]["wrong"] == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bord": []}, "unknown key 'bord'; did you mean 'board'"),
        ({"board": ["01", "0"]}, "board row 1 has 1 digits, row 0 has 2"),
        ({"board": ["0!0", "111", "010"]}, "board row 0, column 1: '!', expected a digit"),
        ({"board": ["020", "111", "010"]}, "board: value 2, expected 0 to 1"),
        ({"board": ["0" * 32] * 32}, "1024 cells, expected at most 512"),
        ({"goal": ["000"]}, r"goal: expected the board's rows and columns \(3, 3\)"),
        ({"rules": [[[0, 0]]]}, "rule 0: expected 9 pairs"),
        ({"rules": [[[10, 0]] * 9]}, "rule 0, cell 0 = 10: expected 0 to 9"),
        ({"answer": 1}, "answer = 1: expected 0 to 0; the nearest valid is 0"),
        ({"mark": [3, 0]}, "mark x = 3: expected 0 to 2"),
        ({"colours": 3}, "colours = 3: expected 1 to 2"),
        ({"max_steps": 0}, "max_steps = 0: expected 1 to 1000000"),
    ],
)
def test_what_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(LevelError, match=message):
        needs({**LEVEL, **change})


def test_boards_of_several_sizes_are_no_world() -> None:
    small = {"board": ["01", "11"], "colours": 2, "values": 2, "max_steps": 12}
    world = load_world("Lights-v0").override(records=(LEVEL, small))
    with pytest.raises(LevelError, match="expected one height, got 2 and 3"):
        Batch([world], 1)


def test_worlds_of_several_sizes_share_a_batch() -> None:
    """Every board keeps its own numbers of cells, beside a larger one and with mines."""
    worlds = [load_world("Lights-v0", size=3), load_world("Minesweeper-v0"), load_world("Morph-v0")]
    batch = Batch(worlds, 3, autoreset="disabled")
    batch.reset(seed=0)
    assert [int(mask.sum()) for mask in batch.masks()[:, 0]] == [9, 128, 4]
    before = batch.w.state.board[0, :9].copy()
    batch.w.actions[0] = 4  # the middle of 3 x 3
    batch.step()
    assert (batch.w.state.board[0, :9] != before).tolist() == [
        *(False, True, False),
        *(True, True, True),
        *(False, True, False),
    ]
