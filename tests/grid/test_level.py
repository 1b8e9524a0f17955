"""Grid levels as text: exact round trips, levels written by hand, and refusals that help."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adaptarium
from adaptarium.envs.core.banks import generate_levels, level_workspace
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.identity import identify_levels
from adaptarium.envs.grid import codes, level
from adaptarium.envs.grid.codes import pack

LEVELS = 40
WORLDS: list[tuple[str, dict[str, Any]]] = [
    ("Empty-v0", {}),
    ("DoorKey-v0", {}),
    ("FourRooms-v0", {}),
    ("Maze-v0", {"algorithm": "kruskal", "ice": 0.2, "crates": 2, "loops": 0.3}),
    ("LavaCrossing-v0", {}),
    ("FrozenLake-v0", {}),
    ("Darkroom-v0", {}),
    ("Foraging-v0", {"players": 4, "max_level": 5}),
    ("Gauntlet-v0", {"rooms": 5}),
]

BY_HAND: dict[str, Any] = {
    "map": [
        "#####",
        "#.DG#",
        "#K#.#",
        "#..C#",
        "#####",
    ],
    "objects": [
        {"at": [1, 2], "colour": "red"},
        {"at": [2, 1], "colour": "red", "state": "closed"},
    ],
    "agents": [[1, 3, "north"]],
    "max_steps": 250,
}


def _workspace(rows: int = 1) -> Any:
    return level_workspace(adaptarium.world("DoorKey-v0", size=8), rows)


def _written(readable: Any) -> Any:
    w = _workspace()
    level.write(w, 0, readable)
    return w


@pytest.mark.parametrize(("name", "knobs"), WORLDS)
def test_every_generated_level_survives_its_text(name: str, knobs: dict[str, Any]) -> None:
    world = adaptarium.world(name, **knobs)
    bank = generate_levels(world, 0, LEVELS)
    again = level_workspace(world, LEVELS)
    for k in range(LEVELS):
        text = json.dumps(level.read(bank, k))
        level.write(again, k, json.loads(text))
    for old, new in zip(bank.levels, again.levels, strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(bank.info["max_steps"], again.info["max_steps"])
    hashes = identify_levels(world.family, again, 0, LEVELS)
    np.testing.assert_array_equal(hashes, bank.info["content"])
    np.testing.assert_array_equal(again.info["split"], bank.info["split"])


def test_a_level_by_hand_means_what_it_shows() -> None:
    w = _written(BY_HAND)
    cells = w.levels.cells[0, :25].reshape(5, 5)
    assert cells[0, 0] == codes.WALL_CELL
    assert cells[2, 1] == pack(codes.KEY, codes.RED)
    assert cells[1, 2] == pack(codes.DOOR, codes.RED, codes.CLOSED)
    assert cells[3, 3] == codes.CRATE_CELL
    grid = w.levels.map[0]
    assert (grid["height"], grid["width"], grid["goal_x"], grid["goal_y"]) == (5, 5, 3, 1)
    assert w.levels.agents[0, 0].tolist() == (1, 3, codes.NORTH, 0)
    assert w.info["max_steps"][0] == 250
    assert level.needs(BY_HAND) == {"height": 5, "width": 5, "agents": 1, "obstacles": 0}


def test_a_world_plays_levels_by_hand() -> None:
    world = adaptarium.world("Empty-v0", records=(BY_HAND,))
    env = world.gym()
    obs, _ = env.reset(seed=0)
    assert obs["direction"] == codes.NORTH
    front = obs["image"][3, 5].tolist()  # the red key, one cell ahead of the agent
    assert front == [codes.KEY, codes.RED, 0]
    env.close()


def test_moving_obstacles_keep_their_order_or_the_map_s() -> None:
    base = {"map": ["O..", "..O", "G.."], "agents": [[1, 1, "east", 0]], "max_steps": 9}
    ordered = {**base, "obstacles": [[2, 1], [0, 0]]}
    w = level_workspace(adaptarium.world("Empty-v0", records=(ordered,)), 2)
    level.write(w, 0, ordered)
    level.write(w, 1, base)
    assert level.read(w, 0)["obstacles"] == [[2, 1], [0, 0]]
    assert level.read(w, 1)["obstacles"] == [[0, 0], [2, 1]]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"map": "####"}, "map: expected a list of rows of text"),
    ({"map": []}, "map: expected 1 to 128 rows of text, got 0"),
    ({"map": ["###", "#"]}, "row 1 has 1 symbols, row 0 has 3"),
    ({"map": ["#" * 129]}, "expected 1 to 128 symbols"),
    ({"map": ["#"] * 129}, "expected 1 to 128 rows of text, got 129"),
    ({"map": ["#####", "#g..#"], "objects": []}, "column 1: unknown tile 'g'; did you mean 'G'"),
    ({"map": ["##é##"], "objects": []}, "unknown tile 'é'; expected one of"),
    ({"agents": []}, "agents: expected 1 to 64"),
    ({"agents": [[9, 1, "east", 0]]}, "agent 0 x = 9: expected 0 to 4; the nearest valid is 4"),
    ({"agents": [[0, 0, "east", 0]]}, r"on 'wall'; expected a free cell, for example \[1, 1\]"),
    ({"agents": [[3, 1, "east", 0]]}, "on 'goal'"),
    ({"agents": [[1, 3, "east"], [1, 3, "west"]]}, "where another agent starts"),
    ({"agents": [[1, 3, "nord", 0]]}, "heading = 'nord': expected 'north'"),
    (
        {"agents": [[1, 3, "nrth", 0]]},
        r"expected 'north', 'east', 'south' or 'west'; did you mean 'north'\?",
    ),
    ({"agents": [[1, 3, True, 0]]}, "heading = True"),
    ({"agents": [[1, 3, "east", 256]]}, "level = 256"),
    ({"agents": [[1, 3]]}, "agent 0: expected 3 to 4 parts"),
    ({"max_steps": 0}, "max_steps = 0: expected 1 to 1000000; the nearest valid is 1"),
    ({"max_steps": 2.5}, "max_steps = 2.5: expected an integer"),
    ({"max_steps": 10**30}, "max_steps = 1000"),
    ({"objects": [{"at": [1, 2], "colour": "rad"}]}, "colour = 'rad': expected 'red'"),
    ({"objects": [{"at": [1, 2], "color": "red"}]}, "unknown key 'color'; did you mean 'colour'"),
    ({"objects": [{"at": [2, 1], "state": "open "}]}, "state = 'open ': expected 'open'"),
    ({"objects": [{"at": [1, 2]}, {"at": [1, 2]}]}, r"cell \[1, 2\] is listed twice"),
    ({"objects": [{"colour": "red"}]}, "object 0: expected {'at'"),
    ({"obstacles": [[1, 1]]}, "do not match the 'O' of the map"),
    ({"height": 10**9}, "unknown key 'height'"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_is_wrong_is_named_and_nothing_is_written(
    change: dict[str, Any], message: str
) -> None:
    w = _written(BY_HAND)
    before = [part.copy() for part in w.levels]
    with pytest.raises(LevelError, match=message):
        level.write(w, 0, {**BY_HAND, **change})
    for old, new in zip(before, w.levels, strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("key", ["map", "agents", "max_steps"])
def test_a_missing_part_is_named(key: str) -> None:
    with pytest.raises(LevelError, match=f"{key!r} is missing"):
        level.needs({name: value for name, value in BY_HAND.items() if name != key})


def test_a_level_larger_than_its_workspace_is_refused() -> None:
    wide = {"map": ["." * 65], "agents": [[0, 0, "east", 0]], "max_steps": 5}
    with pytest.raises(LevelError, match="the level has 65 cells, its workspace has room for 64"):
        level.write(_workspace(), 0, wide)


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(key=st.sampled_from([*BY_HAND, "obstacles"]), value=_JSON)
def test_any_json_is_a_level_or_a_level_error(key: str, value: Any) -> None:
    message = ""
    try:
        level.needs({**BY_HAND, key: value})
    except LevelError as problem:
        message = str(problem)
    assert len(message) < 600  # one message, whatever the size of the input
