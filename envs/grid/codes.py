"""The numbers of the grid family: tiles, colours, primitives, flags, draw purposes.

Tiles, colours and door states 0 to 10 are MiniGrid's (minigrid 3.2, ``core/constants.py``), so that
an encoded view is equal byte for byte.
"""

from __future__ import annotations

TILES = (
    "unseen",
    "empty",
    "wall",
    "floor",
    "door",
    "key",
    "ball",
    "box",
    "goal",
    "lava",
    "agent",
    "crate",
    "ice",
    "food",
    "start",
    "obstacle",
)
(
    UNSEEN,
    EMPTY,
    WALL,
    FLOOR,
    DOOR,
    KEY,
    BALL,
    BOX,
    GOAL,
    LAVA,
    AGENT,
    CRATE,
    ICE,
    FOOD,
    START,
    OBSTACLE,
) = range(16)

COLOURS = ("red", "green", "blue", "purple", "yellow", "grey")
RED, GREEN, BLUE, PURPLE, YELLOW, GREY = range(6)

DOOR_STATES = ("open", "closed", "locked")
OPEN, CLOSED, LOCKED = range(3)

# A cell is a packed uint32: tile, colour and state in the three low bytes, flags in the fourth.
COLOUR_SHIFT, STATE_SHIFT, FLAG_SHIFT = 8, 16, 24
OPAQUE_BIT = 24
OPAQUE = 1 << OPAQUE_BIT  # stops the view
SOLID = 1 << 25  # cannot be entered
PORTABLE = 1 << 26  # can be picked up
LOW_BYTES = 0x00FF_FFFF
# What a box holds is not seen: 0 for nothing, else 1 + 6 * (tile - KEY) + colour.
CONTENT_SHIFT, CONTENT_MASK = 27, 0x1F
SECRET = CONTENT_MASK << CONTENT_SHIFT

_OPAQUE_TILES = {WALL}
_SOLID_TILES = {WALL, KEY, BALL, BOX, CRATE}
_PORTABLE_TILES = {KEY, BALL, BOX}


def pack(tile: int, colour: int = 0, state: int = 0, content: int = 0) -> int:
    """The packed cell of a tile, with the flags that follow from it, and what a box holds."""
    flags = OPAQUE if tile in _OPAQUE_TILES else 0
    flags |= SOLID if tile in _SOLID_TILES else 0
    flags |= PORTABLE if tile in _PORTABLE_TILES else 0
    if tile == DOOR and state != OPEN:
        flags |= OPAQUE | SOLID
    if tile == FOOD and state > 0:
        flags |= SOLID  # food of level 0, an apple, is walked onto
    return tile | colour << COLOUR_SHIFT | state << STATE_SHIFT | flags | content << CONTENT_SHIFT


def content_of(tile: int, colour: int) -> int:
    """The number of a key, ball or empty box as the content of a box."""
    return 1 + len(COLOURS) * (tile - KEY) + colour


# What a floor is for, in its state: where crates belong, what tampers with the reward, and from
# CHECKPOINT on the checkpoints of a lap in their order.
PLAIN, TARGET, LEVER, CHECKPOINT = range(4)
MAX_CHECKPOINTS = 16 - CHECKPOINT
# The state of a crate: 0, or on a target one more than the target's colour.

EMPTY_CELL = pack(EMPTY)
WALL_CELL = pack(WALL, GREY)
GOAL_CELL = pack(GOAL, GREEN)
LAVA_CELL = pack(LAVA)
ICE_CELL = pack(ICE, BLUE)
CRATE_CELL = pack(CRATE, YELLOW)
APPLE_CELL = pack(FOOD)
# Floors with a meaning of their own where a world has the mechanic: apples grow back on grass, rain
# soils water, and trash is put into bins.
GRASS_CELL = pack(FLOOR, GREEN)
WATER_CELL = pack(FLOOR, BLUE)
SOILED_CELL = pack(FLOOR, PURPLE)
BIN_CELL = pack(FLOOR, YELLOW)
TARGET_CELL = pack(FLOOR, RED, TARGET)
STORED_CELL = pack(CRATE, YELLOW, 1 + RED)
LEVER_CELL = pack(FLOOR, PURPLE, LEVER)
# How each tile usually looks, in the order of `TILES`. Colours are MiniGrid's usual ones.
USUAL_CELLS = (
    UNSEEN,
    EMPTY_CELL,
    WALL_CELL,
    pack(FLOOR, BLUE),
    pack(DOOR, YELLOW, LOCKED),
    pack(KEY, YELLOW),
    pack(BALL, BLUE),
    pack(BOX, GREY),
    GOAL_CELL,
    LAVA_CELL,
    AGENT,
    CRATE_CELL,
    ICE_CELL,
    pack(FOOD, 0, 1),
    pack(START),
    pack(OBSTACLE),
)

