"""How the schedules of chance go on, compiled: one loop over sub-environments and ticks.

A schedule is at one of a few *places* at every tick. Draws are addressed by the tick, so that a
run may begin anywhere, given what is remembered from before: ``memory[:, j, i]`` before tick
``first[i] + j``, all zero at tick 0. Sub-environments lie side by side, as a batch reads them.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from adaptarium.envs.core.compiling import Entry, kernel, modules_of, source_digest
from adaptarium.envs.core.draws import bits_at, unit


def walk(keys: Any, first: Any, found: Any, memory: Any, last: int) -> None:
    """A step up or down at every tick but 0, reflected at place 0 and at ``last``.

    It is remembered unreflected, on a circle of ``2 * last`` places.
    """
    around = 2 * last
    for i in range(found.shape[1]):
        memory[0, 0, i] %= around
    for j in range(found.shape[0]):
        for i in range(found.shape[1]):
            place, tick = np.int64(memory[0, j, i]), first[i] + j
            down = np.int64(bits_at(keys[i], tick, 0) >> np.uint64(63))
            place += 1 - 2 * down if tick > 0 else 0
            place += around if place < 0 else 0
            place -= around if place == around else 0
            found[j, i] = min(place, around - place)
            memory[0, j + 1, i] = place


def markov(keys: Any, first: Any, found: Any, memory: Any, last: int, stay: float) -> None:
    """Stays with probability ``stay``, or goes on to one of the other places; tick 0 is place 0."""
    rest = max(1.0 - stay, 1e-300)
    for j in range(found.shape[0]):
        for i in range(found.shape[1]):
            place, tick = np.int64(memory[0, j, i]), first[i] + j
            drawn = unit(bits_at(keys[i], tick, 0))
            # One draw decides both: below `stay` nothing, above it which of the others.
            if tick > 0 and drawn >= stay:
                place += 1 + np.int64(min((drawn - stay) / rest * last, last - 1.0))
                place -= last + 1 if place > last else 0
            found[j, i] = place
            memory[0, j + 1, i] = place


@kernel
def gap(key: Any, number: int, least: float, most: float, power: float) -> Any:
    """The length in ticks of one gap: a uniform number to a negative power, cut at both ends."""
    drawn = 1.0 - unit(bits_at(key, number, 0))  # in (0, 1]
    return np.int64(min(least * drawn**power, most))


def recurring(
    keys: Any,
    first: Any,
    found: Any,
    memory: Any,
    duration: int,
    least: float,
    most: float,
    power: float,
) -> None:
    """On for ``duration`` ticks after every gap; the number of the cycle and its begin are kept."""
    for i in range(found.shape[1]):
        number, began = memory[0, 0, i], memory[1, 0, i]
        on = began + gap(keys[i], number, least, most, power)
        for j in range(found.shape[0]):
            tick = first[i] + j
            while tick >= on + duration:
                number += 1
                began = on + duration
                on = began + gap(keys[i], number, least, most, power)
            found[j, i] = tick >= on
            memory[0, j + 1, i] = number
            memory[1, j + 1, i] = began


@functools.cache
def compiled(run: Any) -> Any:
    """The machine code of one of the runs."""
    return Entry(run, "schedules", source_digest(modules_of([run]))).dispatcher
