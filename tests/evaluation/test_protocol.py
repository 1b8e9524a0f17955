"""The evaluation protocol: which levels, what they are worth, and what agents make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import AgentError, UnknownNameError
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.protocol import CHUNK, held_out_levels, play_cell, prepare

DOORKEY = adaptarium.world("DoorKey-v0", size=6)


class Still:
    """Does nothing, one episode at a time, and notes what it is given."""

    def __init__(self) -> None:
        self.firsts: list[bool] = []
        self.given: dict[str, Any] = {}

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> int:
        self.firsts.append(bool(info["first"]))
        self.given = {**observation, **info}
        return 6


def trained_levels(names: Sequence[str], draws: int = 20_000) -> int:
    """How many of ``names`` turn up among so many draws of DoorKey's train split."""
    source = DOORKEY.override(split="train", num_levels=0)
    seen: set[int] = set()
    for first in range(0, draws, CHUNK):
        bank = generate_levels(source, first, min(CHUNK, draws - first))
        seen.update(int(content) for content in np.unique(bank.info["content"]))
    return sum(int(name, 16) in seen for name in names)


def test_a_small_split_is_taken_whole_and_was_never_trained_on() -> None:
    levels = held_out_levels(DOORKEY, "test", 200)
    assert levels.complete
    assert 60 <= len(levels.names) <= 100
    assert len(set(levels.names)) == len(levels.names) == len(levels.world.levels.records)
    assert trained_levels(levels.names) == 0
    seen = held_out_levels(DOORKEY, "train", 1000)
    assert not set(seen.names) & set(levels.names)
    assert trained_levels(seen.names[:50]) == 50


def test_a_large_split_gives_as_many_as_are_asked_for() -> None:
    world = adaptarium.world("Maze-v0", size=9)
    one, other = (held_out_levels(world, "test", 30, seed) for seed in (0, 1))
    assert not one.complete
    assert len(one.names) == len(other.names) == 30
    assert one.names != other.names
    assert held_out_levels(world, "test", 30, 0).names == one.names


def test_an_unsplit_world_says_so() -> None:
    task = prepare(adaptarium.world("Empty-v0", size=5), episodes=40)
    assert len(task.levels.names) == 32
    assert any("every split is the whole set" in note for note in task.notes)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown split 'tst'; did you mean 'test'"):
        held_out_levels(DOORKEY, "tst", 10)


@pytest.fixture(scope="module")
def task() -> Any:
    return prepare(adaptarium.world("DoorKey-v0"), overrides={"size": 6}, episodes=200)


def test_every_level_is_played_about_equally(task: Any) -> None:
    cell = play_cell(task, "random")
    counts = np.unique([episode.level_hash for episode in cell.episodes], return_counts=True)[1]
    assert len(counts) == len(task.levels.names)
    assert counts.max() - counts.min() <= 1
    assert cell.score.num_episodes == 200
    assert any("distinct levels" in note for note in cell.notes)


def test_random_scores_zero_and_the_reference_one(task: Any) -> None:
    random, reference = play_cell(task, "random").score, play_cell(task, "reference").score
    assert random.low <= 0.02
    assert abs(random.score) < 0.05
    assert random.success_rate < 0.25
    assert reference.score == pytest.approx(1.0, abs=1e-9)
    assert reference.success_rate == 1.0


def test_a_shift_keeps_the_levels_and_moves_the_reference(task: Any) -> None:
    shifted = prepare(
        adaptarium.world("DoorKey-v0"),
        overrides={"size": 6},
        shift={"transition.slip": 0.2},
        episodes=20,
    )
    assert set(shifted.levels.names) <= set(task.levels.names)
    calm = {level.level_hash: level.reference_return for level in task.references}
    assert all(level.reference_return < calm[level.level_hash] for level in shifted.references)
    score = play_cell(shifted, "reference").score
    assert score.low - 0.02 <= 1.0 <= score.high + 0.02


def test_an_agent_of_one_episode_at_a_time() -> None:
    agent = Still()
    world = adaptarium.world("Empty-v0", size=5, **{"episode.max_steps": 5})
    episodes = play_episodes(world, agent, [3, 4])
    assert [episode.length for episode in episodes] == [5, 5]
    assert not any(episode.solved or episode.terminated for episode in episodes)
    assert agent.firsts == [True, False, False, False, False] * 2
    assert agent.given["image"].shape == (7, 7, 3)
    assert agent.given["mask"].shape == (7,)
    assert int(agent.given["seed"]) == 4


def test_side_by_side_is_one_after_the_other() -> None:
    together = play_episodes(DOORKEY, load_agent("random"), range(20))
    apart = [play_episodes(DOORKEY, load_agent("random"), [seed])[0] for seed in range(20)]
    assert together == apart


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (7, "expected integers from 0 to 6"),
        (-1, "expected integers from 0 to 6"),
        (1.5, "expected integers from 0 to 6"),
        ("left", "expected integers from 0 to 6"),
        (None, "expected integers from 0 to 6"),
        ([1, 2], "expected (1, 1)"),
    ],
)
def test_a_wrong_action_is_named(answer: object, said: str) -> None:
    class Wrong:
        def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> object:
            return answer

    with pytest.raises(AgentError) as caught:
        play_episodes(DOORKEY, Wrong(), [0])
    assert said in str(caught.value)
    assert "Wrong" in str(caught.value)


def test_an_agent_that_raises_is_named() -> None:
    class Broken:
        def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> int:
            raise ZeroDivisionError("no plan")

    with pytest.raises(AgentError, match="agent Broken: ZeroDivisionError: no plan"):
        play_episodes(DOORKEY, Broken(), [0])


def test_finished_cells_are_not_played_again(tmp_path: Path) -> None:
    class Counting(Still):
        pass

    settings: dict[str, Any] = {"overrides": {"size": 5}, "episodes": 4, "out": tmp_path / "r"}
    first, second = Counting(), Counting()
    played = adaptarium.evaluate("Empty-v0", [first], **settings)
    assert len(first.firsts) > 0
    again = adaptarium.evaluate("Empty-v0", [second], **settings)
    assert second.firsts == []
    assert again == played
    assert len((tmp_path / "r" / "results.jsonl").read_text().splitlines()) == 1
    assert len(list((tmp_path / "r" / "pictures" / "Empty-v0").glob("*.png"))) == 4
