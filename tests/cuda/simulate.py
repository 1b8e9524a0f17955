"""Runs worlds on Numba's CUDA simulator; a script of its own, as the simulator is set at start.

Usage: simulate.py PLAN OUT. PLAN is a JSON object: worlds, overrides, num_envs, steps, autoreset,
seed, mirror, and the factors that are shifted half-way. OUT receives what `record` returns.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.sampling import random_actions
from adaptarium.envs.core.world import load_world

WATCHED = ("reward", "terminated", "truncated", "returns", "alive")


def make(kind: type[Any], plan: dict[str, Any], **options: Any) -> Any:
    """The plan's batch, of either kind."""
    worlds = [load_world(name, **plan["overrides"]) for name in plan["worlds"]]
    return kind(worlds, plan["num_envs"], autoreset=plan["autoreset"], **options)


def record(batch: Batch, plan: dict[str, Any]) -> dict[str, np.ndarray]:
    """Play the plan's steps with its random actions; every watched array at every step."""
    rng = np.random.default_rng(plan["seed"])
    resident = not getattr(batch, "mirror", True)  # data stays on the device between calls
    batch.reset(seed=plan["seed"])
    kept: dict[str, list[np.ndarray]] = {}
    for step in range(plan["steps"] + 1):
        if step:
            batch.w.actions[:] = random_actions(batch.action_space, rng, *batch.w.reward.shape)
            if resident:
                batch.memory.upload("actions")
            batch.step()
        if step == plan["steps"] // 2:
            batch.set_rules(**plan["shift"])
            batch.reset(mask=np.arange(batch.num_envs) % 2 == 0)
        if resident:
            batch.pull()
        seen = {name: getattr(batch.w, name) for name in WATCHED}
        seen |= {f"obs_{name}": view for name, view in batch.obs.items()}
        # A record's fields one by one: its padding holds nothing.
        seen |= {f"state_{name}": array for name, array in _plain(batch.w.state._asdict())}
        seen |= {"episode": batch.w.core["episode"]}
        seen |= {"clock": batch.w.core["clock"], "masks": batch.masks()}
        for name, array in seen.items():
            kept.setdefault(name, []).append(array.copy())
    return {name: np.array(arrays) for name, arrays in kept.items()}


def _plain(arrays: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays of numbers: a record array gives one for each of its fields."""
    for name, array in arrays.items():
        if array.dtype.names is None:
            yield name, array
        else:
            yield from ((f"{name}_{field}", array[field]) for field in array.dtype.names)


def main() -> None:
    from adaptarium.envs.core.cuda_batch import CudaBatch

    plan = json.loads(Path(sys.argv[1]).read_text())
    warnings.simplefilter("ignore", RuntimeWarning)  # hashes wrap around
    batch = make(CudaBatch, plan, threads=2, mirror=plan["mirror"])
    np.savez(sys.argv[2], **record(batch, plan))


if __name__ == "__main__":
    main()
