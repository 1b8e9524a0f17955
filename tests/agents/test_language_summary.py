"""The chain of summarisation: which frames are put together, when, and what rules say of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adaptarium.agents.language import LanguageAgent, Settings, Summaries, changes
from adaptarium.agents.language.summary import Chain
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.world import load_world
from adaptarium.evaluation.playing import play_episodes

BEFORE = "At 00:05\nResources\n- minerals: 50\n- gas: 0\nUnits\n- blade: 2\n- eye: 1 (3 s ago)"
AFTER = "At 00:50\nResources\n- minerals: 400\n- gas: 0\nUnits\n- blade: 3\n- strider: 1"


def joined(frames: Sequence[str]) -> str:
    return "+".join(frames)


def test_rules_tell_what_has_changed_by_headings() -> None:
    assert changes([BEFORE, "anything", AFTER]).splitlines() == [
        "- Resources: minerals 50 -> 400",
        "- Units: blade 2 -> 3, eye 1 -> 0, strider 0 -> 1",
    ]
    assert changes([BEFORE, BEFORE]) == "- nothing that is counted has changed"


def test_the_last_frames_of_each_chunk_are_put_together_when_due() -> None:
    chain = Chain(Summaries(chunk=3, last=2, every=6, summarise=joined))
    told = [chain.take(str(number)) for number in range(13)]
    assert told[:6] == [""] * 6
    assert set(told[6:12]) == {"Over the last 6 steps:\n1+2+4+5\n\n"}
    assert told[12] == "Over the last 6 steps:\n7+8+10+11\n\n"


@pytest.mark.parametrize(
    "fields", [{"chunk": 0}, {"last": 6}, {"every": 2.5}, {"every": 4}, {"chunk": True}]
)
def test_senseless_numbers_are_refused(fields: Any) -> None:
    with pytest.raises(AgentError, match="expected"):
        Summaries(**fields)


def test_a_model_is_told_the_summary_before_what_it_sees(chat: Any, tmp_path: Path) -> None:
    world = load_world("DoorKey-v0", size=5, **{"episode.max_steps": 4})
    summaries = Summaries(chunk=1, last=1, every=1, summarise=lambda frames: "so it went")
    settings = Settings(history=0, summaries=summaries, retries=0)
    chat.player = lambda words: "Action: left"
    play_episodes(world, LanguageAgent(chat.name, settings, tmp_path / "t.jsonl"), [3])
    said = [request["messages"][-1]["content"] for request in chat.requests]
    assert not said[0].startswith("Over the last")
    assert all(words.startswith("Over the last 1 steps:\nso it went\n\n") for words in said[1:])
    assert '"summaries"' in (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()[0]
