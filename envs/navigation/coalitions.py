"""Who should serve which task: integer programs, and what nobody can earn more than.

The assignment of agents to tasks whose requirements a coalition meets in sum (Shehory & Kraus,
Artificial Intelligence 101, 1998; a generalised multi-dimensional knapsack) is NP-hard: small ones
are solved to the optimum by branch and bound (HiGHS, through SciPy).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack, identity, kron, vstack

Floats = npt.NDArray[np.float64]
_ENOUGH = 1e-9


@dataclass(frozen=True)
class Market:
    """Agents and open tasks, at one moment.

    Attributes:
        skills: (agents, kinds) of each agent.
        needs: (tasks, kinds) of each task.
        worth: (tasks,) what a task pays that is served.
        prices: (agents, tasks) what an agent costs at a task; infinite where it cannot serve.
    """

    skills: Floats
    needs: Floats
    worth: Floats
    prices: Floats

    def covered(self, members: npt.NDArray[np.bool_], task: int) -> bool:
        """Whether the members' skills are enough for a task."""
        return bool((self.skills[members].sum(axis=0) >= self.needs[task] - _ENOUGH).all())


def best_schedule(
    market: Market, lasting: Floats, busy: int, nodes: int
) -> npt.NDArray[np.int64] | None:
    """The most that agents can earn together over some steps, who reach every task at once.

    Args:
        market: Agents and tasks; all tasks are open from the first step on.
        lasting: (steps,) share of its worth that a task still has.
        busy: Steps that a task binds those who served it.
        nodes: Of the search, at most.

    Returns:
        (steps, agents) the task that each serves in a step, -1 for none; None where the search gave
        up.
    """
    agents, tasks = market.prices.shape
    steps = len(lasting)
    pairs = np.isfinite(market.prices)
    # Variables: an agent serves a task in a step, then: a task is served in a step.
    prices = np.where(pairs, market.prices, 0.0)
    cost = np.tile(prices[:, :, None], steps).ravel()
    gain = (market.worth[:, None] * lasting).ravel()
    upper = np.concatenate([np.tile(pairs[:, :, None], steps).ravel(), np.ones(tasks * steps)])
    found = milp(
        np.concatenate([cost, -gain]),
        integrality=np.ones(len(upper)),
        bounds=Bounds(0, upper),
        constraints=[
            _requirements(market, steps),
            _bound_by_tasks(agents, tasks, steps, busy),
            _at_most_once(agents, tasks, steps),
        ],
        options={"node_limit": nodes, "mip_rel_gap": 0.0},
    )
    if found.status != 0:
        return None
    served = np.round(found.x[: len(cost)]).reshape(agents, tasks, steps) > 0
    done = np.round(found.x[len(cost) :]).reshape(tasks, steps) > 0
    served &= done
    chosen: npt.NDArray[np.int64] = np.where(served.any(axis=1), served.argmax(axis=1), -1).T
    return chosen


def _requirements(market: Market, steps: int) -> LinearConstraint:
    """In each step the members' skills are enough for each task that is served."""
    tasks, kinds = market.needs.shape
    each = csr_array(identity(tasks * steps))
    members = vstack([hstack([s * each for s in market.skills[:, kind]]) for kind in range(kinds)])
    needs = [
        kron(csr_array(np.diag(market.needs[:, kind])), csr_array(identity(steps)))
        for kind in range(kinds)
    ]
    return LinearConstraint(csr_array(hstack([members, -vstack(needs)])), lb=0.0)


def _bound_by_tasks(agents: int, tasks: int, steps: int, busy: int) -> LinearConstraint:
    """Nobody serves two tasks within the steps that one binds it."""
    windows = np.array([[s <= t <= s + busy for t in range(steps)] for s in range(steps)], float)
    row = hstack([csr_array(windows)] * tasks)
    used = kron(csr_array(identity(agents)), row)
    none = csr_array((used.shape[0], tasks * steps))
    return LinearConstraint(csr_array(hstack([used, none])), ub=1.0)


def _at_most_once(agents: int, tasks: int, steps: int) -> LinearConstraint:
    """A task is served once."""
    done = kron(csr_array(identity(tasks)), csr_array(np.ones((1, steps))))
    none = csr_array((tasks, agents * tasks * steps))
    return LinearConstraint(csr_array(hstack([none, done])), ub=1.0)


def best_now(market: Market, nodes: int) -> npt.NDArray[np.int64]:
    """(agents,) the task that each should serve, -1 for none: the optimum, or a good choice."""
    chosen = best_schedule(market, np.ones(1), 0, nodes)
    return one_by_one(market) if chosen is None else chosen[0]


def one_by_one(market: Market) -> npt.NDArray[np.int64]:
    """A choice for many agents: again and again the task that pays most over its cheapest team."""
    agents, tasks = market.prices.shape
    chosen = np.full(agents, -1)
    left = set(range(tasks))
    while left:
        best, members, most = -1, np.zeros(agents, np.bool_), 0.0
        for task in sorted(left):
            team = cheap_team(market, task, chosen < 0)
            if team is None:
                continue
            profit = market.worth[task] - market.prices[team, task].sum()
            if profit > most:
                best, members, most = task, team, profit
        if best < 0:
            break
        chosen[members] = best
        left.remove(best)
    return chosen


def cheap_team(
    market: Market, task: int, free: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_] | None:
    """(agents,) a team for a task: most help for its price first, then without who is spare."""
    price = np.where(free, market.prices[:, task], np.inf)
    lacking, team = market.needs[task].copy(), np.zeros(len(free), np.bool_)
    while (lacking > _ENOUGH).any():
        helps = np.minimum(market.skills, np.maximum(lacking, 0.0)).sum(axis=1)
        helps = np.where(team | ~np.isfinite(price), 0.0, helps)
        if not helps.any():
            return None
        new = int((helps / (np.where(np.isfinite(price), price, 0.0) + _ENOUGH)).argmax())
        team[new] = True
        lacking -= market.skills[new]
    for member in sorted(np.flatnonzero(team), key=lambda a: -price[a]):
        team[member] = False
        team[member] = not market.covered(team, task)
    return team


def most_profit(market: Market) -> float:
    """What nobody can earn more than: each task by the cheapest share of agents that are enough."""
    total = 0.0
    for task, worth in enumerate(market.worth):
        can = np.isfinite(market.prices[:, task])
        if worth <= 0 or not market.covered(can, task):
            continue
        found = linprog(
            market.prices[can, task],
            A_ub=-market.skills[can].T,
            b_ub=-market.needs[task],
            bounds=(0, 1),
        )
        total += max(worth - (found.fun if found.status == 0 else 0.0), 0.0)
    return total
