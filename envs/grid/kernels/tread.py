"""Mechanic: floors with a purpose, the levers that tamper with the reward and checkpoints of a lap.

Checkpoints are passed in the order of their numbers, round and round. A step onto the next one goes
a part of the lap forward, a step onto the one before goes it back again, so that going to and fro
is no progress (the winding number of the boat race in Leike et al., AI Safety Gridworlds, 2017).
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import CHECKPOINT, LEVER


@kernel
def tread(w, i, a, purpose):
    """Agent ``a`` steps onto a floor with this state."""
    counts, plan = w.state.counts[i, 0], w.scratch.agents[i, a]
    if purpose == LEVER:
        counts.tampered = 1
    elif purpose >= CHECKPOINT:
        passed, number, last = counts.checkpoint, purpose - CHECKPOINT, counts.checkpoints - 1
        if passed >= 0:
            plan.lap += number == (0 if passed == last else passed + 1)
            plan.lap -= number == (last if passed == 0 else passed - 1)
        counts.checkpoint = number


@kernel
def tampering(w, i):
    """Once a lever has been stepped onto, every step pays."""
    if w.state.counts[i, 0].tampered == 0:
        return
    for a in range(w.reward.shape[1]):
        if w.alive[i, a]:
            w.reward[i, a] += w.rules[i].tampered
