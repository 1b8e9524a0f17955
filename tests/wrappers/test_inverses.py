"""A shift and its inverse before the first step are no shift, for everything that can change.

Two meanings are tested. *There and back*: every kind of shift is moved to its far end and home
again before a step is played. *One on top of the other*: kinds that have an inverse of their own
are undone by it; of the others the table says why there is none.
"""

from __future__ import annotations

from typing import Any, get_args

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence

import adaptarium
from adaptarium.wrappers.interface import seated, wrap
from adaptarium.wrappers.spec import What

SHORT = {"episode.max_steps": 7, "reward.step_cost": 0.25}
MORE: dict[str, dict[str, Any]] = {
    "reward.shaping": {"entry": "direction"},
    "judge.one_sided": {"side": "positive"},  # all rewards here are negative
}
NOW = {"kind": "step", "at": 0}
DRIVEN = {"kind": "progress", "threshold": 1.0}
LOST = "what it takes away is lost"
LATE = "what came late cannot come early"
CHANCE = "what chance has added is not known"
JUDGED = "a judgement does not tell the reward"

Fields = dict[str, Any]
INVERSES: dict[str, tuple[Fields, Fields] | str] = {
    "observation.noise": CHANCE,
    "observation.dropout": LOST,
    "observation.occlusion": LOST,
    "observation.permutation": ({"draw": 7}, {"draw": 7, "inverse": True}),
    "observation.quantise": LOST,
    "observation.scale": ({"factor": 4.0}, {"factor": 0.25}),
    "observation.delay": LATE,
    "action.remap": ({"draw": 7}, {"draw": 7, "inverse": True}),
    "action.noise": CHANCE,
    "action.delay": LATE,
    "action.sticky": CHANCE,
    "action.disable": LOST,
    "reward.scale": ({"factor": 8.0}, {"factor": 0.125}),
    "reward.sign": ({}, {}),
    "reward.delay": LATE,
    "reward.sparse": LATE,
    "reward.noise": CHANCE,
    # Exact where the rewards are sums of powers of two, as here.
    "reward.shaping": (
        {"weight": 2.0, "entry": "direction", "discount": 0.5},
        {"weight": -2.0, "entry": "direction", "discount": 0.5},
    ),
    "judge.noisy": JUDGED,
    "judge.biased": JUDGED,
    "judge.delayed": JUDGED,
    "judge.hindsight": JUDGED,
    "judge.pairwise": JUDGED,
    "judge.one_sided": JUDGED,
    "signal": "it changes nothing that there is, it only adds",
    "partners": ({"pool": ["one", "other"]}, {"pool": ["other", "one"]}),
    "factors": ({}, {}),
    "levels": ({}, {}),
    "skin": ({}, {}),
    "population": "newcomers are others: their names were not used before in the episode",
}
BY_WRAPPER = [kind for kind, found in INVERSES.items() if "." in kind and isinstance(found, tuple)]
PHYSICS: dict[str, Fields] = {
    "transition": {"kind": "factors", "to": {"transition.slip": 0.9}},
    "observation": {"kind": "factors", "to": {"observation.noise": 0.8}},
    "action": {"kind": "factors", "to": {"action.order": [2, 1, 0, 3, 4, 5, 6]}},
    "reward": {"kind": "factors", "to": {"reward.step_cost": 0.5}},
    "levels": {"kind": "levels", "to": {"size": 5}},
    "split": {"kind": "levels", "to": {"split": "test"}},
    "codes": {"kind": "skin", "which": "codes", "seed": 3},
    "physics": {"kind": "skin", "which": "physics", "order": [2, 1, 0, 3, 4, 5, 6]},
}
WORDS: dict[str, Fields] = {
    "names": {"kind": "skin", "which": "names", "seed": 5},
    "symbols": {"kind": "skin", "which": "symbols", "seed": 5},
}


def plan_of(*whats: Fields, when: Fields) -> Fields:
    shifts = [{"name": f"s{k}", "what": what, "when": when} for k, what in enumerate(whats)]
    return {"schema": "adaptarium-shift/1", "shift": shifts}


def kinds_of(part: Any) -> set[str]:
    """The kinds of a union of changes."""
    if isinstance(part, type):
        return set(get_args(part.model_fields["kind"].annotation))
    parts = [one for one in get_args(part) if isinstance(one, type) or get_args(one)]
    return set().union(*map(kinds_of, parts))


def trace(env: Any, *, moves: tuple[float, ...] = (), steps: int = 25) -> list[Any]:
    """All but the infos of a batch, whose driven shifts are moved after the first reset."""
    found: list[Any] = [env.reset(seed=5)[0]]
    for position in moves:
        env.set_progress("s0", position)
    shape = env.action_space.shape
    for row in np.random.default_rng(0).integers(0, 6, (steps, *shape)):
        found.append(env.step(row)[:4])
    return found


def same(one: Any, other: Any) -> bool:
    return data_equivalence(one, other, exact=True)


def world(**more: Any) -> Any:
    return adaptarium.world("DoorKey-v0", **SHORT, **more)


def test_every_kind_says_what_undoes_it() -> None:
    assert kinds_of(What) == set(INVERSES)


# ---- one on top of the other ----


