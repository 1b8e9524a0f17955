"""Mechanic: the task of a level, rules that each end the episode in success or in failure.

A rule is a run of clauses, conditions that must all hold after a step; the first rule that holds
decides. So every task is data: what to hold, where to stand, what to open, in which order.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    ANY,
    C_AT,
    C_BESIDE,
    C_CELL,
    C_DOES,
    C_DROPS,
    C_HOLDS,
    C_HOLDS_OTHER,
    C_PUTS_NEAR,
    C_WALKS_INTO,
    EMPTY,
    GOAL,
    O_AND,
    O_SUCCESS,
    P_DROP,
    P_FORWARD,
    USES_PRODUCTIONS,
    WALL_CELL,
)
from adaptarium.envs.grid.kernels.geometry import cell_at, dx_of, dy_of, inside, level_map, seats_of


@kernel
def remember(w, i):
    """Note what each agent holds and faces before anything moves."""
    grid = level_map(w, i)
    productions = grid.num_productions > 0 or w.rules[i].active & USES_PRODUCTIONS != 0
    if grid.num_clauses == 0 and not productions:
        return
    for a in range(seats_of(w, i)):
        plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
        x, y = agent.x + dx_of(agent.heading), agent.y + dy_of(agent.heading)
        plan.held = agent.carrying
        plan.ahead = cell_at(w, i, x, y) if inside(grid, x, y) else WALL_CELL


@kernel
def matches(cell, what):
    """Whether a packed cell is what a clause looks for, byte by byte."""
    for shift in (0, 8, 16):
        wanted = (what >> shift) & 0xFF
        if wanted != ANY and wanted != (cell >> shift) & 0xFF:
            return False
    return True


@kernel
def holds(w, i, a, clause):
    """Whether the condition of a clause holds for agent ``a``."""
    agent, plan, kind = w.state.agents[i, a], w.scratch.agents[i, a], clause.condition
    away_x, away_y = abs(agent.x - clause.x), abs(agent.y - clause.y)
    held, carried, what = int(plan.held), int(agent.carrying), int(clause.what)
    if kind == C_HOLDS:
        return carried != 0 and matches(carried, what)
    if kind == C_HOLDS_OTHER:
        return carried != 0 and not matches(carried, what)
    if kind == C_CELL:
        return matches(cell_at(w, i, clause.x, clause.y), what)
    if kind == C_AT:
        return away_x + away_y == 0
    if kind == C_BESIDE:
        return away_x + away_y == 1
    if kind == C_DOES:
        return plan.primitive == what
    if kind == C_DROPS:
        return plan.primitive == P_DROP and held != 0
    if kind == C_PUTS_NEAR:
        x, y = agent.x + dx_of(agent.heading), agent.y + dy_of(agent.heading)
        put = held != 0 and carried == 0
        return put and abs(x - clause.x) <= 1 and abs(y - clause.y) <= 1
    faced = int(plan.ahead) & 0xFF
    blocked = faced not in (EMPTY, GOAL)
    return kind == C_WALKS_INTO and plan.primitive == P_FORWARD and blocked


@kernel
def outcome_of(w, i, a):
    """The outcome of the first rule that holds for agent ``a``, 0 where none does."""
    k, so_far = w.core[i].level, True
    for c in range(w.levels.map[k].num_clauses):
        clause = w.levels.clauses[k, c]
        so_far = so_far and holds(w, i, a, clause)
        if clause.outcome == O_AND:
            continue
        if so_far:
            return int(clause.outcome)
        so_far = True
    return O_AND


@kernel
def task(w, i):
    """End the episode of every agent that has done its task or failed it."""
    grid, rules, core = level_map(w, i), w.rules[i], w.core[i]
    if grid.num_clauses == 0:
        return
    for a in range(seats_of(w, i)):
        if not w.alive[i, a] or w.terminated[i, a]:
            continue
        outcome = outcome_of(w, i, a)
        if outcome == O_AND:
            continue
        w.terminated[i, a] = True
        if outcome == O_SUCCESS:
            decay = 1.0 - rules.goal_decay * (core.elapsed + 1) / core.limit
            w.reward[i, a] += rules.task_reward * decay
            w.metrics[i].success = 1
        else:
            w.reward[i, a] -= rules.failure_cost
