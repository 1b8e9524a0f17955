"""How a creator begins: with its skills as its aim, and nothing made yet."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.creators.codes import MAX_STREAK


@kernel
def begin_aim(w, i, c):
    """The unit vector along the skills of creator ``c``; equal parts where it has none."""
    k, count, total = w.core[i].level, w.state.now[i, 0].num_genres, 0.0
    for g in range(count):
        skill = w.levels.skills[k, c, g] / 1.0
        total += skill * skill
    for g in range(w.state.aims.shape[2]):
        w.state.made[i, c, g] = 0
        w.state.liked[i, c, g] = 0
        if g >= count:
            w.state.aims[i, c, g] = 0.0
        elif total > 0.0:
            w.state.aims[i, c, g] = w.levels.skills[k, c, g] / math.sqrt(total)
        else:
            w.state.aims[i, c, g] = 1.0 / math.sqrt(count)


@kernel
def begin_creator(w, i, c):
    """Creator ``c`` comes, and knows nothing of the market."""
    creator = w.state.creators[i, c]
    creator.left = 0
    creator.active = 0
    creator.items = 0
    creator.clicks = 0
    creator.shown = 0
    creator.new_shown = 0
    creator.new_clicks = 0
    for n in range(MAX_STREAK):
        creator.recent[n] = 0
    begin_aim(w, i, c)
