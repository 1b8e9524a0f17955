"""Shifts that follow a learner's progress are moved through any face, and replayed exactly."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import SyncVectorEnv
from gymnasium.wrappers import TimeLimit

import adaptarium
from adaptarium.envs.core.errors import FactorError, ShiftError, UnknownNameError
from adaptarium.wrappers.spec import ShiftPlan

PROGRESS = {"kind": "progress", "threshold": 0.0, "stages": 2}
WHATS: dict[str, dict[str, Any]] = {
    "icy": {"kind": "factors", "to": {"transition.slip": 0.9}},
    "noisy": {"kind": "observation.noise", "sigma": 4.0},
}
MOVES = {4: 0.5, 9: 1.0}


def plan(when: dict[str, Any], *names: str) -> ShiftPlan:
    shifts = [{"name": name, "what": WHATS[name], "when": when} for name in names or WHATS]
    return ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": shifts})


# A move after k steps holds from the step after the next on.
REPLAY = {"kind": "times", "times": [[count + 1, position] for count, position in MOVES.items()]}


def single(env: Any, step: int) -> Any:
    if step < 0:
        return env.reset(seed=5)[0]
    observation, *_, info = env.step([2, 1, 2][step % 3] % env.action_space.n)
    return observation, info["shift"]


def batch(env: Any, step: int) -> Any:
    if step < 0:
        return env.reset(seed=5)[0]
    observation, *_, infos = env.step(np.full(env.action_space.shape, [2, 1, 2][step % 3]))
    return observation, {k: v for k, v in infos["shift"].items() if not k.startswith("_")}


def parallel(env: Any, step: int) -> Any:
    if step < 0:
        return env.reset(seed=5)[0]
    observations, *_, infos = env.step(dict.fromkeys(env.agents, step % 3))
    return observations, {name: info["shift"] for name, info in infos.items()}


def aec(env: Any, step: int) -> Any:
    if step < 0:
        env.reset(seed=5)
    else:
        for _ in list(env.agents):
            env.step(step % 3)
    observation, _, _, _, info = env.last()
    return observation, info["shift"]


FACES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "gym": ("Empty-v0", {"size": 8}, single),
    "vec": ("Empty-v0", {"size": 8, "num_envs": 3}, batch),
    "parallel": ("Foraging-v0", {}, parallel),
    "aec": ("Foraging-v0", {}, aec),
}


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, tuple):
        return all(equal(*pair) for pair in zip(one, other, strict=True))
    return bool(np.array_equal(one, other))


def trace(env: Any, play: Any, drive: tuple[str, ...]) -> list[Any]:
    found = [play(env, -1)]
    for step in range(14):
        if step in MOVES:
            for name in drive:
                env.set_progress(name, MOVES[step])
        found.append(play(env, step))
    return found


@pytest.mark.parametrize("face", FACES)
def test_a_driven_shift_is_replayed_from_its_switches(face: str) -> None:
    world, options, play = FACES[face]
    names = ("noisy",) if world == "Foraging-v0" else tuple(WHATS)
    make = lambda when: adaptarium.shifted(world, plan(when, *names), face=face, **options)  # noqa: E731
    driven, replayed, still = (
        trace(make(when), play, drive)
        for when, drive in ((PROGRESS, names), (REPLAY, ()), (PROGRESS, ()))
    )
    assert equal(tuple(driven), tuple(replayed))
    assert not equal(tuple(driven), tuple(still))


def test_strangers_are_driven_through_other_wrappers() -> None:
    inner = adaptarium.shifted(gymnasium.make("CartPole-v1"), plan(PROGRESS, "noisy"))
    outer = adaptarium.shifted(
        TimeLimit(inner, 40),
        ShiftPlan.from_data(
            {
                "schema": "adaptarium-shift/1",
                "shift": [{"name": "odd", "what": {"kind": "reward.sign"}, "when": PROGRESS}],
            }
        ),
    )
    outer.reset(seed=1)
    outer.set_progress("noisy", 1.0)
    outer.set_progress("odd", 0.5)
    for _ in range(2):
        *_, info = outer.step(0)
    assert info["shift"] == {"noisy": 1.0, "odd": 0.5}
    with pytest.raises(UnknownNameError, match=r"'nosy'.*noisy"):
        outer.set_progress("nosy", 1.0)


def test_a_reset_with_a_seed_sets_it_back() -> None:
    envs = adaptarium.shifted(
        SyncVectorEnv([lambda: gymnasium.make("CartPole-v1")] * 2), plan(PROGRESS, "noisy")
    )
    envs.reset(seed=1)
    envs.set_progress("noisy", 1.0)
    for wanted in (0.0, 1.0):
        *_, infos = envs.step(np.zeros(2, np.int64))
        assert infos["shift"]["noisy"].tolist() == [wanted] * 2
    _, infos = envs.reset(seed=1)
    assert infos["shift"]["noisy"].tolist() == [0.0, 0.0]


def test_what_cannot_be_moved_is_refused() -> None:
    env = adaptarium.shifted("Empty-v0", plan(REPLAY))
    env.reset(seed=1)
    for name in WHATS:
        with pytest.raises(FactorError, match=f"'{name}' follows a 'times' schedule"):
            env.set_progress(name, 1.0)
    driven = adaptarium.shifted("Empty-v0", plan(PROGRESS))
    driven.reset(seed=1)
    for name in WHATS:
        with pytest.raises(ShiftError, match="expected 0 to 1"):
            driven.set_progress(name, 1.5)
    with pytest.raises(ShiftError, match="no plan"):
        adaptarium.world("Empty-v0").gym().set_progress("icy", 1.0)
