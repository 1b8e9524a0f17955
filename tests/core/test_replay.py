"""Replays: kept, read, played again to the same end; what is none is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.commands.show import show_replay
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import ReplayError
from adaptarium.envs.core.replay import Replay
from adaptarium.envs.core.sampling import random_actions

WORLD = adaptarium.world("DoorKey-v0", size=5, **{"episode.max_steps": 40})


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    rng = np.random.default_rng(4)

    def act(batch: Batch) -> Any:
        return random_actions(batch.action_space, rng, 1, 1)[0]

    path = tmp_path / "replay.json"
    Replay.record(WORLD, 7, act).save(path)
    return path


def test_a_replay_comes_to_the_same_end(kept: Path) -> None:
    replay = Replay.load(kept)
    assert replay.world == WORLD
    batch = replay.check()
    assert batch.w.core["ended"][0]
    assert int(batch.w.core["clock"][0]) == len(replay.actions)


def test_its_states_go_from_the_start_to_the_end(kept: Path) -> None:
    clocks = [int(batch.w.core["clock"][0]) for batch in Replay.load(kept).states()]
    assert clocks == list(range(len(clocks)))


def test_a_replay_is_shown(kept: Path) -> None:
    found = show_replay(kept)
    assert found["world"] == WORLD.id
    assert found["steps"] == len(Replay.load(kept).actions)
    assert found["picture"]


def test_another_end_is_refused(kept: Path) -> None:
    data = json.loads(kept.read_text())
    data["seed"] += 1
    kept.write_text(json.dumps(data))
    with pytest.raises(ReplayError, match="expected|ended after"):
        Replay.load(kept).check()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schema", "adaptarium-replay/9"),
        ("seed", "seven"),
        ("end", 7),
        ("actions", [[0.5]]),
        ("actions", [[0], [0, 1]]),
        ("actions", "left"),
        ("more", 1),
    ],
)
def test_what_is_no_replay_is_refused(kept: Path, name: str, value: Any) -> None:
    data = json.loads(kept.read_text())
    kept.write_text(json.dumps(data | {name: value}))
    with pytest.raises(ReplayError, match="expected"):
        Replay.load(kept)
