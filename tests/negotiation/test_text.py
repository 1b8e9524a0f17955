"""What can be said: sentences, their refusal with reasons, and pictures."""

from __future__ import annotations

import random

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.render import ansi, frame
from adaptarium.envs.negotiation.text import Text

TEXT = Text(adaptarium.world("Price-v0"))


@pytest.mark.parametrize(
    ("sentence", "action"),
    [
        ("I offer 12.", codes.FIRST_OFFER + 12),
        ("I would propose 7", codes.FIRST_OFFER + 7),
        ("action: offer you 63", codes.FIRST_OFFER + 63),
        ("Let me offer a price of 0!", codes.FIRST_OFFER),
        ("Deal!", codes.ACCEPT),
        ("I accept your offer", codes.ACCEPT),
        ("No deal. I walk away.", codes.WALK),
        ("I will wait", codes.WAIT),
    ],
)
def test_a_sentence_is_its_action(sentence: str, action: int) -> None:
    assert TEXT.parse(sentence) == action


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("I offer 12 or 13", "is no action"),
        ("I offer 12, I offer 13", "several actions"),
        ("I accept and offer 3", "several actions"),
        ("I offer 64", "is no action"),
        ("I ofer 12", "Did you mean"),
        ("", "names no action"),
    ],
)
def test_a_refusal_says_why(sentence: str, reason: str) -> None:
    answer = TEXT.parse(sentence)
    assert isinstance(answer, Invalid)
    assert reason in answer.reason


def test_any_string_is_an_action_or_refused_with_a_reason() -> None:
    rng = random.Random(0)
    words = [
        *TEXT.menu()[:8],
        "I",
        "offer",
        "accept",
        "12",
        "-3",
        "\n",
        "action:",
        "[",
        "💥",
        "\x00",
    ]
    for number in range(300):
        length = 10 ** rng.uniform(0, 3.5 if number else 5)
        if number % 2:
            text = "".join(chr(rng.randrange(0x110000)) for _ in range(int(length)))
        else:
            text = " ".join(rng.choice(words) for _ in range(int(length / 4) + 1))
        answer = TEXT.parse(text)
        if isinstance(answer, Invalid):
            assert answer.reason
            assert answer.expected
        else:
            assert 0 <= answer < len(TEXT.menu())


def test_the_picture_and_the_text_show_the_deal() -> None:
    world = adaptarium.world("Price-v0").override(**{"players.outside": 1, "players.proxy": "nice"})
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    before = frame(batch)
    assert "no offer" in ansi(batch, colour=False)
    while not batch.w.core[0]["ended"]:
        batch.step()
    assert batch.w.final_metrics[0]["success"]
    assert (frame(batch) == (255, 255, 255)).all(axis=2).any()
    assert not np.array_equal(before, frame(batch))
    assert f"offer {batch.w.final_metrics[0]['outcome'] - 1}" in ansi(batch, colour=False)
