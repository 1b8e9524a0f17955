"""Mechanic: a question instead of a slate, after EAR (Lei et al., WSDM 2020).

The user answers truly: yes where the preference for the topic or the genre is above 0. A question
is a step without a click, as patience goes.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.market.codes import MAX_TOPICS, NO, YES


@kernel
def ask(w, i):
    """Take note of the answer."""
    q = w.scratch.asked[i, 0]
    if q < 0:
        return
    if q < MAX_TOPICS:
        liked = w.levels.topics[w.core[i].level, q] > 0.0
    else:
        liked = w.state.genres[i, q - MAX_TOPICS].preference > 0.0
    w.state.told[i, q] = YES if liked else NO
    w.metrics[i].questions += 1
    if liked:
        w.reward[i, 0] += w.rules[i].yes
