"""Open fields with tasks for coalitions: agents with costs and skills, tasks with requirements.

Every task is made for a coalition that is drawn, whose skills are enough for it, and is worth more
than that coalition costs; cheaper ones may do. In the setting ``almighty`` the first agent alone
could serve the first task, the greatest.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.navigation.codes import MAX_AGENTS, MAX_ITEMS, SKILLS, TASK
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.navigation.arenas import drawn
from adaptarium.generators.navigation.drawing import STEPS, blank, exact
from adaptarium.generators.navigation.knobs import needs_of
from adaptarium.generators.navigation.purposes import (
    G_COST,
    G_ITEM,
    G_MEMBER,
    G_SKILL,
    G_START,
    G_TEAM,
    G_WORTH,
)

MAX_STEPS = 100
RADIUS = 0.5  # of the circle of a task, in metres
MOST = 5  # the highest skill
MAX_TEAM = 8
CHEAPEST, DEAREST = 0.05, 0.2  # what a unit of skill costs
LEAST_GAIN, MOST_GAIN = 1.2, 3.0  # what a task is worth, times what its coalition costs
# What the task is worth that the almighty agent alone can serve, at least, and times any other.
GREATEST, GREATER = 20.0, 1.25


class TasksKnobs(Knobs):
    """Knobs of ``tasks``. Difficulty prefers tasks that take more."""

    agents: int = Field(6, ge=1, le=MAX_AGENTS, description="How many agents there are.")
    tasks: int = Field(8, ge=1, le=MAX_ITEMS, description="How many tasks there are.")
    skills: int = Field(3, ge=1, le=SKILLS, description="How many kinds of skills there are.")
    team: int = Field(
        3, ge=1, le=MAX_TEAM, description="Agents in the coalition for a task, at most."
    )
    half: float = Field(
        3.5, ge=1, le=100, description="Metres from the middle of the field to its sides."
    )
    almighty: bool = Field(
        False, description="The first agent alone could serve the first task, the greatest."
    )

    @model_validator(mode="after")
    def _enough(self) -> TasksKnobs:
        if self.team + self.almighty > self.agents:
            raise ValueError(
                f"team = {self.team}: expected at most {self.agents - self.almighty}, as many "
                "as there are ordinary agents"
            )
        return self


@kernel
def hire(w, i, k, a):
    """An agent: where it starts, its skills, and what it costs."""
    knobs, start, talent = w.knobs[i], w.levels.starts[k, a], w.levels.talents[k, a]
    start.x = drawn(w, i, G_START, 2 * a, knobs.half)
    start.y = drawn(w, i, G_START, 2 * a + 1, knobs.half)
    start.heading = 0.0
    start.role = 0
    own, total = level_below(w, i, G_SKILL, 16 * a, knobs.skills), 0.0
    for skill in range(knobs.skills):
        # Everyone has a skill of its own, and each other one by chance.
        if skill == own or level_below(w, i, G_SKILL, 16 * a + 1 + skill, 2) > 0:
            talent.skills[skill] = 1.0 + level_below(w, i, G_SKILL, 16 * a + 8 + skill, MOST)
        total += talent.skills[skill]
    share = CHEAPEST + (DEAREST - CHEAPEST) * level_unit(w, i, G_COST, a)
    talent.cost = exact(total * share)


@kernel
def empower(w, i, k):
    """Make the first agent as skilled as any coalition, and the first task its equal."""
    knobs, talent, demand = w.knobs[i], w.levels.talents[k, 0], w.levels.demands[k, 0]
    for skill in range(knobs.skills):
        talent.skills[skill] = float(MOST * knobs.team)
        demand.needs[skill] = float(MOST * knobs.team)
    talent.cost = exact(knobs.skills * knobs.team * MOST * CHEAPEST)
    demand.worth = GREATEST
    for j in range(1, knobs.items):
        demand.worth = max(demand.worth, exact(GREATER * w.levels.demands[k, j].worth))


@kernel
def require(w, i, k, j):
    """A task: where it lies, what a drawn coalition of ordinary agents can do, and its worth."""
    knobs, item, demand = w.knobs[i], w.levels.items[k, j], w.levels.demands[k, j]
    first = int(knobs.almighty)
    item.x = drawn(w, i, G_ITEM, 2 * j, knobs.half)
    item.y = drawn(w, i, G_ITEM, 2 * j + 1, knobs.half)
    item.radius = RADIUS
    item.kind = TASK
    count, cost = knobs.agents - first, 0.0
    team = 1 + level_below(w, i, G_TEAM, j, knobs.team)
    begin = level_below(w, i, G_MEMBER, 2 * j, count)
    stride = 1 + level_below(w, i, G_MEMBER, 2 * j + 1, max(count // knobs.team, 1))
    for member in range(team):  # fewer strides than once around: all are different
        a = first + (begin + member * stride) % count
        cost += w.levels.talents[k, a].cost
        for skill in range(knobs.skills):
            demand.needs[skill] += w.levels.talents[k, a].skills[skill]
    gain = LEAST_GAIN + (MOST_GAIN - LEAST_GAIN) * level_unit(w, i, G_WORTH, j)
    demand.worth = exact(cost * gain)


@kernel
def generate(w, i, k):
    """The agents, then the tasks that they can serve."""
    knobs, head = w.knobs[i], w.levels.head[k]
    blank(w, k, 0, 0, MAX_STEPS)
    head.num_agents = knobs.agents
    head.num_items = knobs.items
    for a in range(knobs.agents):
        hire(w, i, k, a)
    for j in range(knobs.items):
        require(w, i, k, j)
    if knobs.almighty:
        empower(w, i, k)
    return True


@kernel
def taken(w, i, k):
    """What all tasks take, in sum."""
    total = 0.0
    for j in range(w.levels.head[k].num_items):
        for skill in range(SKILLS):
            total += w.levels.demands[k, j].needs[skill]
    return int(total * STEPS)


TASKS = Generator(
    name="tasks",
    knobs=TasksKnobs,
    needs=lambda knobs: needs_of(0, knobs.agents, items=knobs.tasks),
    kernel=generate,
    measure=taken,
)
