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
        padded: Whether parts may be smaller than that, or missing: they are filled up with zeros,
            as a batch of several worlds does.
    """

    def __init__(
        self, encoding: Encoding | Packing, space: Space[Any], *, padded: bool = False
    ) -> None:
        self._encoding, self._padded = encoding, padded
        parts = space.spaces if isinstance(space, Dict) else {"": space}
        self._shapes = {name: part.shape or () for name, part in parts.items()}

    def read(self, observation: Mapping[str, Any]) -> tuple[npt.NDArray[Any], tuple[int, ...]]:
        """The rows, and the axes that they come from: (n,) or (n, seats).

        Raises:
            AgentError: the observations have other shapes than those that are expected.
        """
        if self._padded:
            observation = self._filled(observation)
        lead = self._lead(observation)
        flat = {name: np.asarray(observation[name]) for name in self._shapes}
        rows = {name: flat[name].reshape(-1, *shape) for name, shape in self._shapes.items()}
        return self._encoding(rows), lead

    def _filled(self, observation: Mapping[str, Any]) -> dict[str, Any]:
        """The parts that are expected, in their shapes where none is larger."""
        present = {
            name: np.asarray(observation[name]) for name in self._shapes if name in observation
        }
        leads = [
            part.shape[: part.ndim - len(self._shapes[name])] for name, part in present.items()
        ]
        found: dict[str, Any] = {}
        for name, shape in self._shapes.items():
            part = present.get(name, np.zeros((*(leads or [()])[0], *(0 for _ in shape))))
            found[name] = _grown(part, shape)
        return found

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


def _grown(part: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """``part`` with zeros behind its last axes up to ``shape``; as it is where it is larger."""
    axes = part.ndim - len(shape)
    missing = [most - size for size, most in zip(part.shape[max(axes, 0) :], shape, strict=False)]
    if axes < 0 or min(missing, default=0) < 0:
        return part
    return np.pad(part, [*([(0, 0)] * axes), *((0, more) for more in missing)])
