"""References of navigation: what a player earns that sees the map, and what nobody can beat.

Actions are continuous, so there is no exact optimum. The reference is the return of a controller
that follows a short way (``method`` is ``"search"``; of teams ``"policy"``), replayed on the
kernel; ``high`` is the return of a time-optimal bound: a point on the shortest way of a point, with
the body's thrust always along it. Task allocation by stations is an integer program: where it is
small, its optimum is the reference (``"exact"``); else the best of some ways to form teams.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import Policy
from adaptarium.envs.core.reference import Level, Reference, Solver, placed
from adaptarium.envs.core.world import World
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.allocators import MANNERS, Allocator, Scheduled, schedule_of
from adaptarium.envs.navigation.coalitions import Market, most_profit
from adaptarium.envs.navigation.level import read
from adaptarium.envs.navigation.players import Pilot, Spreader, Tagger, terrain
from adaptarium.envs.navigation.rules import Rules
from adaptarium.envs.navigation.ways import Point


def solve(world: World, level: Level) -> Reference:
    """The reference of one level.

    Args:
        world: The world whose rules hold.
        level: A readable level, or a workspace and a row of it.
    """
    world, bank, row = placed(world, level)
    rules = _rules(world)
    batch = _alone(world, bank, row)
    if rules.task.goal == "allocate":
        return _allocated(rules, batch)[0]
    fastest = [time_bound(batch.w, 0, goal) for goal in goals_of(batch.w, 0)]
    player = _player(rules)
    earned, plan, steps = _played(batch, player)
    high = max(earned, _bound(rules, batch.w, fastest))
    if rules.task.goal == "reach" and batch.w.reward.shape[1] == 1:
        return Reference(earned, "search", plan, steps, 1, earned, high)
    return Reference(earned, "policy", None, steps, 1, earned, high)


def _alone(world: World, bank: Workspace, row: int) -> Batch:
    """A batch that begins one level."""
    batch = Batch([world.override(records=(read(bank, row),))], 1, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def _allocated(rules: Rules, batch: Batch) -> tuple[Reference, Policy]:
    """The reference of task allocation, and who plays it."""
    schedule = schedule_of(batch.w, 0, int(batch.w.core[0]["limit"]))
    if schedule is not None:
        earned, plan, steps = _played(batch, Scheduled(schedule))
        return Reference.exact(earned, plan, steps), Scheduled(schedule)
    bound = _most_allocated(rules, batch.w)
    found = [(*_played(batch, Allocator(manner)), manner) for manner in MANNERS]
    earned, plan, steps, manner = max(found, key=lambda one: one[0])
    high = max(earned, bound)
    return Reference(earned, "policy", plan, steps, 1, earned, high), Allocator(manner)


def _played(batch: Batch, player: Policy) -> tuple[float, list[Any] | None, int]:
    """A trial from its start: everyone's return together, the plan if it succeeds, its steps."""
    batch.reset(seed=0)
    plan = list[Any]()
    while not batch.w.core["ended"][0]:
        action = player.act(batch.w, 0)
        plan.append(action if len(action) > 1 else action[0])
        batch.w.actions[0] = action
        batch.step()
    earned = float(batch.w.final_returns[0].sum())
    return earned, plan if batch.w.final_metrics[0]["success"] else None, len(plan)


def _most_allocated(rules: Rules, w: Workspace) -> float:
    """What nobody earns more than: every task is served when it opens, by the cheapest agents."""
    k, agents = int(w.core[0]["level"]), int(w.state.now[0, 0]["num_agents"])
    items = w.levels.items[k, : int(w.levels.head[k]["num_items"])]
    tasks = w.levels.demands[k, : len(items)][items["kind"] == codes.TASK]
    talents = w.levels.talents[k, :agents]
    prices = np.repeat(rules.reward.wage * talents["cost"][:, None], len(tasks), axis=1)
    worth = rules.reward.served * tasks["worth"]
    most = most_profit(Market(talents["skills"], tasks["needs"], worth, prices))
    return most * (agents if rules.reward.pooled else 1) * rules.episode.inner_episodes


