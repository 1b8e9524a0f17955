"""Addressed draws over whole arrays, for what runs beside the kernels: agents, wrappers, schedules.

The hash is that of :mod:`adaptarium.envs.core.draws`, in NumPy: no generator state advances, so a
draw depends on what it is addressed by and on nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_STRIDE = np.uint64(0xD1342543DE82EF95)
_ADDRESS = np.uint64(0x2545F4914F6CDD1D)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)


def mix(x: Keys) -> Keys:
    """Scramble 64 bits (the finaliser of SplitMix64; Steele, Lea & Flood, OOPSLA 2014)."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_A
    x = (x ^ (x >> np.uint64(27))) * _MIX_B
    return x ^ (x >> np.uint64(31))


def seed_keys(seeds: Any) -> Keys:
    """Keys of the same shape as ``seeds``, integers of any width."""
    with np.errstate(over="ignore"):
        return mix(np.asarray(seeds).astype(np.uint64) * _STRIDE + _GOLDEN)


def at(keys: Keys, steps: Any) -> Keys:
    """The keys at ``steps``, integers that broadcast with them."""
    with np.errstate(over="ignore"):
        return mix(keys + np.asarray(steps).astype(np.uint64) * _STRIDE)


def beside(keys: Keys, places: Any) -> Keys:
    """Keys of ``places`` (seats, components, purposes): independent of those along steps."""
    with np.errstate(over="ignore"):
        return mix(keys + np.asarray(places).astype(np.uint64) * _ADDRESS)


def named(keys: Keys, name: str) -> Keys:
    """Keys of their own for ``name``, the same in every process."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return beside(keys, np.uint64(int.from_bytes(digest, "little")))


def units(keys: Keys) -> npt.NDArray[np.float64]:
    """Uniform float64 in [0, 1), one a key."""
    return (keys >> np.uint64(11)).astype(np.float64) * 2.0**-53
