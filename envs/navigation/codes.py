"""Numbers of the navigation family: bounds, walls, draw purposes and the mechanics in use."""

from __future__ import annotations

MAX_SIDE = 64  # cells a side
MAX_AGENTS = 128
MAX_ITEMS = 64
MAX_SEGMENTS = 64
MAX_RAYS = 64
MAX_STEPS = 1_000_000
MAX_PLACES = 32  # tasks that are open at once
SKILLS = 4  # that agents have and tasks take
MAX_ORDERS = 16
MOST_SKILL = 1_000.0  # of a skill, a need, a cost or a worth

# Coordinates of levels are multiples of this, so that text, arrays and content hash agree.
RESOLUTION = 1e-3
# What is shown of a length or a speed is cut to this.
LIMIT = 10_000.0

# Wall bits of a cell.
NORTH, EAST, SOUTH, WEST = 1, 2, 4, 8

BODIES = ("point", "unicycle", "car", "station")
POINT, UNICYCLE, CAR, STATION = range(4)

GOALS = ("reach", "spread", "tag", "allocate")

# What an item of a level is. Obstacles are in the way, landmarks are not; tasks are circles that no
# ray sees, and objects of a house are seen by eyes of their own.
ITEMS = ("landmark", "obstacle", "task", "object")
LANDMARK, OBSTACLE, TASK, OBJECT = range(4)

# The words of a house. Their numbers stand in levels and observations: append only.
COLOURS = ("red", "green", "blue", "purple", "yellow", "grey")
THINGS = ("lamp", "chair", "table", "bed", "clock", "plant", "vase", "box")
ROOMS = (
    *("hall", "kitchen", "bedroom", "bathroom", "study", "library", "nursery", "pantry"),
    *("cellar", "attic", "workshop", "lounge", "office", "laundry", "gallery", "garage"),
)
SIDES = ("north", "east", "south", "west")

# What an oracle is asked; 0 is nothing.
ASKED_WAY, ASKED_ROOM = 1, 2

# What a ray meets first.
HITS = ("nothing", "wall", "goal", "agent", *ITEMS[:2])
HIT_NOTHING, HIT_WALL, HIT_GOAL, HIT_AGENT, HIT_ITEM = range(5)

# Who an agent is: a runner is chased by the others.
ROLES = ("plain", "runner")
PLAIN, RUNNER = range(2)

# Purposes of the draws; the core numbers its own below 16.
D_RAY_NOISE, D_DROPOUT = 16, 17

# Which mechanics a world uses, as bits of `rules.active`.
USES_CONTACT = 1
USES_COSTS = 2
USES_REACH = 4
USES_SPREAD = 8
USES_TAG = 16
USES_ALLOCATE = 32
USES_ORACLE = 64
