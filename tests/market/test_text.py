"""What can be said to a feed, and its pictures."""

from __future__ import annotations

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.market.players import number_of
from adaptarium.envs.market.render import ansi, frame
from adaptarium.envs.market.text import Text

TEXT = Text(adaptarium.world("SlateRec-v0"))


@pytest.mark.parametrize(
    ("sentence", "slate"),
    [
        ("show 0 1 2", (0, 1, 2)),
        ("I would show candidates 2, 0 and 1.", (2, 0, 1)),
        ("Action: recommend items 5, 4, then 3", (5, 4, 3)),
        ("Let me offer the slate 3, 1, 0!", (3, 1, 0)),
        ("I will display 1,2,3 now", (1, 2, 3)),
    ],
)
def test_a_sentence_is_its_slate(sentence: str, slate: tuple[int, ...]) -> None:
    assert TEXT.parse(sentence) == number_of(slate, 6)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("show 0 1", "is no action"),
        ("show 0 1 1", "is no action"),
        ("show 0 1 7", "is no action"),
        ("show 0 1 2, show 0 1 3", "several actions"),
        ("sow 0 1 2", "Did you mean"),
        ("", "names no action"),
    ],
)
def test_a_refusal_says_why(sentence: str, reason: str) -> None:
    answer = TEXT.parse(sentence)
    assert isinstance(answer, Invalid)
    assert reason in answer.reason


@pytest.mark.parametrize("damage", ["Candidate 3", "Last slate", "Signals", "Genres"])
def test_an_incomplete_description_is_refused(damage: str) -> None:
    world = adaptarium.world("SlateRec-v0")
    batch = Batch([world], 1)
    batch.reset(seed=0)
    words = TEXT.describe({name: view[0, 0] for name, view in batch.obs.items()})
    cut = "\n".join(line for line in words.splitlines() if not line.startswith(damage))
    assert cut != words
    with pytest.raises(ValueError, match="the text holds"):
        TEXT.rebuild(cut)


def test_pictures_move_with_the_clicks() -> None:
    pytest.importorskip("pygame")
    batch = Batch([adaptarium.world("SlateRec-v0")], 1, autoreset="disabled")
    batch.reset(seed=1)
    before = frame(batch, 0, 48)
    batch.step()
    after = frame(batch, 0, 48)
    assert before.shape == after.shape == (162, 288, 3)
    # Cards move on by one, the slate is laid out, and the plots have their first column.
    thirds = (slice(12, 60), slice(60, 108), slice(108, 156))
    assert all((before[rows] != after[rows]).any() for rows in thirds)
    assert len(np.unique(after.reshape(-1, 3), axis=0)) > 20


def test_the_terminal_shows_candidates_and_answers() -> None:
    batch = Batch([adaptarium.world("SlateRec-v0")], 1, autoreset="disabled")
    batch.reset(seed=1)
    assert ansi(batch).endswith("last: nothing")
    batch.step()
    told = ansi(batch, colour=False)
    assert told.count("quality") == 6
    assert "last: genre" in told
