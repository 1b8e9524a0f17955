"""The registered puzzles: all there, sampled, and kept in level files that are valid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import adaptarium
from adaptarium.commands.generate import generate
from adaptarium.commands.validate import validate
from adaptarium.envs.core import registry
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError, StructuralShiftError
from adaptarium.envs.core.world import load_world
from adaptarium.envs.puzzle.reference import solve

IDS = [spec.id for spec in registry.world_specs() if spec.family == "puzzle"]


@pytest.mark.parametrize("world_id", IDS)
def test_a_level_file_of_puzzles_is_valid(world_id: str, tmp_path: Path) -> None:
    path = tmp_path / "levels.jsonl"
    generate(world_id, count=3, seed=1, out=path)
    report = validate(path)
    assert report["valid"], report["problems"]
    assert report["solved"] == 3


def test_puzzles_that_nobody_wrote_are_drawn() -> None:
    drawn = {adaptarium.World.sample("puzzle", seed).description for seed in range(3)}
    assert len(drawn) == 3


def test_a_face_on_four_cards_is_refused() -> None:
    level = {"board": ["11", "11"], "colours": 2, "values": 2, "max_steps": 40}
    with pytest.raises(LevelError, match="a face on 4 cards, expected 2"):
        solve(load_world("MemoryCards-v0"), level)


def test_a_shift_is_measured_against_its_own_world() -> None:
    """Beside a mine field of 128 actions, a small board has room for verbs of its own size."""
    small = load_world("Lights-v0", size=3)
    batch = Batch([small, load_world("Minesweeper-v0")], 2)
    batch.reset(seed=0)
    first = np.array([True, False])
    batch.set_rules(first, **{"action.vocabulary": ("press", "reveal", "flag", "flip")})
    with pytest.raises(StructuralShiftError, match="needs actions = 192"):
        batch.set_rules(~first, **{"action.vocabulary": ("press", "reveal", "flag")})
