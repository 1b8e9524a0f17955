"""The canonical content of a map: what decides its split and its identity."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold
from adaptarium.envs.navigation.codes import OBJECT, RESOLUTION, SKILLS

_SEED = np.uint64(0x6E6176)
_STEPS = 1.0 / RESOLUTION
_OFFSET = float(1 << 30)  # above it no number is negative


@kernel
def absorb(total, value):
    """Absorb a coordinate by its steps of ``RESOLUTION``."""
    return fold(total, np.int64(value * _STEPS + _OFFSET + 0.5))


@kernel
def absorb_some(total, amount, parts):
    """Absorb an amount and its parts where there are any, so that other maps keep their names."""
    some = amount != 0.0
    for part in range(SKILLS):
        some = some or parts[part] != 0.0
    if not some:
        return total
    total = absorb(total, amount)
    for part in range(SKILLS):
        total = absorb(total, parts[part])
    return total


@kernel
def absorb_house(w, k, total):
    """Absorb rooms, what objects are, and orders; what an order means follows from its words."""
    head = w.levels.head[k]
    total = fold(total, head.num_rooms)
    for j in range(head.num_rooms):
        room = w.levels.rooms[k, j]
        for part in (room.x, room.y, room.width, room.height, room.name):
            total = fold(total, part)
    for j in range(head.num_items):
        if w.levels.items[k, j].kind == OBJECT:
            total = fold(fold(total, w.levels.objects[k, j].colour), w.levels.objects[k, j].thing)
    total = fold(total, head.num_orders)
    for j in range(head.num_orders):
        order = w.levels.orders[k, j]
        for part in (order.form, order.colour, order.thing, order.side, order.room):
            total = fold(total, part)
    return total


@kernel
def content_hash(w, k):
    """A 64-bit hash of level row ``k``: all but its time limit counts."""
    head = w.levels.head[k]
    total = fold(fold(_SEED, head.height), head.width)
    for j in range(head.height * head.width):
        total = fold(total, w.levels.walls[k, j])
    total = fold(total, head.has_goal)
    if head.has_goal:
        total = absorb(absorb(total, head.goal_x), head.goal_y)
    total = fold(total, head.num_agents)
    for a in range(head.num_agents):
        start = w.levels.starts[k, a]
        total = absorb(absorb(absorb(total, start.x), start.y), start.heading)
        total = fold(total, start.role)
        total = absorb_some(total, w.levels.talents[k, a].cost, w.levels.talents[k, a].skills)
    total = fold(total, head.num_items)
    for j in range(head.num_items):
        item = w.levels.items[k, j]
        total = absorb(absorb(absorb(total, item.x), item.y), item.radius)
        total = fold(total, item.kind)
        total = absorb_some(total, w.levels.demands[k, j].worth, w.levels.demands[k, j].needs)
    total = fold(total, head.num_segments)
    for j in range(head.num_segments):
        for part in range(4):
            total = absorb(total, w.levels.segments[k, j, part])
    if head.num_rooms > 0 or head.num_orders > 0:
        return absorb_house(w, k, total)
    return total
