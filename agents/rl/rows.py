"""What a policy is shown: observations of any number of episodes and seats as rows of a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.spaces import Dict, Space

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.fast.packing import Packing
from adaptarium.envs.core.errors import AgentError


class Rows:
    """Reads observations.

    Args:
        encoding: How they are made flat, or packed.
        space: One agent's observation space; a plain one is one part with the empty name.
    """

    def __init__(self, encoding: Encoding | Packing, space: Space[Any]) -> None:
        self._encoding = encoding
        parts = space.spaces if isinstance(space, Dict) else {"": space}
        self._shapes = {name: part.shape or () for name, part in parts.items()}

    def read(self, observation: Mapping[str, Any]) -> tuple[npt.NDArray[Any], tuple[int, ...]]:
        """The rows, and the axes that they come from: (n,) or (n, seats).

        Raises:
            AgentError: the observations have other shapes than those that are expected.
        """
        lead = self._lead(observation)
        flat = {name: np.asarray(observation[name]) for name in self._shapes}
        rows = {name: flat[name].reshape(-1, *shape) for name, shape in self._shapes.items()}
        return self._encoding(rows), lead

    def _lead(self, observation: Mapping[str, Any]) -> tuple[int, ...]:
        """The leading axes, the same for all parts."""
        leads = set()
        for name, shape in self._shapes.items():
            found = np.shape(observation[name]) if name in observation else None
            cut = -1 if found is None else len(found) - len(shape)
            if found is None or cut < 0 or found[cut:] != shape:
                raise AgentError(
                    f"the policy was trained on observations {name!r} of shape {shape}, "
                    f"this world gives {'none of that name' if found is None else found}"
                )
            leads.add(found[:cut])
        return leads.pop()
