"""Mechanic: arms move between a good and a bad state, whatever is pulled.

The two-state restless bandit (Whittle, 1988; in radio, the Gilbert-Elliott channel).
"""

from __future__ import annotations

from adaptarium.envs.bandit.codes import D_CHAIN
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance


@kernel
def restless(w, i):
    """Move each arm's chain by one step."""
    k = w.core[i].level
    for b in range(w.levels.head[k].num_arms):
        state = w.state.arms[i, b]
        arm = w.levels.arms[k, state.identity]
        if chance(w, i, arm.down if state.good else arm.up, D_CHAIN, 0, b):
            state.good = 1 - state.good
