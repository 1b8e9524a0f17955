"""What is sensed: rays, compass, odometry, position, signals, landmarks, teammates and tasks.

What only houses have is sensed in :mod:`adaptarium.envs.navigation.kernels.house`.
"""

from __future__ import annotations

import math

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import observation_bits, unit
from adaptarium.envs.core.noise import normal
from adaptarium.envs.navigation.codes import D_DROPOUT, D_RAY_NOISE, LIMIT, SKILLS
from adaptarium.envs.navigation.kernels.house import observe_house
from adaptarium.envs.navigation.kernels.rays import cast
from adaptarium.envs.navigation.layout import SKILL_WIDTH, TASK_WIDTH

# Unsigned, so that no index needs a check for negative ones.
_SECOND, _THIRD, _FOURTH = np.uint64(1), np.uint64(2), np.uint64(3)
_PLACE, _MOVING = np.uint64(2), np.uint64(4)


@kernel
def cut(value):
    """A number as far as the observation space goes."""
    return min(max(value, -LIMIT), LIMIT)


@kernel
def disturbed(w, i, a, j, distance):
    """A ray with noise, or come back from nowhere."""
    rules = w.rules[i]
    if rules.dropout > 0.0 and unit(observation_bits(w, i, D_DROPOUT, a, j)) < rules.dropout:
        return rules.ray_range
    if rules.ray_noise > 0.0:
        distance += rules.ray_noise * normal(observation_bits(w, i, D_RAY_NOISE, a, j))
    return min(max(distance, 0.0), rules.ray_range)


@kernel
def show_rays(w, i, row, k, a, look):
    """Every ray, clockwise; those beyond the world's own are zero."""
    hx, hy = look
    rules, rays, hits = w.rules[i], w.obs.rays[row, a], w.obs.hits[row, a]
    dx = rules.first_cos * hx - rules.first_sin * hy
    dy = rules.first_sin * hx + rules.first_cos * hy
    noisy = rules.dropout > 0.0 or rules.ray_noise > 0.0
    for j in range(rules.rays):
        distance, what = cast(w, i, k, a, dx, dy)
        rays[j] = disturbed(w, i, a, j, distance) if noisy else distance
        hits[j] = what if rules.semantics else 0
        dx, dy = (
            rules.next_cos * dx - rules.next_sin * dy,
            rules.next_sin * dx + rules.next_cos * dy,
        )
    for j in range(rules.rays, rays.shape[0]):
        rays[j] = 0.0
        hits[j] = 0


@kernel
def show_compass(w, i, row, a, look):
    """Direction and distance of the goal."""
    hx, hy = look
    now, body, shown = w.state.now[i, 0], w.state.bodies[i, a], w.obs.compass[row, a]
    ahead, right, distance = 0.0, 0.0, 0.0
    if w.rules[i].compass and now.has_goal:
        x, y = now.goal_x - body.x, now.goal_y - body.y
        distance = math.sqrt(x * x + y * y)
        if distance > 0.0:
            ahead, right = (x * hx + y * hy) / distance, (y * hx - x * hy) / distance
    shown[0] = ahead
    shown[1] = right
    shown[2] = cut(distance)


@kernel
def looks_east(hx, hy):
    """Whether what is told needs no turning: bodies without wheels spare a third of the work."""
    return hx == 1.0 and hy == 0.0


@kernel
def show_odometry(w, i, row, a, look):
    """Velocity and heading."""
    hx, hy = look
    body, shown, on = w.state.bodies[i, a], w.obs.odometry[row, a], float(w.rules[i].odometry)
    vx, vy = on * body.vx, on * body.vy
    if not looks_east(hx, hy):
        vx, vy = vx * hx + vy * hy, vy * hx - vx * hy
    shown[0] = cut(vx)
    shown[1] = cut(vy)
    shown[2] = on * hx
    shown[3] = on * hy


@kernel
def show_position(w, i, row, a):
    """The place on the map."""
    body, shown, on = w.state.bodies[i, a], w.obs.position[row, a], float(w.rules[i].position)
    shown[0] = cut(on * body.x)
    shown[1] = cut(on * body.y)


@kernel
def show_signals(w, i, row, a):
    """Start, share of the time gone, goal reached by the last step."""
    core, shown, on = w.core[i], w.obs.signals[row, a], float(w.rules[i].signals)
    shown[0] = on * core.first
    shown[1] = on * core.elapsed / core.limit
    shown[2] = on * w.state.now[i, 0].reached


@kernel
def show_landmarks(w, i, row, k, a, look):
    """Where every item of the level lies."""
    hx, hy = look
    shown, items, body = w.obs.landmarks[row, a], w.levels.items[k], w.state.bodies[i, a]
    count = w.levels.head[k].num_items if w.rules[i].landmarks else 0
    own_x, own_y, east = body.x, body.y, looks_east(hx, hy)
    at = np.uint64(0)
    for j in range(count):
        x, y = items[j].x - own_x, items[j].y - own_y
        if not east:
            x, y = x * hx + y * hy, y * hx - x * hy
        shown[at] = cut(x)
        shown[at + _SECOND] = cut(y)
        at += _PLACE
    for j in range(2 * count, shown.shape[0]):
        shown[j] = 0.0


