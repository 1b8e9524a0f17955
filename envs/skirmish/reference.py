"""References of skirmishes: the best of a frozen pool of scripted players.

The pool is the five styles of the built-in players, at the strongest level that does not cheat. One
player from outside faces the built-in player of its map; each style plays there in its place. Where
both seats are played from outside, each style plays against itself: what the two get together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import Policy
from adaptarium.envs.core.reference import Level, Reference, Solver, placed
from adaptarium.envs.core.world import World
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.level import read
from adaptarium.envs.skirmish.players import StylePolicy, play_alone, play_together

POOL = codes.STYLES[1:]
# Matches behind each figure.
MATCHES_ALONE, MATCHES_TOGETHER = 8, 2

Play = Callable[[World, Mapping[str, Any], str, int], tuple[npt.NDArray[np.float64], int]]


def solve(world: World, level: Level) -> Reference:
    """The reference of one level.

    Args:
        world: The world whose rules hold. A player in the place of player_0 is left out: the
            reference is what player_0 could have.
        level: A readable level, or a workspace and a row of it.
    """
    world, bank, row = placed(_free(world), level)
    return _best(world, bank, row)[1]


def solve_many(world: World, bank: Workspace, rows: Sequence[int] | range) -> list[Reference]:
    """The references of many level rows of one workspace."""
    return [solve(world, (bank, int(row))) for row in rows]


def _free(world: World) -> World:
    """The world with player_0 acting for itself."""
    return world.override(**{"players.proxy": "nobody"})


def _best(world: World, bank: Workspace, row: int) -> tuple[str, Reference]:
    """The style that does best, and its mean return."""
    level = read(bank, row)
    together = world.sizes()["seats"] == codes.PLAYERS
    play: Play = play_together if together else play_alone
    matches = MATCHES_TOGETHER if together else MATCHES_ALONE
    found = {style: play(world, level, style, matches) for style in POOL}
    style = max(found, key=lambda name: float(found[name][0].mean()))
    returns, length = found[style]
    mean, error = float(returns.mean()), float(returns.std(ddof=1) / np.sqrt(len(returns)))
    low, high = mean - 2 * error, mean + 2 * error
    return style, Reference(mean, "policy", None, length, len(returns), low, high)


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    ``solver`` is taken as every family does; skirmishes are not searched.
    """
    return StylePolicy(_best(_free(world), bank, row)[0])


def idle_action(world: World) -> int | None:
    """To wait."""
    return codes.WAIT
