"""Whatever is said is an action or refused with a reason: properties over arbitrary strings."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import adaptarium
from adaptarium.envs.core import registry
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.text import TextEnv
from adaptarium.envs.negotiation.text import Text

IDS = [spec.id for spec in registry.world_specs() if spec.family == "negotiation"]
LONGEST = 100_000  # characters

ANY = st.characters(exclude_categories=())  # every code point, lone surrogates too
SPOKEN = """
offer accept wait walk away deal no i you take get keep the all both rest everything and book books
hat hats ball price delivery warranty action: answer = -1 0 1 2 3 12 63 64 - 1.5 \u0663 \u00bd
\U0001f4a5 I'll \u2019 [ \u2026 \ufb01
"""
WORDS = st.sampled_from([*SPOKEN.split(), "9" * 400, "\n", "\x00"])
SAID = st.one_of(
    st.text(ANY, max_size=400),
    st.lists(WORDS, max_size=60).map(" ".join),
    st.builds(
        lambda part, times: (part * times)[:LONGEST],
        st.one_of(st.text(ANY, min_size=1, max_size=20), WORDS.map("{} ".format)),
        st.integers(1, LONGEST),
    ),
)
# Hanging is an example that takes longer than this.
PATIENCE = timedelta(seconds=10)


def seen(world: Any) -> dict[str, Any]:
    """What player_0 sees at first."""
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    found = {name: np.array(view[0, 0]) for name, view in batch.obs.items()}
    batch.close()
    return found


FACES = {name: (Text(adaptarium.world(name)), seen(adaptarium.world(name))) for name in IDS}


def check(name: str, said: object) -> None:
    text, observation = FACES[name]
    for answer in (text.parse(said), text.parse_here(said, observation)):
        if isinstance(answer, Invalid):
            assert answer.reason.strip()
            assert answer.expected.strip()
            assert len(str(answer)) < 5_000
        else:
            assert 0 <= answer < len(text.menu())


def property_of(examples: int) -> Any:
    return settings(
        max_examples=examples,
        deadline=PATIENCE,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("name", IDS)
@property_of(40)
@given(said=SAID)
@example(said="")
@example(said=None)
@example(said="offer " * (LONGEST // 6))
@example(said="9" * LONGEST)
def test_any_string_is_an_action_or_refused(name: str, said: object) -> None:
    check(name, said)


@pytest.mark.full
@pytest.mark.parametrize("name", IDS)
@property_of(2_000)
@given(said=SAID)
def test_very_many_strings_are_actions_or_refused(name: str, said: object) -> None:
    check(name, said)


@functools.cache
def table(name: str) -> TextEnv:
    """An episode that has just begun."""
    env = TextEnv(adaptarium.world(name).alone(), transcript=False)
    env.reset(seed=0)
    return env


def state(env: TextEnv) -> list[bytes]:
    """Everything that a step could change."""
    return [part.tobytes() for part in (*env.batch.w.state, env.batch.w.core)]


@pytest.mark.parametrize("name", IDS)
@property_of(20)
@given(said=SAID)
@example(said="offer a million")
def test_a_refused_answer_changes_nothing(name: str, said: str) -> None:
    env, (text, observation) = table(name), FACES[name]
    if isinstance(refused := text.parse_here(said, observation), Invalid):
        before, count = state(env), env.invalid_answers
        assert refused.reason in env.step(said).text
        assert env.invalid_answers == count + 1
        assert state(env) == before
