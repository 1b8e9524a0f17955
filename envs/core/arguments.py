"""Checks of the plain numbers that every face takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from adaptarium.envs.core.errors import FactorError

MAX_THREADS = 256
"""Most CPU threads of a batch: more would only wait for one another."""

SEED_LIMIT = 2**63
"""Seeds lie below it: they are kept as int64."""

MAX_SIZE = 65_536
"""Largest structural size that ``capacity`` may ask for."""


def is_integer(value: Any) -> bool:
    """Whether ``value`` is an integer of Python or NumPy; truth values are none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def positive(name: str, value: Any) -> int:
    """``value``, where it is a positive integer.

    Raises:
        FactorError: it is not.
    """
    if not is_integer(value) or value < 1:
        raise FactorError(f"{name} = {_shown(value)}: expected a positive integer")
    return int(value)


def checked_seed(seed: Any, name: str = "seed") -> int:
    """``seed``, where it is one.

    Raises:
        FactorError: it is no integer, negative, or 2**63 or more.
    """
    if not is_integer(seed) or not 0 <= seed < SEED_LIMIT:
        raise FactorError(
            f"{name} = {_shown(seed)}: expected a non-negative integer below 2**63"
            f"{_nearest(seed, 0, SEED_LIMIT - 1)}"
        )
    return int(seed)


def checked_threads(value: Any) -> int:
    """The number of threads that ``num_threads`` asks for.

    Raises:
        FactorError: it is no integer from 0 to :data:`MAX_THREADS`.
    """
    if not is_integer(value) or not 0 <= value <= MAX_THREADS:
        raise FactorError(
            f"num_threads = {_shown(value)}: expected 0 (one a core) or an integer to {MAX_THREADS}"
            f"{_nearest(value, 0, MAX_THREADS)}"
        )
    return int(value) or min(os.cpu_count() or 1, MAX_THREADS)


def checked_capacity(capacity: Any) -> dict[str, int]:
    """``capacity`` as a dict of integers; empty for None.

    Raises:
        FactorError: it is no mapping, or a size is no integer from 0 to :data:`MAX_SIZE`.
    """
    if capacity is None:
        return {}
    if not isinstance(capacity, Mapping):
        raise FactorError(
            f"capacity = {_shown(capacity)}: expected a dict of structural sizes by name, or None"
        )
    for name, value in capacity.items():
        if not is_integer(value) or not 0 <= value <= MAX_SIZE:
            raise FactorError(
                f"capacity[{name!r}] = {_shown(value)}: expected an integer from 0 to {MAX_SIZE}"
                f"{_nearest(value, 0, MAX_SIZE)}"
            )
    return {name: int(value) for name, value in capacity.items()}


def _nearest(value: Any, low: int, high: int) -> str:
    if isinstance(value, float) and np.isfinite(value):
        value = round(value)
    if not is_integer(value):
        return ""
    return f"; the nearest valid is {min(max(int(value), low), high)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}… ({len(text)} characters)"
