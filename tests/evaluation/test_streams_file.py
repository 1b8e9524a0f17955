"""Stream files: what is wrong with them is told in one line, before anything is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from typer.testing import CliRunner

import adaptarium
from adaptarium.cli.app import app
from adaptarium.envs.core.errors import FactorError, StreamError
from adaptarium.evaluation.streams.order import Recurring, recurring_order
from adaptarium.evaluation.streams.plan import load_stream

ROOM = {"name": "room", "world": "Empty-v0", "set": {"size": 5}}
MAZE = {"name": "maze", "world": "Maze-v0", "set": {"size": 7}}
BLOCK = {"learn": "room", "steps": 64}


def data(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "adaptarium-stream/1",
        "name": "small",
        "num_envs": 8,
        "task": [ROOM],
        "block": [BLOCK],
        **changes,
    }


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"schema": "adaptarium-stream/2"}, "schema = 'adaptarium-stream/2': .*'adaptarium-stream/1'"),
    ({"episods": 3}, "unknown stream field 'episods'; did you mean 'episodes'"),
    ({"episodes": 0}, "episodes = 0: .*the nearest valid is 1"),
    ({"evaluate_every": -1}, "evaluate_every = -1: .*the nearest valid is 0"),
    ({"evaluate_every": 12}, "evaluate_every = 12: expected a multiple of 8.*nearest valid is 16"),
    (
        {"block": [{**BLOCK, "steps": 60}]},
        "block 1: steps = 60: .*multiple of 8.*nearest valid is 64",
    ),
    ({"block": [{**BLOCK, "steps": 2.5}]}, r"block.0.steps = 2.5"),
    (
        {"block": [{**BLOCK, "learn": "rooom"}]},
        "block 1: .*unknown task 'rooom'; did you mean 'room'",
    ),
    ({"block": []}, r"either \[\[block\]\] tables or \[recurring\], got neither"),
    ({"recurring": {"blocks": 4, "steps": 8}}, "got both"),
    ({"task": []}, "task = "),
    ({"task": [ROOM, ROOM]}, "two tasks are called 'room'"),
    (
        {"task": [{**ROOM, "world": "Emty-v0"}]},
        "task 'room': unknown world 'Emty-v0'; did you mean",
    ),
    ({"task": [{**ROOM, "world": "gym:CartPol-v1"}]}, "task 'room': unknown Gymnasium environment"),
    ({"task": [{**ROOM, "world": "pettingzoo:mpe2.simple_v3"}]}, "expected gym:ID"),
    ({"task": [{**ROOM, "set": {"sise": 5}}]}, "task 'room': .*'sise'; did you mean 'size'"),
    ({"task": [{**ROOM, "set": {"transition.slip": 2}}]}, "task 'room': .*slip = 2"),
    ({"task": [{**ROOM, "split": "tain"}]}, "split = 'tain': .*did you mean 'train'"),
    ({"task": [{**ROOM, "reference_return": 1.0}]}, "our own worlds have references"),
    (
        {"task": [ROOM, {**MAZE, "set": {"observation.view_size": 5}}]},
        "task 'maze': observations .*5, 5, 3.*expected those of task 'room': .*7, 7, 3",
    ),
    (
        {"task": [ROOM, {**MAZE, "set": {"action.vocabulary": ["left", "right", "forward"]}}]},
        r"task 'maze': actions Discrete\(3\); expected those of task 'room': Discrete\(7\)",
    ),
    ({"task": [{**ROOM, "name": "a/b"}]}, "task.0.name = 'a/b'"),
]


@pytest.mark.parametrize(("changes", "complaint"), WRONG)
def test_what_is_wrong_is_told(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StreamError, match=complaint) as caught:
        load_stream(data(**changes))
    assert "\n" not in str(caught.value)


def test_files_are_found_beside_the_stream(tmp_path: Path) -> None:
    adaptarium.generate("Maze-v0", overrides={"size": 7}, count=30, out=tmp_path / "mazes.jsonl")
    text = (
        'schema = "adaptarium-stream/1"\nname = "files"\nnum_envs = 8\n'
        '[[task]]\nname = "mazes"\nworld = "%s"\n[[block]]\nlearn = "mazes"\nsteps = 64\n'
    )
    (tmp_path / "stream.toml").write_text(text % "mazes.jsonl")
    assert load_stream(tmp_path / "stream.toml").tasks[0].world.id == "Maze.mazes-v0"
    (tmp_path / "stream.toml").write_text(text % "mases.jsonl")
    with pytest.raises(StreamError, match="there is no such file; did you mean 'mazes.jsonl'"):
        load_stream(tmp_path / "stream.toml")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"name = ", "not valid TOML"), (b"\xff", "not UTF-8"), (b"", "schema")],
)
def test_a_damaged_file_is_named(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "stream.toml"
    path.write_bytes(content)
    with pytest.raises(StreamError, match=f"stream.toml: .*{complaint}"):
        load_stream(path)
    with pytest.raises(StreamError, match=r"none.toml: No such file"):
        load_stream(tmp_path / "none.toml")


def test_what_a_stream_says_itself_is_not_said_beside_it(tmp_path: Path) -> None:
    for name, value in {"worlds": "Maze-v0", "episodes": 3, "overrides": {"size": 5}}.items():
        with pytest.raises(FactorError, match=f"{name} = .* beside a stream"):
            adaptarium.evaluate(stream=data(), out=tmp_path / "out", **{name: value})  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_gaps_follow_the_power_law() -> None:
    """With more tasks than are due, gaps are waits in a queue; alone, they are the draws."""
    order = recurring_order(4, Recurring(blocks=20_000, steps=1, exponent=2.0, seed=1))
    assert order == recurring_order(4, Recurring(blocks=20_000, steps=1, exponent=2.0, seed=1))
    assert set(order[:4]) == {0, 1, 2, 3}
    places = np.flatnonzero(np.array(order) == 0)
    gaps = np.diff(places)
    # The tail of a power law of exponent 2 falls as 1 / g: by 4 from 20 to 80.
    ratio = (gaps >= 20).mean() / (gaps >= 80).mean()
    assert 2.5 < ratio < 6
    assert gaps.max() > 30 * np.median(gaps)


def test_the_order_depends_on_the_seed() -> None:
    orders = {tuple(recurring_order(3, Recurring(blocks=30, steps=1, seed=s))) for s in range(5)}
    assert len(orders) == 5


def test_one_command_ends_with_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stream = data(episodes=2, task=[{**ROOM, "name": "room"}])
    Path("stream.toml").write_text(tomli_w.dumps(stream))
    words = "evaluate --stream stream.toml --agents random --out out --workers 0"
    result = CliRunner().invoke(app, words.split())
    assert result.exit_code == 0, result.output
    assert "report: out/report.html" in result.stdout
    assert "room" in Path("out/report.html").read_text(encoding="utf-8")
    for refused in ("--stream none.toml", "--stream stream.toml --worlds Maze-v0", ""):
        result = CliRunner().invoke(app, f"evaluate {refused} --out other".split())
        assert result.exit_code == 1, refused
    assert not Path("other").exists()
