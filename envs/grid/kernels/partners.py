"""Mechanics: the built-in players of seats that nobody plays from outside.

A greedy player goes after the nearest thing that pays. A cooperative one goes where the team is
needed: to the food or evader that all reach soonest, to trash that nobody else is nearer to; it
leaves apples for seed, and cleans water in its turn. Neither leaves anything to chance.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose
from adaptarium.envs.grid.codes import (
    BOX,
    COOPERATIVE,
    D_PARTNER,
    P_CLEAN,
    P_DROP,
    P_EAST,
    P_FORWARD,
    P_LEFT,
    P_LOAD,
    P_PICKUP,
    P_RIGHT,
    P_SPLIT,
    P_STAY,
    RANDOM,
    SOILED_CELL,
    STATE_SHIFT,
    USES_CAPTURE,
    USES_HAUL,
    USES_LOAD,
    WATER_CELL,
)
from adaptarium.envs.grid.kernels.forage import is_load
from adaptarium.envs.grid.kernels.geometry import (
    cell_at,
    dx_of,
    dy_of,
    inside,
    level_map,
    moves_itself,
    seats_of,
)
from adaptarium.envs.grid.kernels.grow import count_cells
from adaptarium.envs.grid.kernels.haul import units
from adaptarium.envs.grid.kernels.seek import (
    AIM_APPLE,
    AIM_BIN,
    AIM_EVADER,
    AIM_FOOD,
    AIM_TRASH,
    AIM_WATER,
    ANY_WAY,
    HERE,
    seek,
)

ALL_LEVELS = 255
HARVEST_HOME = 15  # steps before the end from which on no apple is spared


@kernel
def number_of(w, i, primitive):
    """The number of the action that does ``primitive``, -1 where the vocabulary has none."""
    rules = w.rules[i]
    for action in range(rules.num_actions):
        if rules.primitive[action] == primitive:
            return action
    return -1


@kernel
def idle(w, i):
    """An action that changes nothing, or little, where the vocabulary has one."""
    stay = number_of(w, i, P_STAY)
    return stay if stay >= 0 else max(number_of(w, i, P_SPLIT), 0)


@kernel
def gives_way(w, i, a, heading):
    """Whether it lets one before it, who may want the same cell, go first: every other step."""
    agent = w.state.agents[i, a]
    x, y = agent.x + dx_of(heading), agent.y + dy_of(heading)
    for b in range(a):
        other = w.state.agents[i, b]
        if w.alive[i, b] and abs(other.x - x) + abs(other.y - y) == 1:
            return w.core[i].elapsed & 1 == 0
    return False


@kernel
def follow_way(w, i, a, way, primitive):
    """The action that takes agent ``a`` along a way, or does ``primitive`` at its end."""
    if way < 0:
        return idle(w, i)
    first, facing, heading = way >> 3, way & 7, w.state.agents[i, a].heading
    if first != HERE:
        action = number_of(w, i, P_EAST + first)
        if (action >= 0 or first == heading) and gives_way(w, i, a, first):
            return idle(w, i)
        if action >= 0:
            return action
        facing, primitive = first, P_FORWARD
    elif primitive in (P_STAY, P_LOAD):
        facing = ANY_WAY
    if facing != ANY_WAY and facing != heading:
        primitive = P_LEFT if (facing - heading) & 3 == 3 else P_RIGHT
    return max(number_of(w, i, primitive), 0)


@kernel
def reach_together(w, i, x, y):
    """Steps of all living agents together to (x, y)."""
    total = 0
    for a in range(seats_of(w, i)):
        agent = w.state.agents[i, a]
        if w.alive[i, a]:
            total += abs(agent.x - x) + abs(agent.y - y)
    return total


@kernel
def strength(w, i, x, y, distance):
    """The levels of the living agents within ``distance`` steps of (x, y) together."""
    total = 0
    for a in range(seats_of(w, i)):
        agent = w.state.agents[i, a]
        if w.alive[i, a] and abs(agent.x - x) + abs(agent.y - y) <= distance:
            total += agent.level
    return total


@kernel
def team_target(w, i, most):
    """The food up to level ``most``, or where that is 0 the evader, nearest to all together."""
    grid, best, least = level_map(w, i), -1, 0
    for at in range(grid.height * grid.width):
        x, y = at % grid.width, at // grid.width
        cell = cell_at(w, i, x, y)
        wanted = is_load(cell) and cell >> STATE_SHIFT & 0xFF <= most
        if most == 0:
            wanted = moves_itself(cell)
        if wanted and (best < 0 or reach_together(w, i, x, y) < least):
            best, least = at, reach_together(w, i, x, y)
    return best


@kernel
def forager(w, i, a, kind):
    """Next to food, load it; a cooperative player waits until enough levels stand there."""
    if kind == COOPERATIVE:
        grid = level_map(w, i)
        target = team_target(w, i, strength(w, i, 0, 0, grid.height + grid.width))
        way = seek(w, i, a, AIM_FOOD, target, ALL_LEVELS, False, False) if target >= 0 else -1
        x, y = target % grid.width, target // grid.width
        needed = cell_at(w, i, x, y) >> STATE_SHIFT & 0xFF if target >= 0 else ALL_LEVELS
        enough = strength(w, i, x, y, 1) >= needed
        return follow_way(w, i, a, way, P_LOAD if enough else P_STAY)
    way = seek(w, i, a, AIM_FOOD, -1, w.state.agents[i, a].level, False, False)
    if way < 0:
        way = seek(w, i, a, AIM_FOOD, -1, ALL_LEVELS, False, False)
    return follow_way(w, i, a, way, P_LOAD)


@kernel
def hauler(w, i, a, kind):
    """Fill the hands, then go to a bin; split what is heavy."""
    agent, carried = w.state.agents[i, a], int(w.state.agents[i, a].carrying)
    held = units(carried) if carried else 0
    way = -1
    if held < w.rules[i].carry_capacity:
        way = seek(w, i, a, AIM_TRASH, -1, 0, kind == COOPERATIVE, False)
    if way < 0:
        if held > 0:
            way = seek(w, i, a, AIM_BIN, -1, 0, False, False)
        return follow_way(w, i, a, way, P_DROP)
    x, y = agent.x + dx_of(agent.heading), agent.y + dy_of(agent.heading)
    heavy = inside(level_map(w, i), x, y) and cell_at(w, i, x, y) & 0xFF == BOX
    return follow_way(w, i, a, way, P_SPLIT if heavy else P_PICKUP)


@kernel
def is_dirty(w, i, share):
    """Whether pollution is past that share of its limit."""
    soiled, clean = count_cells(w, i, SOILED_CELL), count_cells(w, i, WATER_CELL)
    return soiled > share * w.rules[i].pollution_limit * (soiled + clean)


@kernel
def harvester(w, i, a, kind):
    """Eat apples; a cooperative player spares the last of a patch, and cleans water in its turn."""
    if kind != COOPERATIVE:
        return follow_way(w, i, a, seek(w, i, a, AIM_APPLE, -1, 0, False, False), P_STAY)
    rules, core = w.rules[i], w.core[i]
    if number_of(w, i, P_CLEAN) >= 0 and is_dirty(w, i, 0.25 if a % 2 == 0 else 0.75):
        way = seek(w, i, a, AIM_WATER, -1, 0, False, True)
        if way >= 0:
            return follow_way(w, i, a, way, P_CLEAN)
    lasting = core.elapsed + HARVEST_HOME < core.limit
    sparing = rules.regrowth[0] < rules.regrowth[1] and lasting
    return follow_way(w, i, a, seek(w, i, a, AIM_APPLE, -1, 0, True, sparing), P_STAY)


@kernel
def hunter(w, i, a, kind):
    """Go next to an evader: the nearest, or that which all reach soonest."""
    target = team_target(w, i, 0) if kind == COOPERATIVE else -1
    return follow_way(w, i, a, seek(w, i, a, AIM_EVADER, target, 0, False, False), P_STAY)


@kernel
def decide(w, i, a, kind):
    """The action of a built-in player of that kind at seat ``a``."""
    active = w.rules[i].active
    if kind == RANDOM:
        return choose(w, i, w.rules[i].num_actions, D_PARTNER, a, 0)
    if active & USES_LOAD:
        return forager(w, i, a, kind)
    if active & USES_HAUL:
        return hauler(w, i, a, kind)
    if active & USES_CAPTURE:
        return hunter(w, i, a, kind)
    return harvester(w, i, a, kind)


@kernel
def partners(w, i):
    """Write the actions of every seat that is not played from outside."""
    rules = w.rules[i]
    for a in range(rules.outside, seats_of(w, i)):
        if w.alive[i, a]:
            w.actions[i, a] = decide(w, i, a, rules.built_in)


@kernel
def retire(w, i):
    """With the last player from outside the built-in ones are out, too."""
    outside = min(w.rules[i].outside, seats_of(w, i))
    for a in range(outside):
        if w.alive[i, a] and not w.terminated[i, a]:
            return
    if outside > 0:
        for a in range(outside, seats_of(w, i)):
            w.terminated[i, a] = bool(w.alive[i, a])