# Headings: 0 east, 1 south, 2 west, 3 north (MiniGrid's order).
HEADINGS = ("east", "south", "west", "north")
EAST, SOUTH, WEST, NORTH = range(4)

# Primitives: what an action of a world's vocabulary may mean.
PRIMITIVES = (
    "stay",
    "left",
    "right",
    "forward",
    "pickup",
    "drop",
    "toggle",
    "east",
    "south",
    "west",
    "north",
    "load",
    "done",
    "split",
    "zap",
    "clean",
)
(
    P_STAY,
    P_LEFT,
    P_RIGHT,
    P_FORWARD,
    P_PICKUP,
    P_DROP,
    P_TOGGLE,
    P_EAST,
    P_SOUTH,
    P_WEST,
    P_NORTH,
    P_LOAD,
    P_DONE,
    P_SPLIT,
    P_ZAP,
    P_CLEAN,
) = range(16)
MAX_ACTIONS = 16

VIEWS = ("egocentric", "fixed", "full")
EGOCENTRIC, FIXED, FULL = range(3)

# Mechanics in use, as bits of `rules.active`: an unused mechanic costs one bit test.
(
    USES_SLIP,
    USES_WIND,
    USES_ICE,
    USES_ENERGY,
    USES_MOVERS,
    USES_SHAPING,
    USES_NOISE,
    USES_SKIN,
    USES_LOAD,
    USES_SIGNALS,
    USES_OCCLUSION,
    USES_MISSION,
    USES_WANDERERS,
    USES_TAMPERING,
    USES_TRUTH,
    USES_PRODUCTIONS,
    USES_RULES,
) = (1 << b for b in range(17))
(
    USES_EVADERS,
    USES_CAPTURE,
    USES_HAUL,
    USES_REGROWTH,
    USES_BEAMS,
    USES_PARTNERS,
    USES_SOCIETY,
) = (1 << b for b in range(20, 27))

# Who plays the seats that are not played from outside, in the order of the factor's values.
PARTNERS = ("random", "greedy", "cooperative")
RANDOM, GREEDY, COOPERATIVE = range(3)
MAX_SEATS = 64
# The longest delay of a sanction in steps, and the longest table of regrowth.
MAX_DELAY = 16
MAX_REGROWTH = 8

# A level's task is a list of clauses: conditions, the last of each rule with the rule's outcome.
MAX_CLAUSES = 6
(
    C_HOLDS,
    C_HOLDS_OTHER,
    C_CELL,
    C_AT,
    C_BESIDE,
    C_DOES,
    C_DROPS,
    C_PUTS_NEAR,
    C_WALKS_INTO,
) = range(1, 10)
O_AND, O_SUCCESS, O_FAILURE = range(3)
# In what a clause looks for, a tile, colour or state of 255 stands for any.
ANY = 0xFF
ANYTHING = ANY | ANY << COLOUR_SHIFT | ANY << STATE_SHIFT

# Production rules: what must happen for things to become another thing.
MAX_PRODUCTIONS = 8
R_PUTS, R_HOLDS, R_BESIDE = range(1, 4)
# A rule is a row of numbers: trigger, then tile and colour of both things and of the product.
RULE_PARTS = 7
ANY_COLOUR = 15
WORTH_UNITS = 1_000_000  # rewards of rules are whole millionths

# Draw purposes (one table a family; the core's own lie below 16).
(
    D_SLIP,
    D_WIND,
    D_MOVER,
    D_NOISE,
    D_NOISE_TILE,
    D_START,
    D_LOAD,
    D_JOIN,
) = range(16, 24)
D_PARTNER, D_EVADER, D_GROWTH, D_RAIN, D_RAIN_PLACE = range(44, 49)
