"""Open fields for teams: agents and landmarks anywhere in a square about the middle.

As ``simple_spread`` and ``simple_tag`` of the multi-agent particle environments begin (Lowe et al.,
NeurIPS 2017).
"""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.navigation.codes import LANDMARK, OBSTACLE, RUNNER
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.navigation.drawing import STEPS, blank
from adaptarium.generators.navigation.knobs import needs_of
from adaptarium.generators.navigation.purposes import G_ITEM, G_START

MAX_STEPS = 25
HALF = 1.0  # of the side of the square in which agents and landmarks start
OBSTACLES_WITHIN = 0.9
LANDMARK_RADIUS, OBSTACLE_RADIUS = 0.05, 0.2


class SpreadKnobs(Knobs):
    """Knobs of ``spread``: as many landmarks as agents."""

    agents: int = Field(3, ge=1, le=16, description="How many agents there are.")


class TagKnobs(Knobs):
    """Knobs of ``tag``; chasers take the first seats."""

    chasers: int = Field(3, ge=1, le=12, description="How many agents chase.")
    runners: int = Field(1, ge=1, le=4, description="How many run away.")
    obstacles: int = Field(2, ge=0, le=16, description="How many obstacles are in the way.")


@kernel
def drawn(w, i, purpose, j, half):
    """A coordinate between ``-half`` and ``half``."""
    span = round(half * STEPS)
    return (level_below(w, i, purpose, j, 2 * span + 1) - span) / STEPS


@kernel
def field(w, i, k, kind, radius, half):
    """Agents and items of one kind."""
    knobs = w.knobs[i]
    blank(w, k, 0, 0, MAX_STEPS)
    w.levels.head[k].num_agents = knobs.agents
    w.levels.head[k].num_items = knobs.items
    for a in range(knobs.agents):
        start = w.levels.starts[k, a]
        start.x = drawn(w, i, G_START, 2 * a, HALF)
        start.y = drawn(w, i, G_START, 2 * a + 1, HALF)
        start.heading = 0.0
        start.role = RUNNER if a >= knobs.agents - knobs.runners else 0
    for j in range(knobs.items):
        item = w.levels.items[k, j]
        item.x = drawn(w, i, G_ITEM, 2 * j, half)
        item.y = drawn(w, i, G_ITEM, 2 * j + 1, half)
        item.radius = radius
        item.kind = kind


@kernel
def spread(w, i, k):
    """Agents and as many landmarks."""
    field(w, i, k, LANDMARK, LANDMARK_RADIUS, HALF)
    return True


@kernel
def tag(w, i, k):
    """Chasers, runners and obstacles."""
    field(w, i, k, OBSTACLE, OBSTACLE_RADIUS, OBSTACLES_WITHIN)
    return True


SPREAD = Generator(
    name="spread",
    knobs=SpreadKnobs,
    needs=lambda knobs: needs_of(0, knobs.agents, items=knobs.agents),
    kernel=spread,
)
TAG = Generator(
    name="tag",
    knobs=TagKnobs,
    needs=lambda knobs: needs_of(0, knobs.chasers + knobs.runners, items=knobs.obstacles),
    kernel=tag,
)
