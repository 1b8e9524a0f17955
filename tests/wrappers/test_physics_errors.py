"""What a plan asks for and cannot get is refused before anything runs, with the nearest choice."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.errors import (
    AdaptariumError,
    FactorError,
    ResetNeededError,
    ShiftError,
    SnapshotError,
    StructuralShiftError,
    UnknownNameError,
)

ON = {"kind": "step", "at": 3}


def plan(*whats: dict[str, Any], when: dict[str, Any] = ON) -> dict[str, Any]:
    shifts = [{"name": f"s{k}", "what": what, "when": when} for k, what in enumerate(whats)]
    return {"schema": "adaptarium-shift/1", "shift": shifts}


def factors(**to: Any) -> dict[str, Any]:
    return {"kind": "factors", "to": {name.replace("__", "."): value for name, value in to.items()}}


@pytest.mark.parametrize(
    ("what", "error", "told"),
    [
        (factors(transition__slipp=1), UnknownNameError, "did you mean 'transition.slip'"),
        (factors(transition__slip=2), FactorError, "nearest valid is 1"),
        (factors(observation__view_size=9), StructuralShiftError, "capacity={'columns': 9, 'rows'"),
        ({"kind": "levels", "to": {"sise": 5}}, UnknownNameError, "did you mean 'size'"),
        ({"kind": "levels", "to": {"size": 1}}, FactorError, "s0"),
        ({"kind": "levels", "to": {"num_levels": 5}}, UnknownNameError, "num_levels"),
        ({"kind": "levels", "to": {"split": "tset"}}, FactorError, "test"),
    ],
)
def test_a_shift_that_does_not_fit_its_world(
    what: dict[str, Any], error: type[AdaptariumError], told: str
) -> None:
    with pytest.raises(error, match=told.replace("{", r"\{").replace(".", r"\.")):
        adaptarium.shifted("DoorKey-v0", plan(what))


def test_room_that_changes_no_space_is_made_by_itself() -> None:
    env = adaptarium.shifted("DoorKey-v0", plan({"kind": "levels", "to": {"size": 16}}), num_envs=2)
    assert env.single_observation_space == adaptarium.vec("DoorKey-v0", 2).single_observation_space
    made = adaptarium.vec("DoorKey-v0", 2)
    with pytest.raises(StructuralShiftError, match="'height': 16"):
        adaptarium.shifted(made, plan({"kind": "levels", "to": {"size": 16}}))


def test_two_shifts_of_one_factor_at_one_time() -> None:
    both = plan(factors(transition__slip=0.5), factors(transition__slip=1.0))
    with pytest.raises(ShiftError, match="both write transition.slip"):
        adaptarium.shifted("DoorKey-v0", both)


def test_too_many_joint_states() -> None:
    drift = {"kind": "linear", "stop": 100}
    three = plan(
        factors(transition__slip=0.5), factors(transition__wind=0.5), factors(reward__food=2.0),
        when=drift,
    )  # fmt: skip
    with pytest.raises(ShiftError, match=r"35,937 joint states.*lower the resolution"):
        adaptarium.shifted("DoorKey-v0", three)


def test_fixed_levels_keep_their_distribution() -> None:
    with pytest.raises(ShiftError, match="fixed set of levels"):
        adaptarium.shifted("DoorKey-v0", plan({"kind": "levels", "to": {"size": 6}}), num_levels=4)


def test_physics_of_foreign_environments() -> None:
    with pytest.raises(ShiftError, match="no environment of ours"):
        adaptarium.shifted(gym.make("CartPole-v1"), plan(factors(transition__slip=1)))


def test_options_of_an_environment_that_is_made() -> None:
    with pytest.raises(ShiftError, match="num_envs"):
        adaptarium.shifted(
            adaptarium.world("DoorKey-v0").gym(), plan(factors(reward__goal=2.0)), num_envs=3
        )


def test_a_plan_is_attached_once_and_is_the_only_door() -> None:
    env = adaptarium.vec("DoorKey-v0", 2)
    env.reset(seed=1)
    assert adaptarium.shifted(env, plan(factors(transition__slip=1.0))) is env
    with pytest.raises(ResetNeededError):
        env.step(np.zeros(2, np.int64))
    with pytest.raises(ShiftError, match="follows a plan already"):
        adaptarium.shifted(env, plan(factors(transition__wind=1.0)))
    with pytest.raises(ShiftError, match="state the change in the plan"):
        env.set_factors(**{"transition.wind": 1.0})
    with pytest.raises(UnknownNameError, match="did you mean 's0'"):
        env.batch.reach("s1", 1.0)
    with pytest.raises(FactorError, match="'progress'"):
        env.batch.reach("s0", 1.0)


def test_states_fit_the_same_plan_alone() -> None:
    bare = adaptarium.vec("DoorKey-v0", 2)
    bare.reset(seed=1)
    one = adaptarium.shifted("DoorKey-v0", plan(factors(transition__slip=1.0)), num_envs=2)
    other = adaptarium.shifted("DoorKey-v0", plan(factors(transition__wind=1.0)), num_envs=2)
    one.reset(seed=1)
    for target, state in ((bare, one), (one, bare), (other, one)):
        with pytest.raises(SnapshotError, match="plan of shifts"):
            target.restore_state(state.save_state())
