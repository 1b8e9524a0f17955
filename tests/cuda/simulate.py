"""Runs worlds on Numba's CUDA simulator; a script of its own, as the simulator is set at start.

Usage: simulate.py PLAN OUT. PLAN is a JSON object: worlds, num_envs, steps, autoreset, seed. OUT
receives what `record` returns.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world

WATCHED = ("reward", "terminated", "truncated", "returns", "alive")


def record(batch: Batch, plan: dict[str, Any]) -> dict[str, np.ndarray]:
    """Play the plan's steps with its random actions; every watched array at every step."""
    rng = np.random.default_rng(plan["seed"])
    count = int(batch.w.mask.shape[2])
    batch.reset(seed=plan["seed"])
    kept: dict[str, list[np.ndarray]] = {}
    for step in range(plan["steps"] + 1):
        if step:
            batch.w.actions[:] = rng.integers(0, count, batch.w.actions.shape)
            batch.step()
        seen = {name: getattr(batch.w, name) for name in WATCHED}
        seen |= {f"obs_{name}": view for name, view in batch.obs.items()}
        seen |= {"cells": batch.w.state.cells, "episode": batch.w.core["episode"]}
        seen |= {"clock": batch.w.core["clock"], "masks": batch.masks()}
        for name, array in seen.items():
            kept.setdefault(name, []).append(array.copy())
    return {name: np.array(arrays) for name, arrays in kept.items()}


def main() -> None:
    from adaptarium.envs.core.cuda_batch import CudaBatch

    plan = json.loads(Path(sys.argv[1]).read_text())
    worlds = [load_world(name) for name in plan["worlds"]]
    batch = CudaBatch(worlds, plan["num_envs"], autoreset=plan["autoreset"], threads=2)
    with np.errstate(all="ignore"):  # hashes wrap around
        found = record(batch, plan)
    np.savez(sys.argv[2], **found)


if __name__ == "__main__":
    main()
