"""Uniformly random play: the zero of every score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.agents.draws import uniforms


class RandomAgent:
    """Draws each valid action with the same probability; continuous ones uniformly in their box."""

    batched = True

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """(n, …) or (n, seats, …) actions."""
        mask, space = np.asarray(info["mask"]), info.get("action_space")
        if isinstance(space, spaces.Box):
            drawn = uniforms(info["seed"], info["step"], mask.shape[1:-1], space.shape)
            box: npt.NDArray[Any] = space.low + (space.high - space.low) * drawn
            return box.astype(space.dtype)
        chosen = uniforms(info["seed"], info["step"], mask.shape[1:-1])
        rank = (chosen * mask.sum(axis=-1)).astype(np.int64)
        actions: npt.NDArray[np.int64] = (np.cumsum(mask, axis=-1) > rank[..., None]).argmax(-1)
        return actions
