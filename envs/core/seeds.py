"""The seeds of a batch's slots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.arguments import checked_seed
from adaptarium.envs.core.errors import FactorError


def entropy() -> int:
    """A seed that nobody chose, with room above it for the seeds of the other slots."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> 2)


def slot_seeds(
    seed: int | Sequence[int | None] | None, n: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """(n,) seeds of the slots and whether each was given.

    Raises:
        FactorError: a seed is no integer, negative or too large, or there are not ``n``.
    """
    if seed is None:
        return np.zeros(n, np.int64), np.zeros(n, np.bool_)
    if isinstance(seed, Sequence | np.ndarray) and not isinstance(seed, str | bytes):
        each: list[int | None] = list(seed)
    else:
        first = checked_seed(seed)
        each = [first + i for i in range(n)]
    if len(each) != n:
        raise FactorError(f"got {len(each)} seeds, expected one seed or one for each of {n} slots")
    for one in each:
        if one is not None:
            checked_seed(one)
    given = np.array([one is not None for one in each])
    return np.array([one or 0 for one in each], np.int64), given
