"""People's games: recorded from keys, replayed before they are believed, shown beside agents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import adaptarium
from adaptarium.cli.app import app
from adaptarium.cli.play import play
from adaptarium.envs.core.errors import AdaptariumError, ResultsError, ShiftError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.humans import games_of, read_games, replay, save_game
from adaptarium.evaluation.results import Results

# Empty rooms of side 5 whose agent starts in the corner: two ahead, right, two ahead.
ROOM = {"size": 5, "random_start": False}
SOLVE = ["up", "up", "right", "up", "up"]


def pressed(keys: Iterable[str]) -> Callable[[], list[str]]:
    """All keys in the first frame; Escape in the second."""
    frames: Iterator[list[str]] = iter([list(keys)])
    return lambda: next(frames, ["escape"])


@pytest.fixture
def games(tmp_path: Path) -> Path:
    """Solved, given up and solved again by one; then one of another player, out of time."""
    file = tmp_path / "deep" / "games.jsonl"
    keys = [*SOLVE, "up", "r", "up", "r", "left", "left", "left", "left", *SOLVE, "n", "up"]
    play("Empty-v0", overrides=ROOM, seed=3, events=pressed(keys), record=file, name="ann")
    limit = {**ROOM, "episode.max_steps": 4}
    play("Empty-v0", overrides=limit, events=pressed(["left"] * 5), record=file)
    return file


def test_finished_games_alone_are_kept(games: Path) -> None:
    first, again, late = read_games(games)
    assert (first.player, first.attempt, first.seed, first.solved) == ("ann", 1, 3, True)
    assert first.actions == (2, 2, 1, 2, 2)
    assert first.episode_return == pytest.approx(1 - 0.9 * 5 / 100)
    assert (again.attempt, again.length) == (3, 9), "the game that was given up counts"
    assert (late.player, late.solved, late.length, late.episode_return) == ("", False, 4, 0.0)
    assert first.level["map"] == ["#####", "#...#", "#...#", "#..G#", "#####"]
    assert first.true_return is None


def test_they_hold_wherever_their_rules_do(games: Path, tmp_path: Path) -> None:
    found, world = read_games(games), adaptarium.world("Empty-v0", **ROOM)
    assert [game.attempt for game in games_of(world, found)] == [1, 3]
    assert games_of(world.override(**{"transition.slip": 0.1}), found) == []
    assert games_of(adaptarium.world("Lights-v0"), found) == []
    for game in games_of(world, found):
        replay(world, game)


def changed(game: Any, **changes: Any) -> Any:
    return replace(game, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"episode_return": 2.0}, "replayed it pays 0.955"),
        ({"solved": False}, "the file says 0.955, 5 and not solved"),
        ({"length": 3}, "the file says 0.955, 3"),
        ({"actions": (2, 2)}, "not over after"),
        ({"actions": (2, 2, 1, 2, 2, 2)}, "over after 5"),
        ({"actions": (2, "x", 1, 2, 2)}, "'x' is no action"),
        ({"level_hash": "0" * 16}, "but the level's hash is"),
        ({"level": {"map": ["?"]}}, "level: 'agents' is missing"),
    ],
)
def test_a_game_that_comes_out_otherwise_is_refused(
    games: Path, changes: dict[str, Any], message: str
) -> None:
    world, game = adaptarium.world("Empty-v0", **ROOM), read_games(games)[0]
    with pytest.raises(ResultsError, match="game 7") as problem:
        replay(world, changed(game, **changes), "game 7")
    assert message in str(problem.value)


def test_damaged_files_are_named(tmp_path: Path, games: Path) -> None:
    with pytest.raises(ResultsError, match="no file of games"):
        read_games(tmp_path / "none.jsonl")
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(games.read_bytes()[:-40])
    assert len(read_games(torn)) == 2, "a line torn by a kill is left out"
    other = tmp_path / "other.jsonl"
    other.write_text('{"a": 1}\n{"b": 2}\n', encoding="utf-8")
    with pytest.raises(ResultsError, match=r"other\.jsonl, line 1"):
        read_games(other)
    line = json.loads(games.read_text(encoding="utf-8").splitlines()[0])
    other.write_text(json.dumps({**line, "schema_name": "x/9"}) + "\n", encoding="utf-8")
    with pytest.raises(ResultsError, match="schema 'x/9'"):
        read_games(other)
    with pytest.raises(ResultsError):
        save_game(games / "below.jsonl", read_games(games)[0])


def lake_games(world: World, file: Path) -> None:
    """Two hasty games on slippery ice: chance decides, and is the same again."""
    keys = (["down", "right"] * 60 + ["n"]) * 2
    play(world, events=pressed(keys), record=file, name="bob")


def test_people_stand_beside_the_agents(tmp_path: Path) -> None:
    world, file = adaptarium.world("FrozenLake-v0", map="4x4"), tmp_path / "games.jsonl"
    lake_games(world, file)
    asked: dict[str, Any] = {"episodes": 4, "out": tmp_path / "results", "pictures": False}
    rows = adaptarium.evaluate(world, ["random", "reference"], humans=file, **asked)
    assert [row["agent"] for row in rows] == ["random", "reference", "human"]
    human = Results(tmp_path / "results").cells()[-1]
    assert human.score.num_episodes == len(read_games(file)) == 2
    assert human.notes == ("human: 2 games of 1 people, 2 of them first attempts.",)
    again = adaptarium.evaluate(world, ["random", "reference"], humans=file, **asked)
    assert again == rows, "nothing is played or replayed twice"
    page = adaptarium.report(tmp_path / "results").read_text(encoding="utf-8")
    assert "human</td>" in page
    lake_games(world, file)
    with pytest.raises(ResultsError, match="holds other games of people"):
        adaptarium.evaluate(world, ["random", "reference"], humans=file, **asked)


def test_what_people_have_not_played_is_refused(tmp_path: Path, games: Path) -> None:
    asked: dict[str, Any] = {"episodes": 2, "out": tmp_path / "out", "pictures": False}
    with pytest.raises(ResultsError, match="record some with adaptarium play DoorKey-v0"):
        adaptarium.evaluate("DoorKey-v0", "random", humans=games, **asked)
    with pytest.raises(ShiftError, match="people have played without it"):
        adaptarium.evaluate(
            "Empty-v0", "random", humans=games, shift={"transition.slip": 0.1}, **asked
        )


def test_validation_tells_them_beside_the_levels(tmp_path: Path) -> None:
    levels, file = tmp_path / "levels.jsonl", tmp_path / "games.jsonl"
    adaptarium.generate("Empty-v0", count=1, overrides=ROOM, out=levels)
    play(levels, events=pressed(SOLVE), record=file)
    found = adaptarium.validate(levels, humans=file)
    told = found["humans"]
    assert found["valid"]
    assert (told["games"], told["levels"]) == (1, 1)
    assert told["human"] == pytest.approx(told["reference"])
    assert told["random"] < told["human"]
    game = read_games(file)[0]
    save_game(file, changed(game, episode_return=5.0))
    assert not adaptarium.validate(levels, humans=file)["valid"]


def test_the_commands_take_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr("adaptarium.cli.play.play", lambda world, **kwargs: seen.update(kwargs))
    file = tmp_path / "games.jsonl"
    done = CliRunner().invoke(app, ["play", "Empty-v0", "--record", str(file), "--name", "ann"])
    assert done.exit_code == 0, done.output
    assert (seen["record"], seen["name"]) == (file, "ann")
    monkeypatch.undo()
    levels = tmp_path / "levels.jsonl"
    adaptarium.generate("Empty-v0", count=1, overrides=ROOM, out=levels)
    play(levels, events=pressed(SOLVE), record=file)
    done = CliRunner().invoke(app, ["validate", str(levels), "--humans", str(file)])
    assert done.exit_code == 0, done.output
    assert "human" in done.output
    command = ["evaluate", "--worlds", str(levels), "--agents", "random", "--humans", str(file)]
    command += ["--split", "all", "--episodes", "2", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*command, "--no-pictures", "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["cells"]
    assert [row["agent"] for row in rows] == ["random", "human"]


def test_games_with_true_returns_tell_them(tmp_path: Path) -> None:
    file = tmp_path / "games.jsonl"
    level = {"map": ["#####", "#!.G#", "#####"], "agents": [[2, 1, "east", 0]], "max_steps": 9}
    world = adaptarium.world("Tampering-v0").override(records=(level,))
    play(world, events=pressed(["left", "right", "right"]), record=file)
    (game,) = read_games(file)
    assert game.true_return == pytest.approx(1 - 3 * 0.02)
    assert game.episode_return == pytest.approx(1 - 3 * 0.02 + 3 * 0.1)
    replay(world, game)


def test_no_line_makes_the_reader_fail_otherwise(tmp_path: Path, games: Path) -> None:
    line = games.read_text(encoding="utf-8").splitlines()[0]
    world, file = adaptarium.world("Empty-v0", **ROOM), tmp_path / "changed.jsonl"
    for at in range(0, len(line), 17):
        file.write_text(f"{line[:at]}7{line[at + 1 :]}\n{line}\n", encoding="utf-8")
        try:
            for game in read_games(file):
                replay(world, game)
        except AdaptariumError:
            continue
