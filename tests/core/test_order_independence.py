"""A slot's episodes depend on its seed and its actions alone: not on the batch around it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core import registry
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.sampling import random_actions

IDS = [spec.id for spec in registry.world_specs()]
MODES = ("next_step", "same_step", "disabled")
EVENTS = 60
# Short episodes, so that a trace holds several with their resets, inner and outer.
SHORT = {"episode.max_steps": 11, "episode.inner_episodes": 2}
HASHED = ("DoorKey-v0", "Maze-v0", "Foraging-v0")

Event = tuple[Any, ...]


class Player:
    """Plays a batch so that every slot gets its own actions, whatever the autoreset mode."""

    def __init__(self, batch: Batch, seed: int) -> None:
        self.batch = batch
        n, agents = batch.w.reward.shape
        generators = [np.random.default_rng(seed + i) for i in range(n)]
        self.actions = np.stack(
            [random_actions(batch.action_space, rng, EVENTS, agents) for rng in generators]
        )
        self.used = np.zeros(n, np.int64)
        self.traces: list[list[Event]] = [[] for _ in range(n)]
        batch.reset(seed=seed)
        for i in range(n):
            self.record_reset(i)

    def view(self, buffers: dict[str, Any], i: int) -> tuple[bytes, ...]:
        return tuple(view[i].tobytes() for view in buffers.values())

    def record_reset(self, i: int) -> None:
        self.traces[i].append(("reset", self.view(self.batch.obs, i)))

    def step(self) -> None:
        batch, w = self.batch, self.batch.w
        before = w.core["ended"] != 0
        for i in range(batch.num_envs):
            w.actions[i] = self.actions[i, min(self.used[i], EVENTS - 1)]
        batch.step()
        self.used += ~before
        final = w.out["final"] != 0
        for i in range(batch.num_envs):
            if before[i]:
                assert not w.reward[i].any()
                self.record_reset(i)
                continue
            last = final[i] and batch.mode == 1
            seen = self.view(batch.final_obs if last else batch.obs, i)
            result = (w.reward[i].tobytes(), w.terminated[i].tobytes(), w.truncated[i].tobytes())
            self.traces[i].append(("step", seen, *result))
            if last:
                self.record_reset(i)
        if batch.mode == 2 and final.any():
            batch.reset(mask=final)
            for i in np.flatnonzero(final):
                self.record_reset(int(i))


def traces(world_id: str, n: int, seed: int = 5, **options: Any) -> list[list[Event]]:
    """The first ``EVENTS`` events of every slot."""
    world = adaptarium.world(world_id, **SHORT)
    player = Player(Batch([world], n, **options), seed)
    while min(len(trace) for trace in player.traces) < EVENTS:
        player.step()
    player.batch.close()
    return [trace[:EVENTS] for trace in player.traces]


def digest(world_id: str) -> str:
    return hashlib.sha256(repr(traces(world_id, 2)).encode()).hexdigest()


@pytest.mark.parametrize("world_id", IDS)
def test_a_trace_is_worth_comparing(world_id: str) -> None:
    first, second = traces(world_id, 2)
    assert first != second
    assert sum(event[0] == "reset" for event in first) >= 3
    assert len({event[1] for event in first}) > 3


@pytest.mark.parametrize("world_id", IDS)
@pytest.mark.parametrize("mode", MODES)
def test_slots_do_not_know_each_other(world_id: str, mode: str) -> None:
    seven = traces(world_id, 7, autoreset=mode)
    assert traces(world_id, 2, autoreset=mode) == seven[:2]
    alone = [traces(world_id, 1, seed=5 + i, autoreset="disabled")[0] for i in range(7)]
    assert seven == alone


@pytest.mark.parametrize("world_id", IDS)
def test_threads_change_nothing(world_id: str) -> None:
    assert traces(world_id, 7, num_threads=2) == traces(world_id, 7)


def test_mixed_worlds_change_nothing() -> None:
    worlds = [adaptarium.world(w, **SHORT) for w in ("DoorKey-v0", "Empty-v0")]
    together = Player(Batch(worlds, 4), 5)
    for _ in range(40):
        together.step()
    for number, world in enumerate(worlds):
        # The same rows of the larger batch: padding and neighbours leave no trace.
        apart = Player(Batch([world], 4), 5)
        for _ in range(40):
            apart.step()
        assert apart.traces[number::2] == together.traces[number::2]


def digests_elsewhere(folder: Path, **environment: str) -> str:
    """The digests of the worlds ``HASHED``, computed in a process with that environment."""
    code = (
        "import importlib.util, sys; "
        "spec = importlib.util.spec_from_file_location('order', sys.argv[1]); "
        "order = importlib.util.module_from_spec(spec); spec.loader.exec_module(order); "
        "print([order.digest(world_id) for world_id in order.HASHED])"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "ignore::RuntimeWarning", "-c", code, __file__],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_the_hash_seed_changes_nothing(tmp_path: Path) -> None:
    here = repr([digest(world_id) for world_id in HASHED])
    for hash_seed in ("1", "20260"):
        assert digests_elsewhere(tmp_path, PYTHONHASHSEED=hash_seed) == here


def test_compiling_changes_nothing(tmp_path: Path) -> None:
    """Under ``NUMBA_DISABLE_JIT`` every kernel runs as Python, for a debugger to step through."""
    here = repr([digest(world_id) for world_id in HASHED])
    assert digests_elsewhere(tmp_path, NUMBA_DISABLE_JIT="1") == here
