"""Level files with any value in any place: read, or refused with the documented exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adaptarium.commands.generate import generate
from adaptarium.envs.core.errors import LevelError
from adaptarium.generators.core.files import read_levels

VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1.5, 1e300, 2**70, "x", "", "é\u0000", "9" * 5000),
    *([], {}, [[1]], [None], {"a": 1}, [{"map": ["."]}]),
)
OVERRIDES = (
    *("world_id", "self", "records", "generator", "split", "num_levels", "start_level", "size"),
    *("difficulty", "transition.slip", "observation.skin", "action.vocabulary", "action.order"),
    *("observation.view_size", "episode.max_steps", "reward.tile_values", "transition.", "", "a.b"),
)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two levels of DoorKey 6x6, a dictionary a line."""
    path = tmp_path_factory.mktemp("levels") / "doorkey.jsonl"
    generate("DoorKey-v0", count=2, seed=3, overrides={"size": 6}, out=path)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside ``value``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in inner:
        yield (*way, key)
        if isinstance(part, dict | list):
            yield from _places(part, (*way, key))


def _read(lines: list[dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "levels.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    message = ""
    try:
        read_levels(path)
    except LevelError as problem:
        message = str(problem)
    assert len(message) < 2000


def test_any_value_anywhere(lines: list[dict[str, Any]], tmp_path: Path) -> None:
    for number in (0, 1):
        for way in _places(lines[number]):
            for value in VALUES:
                changed = copy.deepcopy(lines)
                part: Any = changed[number]
                for key in way[:-1]:
                    part = part[key]
                part[way[-1]] = value
                _read(changed, tmp_path)


def test_any_override(lines: list[dict[str, Any]], tmp_path: Path) -> None:
    for name in OVERRIDES:
        for value in (*VALUES, "test", "maze", "full"):
            changed = copy.deepcopy(lines)
            changed[0]["overrides"] = {name: value}
            _read(changed, tmp_path)


def test_a_line_can_be_anything(lines: list[dict[str, Any]], tmp_path: Path) -> None:
    for value in VALUES:
        for number in (0, 1):
            changed: list[Any] = copy.deepcopy(lines)
            changed[number] = value
            _read(changed, tmp_path)


def test_a_folder_is_no_level_file(tmp_path: Path) -> None:
    with pytest.raises(LevelError):
        read_levels(tmp_path)
    with pytest.raises(LevelError, match="No such file"):
        read_levels(tmp_path / "absent.jsonl")
    unreadable = tmp_path / "levels.jsonl"
    unreadable.write_bytes(b"\xff\xfe\x00" * 100)
    with pytest.raises(LevelError, match="truncated"):
        read_levels(unreadable)
