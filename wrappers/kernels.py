"""The loops over rows and components of observations, compiled: one pass, whatever the positions.

Each changes ``values`` (m, k) in place by the (m,) positions ``p`` of the rows, and leaves a row
alone where its position changes nothing.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import Entry, kernel, modules_of, source_digest
from adaptarium.envs.core.draws import bits_at


def run(loop: Any, values: npt.NDArray[Any], *rest: Any) -> npt.NDArray[Any]:
    """What one of the loops makes of ``values``, in memory of its own.

    Args:
        loop: The loop.
        values: (m, k).
        *rest: What the loop takes besides.
    """
    known = np.float32 if values.dtype == np.float16 else values.dtype  # of machine code
    found = np.array(values, known, order="C")
    compiled(loop)(found, *rest)
    return found.astype(values.dtype, copy=False)


@functools.cache
def compiled(loop: Any) -> Any:
    """The machine code of a loop."""
    return Entry(loop, "shifts", source_digest(modules_of([loop]))).dispatcher


def keys_at(lanes: npt.NDArray[np.uint64], ticks: npt.NDArray[np.int64]) -> Any:
    """(m,) keys of (m,) lanes at their ticks, as :func:`~envs.core.host_draws.at` has them."""
    found = np.empty_like(lanes)
    with np.errstate(over="ignore"):  # they wrap around where kernels are interpreted
        compiled(hashed)(found, lanes, ticks)
    return found


def hashed(found: Any, lanes: Any, ticks: Any) -> None:
    """Many times as fast as an operation on whole arrays after the other."""
    for i in range(found.shape[0]):
        found[i] = bits_at(lanes[i], ticks[i], 0)


def noise(
    values: Any,
    p: Any,
    starts: Any,
    table: Any,
    sigma: float,
    steps: int,
    low: Any,
    high: Any,
    whole: bool,
) -> None:
    """Numbers of a table are added, and the sum kept within bounds.

    Args:
        values: The observations.
        p: The position, which counts to ``1 / steps``.
        starts: (m,) where in the table a row's numbers begin.
        table: Standard normal numbers, of the type that is computed in.
        sigma: What they are multiplied by at position 1.
        steps: How many strengths there are.
        low: (k,) bounds, of that type.
        high: (k,) likewise.
        whole: Whether the numbers are rounded.
    """
    number = table.dtype.type
    for i in range(values.shape[0]):
        strength = number(sigma / steps * np.rint(p[i] * steps))
        if strength == 0:
            continue
        drawn = table[starts[i] : starts[i] + values.shape[1]]
        for j in range(values.shape[1]):
            added = drawn[j] * strength
            added = np.rint(added) if whole else added
            total = number(values[i, j]) + added
            total = low[j] if total < low[j] else total
            values[i, j] = high[j] if total > high[j] else total


def dropout(values: Any, p: Any, starts: Any, table: Any, most: float, fill: Any) -> None:
    """Components are lost whose number in the table is below ``p * most``.

    Args:
        values: The observations.
        p: The position.
        starts: (m,) where in the table a row's numbers begin.
        table: uint16.
        most: The bound at position 1, which fits into uint16.
        fill: (k,) what is shown instead.
    """
    for i in range(values.shape[0]):
        bound = np.uint16(np.rint(p[i] * most))
        drawn = table[starts[i] : starts[i] + values.shape[1]]
        for j in range(values.shape[1]):
            kept, lost = values[i, j], fill[j]  # both are read, so that nothing branches
            values[i, j] = lost if drawn[j] < bound else kept


@kernel
def spread(number: Any, count: Any, last: Any) -> Any:
    """The ``number``-th of ``count`` whole numbers, evenly spread from 0 to ``last``."""
    if number == count - 1:
        return last if number > 0 else 0
    return np.int64(np.rint(number * (last / (count - 1))))


def occlusion(
    values: Any,
    p: Any,
    draws: Any,
    share: float,
    rows: int,
    columns: int,
    places: int,
    fill: Any,
) -> None:
    """A patch is hidden.

    Args:
        values: ``rows`` times ``columns`` cells of as many components each.
        p: The position.
        draws: (m,) uniform in [0, 1): where the patch is.
        share: Share of the cells that is hidden at position 1.
        rows: Cells along the first axis, 1 where there is but one axis.
        columns: Cells along the second.
        places: How many places a patch may have, at most.
        fill: (k,) what is shown instead.
    """
    depth = values.shape[1] // max(rows * columns, 1)
    for i in range(values.shape[0]):
        side = p[i] * share if rows == 1 else math.sqrt(p[i] * share)
        height = 1 if rows == 1 else np.int64(np.rint(side * rows))
        width = np.int64(np.rint(side * columns))
        down, across = rows - height + 1, columns - width + 1
        tall = min(down, np.int64(math.sqrt(places)) if across > 1 else places)
        wide = min(across, places // tall)
        # One draw says both: in which row of places, and where it lies within that row.
        row = np.int64(draws[i] * tall)
        top = spread(row, tall, down - 1)
        left = spread(np.int64((draws[i] * tall - row) * wide), wide, across - 1)
        for y in range(top, top + height):
            first, last = (y * columns + left) * depth, (y * columns + left + width) * depth
            # Slices: a number that might count from the end would be looked at in every step.
            line, shown = values[i, first:last], fill[first:last]
            for j in range(len(line)):
                line[j] = shown[j]


def permutation(values: Any, before: Any, p: Any, threshold: float, order: Any) -> None:
    """Component ``j`` shows ``order[j]`` of those ``before``, at positions above ``threshold``."""
    for i in range(values.shape[0]):
        if p[i] <= threshold:
            continue
        for j in range(values.shape[1]):
            values[i, j] = before[i, order[j]]


def quantise(values: Any, p: Any, widths: Any, low: Any, high: Any, whole: bool) -> None:
    """Values fall into bins, each shown by its lower end.

    Args:
        values: The observations.
        p: The position.
        widths: (k,) widths of the bins at position 1, of the type that is computed in.
        low: (k,) where the bins begin, of that type.
        high: (k,) the greatest values, of that type.
        whole: Whether widths are rounded, and at least 1.
    """
    number = widths.dtype.type
    for i in range(values.shape[0]):
        position = number(p[i])
        if position == 0:
            continue
        for j in range(values.shape[1]):
            width = position * widths[j]
            width = max(np.rint(width), number(1)) if whole else width
            value = number(values[i, j])
            end = low[j] + np.floor((value - low[j]) / width) * width
            end = min(end, high[j])
            # Bins narrower than the type's own steps change nothing.
            values[i, j] = end if abs(end) < np.inf else value


def scale(values: Any, p: Any, factor: float, offset: float, limits: Any, whole: bool) -> None:
    """``values * (1 + p * (factor - 1)) + p * offset``.

    Args:
        values: The observations.
        p: The position.
        factor: What values are multiplied by at position 1.
        offset: What is added there.
        limits: (2,) the least and the greatest value, of the type that is computed in.
        whole: Whether numbers are rounded, and kept within the limits.
    """
    number = limits.dtype.type
    for i in range(values.shape[0]):
        if p[i] == 0:
            continue
        times, more = number(1.0 + p[i] * (factor - 1.0)), number(p[i] * offset)
        for j in range(values.shape[1]):
            value = number(values[i, j]) * times
            value = value + more if offset else value
            if whole:
                value = min(max(np.rint(value), limits[0]), limits[1])
            values[i, j] = value
