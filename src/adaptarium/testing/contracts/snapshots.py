"""State is plain arrays: saved, restored and copied it goes on exactly."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from adaptarium.envs.core import snapshot
from adaptarium.envs.core.batch import Batch
from adaptarium.testing.arrays import fill, leaves
from adaptarium.testing.play import actions_from, draw_streams
from adaptarium.testing.probe import MODES, SEED, Probe
from adaptarium.testing.report import Outcome, kept

SLOTS = 4
OUTPUTS = ("obs", "reward", "terminated", "truncated", "returns", "final_returns", "alive")
ENDS = ("length", "inner_length", "inner_end", "final", "level_name", "level_hash")


def snapshot_incomplete(probe: Probe) -> Outcome:
    """Saved at any step and restored into an environment of another seed, play goes on equal."""
    compared = 0
    for mode in MODES[:2]:
        for turn in (0, 3, probe.steps // 2 + 1):
            saved = _running(probe, mode, SEED, turn)
            other = _running(probe, mode, 7 * SEED, 2)
            snapshot.restore(other, snapshot.save(saved))
            for array in leaves(other.w.scratch):
                fill(array, 1)
            if problem := _parted(saved, other, range(SLOTS), range(SLOTS), probe.steps):
                where = f"saved after {turn} steps, autoreset = {mode!r}"
                probe.fail("snapshot-incomplete", f"{problem} ({where})")
            compared += SLOTS * probe.steps
    return kept(states=compared)


def copy_incomplete(probe: Probe) -> Outcome:
    """A slot copied onto another one goes on exactly as the first does."""
    compared = 0
    for mode in MODES[:2]:
        for turn in (0, 3, probe.steps // 2 + 1):
            batch = _running(probe, mode, SEED, turn)
            snapshot.copy_slots(batch, [0, 1], [2, 3])
            for array in leaves(batch.w.scratch):
                fill(array[2:], 1)
            if problem := _parted(batch, batch, (0, 1), (2, 3), probe.steps):
                where = f"copied after {turn} steps, autoreset = {mode!r}"
                probe.fail("copy-incomplete", f"{problem} ({where})")
            compared += 2 * probe.steps
    return kept(states=compared)


def _running(probe: Probe, mode: str, seed: int, steps: int) -> Batch:
    """A batch after some random steps."""
    batch = Batch([probe.short], SLOTS, autoreset=mode)
    batch.reset(seed=seed)
    draws = draw_streams(batch, range(seed, seed + SLOTS), max(steps, 1))
    for turn in range(steps):
        batch.w.actions[:] = actions_from(batch, draws[:, turn])
        batch.step()
    return batch


def _parted(one: Batch, other: Batch, mine: Any, theirs: Any, steps: int) -> str | None:
    """Where two sets of slots part under the same actions; None when they never do."""
    mine, theirs = list(mine), list(theirs)
    draws = draw_streams(one, range(SLOTS), steps)
    draws[theirs] = draws[mine]
    for turn in range(steps):
        seen = zip(_outputs(one), _outputs(other), strict=True)
        for (name, a), (_, b) in seen:
            if not np.array_equal(a[mine], b[theirs]):
                return f"{name} differs {turn} steps later"
        actions = actions_from(one, draws[:, turn])
        for batch in {id(one): one, id(other): other}.values():
            batch.w.actions[:] = actions
            batch.step()
    return None


def _outputs(batch: Batch) -> Iterator[tuple[str, np.ndarray]]:
    """What a player and its bookkeeping see of every slot."""
    for name in OUTPUTS:
        for array in leaves(getattr(batch.w, name)):
            yield name, array
    for name in ENDS:
        yield f"out.{name}", batch.w.out[name]


# ---- a fresh process ----

_CHILD = """
import json, sys
from adaptarium.testing.contracts.snapshots import continue_in_child
request = json.loads(sys.stdin.readline())
data = bytes.fromhex(request.pop("state"))
sys.stdout.write(continue_in_child(request, data))
"""


def snapshot_in_process(probe: Probe) -> Outcome:
    """A state saved here goes on equal in a fresh process."""
    batch = _running(probe, "next_step", SEED, 3)
    request = {
        "path": sys.path,
        "family": [getattr(probe.world.family, name) for name in _FAMILY_FIELDS],
        "world": probe.short.to_data(),
        "steps": probe.steps,
        "state": snapshot.save(batch).hex(),
    }
    child = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        probe.fail("snapshot-incomplete", f"a fresh process failed: {child.stderr[-500:]}")
    if child.stdout != _trace(batch, probe.steps):
        probe.fail("snapshot-incomplete", "the play goes on differently in a fresh process")
    return kept(states=SLOTS * probe.steps)


_FAMILY_FIELDS = ("name", "package", "title", "generators")


def continue_in_child(request: dict[str, Any], data: bytes) -> str:
    """Restore a state and play on: what the fresh process runs.

    Args:
        request: The import path, the family, the world and the number of steps.
        data: The saved state.

    Returns:
        The digest of everything that was seen.
    """
    sys.path[:] = request["path"]
    from adaptarium.envs.core import registry
    from adaptarium.envs.core.family import Family
    from adaptarium.envs.core.world import World

    family = Family(*request["family"])
    if family.name not in {known.name for known in registry.families()}:
        registry.register_family(family)
    batch = Batch([World.from_data(request["world"])], SLOTS, autoreset="next_step")
    batch.reset(seed=7 * SEED)
    snapshot.restore(batch, data)
    return _trace(batch, request["steps"])


def _trace(batch: Batch, steps: int) -> str:
    """The digest of the outputs of ``steps`` random steps."""
    digest = hashlib.sha256()
    draws = draw_streams(batch, range(SLOTS), steps)
    for turn in range(steps):
        batch.w.actions[:] = actions_from(batch, draws[:, turn])
        batch.step()
        for _, array in _outputs(batch):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
