"""Random numbers for many components at once: windows into shared tables.

Hashing every component of a large observation at every step would cost more than the environment.
As in evolution strategies with a shared noise table (Salimans et al. 2017, arXiv 1703.03864), one
draw a row picks where in a fixed table the row's numbers begin. The tables hold evenly spread
quantiles in an order fixed for all time, so their distribution is exact up to their length; two
rows meet overlapping windows about once in ``SIZE / (2 * width)`` pairs.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.host_draws import Keys, beside, mix, units

SIZE = 2**16
"""Numbers of a table, at least; also four times the width asked for."""

_GOLDEN = 0x9E3779B97F4A7C15

STEPS = 65535
"""Uniform numbers are multiples of 1 / STEPS."""


@functools.lru_cache(maxsize=4)
def _order(size: int) -> npt.NDArray[np.int64]:
    return np.argsort(mix(beside(np.arange(size).astype(np.uint64), size)), kind="stable")


@functools.lru_cache(maxsize=4)
def _uniforms(size: int) -> npt.NDArray[np.uint16]:
    values = np.arange(size) * STEPS // size
    return values.astype(np.uint16)[_order(size)]


@functools.lru_cache(maxsize=4)
def _normals(size: int) -> npt.NDArray[np.float64]:
    from scipy.special import ndtri

    found: npt.NDArray[np.float64] = ndtri((np.arange(size) + 0.5) / size)[_order(size)]
    return found


def _size(width: int) -> int:
    return max(SIZE, 2 ** int(4 * width - 1).bit_length())


def normal_table(width: int) -> npt.NDArray[np.float64]:
    """Standard normal quantiles for windows of ``width``."""
    return _normals(_size(width))


def uniform_table(width: int) -> npt.NDArray[np.uint16]:
    """Integers evenly spread over 0 ... STEPS - 1 for windows of ``width``."""
    return _uniforms(_size(width))


def starts(keys: Keys, part: int, table: npt.NDArray[Any], width: int) -> npt.NDArray[np.int64]:
    """(m,) where in a table the ``width`` numbers of each key begin.

    Args:
        keys: (m,) well mixed keys.
        part: Several windows of one key are told apart by this.
        table: The numbers.
        width: At least 1.
    """
    odd = np.uint64((2 * part + 1) * _GOLDEN % 2**64)
    half = np.uint64(32)
    spread = keys * odd >> half  # multiplicative hashing: the upper bits are mixed
    return (spread * np.uint64(len(table) - width + 1) >> half).view(np.int64)


def normals(keys: Keys) -> npt.NDArray[np.float64]:
    """A standard normal number a key, as :mod:`adaptarium.envs.core.host_draws` gives uniform ones.

    It is one of ``SIZE`` quantiles: the largest is 4.5.
    """
    found: npt.NDArray[np.float64] = _normals(SIZE)[(units(keys) * SIZE).astype(np.int64)]
    return found
