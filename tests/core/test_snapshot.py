"""Saved states: the same continuation in another environment, another process, and by pickle."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core import registry, snapshot
from adaptarium.envs.core.errors import SnapshotError
from adaptarium.envs.core.sampling import random_actions
from adaptarium.envs.core.world import load_world

IDS = [spec.id for spec in registry.world_specs()]
SINGLE = [spec.id for spec in registry.world_specs() if spec.seats == 1]
MODES = ("NextStep", "SameStep", "Disabled")


def flat(value: Any) -> list[Any]:
    """Nested results as a list that compares exactly, arrays with their type and shape."""
    if isinstance(value, dict):
        return [(str(key), flat(part)) for key, part in sorted(value.items())]
    if isinstance(value, tuple | list):
        return [flat(part) for part in value]
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return [flat(part) for part in value.tolist()]
        return [str(value.dtype), value.shape, value.tobytes()]
    return [value]


def single_trace(env: Any, steps: int, seed: int = 1) -> list[Any]:
    """What a single environment does under fixed random actions; goes on over ends."""
    rng = np.random.default_rng(seed)
    trace = []
    for _ in range(steps):
        outcome = env.step(random_actions(env.action_space, rng))
        trace.append(flat(outcome))
        if outcome[2] or outcome[3]:
            trace.append(flat(env.reset()))
    return trace


def vector_trace(env: Any, steps: int, seed: int = 1) -> list[Any]:
    rng = np.random.default_rng(seed)
    trace = []
    for _ in range(steps):
        actions = random_actions(env.single_action_space, rng, env.num_envs)
        outcome = env.step(actions)
        trace.append(flat(outcome))
        over = outcome[2] | outcome[3]
        if env.metadata["autoreset_mode"].value == "Disabled" and over.any():
            trace.append(flat(env.reset(options={"reset_mask": over})))
    return trace


def begun(world_id: str, seed: int, steps: int) -> Any:
    env = load_world(world_id).gym()
    env.reset(seed=seed)
    single_trace(env, steps, seed)
    return env


@pytest.mark.parametrize("world_id", SINGLE)
def test_a_state_goes_on_in_an_environment_of_another_seed(world_id: str) -> None:
    for steps in map(int, np.random.default_rng(len(world_id)).integers(0, 130, 3)):
        env, other = begun(world_id, 3, steps), begun(world_id, 77, 5)
        state = env.save_state()
        own = single_trace(env, 150)
        assert single_trace(begun(world_id, 77, 5), 150) != own, "nothing to tell apart"
        other.restore_state(state)
        assert single_trace(other, 150) == own
        env.restore_state(state)
        assert single_trace(env, 150) == own


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("world_id", ["DoorKey-v0", "FrozenLake-v0", "Darkroom-v0", "Gauntlet-v0"])
def test_a_batch_goes_on_in_a_batch_of_another_seed(world_id: str, mode: str) -> None:
    options = {"autoreset_mode": mode}
    for steps in (0, 1, 47):
        env = load_world(world_id).vec(5, **options)
        env.reset(seed=3)
        vector_trace(env, steps, 8)
        state = env.save_state()
        own = vector_trace(env, 120)
        other = load_world(world_id).vec(5, **options)
        other.reset(seed=900)
        vector_trace(other, 11, 4)
        other.restore_state(state)
        assert vector_trace(other, 120) == own


def test_a_shifted_factor_is_part_of_the_state() -> None:
    env, other = begun("DoorKey-v0", 3, 4), begun("DoorKey-v0", 5, 0)
    env.set_factors(**{"transition.slip": 0.5})
    state = env.save_state()
    other.restore_state(state)
    assert other.batch.rules[0].transition.slip == 0.5
    assert single_trace(other, 100) == single_trace(env, 100)


CONTINUE = """
import sys
import numpy as np
from adaptarium.envs.core.sampling import random_actions
from adaptarium.envs.core.world import load_world

env = load_world("FrozenLake-v0").gym()
env.reset(seed=123)
env.restore_state(open(sys.argv[1], "rb").read())
rng = np.random.default_rng(1)
for _ in range(80):
    view, reward, terminated, truncated, _ = env.step(int(rng.integers(env.action_space.n)))
    print(view["image"].tobytes().hex(), reward, terminated, truncated)
    if terminated or truncated:
        print(env.reset()[0]["image"].tobytes().hex())
