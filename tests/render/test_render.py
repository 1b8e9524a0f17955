"""Pictures: their shape, that they are deterministic, and that they show what there is."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core import drawing, registry
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import MissingExtraError
from adaptarium.envs.core.rendering import level_picture
from adaptarium.envs.core.window import Window
from adaptarium.envs.core.world import load_world
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.render import ansi, frame

IDS = [spec.id for spec in registry.world_specs()]
GRIDS = [spec.id for spec in registry.world_specs() if spec.family == "grid"]
SIZE = 24
# Every tile of the map with what is to be told apart: colours, door states, food levels.
LOOKS = [
    *(codes.pack(tile) for tile in (codes.EMPTY, codes.LAVA, codes.START, codes.OBSTACLE)),
    *(codes.WALL_CELL, codes.GOAL_CELL, codes.ICE_CELL, codes.CRATE_CELL),
    *(
        codes.pack(tile, c)
        for tile in (codes.KEY, codes.BALL, codes.BOX, codes.FLOOR)
        for c in range(6)
    ),
    *(codes.pack(codes.DOOR, c, s) for c in range(6) for s in range(3)),
    *(codes.pack(codes.FOOD, 0, level) for level in range(1, 12)),
]


@pytest.fixture(scope="module")
def room() -> Batch:
    """An empty room with energy, whose state the tests write themselves."""
    batch = Batch([load_world("Empty-v0", **{"transition.energy": 10})], 1, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def place(batch: Batch, **agent: int) -> None:
    """Put the room's agent somewhere."""
    for name, value in {"x": 2, "y": 2, "heading": 0, "carrying": 0, "level": 0, **agent}.items():
        batch.w.state.agents[0, 0][name] = value
    batch.w.state.agents[0, 0]["energy"] = agent.get("energy", 10)
    batch.observe()


def tile(picture: drawing.Frame, x: int, y: int) -> drawing.Frame:
    return picture[y * SIZE : (y + 1) * SIZE, x * SIZE : (x + 1) * SIZE]


def shown(batch: Batch, cell: int) -> tuple[bytes, str]:
    """How a cell is drawn and written at one place of the room."""
    cells = batch.w.state.cells[0].reshape(8, 8)
    before, cells[4, 4] = int(cells[4, 4]), cell
    batch.observe()
    found = tile(frame(batch, 0, SIZE), 4, 4).tobytes(), ansi(batch, 0).splitlines()[4]
    cells[4, 4] = before
    return found


@pytest.mark.parametrize("world_id", GRIDS)
def test_a_frame_has_the_size_of_the_map_and_is_the_same_again(world_id: str) -> None:
    world = load_world(world_id)
    pictures = []
    for _ in range(2):
        batch = Batch([world], 3, autoreset="disabled")
        batch.reset(seed=5)
        pictures.append([frame(batch, i, SIZE) for i in range(3)])
    level = batch.w.levels.map[batch.w.core["level"][1]]
    assert pictures[0][1].shape == (level["height"] * SIZE, level["width"] * SIZE, 3)
    assert pictures[0][1].dtype == np.uint8
    for first, second in zip(*pictures, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("world_id", GRIDS)
def test_every_agent_is_visible(world_id: str) -> None:
    batch = Batch([load_world(world_id)], 1, autoreset="disabled")
    batch.reset(seed=1)
    with_agents = frame(batch, 0, SIZE, highlight=False)
    agents = batch.w.state.agents[
        0, : int(batch.w.levels.map[batch.w.core["level"][0]]["num_agents"])
    ]
    places = [(int(agent["x"]), int(agent["y"])) for agent in agents]
    seats = agents.copy()
    for a in range(len(agents)):  # move one agent away onto another cell, and see what changes
        agents[a]["x"], agents[a]["y"] = (places[a][0] + 1, places[a][1])
        moved = frame(batch, 0, SIZE, highlight=False)
        assert (tile(with_agents, *places[a]) != tile(moved, *places[a])).any(axis=2).mean() > 0.1
        agents[a] = seats[a]


def test_tiles_differ_by_kind_colour_and_state(room: Batch) -> None:
    place(room)
    looks = [shown(room, cell)[0] for cell in LOOKS]
    assert len(set(looks)) == len(LOOKS)


def test_the_text_picture_tells_tiles_apart(room: Batch) -> None:
    place(room)
    doors = [shown(room, codes.pack(codes.DOOR, codes.RED, state))[1] for state in range(3)]
    assert len(set(doors)) == 3
    keys = [shown(room, codes.pack(codes.KEY, colour))[1] for colour in range(6)]
    assert len(set(keys)) == 6
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in ansi(room, 0).splitlines()]
    assert plain == ansi(room, 0, colour=False).splitlines()
    assert plain[:2] == ["# # # # # # # #", "# . . . . . . #"]


