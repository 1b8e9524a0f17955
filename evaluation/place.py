"""Where a process is in its play: kept in memory that outlives it, for the failure of a killed one.

A worker that is killed cannot say in which episode and at which step; whoever started it reads that
here.
"""

from __future__ import annotations

from collections.abc import MutableSequence

Place = MutableSequence[int]
"""Seed and step of the episode that is played; -1 where none is."""

NOWHERE = (-1, -1)
_here: Place = list(NOWHERE)


def keep_in(place: Place) -> None:
    """Note from now on in ``place``."""
    global _here
    _here = place


def note(seed: int, step: int) -> None:
    """The agent is asked for this step now."""
    _here[0], _here[1] = seed, step


def told(place: Place) -> str:
    """A place in words; empty where no episode was played."""
    seed, step = place
    return "" if (seed, step) == NOWHERE else f" at episode seed {seed}, step {step}"
