"""Mechanics: beams that fine other agents or clean water, and fines that come due.

A beam is three cells wide and ends, in each of its lanes, at what stops the view and at the first
agent or the first soiled cell: that of Melting Pot's ``commons_harvest`` and ``clean_up`` (Leibo et
al., ICML 2021), where it fines instead of removing the agent. A fine may come later and may grow
with those paid before, as the graduated sanctions of lasting commons do (Ostrom, Governing the
Commons, 1990).
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    MAX_DELAY,
    OPAQUE,
    P_CLEAN,
    P_STAY,
    P_ZAP,
    SOILED_CELL,
    WATER_CELL,
)
from adaptarium.envs.grid.kernels.geometry import (
    agent_at,
    cell_at,
    dx_of,
    dy_of,
    inside,
    level_map,
    seats_of,
    set_cell,
)


@kernel
def pay(w, i, a, fines):
    """Agent ``a`` pays so many fines, each the larger the more it has paid, and is frozen."""
    rules, record = w.rules[i], w.state.records[i, a]
    for _ in range(fines):
        w.reward[i, a] -= rules.fine * (1.0 + rules.fine_growth * record.paid)
        record.paid += 1
        record.frozen = rules.freeze


@kernel
def sanctions(w, i):
    """Fines that are due are paid, and those that are frozen do nothing."""
    for a in range(seats_of(w, i)):
        record, plan = w.state.records[i, a], w.scratch.agents[i, a]
        if not w.alive[i, a]:
            continue
        due = record.due[0]
        for step in range(MAX_DELAY - 1):
            record.due[step] = record.due[step + 1]
        record.due[MAX_DELAY - 1] = 0
        pay(w, i, a, due)
        if record.frozen > 0:
            record.frozen -= 1
            plan.primitive = P_STAY
            plan.move = -1


@kernel
def hit(w, i, a):
    """Agent ``a`` is zapped: its fine is paid now, or is put down for later."""
    delay = w.rules[i].delay
    w.metrics[i].sanctions += 1
    if delay == 0:
        pay(w, i, a, 1)
    else:
        w.state.records[i, a].due[delay - 1] += 1


@kernel
def lane(w, i, x, y, heading, cleans):
    """One lane of a beam from (x, y) on, which itself is left out."""
    grid = level_map(w, i)
    for _ in range(w.rules[i].reach):
        x, y = x + dx_of(heading), y + dy_of(heading)
        if not inside(grid, x, y) or cell_at(w, i, x, y) & OPAQUE:
            return
        target = agent_at(w, i, x, y)
        if cleans:
            if cell_at(w, i, x, y) == SOILED_CELL:
                set_cell(w, i, x, y, WATER_CELL)
                w.metrics[i].cleaned += 1
                return
        elif target >= 0:
            hit(w, i, target)
            return


@kernel
def beam(w, i):
    """Every agent that zaps or cleans does so where it now stands, in the order of the agents."""
    for a in range(seats_of(w, i)):
        primitive, agent = w.scratch.agents[i, a].primitive, w.state.agents[i, a]
        if primitive not in (P_ZAP, P_CLEAN):
            continue
        cleans = primitive == P_CLEAN
        if not cleans:
            w.reward[i, a] -= w.rules[i].zap_cost
        side_x, side_y = -dy_of(agent.heading), dx_of(agent.heading)
        for side in range(-1, 2):
            lane(w, i, agent.x + side * side_x, agent.y + side * side_y, agent.heading, cleans)