"""


def test_a_state_goes_on_in_another_process(tmp_path: Path) -> None:
    env = begun("FrozenLake-v0", 3, 37)
    path = tmp_path / "state"
    path.write_bytes(env.save_state())
    command = [sys.executable, "-c", CONTINUE, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines, rng = [], np.random.default_rng(1)
    for _ in range(80):
        view, reward, terminated, truncated, _ = env.step(int(rng.integers(env.action_space.n)))
        lines.append(f"{view['image'].tobytes().hex()} {reward} {terminated} {truncated}")
        if terminated or truncated:
            lines.append(env.reset()[0]["image"].tobytes().hex())
    assert told.splitlines() == lines


def test_the_same_state_has_the_same_bytes() -> None:
    env = load_world("DoorKey-v0").vec(3)
    env.reset(seed=3)
    state = env.save_state()
    rubbish = [np.full(size, 0x9A, np.uint8) for size in range(1, 2000)]
    del rubbish  # freed memory of every size, for whoever takes it without clearing it
    assert env.save_state() == state


# ---- damage ----


def damaged(state: bytes) -> list[bytes]:
    """The state cut off, extended, and with single bytes changed, all over."""
    rng = np.random.default_rng(6)
    found = [b"", b"\x00", state[:8], state[:30], state[: len(state) // 2], state[:-1]]
    found += [state + b"\x00", state[1:], state[::-1], state[:40] * 2]
    for at in (0, len(snapshot.MAGIC), 30, len(state) - 1, *rng.integers(0, len(state), 40)):
        changed = bytearray(state)
        changed[at] ^= int(rng.integers(1, 256))
        found.append(bytes(changed))
    return found


def test_damaged_states_are_refused_and_change_nothing() -> None:
    env, twin = begun("DoorKey-v0", 3, 20), begun("DoorKey-v0", 3, 20)
    for broken in damaged(begun("DoorKey-v0", 8, 9).save_state()):
        with pytest.raises(SnapshotError):
            env.restore_state(broken)
    for wrong in (None, 3, "state", [1]):
        with pytest.raises(SnapshotError, match="expected the bytes"):
            env.restore_state(wrong)
    assert env.save_state() == twin.save_state()
    assert single_trace(env, 100) == single_trace(twin, 100)


def test_damaged_states_of_a_batch_are_refused_and_change_nothing() -> None:
    env = load_world("DoorKey-v0").vec(3)
    env.reset(seed=3)
    before = env.save_state()
    other = load_world("DoorKey-v0").vec(3)
    other.reset(seed=9)
    for broken in damaged(other.save_state()):
        with pytest.raises(SnapshotError):
            env.restore_state(broken)
    assert env.save_state() == before


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: load_world("DoorKey-v0").vec(4), "num_envs = 4"),
        (lambda: load_world("DoorKey-v0", size=12).vec(3), "sizes"),
        (lambda: load_world("FourRooms-v0").vec(3), "sizes"),
    ],
)
def test_a_state_of_another_structure_is_refused(make: Any, named: str) -> None:
    env = load_world("DoorKey-v0").vec(3)
    env.reset(seed=3)
    foreign = make()
    foreign.reset(seed=1)
    before = env.save_state()
    with pytest.raises(SnapshotError, match=named):
        env.restore_state(foreign.save_state())
    assert env.save_state() == before


# ---- copies ----


@pytest.mark.parametrize("world_id", SINGLE)
@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))],
    ids=["deepcopy", "pickle"],
)
def test_a_copy_goes_on_as_its_original(world_id: str, copied: Any) -> None:
    env = begun(world_id, 4, 23)
    twin = copied(env)
    assert twin.observation_space == env.observation_space
    assert twin.action_space == env.action_space
    assert twin.np_random_seed == env.np_random_seed
    own = single_trace(env, 120)
    assert single_trace(twin, 120) == own, "the two go the same way, and not on one state"


def test_a_copied_batch_goes_on_as_its_original() -> None:
    env = adaptarium.vec(["DoorKey-v0", "Maze-v0"], 4)
    env.reset(seed=2)
    vector_trace(env, 9)
    twins = (copy.deepcopy(env), pickle.loads(pickle.dumps(env)))
    own = vector_trace(env, 60)
    assert all(vector_trace(twin, 60) == own for twin in twins)


def test_a_slot_copied_to_another_goes_on_alike() -> None:
    env = load_world("FrozenLake-v0").vec(4)
    env.reset(seed=2)
    vector_trace(env, 13)
    env.copy([0], [3])
    rng = np.random.default_rng(3)
    for _ in range(40):
        actions = rng.integers(0, env.single_action_space.n, 4)
        actions[3] = actions[0]
        view, reward, terminated, truncated, _ = env.step(actions)
        assert (view["image"][0] == view["image"][3]).all()
        for part in (reward, terminated, truncated):
            assert part[0] == part[3]
