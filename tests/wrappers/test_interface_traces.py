"""One plan, every face: the same trace, and nothing outside the schedule."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence

import adaptarium
from adaptarium.envs.core.errors import ActionError, ShiftError, SnapshotError
from adaptarium.wrappers.interface import wrap
from adaptarium.wrappers.spec import ShiftPlan

WORLD = "adaptarium/DoorKey-v0"
SHORT = {"episode.max_steps": 7}
ENTRY = {"reward.shaping": {"entry": "direction"}}
ALWAYS = {"kind": "step", "at": 0}


def play(env: Any, steps: int = 40, seed: int | None = 5) -> list[Any]:
    """Everything a vector environment hands out under fixed actions, the same of each slot."""
    actions = np.random.default_rng(0).integers(0, 7, (steps, 16))
    n = getattr(env, "num_envs", 1)
    trace: list[Any] = [env.reset(seed=seed)] if seed is not None else []
    for row in actions:
        trace.append(env.step(row[:n]))
        over = np.asarray(trace[-1][2]) | np.asarray(trace[-1][3])
        if env.metadata["autoreset_mode"].value == "Disabled" and over.any():
            trace.append(env.reset(options={"reset_mask": over}))
    return trace


def slot(value: Any, i: int) -> Any:
    """What a trace says of slot ``i``."""
    if isinstance(value, dict):
        return {name: slot(part, i) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [slot(part, i) for part in value]
    return value[i]


def native(n: int, mode: str = "NextStep") -> Any:
    return gym.make_vec(WORLD, n, autoreset_mode=mode, **SHORT)


def single() -> Any:
    return gym.make(WORLD, **SHORT)


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_a_batch_gives_what_single_environments_give(kind: str, mode: str, plan: Any) -> None:
    shifts = plan(kind, **ENTRY.get(kind, {}))
    batch = wrap(native(3, mode), shifts)
    others = gym.vector.SyncVectorEnv([lambda: wrap(single(), shifts)] * 3, autoreset_mode=mode)
    assert batch.single_observation_space == others.single_observation_space
    assert batch.observation_space == others.observation_space
    traces = play(batch), play(others)
    assert data_equivalence(*traces, exact=True)
    assert traces[0][0][0] in batch.observation_space
    assert all(part[0] in batch.observation_space for part in traces[0])


def test_the_number_of_slots_does_not_matter(any_kind: str, plan: Any) -> None:
    shifts = plan(any_kind, **ENTRY.get(any_kind, {}))
    seven, two, one = (play(wrap(native(n), shifts), 25) for n in (7, 2, 1))
    for i, fewer in ((0, one), (0, two), (1, two)):
        for mine, theirs in zip(seven, fewer, strict=True):
            assert data_equivalence(slot(mine[:-1], i), slot(theirs[:-1], i), exact=True)


def test_seats_of_a_batch_are_agents_of_a_parallel_environment(any_kind: str, plan: Any) -> None:
    world = adaptarium.world("Foraging-v0")
    shifts = plan(any_kind, **ENTRY.get(any_kind, {}))
    batch = wrap(world.vec(2, autoreset_mode="Disabled"), shifts)
    parallel, turns = wrap(world.parallel(), shifts), wrap(world.aec(), shifts)
    seen, _ = batch.reset(seed=5)
    mine, _ = parallel.reset(seed=6)
    turns.reset(seed=6)
    actions = np.random.default_rng(1).integers(0, 6, (12, 2, 2))
    for both in actions:
        for a, name in enumerate(parallel.agents):
            assert data_equivalence(
                {k: v[1, a] for k, v in seen.items()},
                {k: np.asarray(v) if np.ndim(v) else np.int64(v) for k, v in mine[name].items()},
                exact=True,
            )
            assert data_equivalence(turns.observe(name), mine[name], exact=True)
        seen, rewards, *_ = batch.step(both)
        mine, paid, *_ = parallel.step({f"player_{a}": int(both[1, a]) for a in range(2)})
        for a in range(2):
            turns.step(int(both[1, a]))
            assert paid[f"player_{a}"] == rewards[1, a]
        assert {name: turns.rewards[name] for name in paid} == paid


def test_outside_the_schedule_nothing_changes(kind: str, plan: Any) -> None:
    window = {"kind": "step", "at": 12}
    shifts = plan(kind, window, {"modulo": 3, "remainders": [1]}, **ENTRY.get(kind, {}))
    bare, shifted = play(native(6), 30), play(wrap(native(6), shifts), 30)
    changed = False
    for k, (plain, seen) in enumerate(zip(bare, shifted, strict=True)):
        if kind == "signal":
            assert set(seen[0].pop("change")[[0, 2, 3, 5]].tolist()) == {0}
        for i in range(6):
            same = data_equivalence(slot(plain[:-1], i), slot(seen[:-1], i), exact=True)
            inside = i % 3 == 1 and k > 12
            assert same or inside, (k, i)
            changed |= not same
    assert changed or kind in (
        "signal",
        "reward.delay",
        "reward.sparse",
        "judge.hindsight",
        "reward.sign",
        "judge.noisy",
        "judge.delayed",
        "judge.one_sided",
    )


def test_a_position_of_zero_hands_on_the_very_objects(any_kind: str, plan: Any) -> None:
    never = {"kind": "progress", "threshold": 1.0}
    env = wrap(single(), plan(any_kind, never, **ENTRY.get(any_kind, {})))
    bare = single()
    (mine, _), (theirs, _) = env.reset(seed=3), bare.reset(seed=3)
    for k in range(20):
        if any_kind == "signal":
            assert mine.pop("change") == 0
        assert data_equivalence(mine, theirs, exact=True)
        mine, reward, *over, info = env.step(k % 7)
        theirs, expected, *_ = bare.step(k % 7)
        assert (reward, type(reward)) == (expected, float)
        assert info["shift"] == {"it": 0.0}
        if any(over):
            (mine, _), (theirs, _) = env.reset(), bare.reset()


@pytest.mark.parametrize("kind_", ["observation.permutation", "action.remap"])
@pytest.mark.parametrize("draw", [0, 7])
def test_a_map_and_its_inverse_undo_each_other(kind_: str, draw: int, plan: Any) -> None:
    there = plan(kind_, ALWAYS, draw=draw)
    back = plan(kind_, ALWAYS, draw=draw, inverse=True)
    back["shift"][0]["name"] = "back"
    assert not data_equivalence(play(native(3)), play(wrap(native(3), there)), exact=True)
    both = [(step[:-1]) for step in play(wrap(wrap(native(3), there), back))]
    bare = [(step[:-1]) for step in play(native(3))]
    assert data_equivalence(both, bare, exact=True)
    together = {**there, "shift": there["shift"] + back["shift"]}
    once = [(step[:-1]) for step in play(wrap(native(3), together))]
    assert data_equivalence(once, bare, exact=True)


def test_a_state_is_saved_and_restored(any_kind: str, plan: Any) -> None:
    when = {"kind": "markov", "stay": 0.8, "every": 2}
    shifts = plan(any_kind, when, **ENTRY.get(any_kind, {}))
    env, other = wrap(native(3), shifts), wrap(native(3), shifts)
    play(env, 13)
    state = env.save_state()
    play(other, 4, seed=99)
    other.restore_state(state)
    assert data_equivalence(play(env, 20, None), play(other, 20, None), exact=True)
    fewer = wrap(native(2), shifts)
    with pytest.raises(SnapshotError, match="other shifts or spaces"):
        fewer.restore_state(state)
    with pytest.raises(SnapshotError, match="no state of shifted play"):
        env.restore_state(state[:200])


def test_a_refused_action_changes_nothing(any_kind: str, plan: Any) -> None:
    shifts = plan(any_kind, ALWAYS, **ENTRY.get(any_kind, {}))
    env, other = wrap(native(3), shifts), wrap(native(3), shifts)
    play(env, 9)
    play(other, 9)
    for wrong in (np.array([0, 99, 0]), np.array([0, -1, 0]), np.zeros(2, np.int64)):
        with pytest.raises(ActionError):
            env.step(wrong)
    assert data_equivalence(play(env, 9, None), play(other, 9, None), exact=True)


def test_masks_move_with_the_actions(plan: Any) -> None:
    mapping = [6, 0, 1, 2, 3, 4, 5]
    env = wrap(single(), plan("action.remap", ALWAYS, mapping=mapping))
    env.reset(seed=0)
    within = env.unwrapped.action_masks()
    assert env.action_masks().tolist() == [bool(within[a]) for a in mapping]
    assert not hasattr(wrap(gym.make("CartPole-v1"), plan("reward.sign")), "action_masks")
    off = wrap(single(), plan("action.disable", ALWAYS, actions=[0, 2], instead=1))
    off.reset(seed=0)
    assert not off.action_masks()[[0, 2]].any()


def test_an_inner_shift_is_told_of_too(plan: Any) -> None:
    inner = plan("reward.sign", {"kind": "step", "at": 3})
    outer = plan("signal", ALWAYS)
    outer["shift"][0]["name"] = "told"
    env = wrap(wrap(single(), inner), outer)
    seen = [env.reset(seed=0)[0]["change"]]
    for _ in range(6):
        observation, *_, info = env.step(0)
        seen.append(observation["change"])
    assert seen == [0, 0, 0, 0, 1, 0, 0]
    assert info["shift"] == {"it": 1.0, "told": 1.0}


def test_text_answers_and_rewards_are_shifted(plan: Any) -> None:
    world = adaptarium.world("DoorKey-v0")
    mapping = [1, 0, 2, 3, 4, 5, 6]
    text = wrap(world.text(), plan("action.remap", ALWAYS, mapping=mapping))
    other = wrap(world.gym(), plan("action.remap", ALWAYS, mapping=mapping))
    text.reset(seed=4)
    other.reset(seed=4)
    for k in (0, 2, 1, 2):
        assert text.step("what?").info["step"] == text.env.step("what?").info["step"]
        told = text.step(text.menu()[k])
        assert told.reward == other.step(k)[1]
        assert told.info["shift"] == {"it": 1.0}
        assert np.array_equal(text.env.batch.obs["image"], other.unwrapped.batch.obs["image"])
    with pytest.raises(ShiftError, match="tells in words"):
        wrap(world.text(), plan("observation.delay"))


@pytest.mark.full
def test_the_hash_seed_does_not_matter() -> None:
    code = (
        "import sys, runpy; sys.argv = ['x']\n"
        f"space = runpy.run_path({__file__!r})\n"
        "print(space['digest']())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert len(answers.pop().strip()) == 64


def digest() -> str:
    """A digest of a trace under several changes at once."""
    whats = [
        {"kind": "observation.noise", "sigma": 1.0},
        {"kind": "observation.permutation"},
        {"kind": "action.sticky", "rate": 0.3},
        {"kind": "judge.noisy", "error": 0.3},
    ]
    when = {"kind": "walk", "levels": 4}
    shifts = [{"name": f"s{j}", "what": what, "when": when} for j, what in enumerate(whats)]
    env = wrap(native(3), ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": shifts}))
    found = hashlib.sha256()
    for observation, reward, *_ in play(env)[1:]:
        found.update(observation["image"].tobytes() + reward.tobytes())
    return found.hexdigest()
