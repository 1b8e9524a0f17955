"""Everything that an action may lead to, with probabilities, by the kernel's own step.

Chance goes through hooks (``envs.core.draws``) that are scripted here one branch after the other,
so that no rule of a family is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core import search, states
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import SCRIPT_DEPTH
from adaptarium.envs.core.errors import ActionError, LevelError
from adaptarium.envs.core.reference import Solver

MAX_OUTCOMES = 1 << 14


@dataclass(frozen=True)
class Outcome:
    """One of the things that may happen.

    Attributes:
        probability: Its probability; those of all outcomes add up to 1.
        state: (words,) uint64, the slot's state after the step, agents alive and acting included:
            the rows of ``batch.w.rows`` one after the other.
        reward: (agents,) float64.
        terminated: (agents,) bool.
        truncated: (agents,) bool.
    """

    probability: float
    state: npt.NDArray[np.uint64]
    reward: npt.NDArray[np.float64]
    terminated: npt.NDArray[np.bool_]
    truncated: npt.NDArray[np.bool_]


def outcomes(batch: Batch, i: int, action: Any) -> list[Outcome]:
    """The outcomes of an action in the present state of slot ``i``, equal ones merged.

    The batch is not changed.

    Args:
        batch: A batch in which slot ``i`` is in the middle of an episode.
        i: The slot.
        action: The action, or one action an agent.

    Raises:
        ActionError: the action does not have the form of the slot's actions.
        LevelError: there are too many outcomes to be listed.
    """
    world = batch.worlds[int(batch.world_of[i])]
    solver = Solver(world, batch.w, sizes=batch.sizes)
    solver.start(int(batch.w.core["level"][i]))
    solver.w.rules[0] = batch.w.rules[i]
    solver.w.rows[0][0] = np.concatenate([part[i] for part in batch.w.rows])
    solver.w.core[0]["elapsed"] = batch.w.core["elapsed"][i]
    try:
        solver.w.actions[0] = action
    except (TypeError, ValueError):
        shape = solver.w.actions[0].shape
        raise ActionError(f"action {action!r}: expected an array of shape {shape}") from None
    solver.room(MAX_OUTCOMES, 1, MAX_OUTCOMES, MAX_OUTCOMES)
    status = solver.run(search.OP_BRANCHES)
    if status != search.FOUND:
        raise LevelError(
            f"{world.id}: a step has more than {MAX_OUTCOMES} outcomes or {SCRIPT_DEPTH} draws"
        )
    return _merged(solver.store)


def _merged(store: states.Store) -> list[Outcome]:
    found: dict[bytes, Outcome] = {}
    for k in range(int(store.count[states.NODES])):
        state, ends = store.words[k + 1].copy(), store.ends[k].copy()
        reward = store.rewards[k].copy()
        key = state.tobytes() + ends.tobytes() + reward.tobytes()
        weight = float(store.weight[k])
        if key in found:
            weight += found[key].probability
        found[key] = Outcome(weight, state, reward, ends[0], ends[1])
    return list(found.values())
