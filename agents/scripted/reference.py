"""The reference as an agent: what full information allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.policies import Policy


class ReferenceAgent:
    """Plays every level's reference; it looks at the state, so it only plays our own worlds."""

    batched = True

    def __init__(self) -> None:
        self._policies: dict[tuple[int, int], Policy] = {}

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """(n, …) or (n, seats, …) actions."""
        batch, world, slots = info["batch"], info["world"], np.asarray(info["slots"])
        actions = np.zeros((len(slots), *batch.w.actions.shape[1:]), batch.w.actions.dtype)
        for place, slot in enumerate(slots.tolist()):
            if not batch.w.core["ended"][slot]:
                actions[place] = self._policy(world, batch, slot).act(batch.w, slot)
        return actions if actions.shape[1] > 1 else actions[:, 0]

    def _policy(self, world: Any, batch: Any, slot: int) -> Policy:
        row = int(batch.w.core["level"][slot])
        key = (id(batch), row if row >= batch.num_envs else -1 - slot)
        content = int(batch.w.info["content"][row])
        known = self._policies.get((key[0] ^ content, key[1]))
        if known is None:
            known = world.family.module("reference").policy(world, batch.w, row)
            self._policies[(key[0] ^ content, key[1])] = known
        return known
