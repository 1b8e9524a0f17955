"""Questions: what they tell, what they cost, and that it pays to ask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.market import codes
from adaptarium.envs.market.text import Text

CANDIDATES = 12  # a slate shows one


def slots(n: int, **overrides: Any) -> Batch:
    batch = Batch([adaptarium.world("AskOrRecommend-v0", **overrides)], n, autoreset="disabled")
    batch.reset(seed=0)
    return batch


@pytest.mark.parametrize("question", [1, codes.MAX_TOPICS + 3])
def test_an_answer_is_the_sign_of_the_preference(question: int) -> None:
    batch = slots(128)
    likes = batch.w.levels.topics[:, 1] > 0
    if question >= codes.MAX_TOPICS:
        likes = batch.w.state.genres[:, 3]["preference"] > 0
    batch.w.actions[:] = CANDIDATES + question
    batch.step()
    told = batch.obs["told"][:, 0]
    assert (told[:, question] == np.where(likes, codes.YES, codes.NO)).all()
    assert (np.delete(told, question, axis=1) == codes.UNKNOWN).all()
    assert batch.w.reward[:, 0] == pytest.approx(np.where(likes, 0.0, -0.1))
    assert (batch.w.metrics["questions"] == 1).all()
    assert (batch.w.state.now["fruitless"] == 1).all()
    # Asking once more does nothing but to cost a turn.
    assert not batch.masks()[:, 0, CANDIDATES + question].any()
    batch.step()
    assert batch.w.reward[:, 0] == pytest.approx(-0.1)
    assert (batch.w.metrics["questions"] == 1).all()


def test_topics_that_a_level_lacks_are_not_asked_about() -> None:
    batch = slots(4, topics=2)
    assert batch.masks()[0, 0, CANDIDATES:].tolist() == [True, True, False, False] + [True] * 4


def test_the_first_click_ends_a_conversation_with_success() -> None:
    batch = slots(512)
    batch.w.actions[:] = 0
    batch.step()
    clicks = batch.w.metrics["clicks"]
    accepted = clicks > 0
    assert 0 < accepted.sum() < 512
    assert (batch.w.terminated[:, 0] == accepted).all()
    assert (batch.w.metrics["success"] == accepted).all()
    assert batch.w.reward[:, 0] == pytest.approx(clicks - 0.1)


def recommend(batch: Batch, questions: int) -> Any:
    """Ask about some topics, then show what fits the answers best and was shown least."""
    obs = {name: view[:, 0] for name, view in batch.obs.items()}
    signs = np.choose(obs["told"], [0.0, -0.5, 0.5])
    topics = obs["topics"].reshape(len(signs), CANDIDATES, codes.MAX_TOPICS)
    score = np.einsum("icd,id->ic", topics, signs[:, : codes.MAX_TOPICS])
    score += obs["quality"] / 6 - 0.3 * obs["shown"]
    turn = int(batch.w.core["clock"].max())
    return np.full(len(signs), CANDIDATES + turn) if turn < questions else score.argmax(axis=1)


def test_it_pays_to_ask_before_recommending() -> None:
    found = []
    for questions in (0, codes.MAX_TOPICS):
        batch = slots(1024)
        while not batch.w.core["ended"].all():
            batch.w.actions[:, 0] = recommend(batch, questions)
            batch.step()
        found.append(batch.w.returns[:, 0].copy())
    gain = found[1] - found[0]
    assert gain.mean() > 4 * gain.std() / np.sqrt(1024)


@pytest.mark.parametrize(
    ("sentence", "action"),
    [
        ("ask topic 3", CANDIDATES + 3),
        ("I would ask about genre 2.", CANDIDATES + codes.MAX_TOPICS + 2),
        ("Ask the user whether they like topic 0", CANDIDATES),
        ("recommend item 11", 11),
    ],
)
def test_a_sentence_is_its_action(sentence: str, action: int) -> None:
    assert Text(adaptarium.world("AskOrRecommend-v0")).parse(sentence) == action


@pytest.mark.parametrize("sentence", ["ask genre 4", "ask 2", "ask topic 1, ask topic 2", "ask"])
def test_a_question_that_is_none_is_refused(sentence: str) -> None:
    assert isinstance(Text(adaptarium.world("AskOrRecommend-v0")).parse(sentence), Invalid)
