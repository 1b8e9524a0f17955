"""Names of states and observations: 64-bit digests of their bytes, the same in every process.

Two of a million different ones share a name with a probability of some 3e-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core import host_draws

Digests = npt.NDArray[np.uint64]


def of_words(words: npt.NDArray[np.uint64], *others: Any) -> Digests:
    """Digests of rows of words.

    Args:
        words: (n, W).
        *others: (n,) integers, or one for all, that count too.

    Returns:
        (n,) digests.
    """
    found = host_draws.beside(words, np.arange(words.shape[1])).sum(axis=1, dtype=np.uint64)
    for other in others:
        found = host_draws.beside(host_draws.mix(found), other)
    return host_draws.mix(found)


def of_state(w: Any, slots: Any) -> Digests:
    """Digests of the true states of slots: state, agents in play, and inner episode.

    Args:
        w: A workspace.
        slots: Indices, or a slice.
    """
    words = np.concatenate([part[slots] for part in w.rows], axis=1)
    return of_words(words, w.core["inner"][slots])


def of_observation(observation: Mapping[str, Any], n: int) -> Digests:
    """Digests of ``n`` observations, whose parts have a leading axis of that length."""
    parts = [np.ascontiguousarray(observation[name]) for name in sorted(observation)]
    flat = [part.reshape(n, -1).view(np.uint8) for part in parts]
    width = sum(part.shape[1] for part in flat)
    memory = np.zeros((n, -(-width // 8) * 8), np.uint8)
    np.concatenate(flat, axis=1, out=memory[:, :width])
    return of_words(memory.view(np.uint64))