def solve_many(world: World, bank: Workspace, rows: Any) -> list[Reference]:
    """The references of many level rows of one workspace."""
    return [solve(world, (bank, int(row))) for row in rows]


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    ``solver`` is taken as every family does; it has no use for one.
    """
    rules = _rules(world)
    if rules.task.goal == "allocate":
        return _allocated(rules, _alone(world, bank, row))[1]
    return _player(rules)


def _player(rules: Rules) -> Policy:
    if rules.task.goal == "reach":
        return Pilot()
    return Spreader() if rules.task.goal == "spread" else Tagger()


def _rules(world: World) -> Rules:
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not of navigation")
    return rules


def goals_of(w: Workspace, i: int) -> list[Point]:
    """The goal of every inner episode of slot ``i``; none where its level has no goal."""
    k, count = int(w.core[i]["level"]), int(w.rules[i]["inner_episodes"])
    head = w.levels.head[k]
    orders = w.levels.orders[k, : int(head["num_orders"])]
    if len(orders):
        items = w.levels.items[k, orders["target"]]
        found = [(float(item["x"]), float(item["y"])) for item in items]
        return [found[inner % len(found)] for inner in range(count)]
    return [(float(head["goal_x"]), float(head["goal_y"]))] * count if head["has_goal"] else []


def shortest_way(w: Workspace, i: int, goal: Point | None = None) -> float:
    """Metres of the shortest way of a point from where slot ``i`` begins to within a goal.

    Args:
        w: The workspace.
        i: The slot.
        goal: One of :func:`goals_of`; None for that of the inner episode that is played.
    """
    k, now = int(w.core[i]["level"]), w.state.now[i, 0]
    start = w.levels.starts[k, 0]
    goal = goal or (float(now["goal_x"]), float(now["goal_y"]))
    whole = terrain(w, i, k).shortest((float(start["x"]), float(start["y"])), goal)
    return max(whole - float(w.rules[i]["goal_radius"]), 0.0)


def spl(success: Any, path: Any, shortest: Any) -> float:
    """Success weighted by path length (Anderson et al., arXiv 1807.06757).

    Args:
        success: (episodes,) whether the goal was reached.
        path: (episodes,) metres that were gone: the measure ``path``.
        shortest: (episodes,) metres of the shortest ways, as :func:`shortest_way` gives them.
    """
    gone, best = np.asarray(path, float), np.asarray(shortest, float)
    share = best / np.maximum(np.maximum(gone, best), 1e-12)
    return float(np.mean(np.asarray(success, float) * np.where(best > 0, share, 1.0)))


def time_bound(w: Workspace, i: int, goal: Point | None = None) -> int:
    """Steps that nobody beats from the start of slot ``i`` to a goal; the limit at most.

    A point that goes the shortest way of a point, with all forces along it all the time.
    ``goal`` is as for :func:`shortest_way`.
    """
    rules, limit = w.rules[i], int(w.core[i]["limit"])
    if not w.state.now[i, 0]["has_goal"]:
        return limit
    left = shortest_way(w, i, goal)
    gained = float(rules["thrust"][0] * rules["gain"] * rules["kick"])
    if rules["body"] == 0:
        gained *= math.sqrt(2.0)  # both parts of a command at once
    gained += math.hypot(float(rules["wind_x"]), float(rules["wind_y"]))
    speed = 0.0
    for step in range(1, limit + 1):
        left -= speed * float(rules["dt"])
        if left <= 0:
            return step
        speed = min(speed * float(rules["keep"]) + gained, float(rules["max_speed"][0]))
    return limit


def _bound(rules: Rules, w: Workspace, steps: Sequence[int]) -> float:
    """What arriving after so many steps pays in each inner episode.

    No bound is known where other things pay too.
    """
    reward = rules.reward
    shaped = reward.progress != 0 or reward.approach != 0
    if rules.task.goal != "reach" or shaped or w.reward.shape[1] > 1:
        return math.inf
    limit = int(w.core[0]["limit"])
    return sum(
        reward.goal * (1 - reward.haste * taken / limit) - reward.step_cost * taken
        for taken in steps
    )


def idle_action(world: World) -> list[float]:
    """No force at all, no offer and no question."""
    rules = _rules(world)
    return [0.0] * (2 + rules.allocation.offers + rules.oracle.asks)
