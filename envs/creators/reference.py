"""References of creator markets: the best of a frozen pool of fixed players.

For a platform the pool is every scorer alone, and matrix factorisation with every re-ranker; for
a creator every genre with light and full effort; where all seats are played from outside, the
platform's pool with creators who make what they are best at. What a ranker that knows the users
gets is told by :func:`clairvoyant`: it is no choice of the seat, and it may lose to others in the
long run, as it serves each user the same until it is tired of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import Policy
from adaptarium.envs.core.reference import Level, Reference, Solver, placed
from adaptarium.envs.core.world import World
from adaptarium.envs.creators import codes
from adaptarium.envs.creators.level import read
from adaptarium.envs.creators.manual import rules_of
from adaptarium.envs.creators.players import Fixed, choice_of, play

# Episodes behind each figure.
EPISODES = 8


def pool(world: World, genres: int) -> Iterator[Fixed]:
    """The fixed players that a reference is the best of."""
    outside = rules_of(world).players.outside
    if outside == "creator":
        for genre in range(genres):
            for effort in ("light", "full"):
                yield Fixed(0, effort, genre)
        return
    for scorer in codes.SCORERS:
        yield Fixed(choice_of(scorer))
    for reranker in codes.RERANKERS[1:]:
        yield Fixed(choice_of("mf", reranker))


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


def clairvoyant(world: World, level: Level, episodes: int = EPISODES) -> Reference:
    """What a platform gets that ranks by the users' true preferences, satiation included.

    Args:
        world: A world whose platform is played from outside, alone.
        level: A readable level, or a workspace and a row of it.
        episodes: Behind the figure.
    """
    world, bank, row = placed(world.override(**{"players.proxy": "clairvoyant"}), level)
    return _mean(world, bank, row, Fixed(0), episodes)


def _free(world: World) -> World:
    """The world with player_0 acting for itself."""
    return world.override(**{"players.proxy": "nobody"})


def _mean(world: World, bank: Workspace, row: int, player: Fixed, episodes: int) -> Reference:
    returns, length = play(world, read(bank, row), player, episodes)
    mean, error = float(returns.mean()), float(returns.std(ddof=1) / np.sqrt(len(returns)))
    low, high = mean - 2 * error, mean + 2 * error
    return Reference(mean, "policy", None, length, len(returns), low, high)


def _best(world: World, bank: Workspace, row: int) -> tuple[Fixed, Reference]:
    """The fixed player that does best, and its mean return."""
    genres = int(bank.levels.head[row]["num_genres"])
    found = [(_mean(world, bank, row, player, EPISODES), player) for player in pool(world, genres)]
    reference, player = max(found, key=lambda pair: pair[0].return_)
    return player, reference


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    ``solver`` is taken as every family does; markets are not searched.
    """
    return _best(_free(world), bank, row)[0]


def idle_action(world: World) -> int | None:
    """To rest; None for a platform, which always ranks."""
    return 0 if rules_of(world).players.outside == "creator" else None
