"""References of negotiations.

One party from outside faces built-in players whose rules are known: its best response is found by
backward induction on the kernel, over every state that its offers can lead to. Where those are too
many, a beam search for a plan stands in if nothing is left to chance (see ``lookahead.py``); else,
or where that is better, the best of the built-in kinds in its place, as a policy. Where all parties
are played from outside, the reference is the most that they can have together, see ``together.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import PlanPolicy, Policy, ValuePolicy
from adaptarium.envs.core.reference import (
    Level,
    Reference,
    Solver,
    TooLargeError,
    by_values,
    placed,
)
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.level import read
from adaptarium.envs.negotiation.lookahead import is_certain, lookahead
from adaptarium.envs.negotiation.manual import rules_of
from adaptarium.envs.negotiation.players import KindPolicy, play_kind
from adaptarium.envs.negotiation.together import together

# Beyond so many states a search would take more than some seconds.
MAX_STATES = 30_000
# Negotiations behind a reference that is only the mean of a policy.
POLICY_EPISODES = 32


def solve(world: World, level: Level) -> Reference:
    """The reference of one level.

    Args:
        world: The world whose rules hold. A player in the place of player_0 is left out: the
            reference is what player_0 could have.
        level: A readable level, or a workspace and a row of it.
    """
    world, bank, row = placed(_free(world), level)
    if world.seats == int(bank.levels.head[row]["num_parties"]):
        return together(world, bank, row)
    try:
        return by_values(Solver(world, bank, MAX_STATES), row)
    except TooLargeError:
        return _found(world, bank, row)[0]


def solve_many(world: World, bank: Workspace, rows: Sequence[int] | range) -> list[Reference]:
    """The references of many level rows of one workspace."""
    return [solve(world, (bank, int(row))) for row in rows]


def _free(world: World) -> World:
    """The world with player_0 acting for itself."""
    return world.override(**{"players.proxy": "nobody"})


# ---- one party against built-in players ----


def _found(world: World, bank: Workspace, row: int) -> tuple[Reference, Policy]:
    """The best reply found where there are too many states, and a player of it."""
    level = read(bank, row)
    kind, best = _best_kind(world, level)
    if is_certain(world, level):
        plan = lookahead(world, level)
        if plan.return_ >= best.return_:
            return plan, PlanPolicy(_once(world, plan))
    return best, KindPolicy(kind)


def _once(world: World, plan: Reference) -> list[Any]:
    """What a plan says in one inner episode."""
    said = plan.actions or []
    return said[: len(said) // rules_of(world).episode.inner_episodes]


def _best_kind(world: World, level: dict[str, Any]) -> tuple[str, Reference]:
    """The kind that does best in the place of player_0, and its mean return.

    Only kinds that :class:`KindPolicy` can play at a seat from outside are tried.
    """
    found = {kind: play_kind(world, level, kind, POLICY_EPISODES) for kind in codes.SELF_WILLED}
    kind = max(found, key=lambda name: float(found[name][0].mean()))
    returns, length = found[kind]
    mean, error = float(returns.mean()), float(returns.std(ddof=1) / np.sqrt(len(returns)))
    low, high = mean - 2 * error, mean + 2 * error
    return kind, Reference(mean, "policy", None, length, len(returns), low, high)


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    ``solver`` is taken as every family does; negotiations search in rooms of their own.
    """
    world = _free(world)
    if world.seats == int(bank.levels.head[row]["num_parties"]):
        return PlanPolicy(together(world, bank, row).actions or [])
    graph = Solver(world, bank, MAX_STATES)
    try:
        graph.start(row)
        graph.explore()
    except TooLargeError:
        return _found(world, bank, row)[1]
    return ValuePolicy(graph, graph.iterate(), row)


def idle_action(world: World) -> int | None:
    """To wait."""
    return codes.WAIT
