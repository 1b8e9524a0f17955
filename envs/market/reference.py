"""References of recommendation: what a ranker gets that knows the user.

The clairvoyant ranker shows the best slate of the step for the user as it is now; it does not save
a genre for later, so it is a policy and no optimum. What nobody can exceed is told beside it: the
sum over time of the best slate for a user who is never satiated, never leaves, and has not clicked
on anything yet. Where the user's preferences move, they are taken at their highest there. Where
the first click ends it all, no more than one slate is paid. Levels with few enough states are
solved exactly on the kernel. Questions tell nothing to who knows the user: the reference is the
optimum under full information, as everywhere, and no one who has to ask can be expected to reach
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import Policy, ValuePolicy
from adaptarium.envs.core.reference import (
    Level,
    Reference,
    Solver,
    TooLargeError,
    by_values,
    placed,
)
from adaptarium.envs.core.world import World
from adaptarium.envs.market.level import read
from adaptarium.envs.market.manual import rules_of
from adaptarium.envs.market.players import Clairvoyant, Floats, play, worth_of
from adaptarium.envs.market.rules import Rules, slates

# Beyond so many states a search would take more than some seconds.
MAX_STATES = 20_000
# Episodes behind a reference that is only the mean of a policy.
POLICY_EPISODES = 64


def solve(world: World, level: Level) -> Reference:
    """The reference of one level.

    Args:
        world: The world whose rules hold.
        level: A readable level, or a workspace and a row of it.

    Returns:
        The optimum of levels of a few states; of others the mean of the clairvoyant ranker, with
        method ``"policy"`` and the bound.
    """
    world, bank, row = placed(world, level)
    if _may_be_exact(rules_of(world), bank, row):
        try:
            return by_values(Solver(world, bank, MAX_STATES), row)
        except TooLargeError:
            pass
    return _by_play(world, bank, row)


def solve_many(world: World, bank: Workspace, rows: Sequence[int] | range) -> list[Reference]:
    """The references of many level rows of one workspace."""
    return [solve(world, (bank, int(row))) for row in rows]


def _limit(rules: Rules, bank: Workspace, row: int) -> int:
    return rules.episode.max_steps or int(bank.info[row]["max_steps"])


def _questions(rules: Rules, bank: Workspace, row: int) -> int:
    """How many questions there are to ask."""
    head = bank.levels.head[row]
    return int(head["num_topics"] + head["num_genres"]) if rules.action.ask else 0


def _may_be_exact(rules: Rules, bank: Workspace, row: int) -> bool:
    """Whether chance has few branches, and so few steps that a search is worth a try."""
    action, walks = rules.action, rules.transition.drift > 0
    genres = int(bank.levels.head[row]["num_genres"])
    branches = slates(action.candidates, action.slate) * 3**action.slate
    branches += _questions(rules, bank, row)
    branches *= 2 ** (genres * walks)
    limit = _limit(rules, bank, row)
    return bool(limit * np.log(branches) <= np.log(MAX_STATES))


def _by_play(world: World, bank: Workspace, row: int) -> Reference:
    """The mean return of the clairvoyant ranker over some episodes."""
    rules = rules_of(world)
    returns, length = play(world, read(bank, row), Clairvoyant(rules), POLICY_EPISODES)
    mean, error = float(returns.mean()), float(returns.std(ddof=1) / np.sqrt(len(returns)))
    found = Reference(mean, "policy", None, round(length), len(returns))
    ends = (mean - 2 * error, mean + 2 * error)
    return replace(found, low=ends[0], high=ends[1], bound=bound(world, bank, row))


def bound(world: World, bank: Workspace, row: int) -> float:
    """What no recommender can get more than in expectation, over all inner episodes."""
    rules = rules_of(world)
    action, change = rules.action, rules.transition
    limit, items = _limit(rules, bank, row), int(bank.levels.head[row]["num_items"])
    worth = _most(rules, bank, row)
    fresh = min(rules.catalogue.recency, action.candidates)
    attention = np.arange(1, min(action.slate, fresh) + 1) ** -change.position_bias
    asked = rules.reward.yes if action.ask else 0.0
    total = 0.0
    for time in range(limit):
        shown = (time + action.candidates - 1 - np.arange(fresh)) % items
        best = np.sort(worth[shown])[::-1][: len(attention)]
        total += max(max(float(attention @ best), asked) - rules.reward.turn, 0.0)
    if change.accept:
        paid = worth_of(rules, bank.levels.items[row, :items]["quality"])
        once = float(np.sort(paid)[::-1][: action.slate].sum())
        total = min(total, once + asked * _questions(rules, bank, row))
    return total * rules.episode.inner_episodes


def _most(rules: Rules, bank: Workspace, row: int) -> Floats:
    """(items,) what each item is worth if it is looked at by a user at its keenest."""
    head, change, levels = bank.levels.head[row], rules.transition, bank.levels
    genres, topics = int(head["num_genres"]), int(head["num_topics"])
    likes = np.roll(levels.genres[row, :genres], -change.taste)
    if change.drift > 0 or change.influence > 0:
        likes = np.ones(genres)
    items = levels.items[row, : int(head["num_items"])]
    fit = (
        likes[items["genre"]]
        + levels.item_topics[row, : len(items), :topics] @ (levels.topics[row, :topics])
    )
    v = change.affinity * fit + change.quality * items["quality"] - change.reluctance
    return np.asarray(worth_of(rules, items["quality"]) / (1.0 + np.exp(-v)))


# ---- playing it ----


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    ``solver`` is taken as every family does; markets search in rooms of their own.
    """
    if _may_be_exact(rules_of(world), bank, row):
        graph = Solver(world, bank, MAX_STATES)
        try:
            graph.start(row)
            graph.explore()
        except TooLargeError:
            return Clairvoyant(rules_of(world))
        return ValuePolicy(graph, graph.iterate(), row)
    return Clairvoyant(rules_of(world))


def idle_action(world: World) -> int | None:
    """None: every slate is looked at."""
    return None
