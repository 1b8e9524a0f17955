"""Rooms by partition, caves and ice mazes: connected, with what the knobs ask for, and harder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import adaptarium
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import AdaptariumError
from adaptarium.envs.grid import codes, reference

WORLDS = ("Rooms-v0", "Caves-v0", "IceMaze-v0")


def _tiles(name: str, count: int, **knobs: Any) -> Any:
    """(count, height, width) tile codes of the first levels of a world."""
    bank = generate_levels(adaptarium.world(name, **knobs), 0, count)
    height, width = (int(bank.levels.map[side][0]) for side in ("height", "width"))
    return (bank.levels.cells & 0xFF).reshape(count, height, width)


def _steps(name: str, count: int = 60, **knobs: Any) -> list[int]:
    """The lengths of the exact references of the first levels of a world."""
    world = adaptarium.world(name, **knobs)
    found = reference.solve_many(world, generate_levels(world, 0, count), range(count))
    assert {one.method for one in found} == {"exact"}
    return [one.length for one in found]


@pytest.mark.parametrize("name", WORLDS)
def test_levels_are_distinct_and_get_harder_with_the_knob(name: str) -> None:
    world = adaptarium.world(name)
    assert len(np.unique(generate_levels(world, 0, 1000).info["content"])) > 990
    easy, usual, hard = (np.mean(_steps(name, difficulty=d)) for d in (0.0, 0.5, 1.0))
    assert easy < usual < hard


@pytest.mark.parametrize("size", [7, 13, 24])
@pytest.mark.parametrize("loops", [0.0, 1.0])
def test_rooms_hang_together_and_are_no_smaller_than_asked(size: int, loops: float) -> None:
    for tiles in _tiles("Rooms-v0", 40, size=size, min_room=3, loops=loops, doors=1.0):
        free = tiles != codes.WALL
        assert ndimage.label(free)[1] == 1
        rooms, count = ndimage.label(free & (tiles != codes.DOOR))
        sides = [piece for found in ndimage.find_objects(rooms) for piece in found]
        assert min(piece.stop - piece.start for piece in sides) >= 3
        doors = int((tiles == codes.DOOR).sum())  # a tree has one less than rooms
        assert doors == count - 1 if loops == 0 else doors >= count - 1


def test_doors_stand_in_their_share_of_the_openings() -> None:
    shut, ajar = (_tiles("Rooms-v0", 200, doors=share) == codes.DOOR for share in (1.0, 0.25))
    assert 0.2 < ajar.sum() / shut.sum() < 0.3


@pytest.mark.parametrize("caverns", ["joined", "largest"])
@pytest.mark.parametrize("fill", [0.0, 0.42, 0.6])
def test_a_cave_is_one_piece(caverns: str, fill: float) -> None:
    for tiles in _tiles("Caves-v0", 40, fill=fill, caverns=caverns, size=11, steps=1):
        assert ndimage.label(tiles != codes.WALL)[1] == 1


def test_more_rock_and_more_smoothing_change_the_cave() -> None:
    open_, rough = (_tiles("Caves-v0", 50, fill=fill) != codes.WALL for fill in (0.3, 0.5))
    assert open_.mean() > rough.mean() + 0.1
    walls = [_tiles("Caves-v0", 50, steps=steps) == codes.WALL for steps in (0, 4)]
    edges = [np.abs(np.diff(wall.astype(int), axis=1)).sum() for wall in walls]
    assert edges[1] < edges[0] / 2


@pytest.mark.parametrize("moves", [1, 6])
def test_the_goal_of_an_ice_maze_takes_as_many_slides_as_asked(moves: int) -> None:
    assert min(_steps("IceMaze-v0", moves=moves)) == moves


def test_an_ice_maze_is_another_puzzle_where_ice_does_not_slide() -> None:
    """On firm ground the way to the goal is a walk of more, shorter moves."""
    slides, walks = (_steps("IceMaze-v0", **{"transition.ice_slides": on}) for on in (True, False))
    assert np.mean(walks) > 1.5 * np.mean(slides)


@pytest.mark.parametrize(
    ("name", "knobs", "message"),
    [
        ("Rooms-v0", {"min_room": 1}, "min_room"),
        ("Caves-v0", {"caverns": "some"}, "largest"),
        ("IceMaze-v0", {"size": 6, "moves": 5}, "expected at most 4 on a map of 6"),
    ],
)
def test_knobs_out_of_bounds_are_refused(name: str, knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(AdaptariumError, match=message):
        adaptarium.world(name, **knobs)