@kernel
def show_teammates(w, i, row, a, look):
    """Where the others are, in the order of their seats, and how they move."""
    hx, hy = look
    shown, bodies = w.obs.teammates[row, a], w.state.bodies[i]
    count = w.state.now[i, 0].num_agents if w.rules[i].teammates else 0
    own_x, own_y, east = bodies[a].x, bodies[a].y, looks_east(hx, hy)
    at = np.uint64(0)
    for b in range(count):
        if b == a:
            continue
        other = bodies[b]
        x, y, vx, vy = other.x - own_x, other.y - own_y, other.vx, other.vy
        if not east:
            x, y = x * hx + y * hy, y * hx - x * hy
            vx, vy = vx * hx + vy * hy, vy * hx - vx * hy
        shown[at] = cut(x)
        shown[at + _SECOND] = cut(y)
        shown[at + _THIRD] = cut(vx)
        shown[at + _FOURTH] = cut(vy)
        at += _MOVING
    for j in range(4 * max(count - 1, 0), shown.shape[0]):
        shown[j] = 0.0


@kernel
def show_tasks(w, i, row, k, a, look):
    """Every open task: where it lies, its worth, what it takes and what is on offer."""
    hx, hy = look
    shown, body = w.obs.tasks[row, a], w.state.bodies[i, a]
    count = w.rules[i].places if w.rules[i].tasks else 0
    for s in range(shown.shape[0] // TASK_WIDTH):
        first = s * TASK_WIDTH
        if s >= count or w.state.places[i, s].item < 0:
            for j in range(first, first + TASK_WIDTH):
                shown[j] = 0.0
            continue
        place = w.state.places[i, s]
        task, needs = w.levels.items[k, place.item], w.levels.demands[k, place.item].needs
        x, y = task.x - body.x, task.y - body.y
        shown[first] = cut(x * hx + y * hy)
        shown[first + 1] = cut(y * hx - x * hy)
        shown[first + 2] = cut(place.worth)
        for skill in range(SKILLS):
            shown[first + 3 + skill] = needs[skill]
            shown[first + 3 + SKILLS + skill] = cut(place.offered[skill])


@kernel
def show_skills(w, i, row, k, a):
    """One's own cost, skills and steps still busy."""
    shown, own, on = w.obs.skills[row, a], w.levels.talents[k, a], float(w.rules[i].skills)
    shown[0] = on * own.cost
    for skill in range(SKILLS):
        shown[1 + skill] = on * own.skills[skill]
    shown[SKILL_WIDTH - 1] = cut(on * w.state.busy[i, a])


@kernel
def blank(w, row, a):
    """The observation of an empty seat: zeros."""
    for j in range(w.obs.rays.shape[2]):
        w.obs.rays[row, a, j] = 0.0
        w.obs.hits[row, a, j] = 0
    for part in (w.obs.compass, w.obs.odometry, w.obs.position, w.obs.signals):
        for j in range(part.shape[2]):
            part[row, a, j] = 0.0
    for part in (w.obs.landmarks, w.obs.teammates, w.obs.tasks, w.obs.skills):
        for j in range(part.shape[2]):
            part[row, a, j] = 0.0
    for part in (w.obs.objects, w.obs.way):
        for j in range(part.shape[2]):
            part[row, a, j] = 0.0
    for part in (w.obs.mission, w.obs.room, w.obs.names, w.obs.told):
        for j in range(part.shape[2]):
            part[row, a, j] = 0


@kernel
def heading(w, i, a):
    """Where an agent looks."""
    return w.state.bodies[i, a].hx, w.state.bodies[i, a].hy


@kernel
def show_nothing(w, row, a):
    """Nothing of rays, where the batch has none: a number that nobody sees."""
    w.obs.rays[row, a, 0] = 0.0
    w.obs.hits[row, a, 0] = 0


@kernel
def observe(w, i, row):
    """Write observation row ``row`` of slot ``i``.

    Each part has a loop of its own, so that what it takes is not got ready where it is left out: a
    part that the batch does not have has a single number, which nobody sees.
    """
    k, count = w.core[i].level, w.state.now[i, 0].num_agents
    for a in range(count, w.state.bodies.shape[1]):
        blank(w, row, a)
    if w.obs.rays.shape[2] > 1 or w.rules[i].rays > 0:
        for a in range(count):
            show_rays(w, i, row, k, a, heading(w, i, a))
    else:
        for a in range(count):
            show_nothing(w, row, a)
    if w.obs.compass.shape[2] > 1:
        for a in range(count):
            show_compass(w, i, row, a, heading(w, i, a))
    if w.obs.odometry.shape[2] > 1:
        for a in range(count):
            show_odometry(w, i, row, a, heading(w, i, a))
    if w.obs.position.shape[2] > 1:
        for a in range(count):
            show_position(w, i, row, a)
    if w.obs.signals.shape[2] > 1:
        for a in range(count):
            show_signals(w, i, row, a)
    if w.obs.landmarks.shape[2] > 1:
        for a in range(count):
            show_landmarks(w, i, row, k, a, heading(w, i, a))
    if w.obs.teammates.shape[2] > 1:
        for a in range(count):
            show_teammates(w, i, row, a, heading(w, i, a))
    if w.obs.tasks.shape[2] > 1:
        for a in range(count):
            show_tasks(w, i, row, k, a, heading(w, i, a))
    if w.obs.skills.shape[2] > 1:
        for a in range(count):
            show_skills(w, i, row, k, a)
    observe_house(w, i, row, k, count)
