"""The step of the skirmish family: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.mechanics import compose
from adaptarium.envs.skirmish.codes import MOST_ORDERS
from adaptarium.envs.skirmish.kernels.combat import fight, recover
from adaptarium.envs.skirmish.kernels.economy import SHIFT, assign, earn
from adaptarium.envs.skirmish.kernels.measures import judge, measure, pay
from adaptarium.envs.skirmish.kernels.movement import direct, march
from adaptarium.envs.skirmish.kernels.orders import give
from adaptarium.envs.skirmish.kernels.policy import play
from adaptarium.envs.skirmish.kernels.production import produce
from adaptarium.envs.skirmish.kernels.vision import look


@kernel
def listen(w, i):
    """Players from outside give their orders; time goes on once all have given theirs."""
    waiting = False
    for p in range(w.reward.shape[1]):
        me = w.state.players[i, p]
        if me.level == 0 and w.alive[i, p] and me.orders_left > 0:
            give(w, i, p, w.actions[i, p])
            waiting = waiting or me.orders_left > 0
    w.scratch.go[i, 0] = not waiting


@kernel
def let_built_in_play(w, i):
    """Built-in players decide when time is about to go on."""
    if w.scratch.go[i, 0] == 0:
        return
    for p in range(2):
        if w.state.players[i, p].level > 0:
            play(w, i, p)


@kernel
def pass_second(w, i):
    """One second of the match."""
    now = w.state.now[i, 0]
    now.time += 1
    for p in range(2):
        earn(w, i, p)
        produce(w, i, p)
    for p in range(2):
        march(w, i, p)
    fight(w, i)
    if now.time % SHIFT == 0:
        for p in range(2):
            assign(w, i, p)
            recover(w, i, p)
            direct(w, i, p)
        for p in range(2):
            look(w, i, p)


@kernel
def let_time_pass(w, i):
    """The seconds until the next decision."""
    if w.scratch.go[i, 0] == 0:
        return
    rules, now = w.rules[i], w.state.now[i, 0]
    for _ in range(rules.interval):
        if now.over == 0 and now.time < rules.time_limit:
            pass_second(w, i)
            judge(w, i)
    measure(w, i)
    for p in range(2):
        w.state.players[i, p].orders_left = rules.orders if w.state.players[i, p].level == 0 else 0
        for j in range(MOST_ORDERS):
            w.state.done[i, p, j] = 0


# Adding a mechanic is one file and one line here; 0 runs always.
MECHANICS = (
    (0, listen),
    (0, let_built_in_play),
    (0, let_time_pass),
    (0, pay),
)

step = compose(MECHANICS)
