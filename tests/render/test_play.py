"""Keyboard play without a screen: keys are injected, and what they do is seen in the game."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.cli.play import STRIP, Game, picture, play
from adaptarium.envs.core import registry
from adaptarium.envs.core.drawing import pixels_of, pygame
from adaptarium.envs.core.world import load_world

IDS = [spec.id for spec in registry.world_specs()]


def pressed(frames: Iterable[list[str]]) -> Callable[[], list[str]]:
    """Keys by frame; then Escape."""
    left: Iterator[list[str]] = iter(frames)
    return lambda: next(left, ["escape"])


@pytest.mark.parametrize("world_id", IDS)
def test_every_world_is_played_and_left(world_id: str) -> None:
    keys = [["up", "left"], ["space", "h"], ["h", "n"], ["w", "r"]]
    assert isinstance(play(world_id, events=pressed(keys)), float)


def test_keys_reach_the_goal() -> None:
    game = Game(load_world("Empty-v0", size=5, random_start=False))
    for key in ("up", "up", "right", "up"):
        assert game.press(key)
    assert not game.over
    game.press("up")
    assert game.over
    assert game.total > 0.9
    assert game.advice().startswith("Done!")
    assert not game.press("up"), "an episode that is over takes no moves"


def test_other_keys_do_nothing() -> None:
    game = Game(load_world("DoorKey-v0"))
    before = pixels_of(picture(game))
    assert not game.press("f12")
    assert not game.press("down"), "there is no action for it here"
    assert not game.press("w"), "there is no second player here"
    np.testing.assert_array_equal(pixels_of(picture(game)), before)


def test_arrows_mean_directions_where_the_world_has_them() -> None:
    game = Game(load_world("FrozenLake-v0", **{"transition.slip": 0.0}))
    agent = game.batch.w.state.agents[0, 0]
    start = int(agent["x"]), int(agent["y"])
    game.press("right")
    assert (int(agent["x"]), int(agent["y"])) == (start[0] + 1, start[1])


def test_two_players_have_their_own_keys() -> None:
    game = Game(load_world("Foraging-v0"))
    agents, movers = game.batch.w.state.agents[0], []
    for key, player in (("left", 0), ("up", 0), ("d", 1), ("w", 1)):
        game.begin()
        before = agents.copy()
        game.press(key)
        moved = [a for a in range(2) if agents[a][["x", "y"]] != before[a][["x", "y"]]]
        assert set(moved) <= {player}, key
        movers += moved
    assert set(movers) == {0, 1}
    lines = "\n".join(game.help())
    assert "player 0: north" in lines
    assert "player 1: north" in lines


def test_help_is_shown_over_the_board() -> None:
    game = Game(load_world("DoorKey-v0"))
    plain, helped = (pixels_of(picture(game, helping)) for helping in (False, True))
    assert plain.shape == helped.shape == (512 + STRIP, 512, 3)
    assert (plain != helped).any(axis=2).mean() > 0.5
    assert "up   forward" in game.help()
    assert "r   again" in game.help()


def test_next_is_another_level_and_again_the_same() -> None:
    game = Game(load_world("DoorKey-v0"), seed=4)
    first = pixels_of(picture(game))
    game.press("up")
    game.begin()
    np.testing.assert_array_equal(pixels_of(picture(game)), first)
    game.begin(1)
    assert game.seed == 5
    assert (pixels_of(picture(game)) != first).any()


def test_the_keyboard_and_the_window_are_read() -> None:
    library = pygame()
    library.display.init()
    library.display.set_mode((8, 8))
    for key in (library.K_UP, library.K_UP, library.K_RIGHT, library.K_UP, library.K_UP):
        library.event.post(library.event.Event(library.KEYDOWN, key=key))
    library.event.post(library.event.Event(library.QUIT))
    total = play("Empty-v0", overrides={"size": 5, "random_start": False})
    assert total > 0.9
    assert not library.display.get_init(), "the window is closed"


def cell_click(game: Game, x: int, y: int, button: int = 1) -> str:
    """A click on the middle of a cell of a puzzle, as the window tells it."""
    from adaptarium.cli.play import _board
    from adaptarium.envs.puzzle.picture import MARGIN

    left, tile = _board(game)
    at = [left + round(tile * MARGIN) + tile * x + tile // 2, round(tile * (MARGIN + y + 0.5))]
    return f"click {at[0]} {at[1]} {button}"


def test_clicks_play_puzzles() -> None:
    game = Game(load_world("Minesweeper-v0"))
    cover = game.batch.w.state.cover[0]
    click = [int(part) for part in cell_click(game, 3, 2, button=3).split()[1:]]
    assert game.click(*click)
    assert cover[2 * 8 + 3] == 2, "the right button puts a flag"
    assert not game.click(*click[:2], 4), "the wheel plays nothing"
    assert not game.click(0, 0, 1), "nothing lies in the corner of the picture"
    lights = Game(load_world("Lights-v0"))
    before = lights.batch.w.state.board[0, :25].copy()
    assert lights.click(*(int(part) for part in cell_click(lights, 0, 4).split()[1:]))
    assert np.flatnonzero(lights.batch.w.state.board[0, :25] != before).tolist() == [15, 20, 21]
    assert not Game(load_world("DoorKey-v0")).click(20, 20, 1), "a grid is played with keys"


def test_a_click_on_a_tile_moves_it_and_on_a_rule_takes_it() -> None:
    from adaptarium.envs.puzzle.render import action_at

    game = Game(load_world("SlidingTiles-v0"))
    gap = int(game.batch.w.state.counts[0, 0]["gap"])
    found = set()
    for y in range(3):
        for x in range(3):
            x_at, y_at, button = (int(part) for part in cell_click(game, x, y).split()[1:])
            beside = abs(x - gap % 3) + abs(y - gap // 3) == 1
            game.begin()
            assert game.click(x_at, y_at, button) is beside
            found.add(int(game.batch.w.state.counts[0, 0]["gap"]))
    assert len(found) > 2
    probe = Game(load_world("Probe-v0"))
    actions = {action_at(probe.batch, 0, 20, y, 48) for y in range(300)}
    assert set(range(4, 12)) <= actions, "every rule can be named"


def test_clicks_reach_the_game_through_the_window() -> None:
    world = load_world("SlidingTiles-v0")
    game = Game(world)
    clicks = [[cell_click(game, x, y)] for y in range(3) for x in range(3)]
    assert isinstance(play(world, events=pressed(clicks)), float)
