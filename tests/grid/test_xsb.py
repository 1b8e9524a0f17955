"""Sokoban collections are read and written: signs, runs, titles, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adaptarium
from adaptarium.assets import MICROBAN
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.grid.sokoban import xsb

SMALL = """\
Title: Two
Author: Somebody
; made on a rainy day

#####
#@$.#
#####
Title: One push
Author: Somebody else
; easy

; Second
3#-5#
#+$*2$2.#|9#
"""


def test_a_collection_is_read() -> None:
    found = xsb.read_text(SMALL)
    assert (found.title, found.author, found.notes) == (
        "Two",
        "Somebody",
        ("; made on a rainy day",),
    )
    first, second = found.puzzles
    assert first == xsb.Puzzle(
        ("#####", "#@$.#", "#####"), "One push", "Somebody else", ("; easy",)
    )
    assert second.title == "Second"
    assert second.rows == ("### #####", "#+$*$$..#", "#########")
    level = second.level()
    assert level["map"] == ["###.#####", "#xC*CCxx#", "#########"]
    assert level["agents"] == [[1, 1, "north", 0]]
    assert level["max_steps"] == 120


def test_it_is_written_and_read_again() -> None:
    found = xsb.read_text(SMALL)
    assert xsb.read_text(xsb.write_text(found)) == found


def test_microban_is_whole_and_credited() -> None:
    found = xsb.read_file(MICROBAN)
    assert len(found.puzzles) == 155
    assert (found.title, found.author) == ("Microban", "David W. Skinner")
    assert any("properly credited" in note for note in found.notes)
    assert found.puzzles[0].title == "1"
    assert found.puzzles[153].title == "Take the long way home."
    assert xsb.read_text(xsb.write_text(found)) == found
    world = adaptarium.world(MICROBAN)
    assert world.source == "Microban, David W. Skinner"
    assert world == adaptarium.world("microban.xsb"), "found among those of the package"
    assert world.needs()["width"] == 30
    for puzzle, level in zip(found.puzzles, world.levels.records, strict=True):
        again = xsb.puzzle_of_level(level, puzzle.title, puzzle.author)
        assert [row.rstrip() for row in again.rows] == [row.rstrip() for row in puzzle.rows]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no puzzle; expected rows"),
        ("only words\nTitle: nothing\n", "no puzzle; expected rows"),
        ("#####\n# $.#\n#####\n", "line 1: the puzzle has 0 players"),
        ("\n#####\n#@@$.#\n#####\n", "line 2: the puzzle has 2 players"),
        ("#####\n#@$ #\n#####\n", "1 boxes and 0 goals"),
        ("#####\n#@  #\n#####\n", "0 boxes and 0 goals"),
        ("#####\n#@99999999$.#\n", "line 2: runs of more than 16384"),
        ("#####\n#@2(-#)$.#\n", "groups in a run-length encoding"),
        ("#####\n#@$.#3\n", "a number counts nothing"),
        ("#" * 200 + "\n", "200 columns; expected at most 128"),
        ("#\n" * 200, "129 rows"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(LevelError) as problem:
        xsb.read_text(text, "bad.xsb")
    assert "bad.xsb" in str(problem.value)
    assert message in str(problem.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(LevelError, match="No such file"):
        xsb.read_file(tmp_path / "none.xsb")
    large = tmp_path / "large.xsb"
    with large.open("wb") as file:
        file.truncate(xsb.MAX_BYTES + 1)
    with pytest.raises(LevelError, match="expected a smaller collection"):
        xsb.read_file(large)
    old = tmp_path / "old.sok"
    old.write_bytes("Author: Jordi Dom\xe8nech\n\n#####\n#@$.#\n#####\n".encode("latin-1"))
    assert xsb.read_file(old).author == "Jordi Domènech"


def test_levels_that_are_no_sokoban_are_not_written() -> None:
    level = {"map": ["G.."], "agents": [[1, 0, "east", 0]], "max_steps": 9}
    with pytest.raises(LevelError, match=r"holds \['G'\]"):
        xsb.puzzle_of_level(level)


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="#$.*@+ -|019();:Title\n'", max_size=200))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    try:
        found = xsb.read_text(text)
    except LevelError:
        return
    for puzzle in found.puzzles:
        assert puzzle.level()["map"]


def test_levels_of_a_collection_are_generated_and_validated(tmp_path: Path) -> None:
    source = tmp_path / "two.xsb"
    source.write_text("#####\n#@$.#\n#####\n\n######\n#@$ .#\n######\n", encoding="utf-8")
    for name in ("two.jsonl", "two.npz"):
        made = adaptarium.generate(source, out=tmp_path / name)
        assert made["levels"] == 2
        report = adaptarium.validate(tmp_path / name)
        assert report["problems"] == []
        assert report["replayed"] == 2
        world = adaptarium.world(tmp_path / name)
        assert len(world.levels.records) == 2
    with pytest.raises(LevelError, match="2 distinct levels, 3 were asked for"):
        adaptarium.generate(source, count=3, out=tmp_path / "more.jsonl")


def test_a_run_of_nothing_is_no_row() -> None:
    with pytest.raises(LevelError, match="a number counts nothing"):
        xsb.read_text("0#")


def test_groups_are_refused_without_numbers_too() -> None:
    with pytest.raises(LevelError, match="groups in a run-length encoding are not read"):
        xsb.read_text("+)$#")
