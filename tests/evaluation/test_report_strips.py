"""Episode strips: pictures of the episode that was played, and no change to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import adaptarium
from adaptarium.envs.core.errors import missing_extra
from adaptarium.evaluation.report import report
from adaptarium.evaluation.report.strips import NUM_FRAMES, find_strips, strip_folder
from adaptarium.evaluation.report.tables import agent_colors
from adaptarium.evaluation.results import Results


class Walker:
    """Plays one episode at a time: straight on, which takes until the time limit."""

    def act(self, observation: Any, info: Any) -> int:
        return 2


def evaluated(folder: Path, agents: list[Any], **settings: Any) -> Results:
    adaptarium.evaluate("Empty-v0", agents, episodes=12, out=folder, **settings)
    return Results(folder)


def test_every_agent_has_its_first_episode_from_beginning_to_end(tmp_path: Path) -> None:
    results = evaluated(tmp_path, ["random", "reference", Walker()])
    cells = results.cells()
    strips = find_strips(cells, tmp_path, agent_colors(cell.agent for cell in cells))
    assert [strip.agent for strip in strips] == ["random", "reference", "Walker"]
    for cell, strip in zip(cells, strips, strict=True):
        length = cell.episodes[0].length
        steps = [int(frame.caption.removeprefix("step ")) for frame in strip.frames]
        assert steps[0] == 0
        assert steps[-1] == length
        assert steps == sorted(set(steps))
        assert len(steps) == min(NUM_FRAMES, length + 1)
        assert f"{length} step" in strip.outcome
    page = report(tmp_path).read_text(encoding="utf-8")
    assert page.count("reference, step ") == len(strips[1].frames)


def test_pictures_change_no_episode(tmp_path: Path) -> None:
    agents = ["random", Walker()]
    seen = evaluated(tmp_path / "seen", agents).cells()
    unseen = evaluated(tmp_path / "unseen", agents, pictures=False).cells()
    assert [cell.episodes for cell in seen] == [cell.episodes for cell in unseen]
    assert not (tmp_path / "unseen" / "strips").exists()


def test_where_nothing_can_be_drawn_there_are_no_strips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def frame(*_: Any) -> None:
        raise missing_extra("pygame-ce", "render")

    monkeypatch.setattr("adaptarium.envs.grid.render.frame", frame)
    results = evaluated(tmp_path, ["random"])
    assert not strip_folder(tmp_path, results.cells()[0].key).exists()
