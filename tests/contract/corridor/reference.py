"""The exact reference of a corridor: value iteration on the kernel, by the core's solver."""

from __future__ import annotations

from adaptarium.envs.core.reference import Level, Reference, Solver, by_values, placed
from adaptarium.envs.core.world import World


def solve(world: World, level: Level) -> Reference:
    """The best return of one level."""
    world, bank, row = placed(world, level)
    return by_values(Solver(world, bank), row)
