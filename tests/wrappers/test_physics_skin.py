"""Skins: other names, signs and numbers for the same world, and the same for another one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.errors import ShiftError

AT_ONCE = {"kind": "step", "at": 0}


def shifted(face: str, when: dict[str, Any] | None = None, **what: Any) -> Any:
    shift = {"name": "skin", "what": {"kind": "skin", **what}, "when": when or AT_ONCE}
    plan = {"schema": "adaptarium-shift/1", "shift": [shift]}
    return adaptarium.shifted("DoorKey-v0", plan, face=face)


def played(env: Any, turns: Any) -> list[Any]:
    env.reset(seed=4)
    return [env.step(action)[:3] for action in turns]


def test_a_skin_of_codes_moves_the_look_and_nothing_else() -> None:
    bare, env = adaptarium.world("DoorKey-v0").gym(), shifted("gym", which="codes", seed=3)
    order = np.array(env.unwrapped.batch.shifter.frames[1].world.rules.observation.skin)
    assert sorted(order) == list(range(16))
    turns = np.random.default_rng(0).integers(0, 7, 40).tolist()
    for mine, theirs in zip(played(bare, turns), played(env, turns), strict=True):
        assert mine[1:] == theirs[1:]
        assert np.array_equal(order[mine[0]["image"][..., 0]], theirs[0]["image"][..., 0])


def test_the_reverse_moves_what_actions_do_and_not_how_they_are_called() -> None:
    order = (1, 0, 2, 3, 4, 5, 6)
    bare, env = adaptarium.world("DoorKey-v0").gym(), shifted("gym", which="physics", order=order)
    turns = np.random.default_rng(0).integers(0, 7, 40).tolist()
    swapped = [order[action] for action in turns]
    for mine, theirs in zip(played(bare, swapped), played(env, turns), strict=True):
        assert mine[0]["image"].tobytes() == theirs[0]["image"].tobytes()
        assert mine[1:] == theirs[1:]


@pytest.mark.parametrize(
    "what",
    [
        {"which": "names", "seed": 5},
        {"which": "names", "swap": {"key": "forward", "forward": "key"}},
        {"which": "symbols", "seed": 5},
        {"which": "symbols", "swap": {"#": ".", ".": "#"}},
    ],
)
def test_text_under_a_skin_is_complete_and_plays_the_same(what: dict[str, Any]) -> None:
    bare, env = adaptarium.world("DoorKey-v0").text(), shifted("text", **what)
    first, second = bare.reset(seed=4), env.reset(seed=4)
    assert (first != second) == (what["which"] == "symbols")  # no key is in sight at first
    assert bare.manual() != env.manual() or what["which"] == "symbols"
    for action in np.random.default_rng(0).integers(0, 7, 30).tolist():
        mine = bare.step(bare.menu()[action])
        theirs = env.step(env.menu()[action])
        assert mine[1:4] == theirs[1:4]
        seen = env.text.rebuild(env.describe())
        for name, array in seen.items():
            assert np.array_equal(array, env.batch.obs[name][0, 0]), name
        if mine.terminated or mine.truncated:
            bare.reset()
            env.reset()


def test_actions_have_their_new_names_alone() -> None:
    env = shifted("text", which="names", swap={"left": "right", "right": "left"})
    env.reset(seed=4)
    assert env.menu()[:2] == ["right", "left"]
    assert (env.parse("left"), env.parse("right")) == (1, 0)
    assert isinstance(env.parse("rotate left"), Invalid)  # a spelling of the old name
    assert env.parse("jump").expected.startswith("Answer with one action, by name or number: right")


def test_names_follow_the_schedule() -> None:
    swap = {"key": "ball", "ball": "key"}
    env = shifted("text", {"kind": "step", "at": 2, "until": 3}, which="names", swap=swap)
    env.reset(seed=4)
    own = env.manual()
    told = []
    for _ in range(4):
        env.step("stay")
        told.append(env.manual() == own)
    assert told == [True, True, False, True]


def test_what_is_no_skin_is_refused() -> None:
    for what, told in (
        ({"which": "codes"}, "expected seed or order"),
        ({"which": "names", "order": (1, 0)}, "expected seed or swap"),
        ({"which": "names", "swap": {"key": "ball"}}, "the same words on both sides"),
        ({"which": "symbols", "swap": {"##": "..", "..": "##"}}, "expected signs"),
        ({"which": "codes", "order": (1, 0)}, "permutation of 16"),
    ):
        with pytest.raises(ShiftError, match=told):
            shifted("gym", **what)
