"""References of negotiations.

One party from outside faces built-in players whose rules are known: its best response is found by
backward induction on the kernel, over every state that its offers can lead to. Where those are too
many, the best of the built-in kinds in its place stands in, as a policy. Where all parties are
played from outside, the reference is the most that they can have together. They are of one mind
then, and chance only ends what they do, so it is one of few fixed plans: a deal as soon as it can
be, someone walking away, or waiting for the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from adaptarium.envs.negotiation.manual import rules_of
from adaptarium.envs.negotiation.players import KindPolicy, play_kind
from adaptarium.envs.negotiation.rules import Rules

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
        return _together(world, bank, row)
    try:
        return by_values(Solver(world, bank, MAX_STATES), row)
    except TooLargeError:
        return _best_kind(world, bank, row)[1]


def solve_many(world: World, bank: Workspace, rows: Sequence[int] | range) -> list[Reference]:
    """The references of many level rows of one workspace."""
    return [solve(world, (bank, int(row))) for row in rows]


def _free(world: World) -> World:
    """The world with player_0 acting for itself."""
    return world.override(**{"players.proxy": "nobody"})


# ---- all parties together ----


def _together(world: World, bank: Workspace, row: int) -> Reference:
    rules = rules_of(world)
    value, plan, length = max(_plans(rules, bank, row), key=lambda found: found[0])
    rounds = rules.episode.inner_episodes
    return Reference.exact(value * rounds, plan * rounds, length * rounds)


def _plans(rules: Rules, bank: Workspace, row: int) -> Iterator[tuple[float, list[Any], int]]:
    """Expected return, joint actions and length of every plan that can be best."""
    head, reward = bank.levels.head[row], rules.reward
    parties, outcomes = int(head["num_parties"]), int(head["num_outcomes"])
    values = bank.levels.utilities[row, :parties, :outcomes].sum(axis=0)
    least = bank.levels.parties[row, :parties]["reservation"] / codes.UNIT
    turns, nothing = rules.transition.deadline * parties, reward.no_deal * float(least.sum())
    turns_here = min(turns, rules.episode.max_steps or int(bank.info[row]["max_steps"]))
    first = {"level": int(head["first"]), "player_0": 0}.get(rules.transition.first, parties - 1)
    best = int(values.argmax())
    if parties <= turns_here:
        said = [codes.FIRST_OFFER + best] + [codes.ACCEPT] * (parties - 1)
        value = reward.deal * int(values[best]) / codes.UNIT
        yield _plan(rules, said, first, parties, value, nothing)
    for turn in range(min(parties, turns_here)):
        walker = (first + turn) % parties
        value = nothing + (reward.outside - reward.no_deal) * float(least[walker])
        said = [codes.WAIT] * turn + [codes.WALK]
        yield _plan(rules, said, first, parties, value, nothing)
    # After the last turn payments have lost that turn's share, too; a cut-off pays nothing.
    value = nothing * rules.transition.discount if turns_here == turns else 0.0
    yield _plan(rules, [codes.WAIT] * turns_here, first, parties, value, nothing)


def _plan(
    rules: Rules, said: list[int], first: int, parties: int, value: float, nothing: float
) -> tuple[float, list[Any], int]:
    """One plan: what is said turn by turn, and the value at its last turn."""
    left, risk = rules.transition.discount, rules.transition.breakdown
    total = sum(((1 - risk) * left) ** t * risk * left * nothing for t in range(len(said) - 1))
    total += ((1 - risk) * left) ** (len(said) - 1) * value
    joint = [
        [action if (first + t) % parties == p else codes.WAIT for p in range(parties)]
        for t, action in enumerate(said)
    ]
    return total, joint, len(said)


# ---- one party against built-in players ----


def _best_kind(world: World, bank: Workspace, row: int) -> tuple[str, Reference]:
    """The kind that does best in the place of player_0, and its mean return.

    Only kinds that :class:`KindPolicy` can play at a seat from outside are tried.
    """
    level = read(bank, row)
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
        return PlanPolicy(_together(world, bank, row).actions or [])
    graph = Solver(world, bank, MAX_STATES)
    try:
        graph.start(row)
        graph.explore()
    except TooLargeError:
        return KindPolicy(_best_kind(world, bank, row)[0])
    return ValuePolicy(graph, graph.iterate(), row)


def idle_action(world: World) -> int | None:
    """To wait."""
    return codes.WAIT
