"""Uniformly random play: the zero of every score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.draws import uniforms


class RandomAgent:
    """Draws each valid action with the same probability."""

    batched = True

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[np.int64]:
        """(n,) or (n, seats) actions."""
        mask = np.asarray(info["mask"])
        chosen = uniforms(info["seed"], info["step"], mask.shape[1:-1])
        rank = (chosen * mask.sum(axis=-1)).astype(np.int64)
        actions: npt.NDArray[np.int64] = (np.cumsum(mask, axis=-1) > rank[..., None]).argmax(-1)
        return actions
