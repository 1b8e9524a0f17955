"""Mechanic: tasks open, lose their worth, and bind those who serve them.

A level lists its tasks; so many are open at once, and an empty place is filled by the next of the
list.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import SKILLS, TASK


@kernel
def clear_place(place):
    """A place for a task that holds none."""
    place.item = -1
    place.age = 0
    place.worth = 0.0
    for skill in range(SKILLS):
        place.offered[skill] = 0.0


@kernel
def fill_places(w, i, k, most):
    """Open tasks in empty places, ``most`` of them, in the order of the list."""
    now, count = w.state.now[i, 0], w.levels.head[k].num_items
    for s in range(w.rules[i].places):
        while now.next < count and w.levels.items[k, now.next].kind != TASK:
            now.next += 1
        if most == 0 or now.next == count:
            return
        place = w.state.places[i, s]
        if place.item < 0:
            clear_place(place)
            place.item = now.next
            place.worth = w.levels.demands[k, now.next].worth
            now.next += 1
            most -= 1


@kernel
def open_first(w, i, k):
    """The tasks that an inner episode begins with; everyone is free."""
    now = w.state.now[i, 0]
    now.next = 0
    now.waited = 0
    for s in range(w.state.places.shape[1]):
        clear_place(w.state.places[i, s])
    for a in range(w.state.busy.shape[1]):
        w.state.busy[i, a] = 0
    fill_places(w, i, k, w.rules[i].places)


@kernel
def occupied(w, i):
    """Those who are busy with a task do nothing else."""
    for a in range(w.state.now[i, 0].num_agents):
        plan = w.scratch.plan[i, a]
        plan.held = w.state.busy[i, a] > 0
        if plan.held:
            w.state.busy[i, a] -= 1
            w.state.bodies[i, a].cx = 0.0
            w.state.bodies[i, a].cy = 0.0
            plan.force_x = 0.0
            plan.force_y = 0.0


@kernel
def renew(w, i):
    """Tasks that stay open lose worth, and empty places are filled by and by."""
    rules, now, k = w.rules[i], w.state.now[i, 0], w.core[i].level
    empty = False
    for s in range(rules.places):
        place = w.state.places[i, s]
        if place.item >= 0:
            place.age += 1
            if place.age > rules.patience:
                place.worth *= rules.lasting
        else:
            empty = True
    if empty:
        now.waited += 1
        if now.waited >= rules.arrival:
            now.waited = 0
            fill_places(w, i, k, 1 if rules.arrival > 0 else rules.places)
