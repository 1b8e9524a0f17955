"""Level files as worlds: every face and command takes one by its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError, SplitError
from adaptarium.generators.core.files import read_levels

COUNT = 120  # enough to be split


@pytest.fixture(scope="module", params=[".jsonl", ".npz"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("levels") / f"my mazes{request.param}"
    adaptarium.generate("Maze-v0", count=COUNT, out=found, seed=3, overrides={"size": 7})
    return found


def test_its_levels_are_the_worlds_only_ones(path: Path) -> None:
    file, world = read_levels(path), adaptarium.world(str(path))
    assert world.id == "Maze.my_mazes-v0"
    assert world.distinct_levels() == COUNT
    hashes = {int(content) for content in file.bank.info["content"]}
    batch = Batch([world], 50, autoreset="same_step")
    batch.reset(seed=0)
    playing = batch.w.info["content"][batch.w.core["level"]]
    assert {int(content) for content in playing} <= hashes
    # Row ``s`` of the file is the first level of ``reset(seed=s)``.
    assert (playing == file.bank.info["content"][:50]).all()


def test_every_face_takes_it(path: Path) -> None:
    one = gym.make("adaptarium/World-v0", world=path)
    several = adaptarium.vec(path, 3)
    first, _ = one.reset(seed=2)
    all_of_them, _ = several.reset(seed=0)
    np.testing.assert_array_equal(all_of_them["image"][2], first["image"])


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_split_of_it_keeps_to_the_split(path: Path, split: str) -> None:
    world = adaptarium.world(path, split=split)
    batch = Batch([world], 1)
    (_, count), info = batch.banks[0], batch.w.info[1:]
    wanted = ("all", "train", "validation", "test").index(split)
    assert 0 < count < COUNT
    assert (info["split"] == wanted).all()


def test_a_split_that_it_lacks_is_refused(path: Path) -> None:
    file = read_levels(path)
    train = [r.level for r in file.records if r.split == "train"]
    world = adaptarium.world(path, records=tuple(train) * 2, split="test")
    with pytest.raises(SplitError, match="none of its levels is of split 'test'"):
        Batch([world], 1)


def test_a_file_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(LevelError, match=r"absent\.jsonl: No such file"):
        adaptarium.world("absent.jsonl")


@pytest.mark.parametrize("suffix", [".jsonl", ".npz"])
def test_a_world_that_is_not_registered_lies_in_its_file(suffix: str, tmp_path: Path) -> None:
    own = replace(adaptarium.world("Maze-v0", size=7, **{"transition.slip": 0.25}), id="MyMaze-v3")
    changed = adaptarium.world("Maze-v0", size=7)
    for world in (own, changed):
        path = tmp_path / f"{world.id}{suffix}"
        adaptarium.generate(world, count=5, out=path, overrides={"reward.step_cost": 0.5})
        file = read_levels(path)
        expected = world.override(**{"reward.step_cost": 0.5})
        assert file.header.definition is not None
        assert file.world.rules == expected.rules
        assert file.world.id == world.id
        assert adaptarium.validate(path)["valid"]


def test_a_registered_world_is_named_and_not_copied(path: Path) -> None:
    assert read_levels(path).header.definition is None
