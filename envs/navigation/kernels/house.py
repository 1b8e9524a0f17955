"""What is sensed in a house: the order, the room, objects in sight, and what an oracle answers."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import ASKED_ROOM, ASKED_WAY, LIMIT, OBJECT
from adaptarium.envs.navigation.instructions import (
    FIRST_WORDS,
    MAX_WORDS,
    MISSION_LENGTH,
    TOKENS,
)
from adaptarium.envs.navigation.kernels.approach import next_place
from adaptarium.envs.navigation.kernels.rays import to_segment, to_wall


@kernel
def room_of(w, k, x, y):
    """The number of the room that holds a place; -1 where none does."""
    for j in range(w.levels.head[k].num_rooms):
        room = w.levels.rooms[k, j]
        across = room.x <= x and x < room.x + room.width
        if across and room.y <= y and y < room.y + room.height:
            return j
    return -1


@kernel
def named(w, k, room):
    """How a room is told: one more than its name, or 0 for none."""
    return w.levels.rooms[k, room].name + 1 if room >= 0 else 0


@kernel
def word(order, slot):
    """The number of the word that fills a slot, by the order of ``FIRST_WORDS``."""
    if slot < 2:
        return order.colour if slot == 0 else order.thing
    return order.side if slot == 2 else order.room


@kernel
def show_mission(w, i, row, k, a):
    """The words of the order that holds."""
    shown, number = w.obs.mission[row, a], w.state.now[i, 0].order
    if number < 0 or not w.rules[i].mission:
        for j in range(shown.shape[0]):
            shown[j] = 0
        return
    order = w.levels.orders[k, number]
    for j in range(MISSION_LENGTH):
        token = TOKENS[order.form, j]
        if token >= MAX_WORDS:
            token = FIRST_WORDS[token - MAX_WORDS] + word(order, token - MAX_WORDS)
        shown[j] = token


@kernel
def show_room(w, i, row, k, a):
    """The name of the room that one is in."""
    body, room = w.state.bodies[i, a], -1
    if w.rules[i].room:
        room = room_of(w, k, body.x, body.y)
    w.obs.room[row, a, 0] = named(w, k, room)


@kernel
def in_sight(w, i, k, a, x, y):
    """Whether nothing is between an agent and a place (x, y) from it, as far as rays reach."""
    distance, body = math.sqrt(x * x + y * y), w.state.bodies[i, a]
    if distance == 0.0 or distance > w.rules[i].ray_range:
        return distance == 0.0
    dx, dy = x / distance, y / distance
    far = to_wall(w, k, body.x, body.y, dx, dy, distance)
    for j in range(w.levels.head[k].num_segments):
        far = to_segment(w, k, j, body.x, body.y, dx, dy, far)
    return far >= distance


@kernel
def show_objects(w, i, row, k, a):
    """Where every object in sight lies, and what it is."""
    hx, hy = w.state.bodies[i, a].hx, w.state.bodies[i, a].hy
    places, names, body = w.obs.objects[row, a], w.obs.names[row, a], w.state.bodies[i, a]
    count = w.levels.head[k].num_items if w.rules[i].objects else 0
    for j in range(places.shape[0] // 2):
        places[2 * j] = 0.0
        places[2 * j + 1] = 0.0
        names[2 * j] = 0
        names[2 * j + 1] = 0
        if j >= count or w.levels.items[k, j].kind != OBJECT:
            continue
        item = w.levels.items[k, j]
        x, y = item.x - body.x, item.y - body.y
        if in_sight(w, i, k, a, x, y):
            places[2 * j] = x * hx + y * hy
            places[2 * j + 1] = y * hx - x * hy
            names[2 * j] = w.levels.objects[k, j].colour + 1
            names[2 * j + 1] = w.levels.objects[k, j].thing + 1


@kernel
def show_answer(w, i, row, k, a):
    """What the oracle says to the question of the last step."""
    hx, hy = w.state.bodies[i, a].hx, w.state.bodies[i, a].hy
    way, body, asked, room = w.obs.way[row, a], w.state.bodies[i, a], w.state.asked[i, a], 0
    way[0] = 0.0
    way[1] = 0.0
    way[2] = 0.0
    if asked == ASKED_WAY and w.state.now[i, 0].has_goal:
        there_x, there_y, left = next_place(w, i, k, body.x, body.y)
        x, y = there_x - body.x, there_y - body.y
        distance = math.sqrt(x * x + y * y)
        if distance > 0.0:
            way[0] = (x * hx + y * hy) / distance
            way[1] = (y * hx - x * hy) / distance
        way[2] = min(left, LIMIT)
    if asked == ASKED_ROOM and w.state.now[i, 0].has_goal:
        room = named(w, k, room_of(w, k, w.state.now[i, 0].goal_x, w.state.now[i, 0].goal_y))
    w.obs.told[row, a, 0] = room


@kernel
def observe_house(w, i, row, k, count):
    """What a house adds to the observations of its agents."""
    if w.obs.mission.shape[2] > 1:
        for a in range(count):
            show_mission(w, i, row, k, a)
    if w.obs.objects.shape[2] > 1:
        for a in range(count):
            show_objects(w, i, row, k, a)
    if w.obs.way.shape[2] > 1:
        for a in range(count):
            show_answer(w, i, row, k, a)
    for a in range(count):
        show_room(w, i, row, k, a)
