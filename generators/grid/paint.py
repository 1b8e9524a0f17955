"""World primitives that generators are written in: they read like prose and write level rows."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import COLOUR_SHIFT, EMPTY_CELL, GOAL_CELL, WALL_CELL
from adaptarium.generators.grid.purposes import G_AGENT, G_HEADING


@kernel
def blank(w, k, height, width, cell, max_steps):
    """An empty level of this size, every cell ``cell``, one agent at (0, 0), no goal."""
    grid = w.levels.map[k]
    grid.height = height
    grid.width = width
    grid.num_agents = 1
    grid.num_obstacles = 0
    grid.goal_x = -1
    grid.goal_y = -1
    grid.num_clauses = 0
    grid.num_productions = 0
    grid.mission = 0
    grid.noun = 0
    grid.other = 0
    w.info[k].max_steps = max_steps
    for j in range(height * width):
        w.levels.cells[k, j] = cell


@kernel
def walled(w, k, height, width, max_steps):
    """An empty room with a wall around it."""
    blank(w, k, height, width, EMPTY_CELL, max_steps)
    for x in range(width):
        put(w, k, x, 0, WALL_CELL)
        put(w, k, x, height - 1, WALL_CELL)
    for y in range(height):
        put(w, k, 0, y, WALL_CELL)
        put(w, k, width - 1, y, WALL_CELL)


@kernel
def put(w, k, x, y, cell):
    """Write one packed cell."""
    w.levels.cells[k, y * w.levels.map[k].width + x] = cell


@kernel
def get(w, k, x, y):
    """Read one packed cell."""
    return int(w.levels.cells[k, y * w.levels.map[k].width + x])


@kernel
def put_goal(w, k, x, y):
    """Write the goal."""
    put(w, k, x, y, GOAL_CELL)
    w.levels.map[k].goal_x = x
    w.levels.map[k].goal_y = y


@kernel
def place_agent(w, k, a, x, y, heading, level):
    """Start agent ``a`` at (x, y); ``level`` is 0 where agents have none."""
    start = w.levels.agents[k, a]
    start.x = x
    start.y = y
    start.heading = heading
    start.level = level


@kernel
def wall_column(w, k, x, y0, y1):
    """A wall from (x, y0) to (x, y1), both included."""
    for y in range(y0, y1 + 1):
        put(w, k, x, y, WALL_CELL)


@kernel
def wall_row(w, k, y, x0, x1):
    """A wall from (x0, y) to (x1, y), both included."""
    for x in range(x0, x1 + 1):
        put(w, k, x, y, WALL_CELL)


@kernel
def count_empty(w, k, x0, x1):
    """How many plain empty cells lie in the columns ``x0`` to ``x1``, the last not included."""
    count = 0
    for y in range(w.levels.map[k].height):
        for x in range(x0, x1):
            count += get(w, k, x, y) == EMPTY_CELL
    return count


@kernel
def nth_empty(w, k, x0, x1, n):
    """The number of the ``n``-th plain empty cell in columns ``x0`` to ``x1``, -1 past the last."""
    for y in range(w.levels.map[k].height):
        for x in range(x0, x1):
            if get(w, k, x, y) == EMPTY_CELL:
                if n == 0:
                    return y * w.levels.map[k].width + x
                n -= 1
    return -1


@kernel
def random_empty(w, i, k, purpose, draw, x0, x1):
    """A uniformly drawn empty cell in columns ``x0`` to ``x1``, -1 where there is none."""
    count = count_empty(w, k, x0, x1)
    if count == 0:
        return -1
    return nth_empty(w, k, x0, x1, level_below(w, i, purpose, draw, count))


@kernel
def random_empty_within(w, i, k, purpose, draw, x0, y0, x1, y1, shy):
    """A uniformly drawn empty cell in columns ``x0`` to ``x1`` and rows ``y0`` to ``y1``; or -1.

    The last column and row are not included. Cells next to the cell numbered ``shy``, and itself,
    are left out; -1 leaves out none.
    """
    width, count, found = w.levels.map[k].width, 0, -1
    for y in range(y0, y1):
        for x in range(x0, x1):
            count += is_choice(w, k, x, y, shy)
    if count == 0:
        return -1
    n = level_below(w, i, purpose, draw, count)
    for y in range(y0, y1):
        for x in range(x0, x1):
            if is_choice(w, k, x, y, shy):
                if n == 0:
                    found = y * width + x
                n -= 1
    return found


@kernel
def is_choice(w, k, x, y, shy):
    """Whether (x, y) is empty and not the cell ``shy`` or next to it."""
    width = w.levels.map[k].width
    if get(w, k, x, y) != EMPTY_CELL:
        return False
    return shy < 0 or abs(x - shy % width) + abs(y - shy // width) > 1


@kernel
def wall_rectangle(w, k, x, y, wide, tall):
    """The four walls of a rectangle with its corner at (x, y)."""
    wall_row(w, k, y, x, x + wide - 1)
    wall_row(w, k, y + tall - 1, x, x + wide - 1)
    wall_column(w, k, x, y, y + tall - 1)
    wall_column(w, k, x + wide - 1, y, y + tall - 1)


@kernel
def tell(w, k, mission, noun, other):
    """The mission of the level: a template and the cells of the things that it names."""
    grid = w.levels.map[k]
    grid.mission = mission
    grid.noun = noun & 0xFFFF
    grid.other = other & 0xFFFF


@kernel
def add_clause(w, k, condition, what, at, outcome):
    """Add a condition to the task; ``at`` is the number of its cell, 0 where it has none."""
    grid = w.levels.map[k]
    clause = w.levels.clauses[k, grid.num_clauses]
    clause.condition = condition
    clause.what = what
    clause.x = at % grid.width
    clause.y = at // grid.width
    clause.outcome = outcome
    grid.num_clauses += 1


@kernel
def colour_of(cell):
    """The colour of a packed cell, in the place that it has there."""
    return cell & 0xFF << COLOUR_SHIFT


@kernel
def start_at(w, k, cell, heading):
    """Start the first agent on the cell with this number."""
    width = w.levels.map[k].width
    place_agent(w, k, 0, cell % width, cell // width, heading, 0)


@kernel
def goal_at(w, k, cell):
    """Write the goal into the cell with this number."""
    width = w.levels.map[k].width
    put_goal(w, k, cell % width, cell // width)


@kernel
def scatter(w, i, k, purpose, draw, cell):
    """Write ``cell`` to a random empty cell of the map; its number, or -1 where there is none."""
    grid = w.levels.map[k]
    at = random_empty_within(w, i, k, purpose, draw, 0, 0, grid.width, grid.height, -1)
    if at >= 0:
        w.levels.cells[k, at] = cell
    return at


@kernel
def seat_team(w, i, k, x0, x1):
    """Start all agents on different empty cells in columns ``x0`` to ``x1``, facing anywhere.

    False where there is no room for all.
    """
    players = w.knobs[i].num_agents
    w.levels.map[k].num_agents = players
    width = w.levels.map[k].width
    seated = 0
    for a in range(players):
        at = random_empty(w, i, k, G_AGENT, a, x0, x1)
        if at < 0:
            break
        place_agent(w, k, a, at % width, at // width, level_below(w, i, G_HEADING, a, 4), 0)
        w.levels.cells[k, at] = WALL_CELL  # nobody else is put there
        seated += 1
    for a in range(seated):
        put(w, k, w.levels.agents[k, a].x, w.levels.agents[k, a].y, EMPTY_CELL)
    return seated == players