@pytest.mark.parametrize("kind_", BY_WRAPPER)
def test_a_wrapper_is_undone_by_another(kind_: str) -> None:
    there, back = ({"kind": kind_, **fields} for fields in INVERSES[kind_])
    batch = lambda: world().vec(3)  # noqa: E731
    bare = trace(batch())
    assert not same(trace(wrap(batch(), plan_of(there, when=NOW))), bare)
    assert same(trace(wrap(batch(), plan_of(there, back, when=NOW))), bare)
    inner = wrap(batch(), plan_of(there, when=NOW))
    named = plan_of(back, when=NOW)
    named["shift"][0]["name"] = "back"
    assert same(trace(wrap(inner, named)), bare)


def test_scales_undo_each_other_on_floats_too() -> None:
    envs = lambda: gym.vector.SyncVectorEnv([lambda: gym.make("CartPole-v1")] * 2)  # noqa: E731
    there, back = ({"kind": "observation.scale", "factor": factor} for factor in (4.0, 0.25))
    play = lambda env: [env.reset(seed=5)[0], *(env.step([k % 2] * 2)[0] for k in range(30))]  # noqa: E731
    assert same(play(wrap(envs(), plan_of(there, back, when=NOW))), play(envs()))


@pytest.mark.parametrize("what", PHYSICS)
def test_a_world_at_the_far_end_is_taken_back(what: str) -> None:
    """The far end is the world itself, and a shift at count 0 takes it home."""
    there, home = PHYSICS[what], world(split="train")
    moved = adaptarium.shifted(home, plan_of(there, when=NOW), num_envs=3)
    far = moved.batch.shifter.frames[1].world
    own = {
        "transition": {"transition.slip": 0.0},
        "observation": {"observation.noise": 0.0},
        "action": {"action.order": list(range(7))},
        "physics": {"action.order": list(range(7))},
        "reward": {"reward.step_cost": 0.25},
        "levels": {"size": 8},
        "split": {"split": "train"},
        "codes": {"observation.skin": list(home.rules.observation.skin)},
    }[what]
    kind = "levels" if what in ("levels", "split") else "factors"
    back = plan_of({"kind": kind, "to": own}, when=NOW)
    bare = trace(home.vec(3))
    assert not same(trace(far.vec(3)), bare)
    assert same(trace(adaptarium.shifted(far, back, num_envs=3)), bare)


class Always:
    """A partner that plays one action."""

    def __init__(self, action: int) -> None:
        self.action = action

    def act(self, observation: Any, info: Any) -> Any:
        return np.full(np.shape(info["first"]), self.action)


def test_partners_are_swapped_back() -> None:
    pool, team = {"one": Always(1), "other": Always(2)}, adaptarium.world("Foraging-v0", **SHORT)
    there, back = ({"kind": "partners", **fields} for fields in INVERSES["partners"])
    never = {"kind": "step", "at": 10**9}
    first, swapped, again = (
        trace(seated(team.vec(3), plan_of(what, when=when), pool))
        for what, when in ((there, never), (there, NOW), (back, NOW))
    )
    assert same(first, again)
    assert not same(first, swapped)


# ---- there and back ----


def test_a_wrapper_is_moved_there_and_back(kind: str, plan: Any) -> None:
    shifts = plan(kind, DRIVEN, **MORE.get(kind, {}))
    shifts["shift"][0]["name"] = "s0"
    bare = trace(world().vec(3))
    back = trace(wrap(world().vec(3), shifts), moves=(1.0, 0.0))
    if kind != "signal":  # which has no other shift to tell of
        assert not same(trace(wrap(world().vec(3), shifts), moves=(1.0,)), bare)
    else:
        for step in back:
            observation = step if isinstance(step, dict) else step[0]
            assert not observation.pop("change").any()
    assert same(back, bare)


@pytest.mark.parametrize("what", [*PHYSICS, "population", "replacement"])
def test_physics_are_moved_there_and_back(what: str) -> None:
    people = {"population": {"to": 3}, "replacement": {"replace": 1}}
    if what in people:
        home = adaptarium.world("Foraging-v0", **SHORT)
        shifts = plan_of({"kind": "population", **people[what]}, when=DRIVEN)
    else:
        home, shifts = world(split="train"), plan_of(PHYSICS[what], when=DRIVEN)
    room = {"agents": 3} if what in people else None
    make = lambda plan: adaptarium.shifted(home, plan, num_envs=3, capacity=room)  # noqa: E731
    bare = trace(home.vec(3, capacity=room))
    assert same(trace(make(shifts), moves=(1.0, 0.0)), bare)
    assert not same(trace(make(shifts), moves=(1.0,)), bare)


@pytest.mark.parametrize("what", WORDS)
def test_words_and_signs_are_moved_there_and_back(what: str) -> None:
    told = []
    for moves in ((), (1.0, 0.0), (1.0,)):
        env = adaptarium.shifted(world(), plan_of(WORDS[what], when=DRIVEN), face="text")
        first = env.reset(seed=5)
        for position in moves:
            env.set_progress("s0", position)
        steps = [env.step(env.menu()[k % 3]).text for k in range(6)]
        told.append([first, *steps, env.manual()])
    bare = world().text()
    assert told[0] == [bare.reset(seed=5), *(bare.step(bare.menu()[k % 3]).text for k in range(6)),
                       bare.manual()]  # fmt: skip
    assert told[0] == told[1]
    assert told[0] != told[2]