def test_agents_differ_by_heading_level_load_and_energy(room: Batch) -> None:
    looks = []
    changes: list[dict[str, int]] = [{"heading": heading} for heading in range(4)]
    changes += [{"level": 1}, {"level": 2}, {"energy": 5}, {"energy": 1}]
    changes += [{"carrying": codes.pack(codes.KEY, c)} for c in range(6)]
    for change in changes:
        place(room, **change)
        looks.append(tile(frame(room, 0, SIZE, highlight=False), 2, 2).tobytes())
    assert len(set(looks)) == len(changes)


def test_what_is_seen_is_lighter(room: Batch) -> None:
    place(room, x=3, y=3, heading=0)
    dark = frame(room, 0, SIZE).astype(int) - frame(room, 0, SIZE, highlight=False)
    ahead, behind = tile(dark, 5, 3).mean(), tile(dark, 1, 3).mean()
    assert behind < 0 < ahead


def test_a_full_view_has_no_highlight() -> None:
    batch = Batch([load_world("Empty-v0", **{"observation.view": "full"})], 1)
    batch.reset(seed=0)
    np.testing.assert_array_equal(frame(batch, 0), frame(batch, 0, highlight=False))


@pytest.mark.parametrize("size", [1, 3, 8, 64])
def test_any_tile_size_is_drawn(room: Batch, size: int) -> None:
    place(room, carrying=codes.pack(codes.KEY, codes.YELLOW))
    assert frame(room, 0, size).shape == (8 * size, 8 * size, 3)


def test_a_png_holds_the_frame(room: Batch) -> None:
    place(room)
    picture = frame(room, 0, SIZE)
    loaded = drawing.pygame().image.load(io.BytesIO(drawing.png(picture)))
    np.testing.assert_array_equal(drawing.pixels_of(loaded), picture)


def test_a_level_picture_is_of_its_level() -> None:
    world = load_world("DoorKey-v0")
    pictures = [level_picture(world, level) for level in (0, 1, 1)]
    assert pictures[0] != pictures[1] == pictures[2]
    assert pictures[0].startswith(b"\x89PNG")


def test_pictures_need_no_display_and_print_nothing() -> None:
    code = (
        "from adaptarium.envs.core import drawing; "
        "pen = drawing.Pen(8); pen.write(0.5, 0.5, 0.8, '1', (255, 255, 255)); "
        "found = drawing.pixels_of(pen.finished()); "
        "raise SystemExit(0 if found.any() and not drawing.pygame().display.get_init() else 1)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


def test_without_pygame_the_install_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing.pygame.cache_clear()
    monkeypatch.setitem(sys.modules, "pygame", None)
    try:
        with pytest.raises(MissingExtraError, match=r"pip install 'adaptarium\[render\]'"):
            drawing.pygame()
    finally:
        drawing.pygame.cache_clear()


def test_a_window_shows_frames_of_changing_size(room: Batch) -> None:
    window = Window("test", fps=1000)
    for size in (8, 16):
        window.show(frame(room, 0, size))
    window.close()
    window.close()


def test_every_world_has_its_picture_in_the_gallery(root: Path) -> None:
    pictures = {path.stem: path.stat().st_size for path in (root / "docs/gallery").glob("*.png")}
    assert sorted(pictures) == sorted(IDS)
    assert max(pictures.values()) < 60_000


def test_registered_worlds_look_different() -> None:
    batches: list[Any] = []
    # Worlds with the same levels, which differ in their rules alone, look the same.
    worlds = {repr(world.levels): world for world in map(load_world, IDS)}
    assert len(worlds) >= len(IDS) - 1
    for world in worlds.values():
        batch = Batch([world], 1)
        batch.reset(seed=2)
        batches.append(world.family.module("render").frame(batch, 0, 8).tobytes())
    assert all(a != b for a, b in itertools.combinations(batches, 2))


def test_text_is_drawn_again_after_pygame_was_quit() -> None:
    drawn = []
    for _ in range(2):
        pen = drawing.Pen(16)
        pen.write(0.5, 0.5, 0.5, "7", (255, 255, 255))
        drawn.append(drawing.pixels_of(pen.finished()))
        drawing.pygame().quit()
    assert drawn[0].any()
    assert (drawn[0] == drawn[1]).all()
