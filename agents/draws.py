"""Random numbers of agents: addressed by the episode's seed and the step, never streamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_STRIDE = np.uint64(0xD1342543DE82EF95)
_SEAT = np.uint64(0x2545F4914F6CDD1D)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014)."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_A
    x = (x ^ (x >> np.uint64(27))) * _MIX_B
    return x ^ (x >> np.uint64(31))


def uniforms(seed: Any, step: Any, seats: tuple[int, ...] = ()) -> npt.NDArray[np.float64]:
    """Uniform numbers in [0, 1) that depend on seed, step and seat alone.

    Args:
        seed: (n,) integers, one an episode.
        step: (n,) steps since the episode began.
        seats: () for one number an episode, or (A,) for one a seat.

    Returns:
        (n, *seats) float64.
    """
    with np.errstate(over="ignore"):
        key = _mix(np.asarray(seed).astype(np.uint64) * _STRIDE + _GOLDEN)
        key = _mix(key + np.asarray(step).astype(np.uint64) * _STRIDE)
        if seats:
            key = _mix(key[:, None] + np.arange(seats[0]).astype(np.uint64) * _SEAT)
    return (key >> np.uint64(11)).astype(np.float64) * 2.0**-53
