"""The deceptive hard maze of novelty search, a fixed map.

Lehman & Stanley, "Abandoning objectives: evolution through the search for novelty alone",
Evolutionary Computation 19, 2011, figure 2 b. Walls, start and goal are those of its authors' file
``hard_maze.txt``, in which the map is 195 units wide from 5 to 200 and the robot's radius is 8.
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.navigation.drawing import blank, close_border, exact
from adaptarium.generators.navigation.knobs import needs_of

UNIT, FIRST, SIZE = 19.5, 5.0, 10  # units a metre, where the map begins, metres a side
MAX_STEPS = 400  # as in the paper
START, GOAL = (36.0, 184.0), (31.0, 20.0)
WALLS = np.array(
    [
        [5, 49, 57, 53],
        [56, 54, 56, 157],
        [57, 106, 158, 162],
        [77, 200, 108, 164],
        [5, 80, 33, 121],
        [200, 146, 87, 91],
        [56, 55, 133, 30],
    ],
    np.float64,
)


class HardMazeKnobs(Knobs):
    """There is nothing to choose: the map is one."""


@kernel
def metres(units):
    """A coordinate of the authors' file in metres."""
    return exact((units - FIRST) / UNIT)


@kernel
def generate(w, i, k):
    """The map."""
    blank(w, k, SIZE, 0, MAX_STEPS)
    close_border(w, k, SIZE)
    head, start = w.levels.head[k], w.levels.starts[k, 0]
    start.x = metres(START[0])
    start.y = metres(START[1])
    start.heading = 0.0
    start.role = 0
    head.goal_x = metres(GOAL[0])
    head.goal_y = metres(GOAL[1])
    head.has_goal = 1
    head.num_segments = WALLS.shape[0]
    for j in range(WALLS.shape[0]):
        for part in range(4):
            w.levels.segments[k, j, part] = metres(WALLS[j, part])
    return True


HARD_MAZE = Generator(
    name="hard_maze",
    knobs=HardMazeKnobs,
    needs=lambda _knobs: needs_of(SIZE, segments=len(WALLS)),
    kernel=generate,
    distinct=lambda _knobs: 1,
)
