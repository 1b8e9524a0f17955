"""The records that the arrays of the navigation family hold."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.navigation import codes

BODY_DTYPE = np.dtype(
    [
        ("x", np.float64),
        ("y", np.float64),
        ("vx", np.float64),
        ("vy", np.float64),
        ("hx", np.float64),  # heading, of length 1
        ("hy", np.float64),
        ("cx", np.float64),  # the command as actuators follow it
        ("cy", np.float64),
        ("role", np.int64),
    ],
    align=True,
)
NOW_DTYPE = np.dtype(
    [
        ("num_agents", np.int32),
        ("reached", np.int32),
        ("next", np.int32),  # item that opens next
        ("waited", np.int32),  # steps that an empty place waits for it
        ("has_goal", np.int32),
        ("order", np.int32),  # of the level, that is to be followed; -1 for none
        ("goal_x", np.float64),  # of this inner episode
        ("goal_y", np.float64),
    ],
    align=True,
)
PLACE_DTYPE = np.dtype(
    [
        ("worth", np.float64),
        ("offered", np.float64, (codes.SKILLS,)),  # by the last step
        ("item", np.int32),  # -1 for none
        ("age", np.int32),  # steps that it is open
    ],
    align=True,
)
HEAD_DTYPE = np.dtype(
    [
        ("goal_x", np.float64),
        ("goal_y", np.float64),
        ("height", np.int32),  # in cells; 0 for an open field without walls
        ("width", np.int32),
        ("num_agents", np.int32),
        ("num_items", np.int32),
        ("num_segments", np.int32),
        ("has_goal", np.int32),
        ("num_rooms", np.int32),
        ("num_orders", np.int32),
    ],
    align=True,
)
START_DTYPE = np.dtype(
    [
        ("x", np.float64),
        ("y", np.float64),
        ("heading", np.float64),
        ("role", np.int64),
    ],
    align=True,
)
ITEM_DTYPE = np.dtype(
    [
        ("x", np.float64),
        ("y", np.float64),
        ("radius", np.float64),
        ("kind", np.int64),
    ],
    align=True,
)
# What only task allocation reads stands apart, so that other worlds do not carry it through caches.
TALENT_DTYPE = np.dtype(
    [
        ("cost", np.float64),  # of an agent's part in a coalition
        ("skills", np.float64, (codes.SKILLS,)),
    ],
    align=True,
)
DEMAND_DTYPE = np.dtype(
    [("worth", np.float64), ("needs", np.float64, (codes.SKILLS,))],
    align=True,  # of a task
)
# Houses: what a room is called and where it lies, what an object is, and which one is asked for.
ROOM_DTYPE = np.dtype(
    [
        ("x", np.int32),  # the first column of its cells
        ("y", np.int32),
        ("width", np.int32),
        ("height", np.int32),
        ("name", np.int32),
    ],
    align=True,
)
OBJECT_DTYPE = np.dtype([("colour", np.int32), ("thing", np.int32)], align=True)
ORDER_DTYPE = np.dtype(
    [
        ("form", np.int32),  # number of its sentence
        ("colour", np.int32),  # the words that fill it; 0 where it has no place for one
        ("thing", np.int32),
        ("side", np.int32),
        ("room", np.int32),
        ("target", np.int32),  # the item that is meant
    ],
    align=True,
)
PLAN_DTYPE = np.dtype(
    [
        ("from_x", np.float64),  # where the step began
        ("from_y", np.float64),
        ("force_x", np.float64),  # of contacts
        ("force_y", np.float64),
        ("bumped", np.int32),
        ("held", np.int32),  # busy with a task
        ("place", np.int64),  # of the task that it offers itself at; -1 for none
    ],
    align=True,
)
METRICS_DTYPE = np.dtype(
    [
        ("path", np.float64),  # metres that agents went to reach the goal
        # The goal is reached; all landmarks are covered; a runner was caught; all tasks are served.
        ("success", np.int32),
        ("bumps", np.int32),  # steps against a wall
        ("overlaps", np.int32),  # pairs of agents that overlapped, a step
        ("served", np.int32),  # tasks
        ("mistakes", np.int32),  # times that an object was gone to which was not meant
        ("questions", np.int32),  # that the oracle was asked
    ],
    align=True,
)
