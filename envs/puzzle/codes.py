"""The numbers of the puzzle family: verbs, what a cell shows, flags, draw purposes."""

from __future__ import annotations

# What an action may do. The first four name a cell, the next four a direction in which the gap
# moves, the last two a rule of the level.
VERBS = (
    "press",
    "reveal",
    "flag",
    "flip",
    "up",
    "right",
    "down",
    "left",
    "apply",
    "answer",
)
(
    V_PRESS,
    V_REVEAL,
    V_FLAG,
    V_FLIP,
    V_UP,
    V_RIGHT,
    V_DOWN,
    V_LEFT,
    V_APPLY,
    V_ANSWER,
) = range(10)
NO_VERB = -1
CELL_VERBS = VERBS[: V_FLIP + 1]
MOVES = VERBS[V_UP : V_LEFT + 1]
RULE_VERBS = VERBS[V_APPLY:]
# Verbs that change what lies on an open board.
CHANGING = frozenset({"press", "apply", *MOVES})

# What a cell of `board` or `goal` shows: one of these, or FIRST_VALUE + the value that lies there.
NOTHING, COVERED, FLAGGED, MARKED, MINE_SHOWN, FIRST_VALUE = range(6)
MAX_VALUES = 36
# The sign of every code in words: values are digits of base 36.
SIGNS = "~#FS*0123456789abcdefghijklmnopqrstuvwxyz"
MINE = 9  # the value of a mine; other cells of a mine field hold how many mines are beside them

# How a cell is covered.
OPEN, CLOSED, WITH_FLAG = range(3)

FIRST_CLICKS = ("as_is", "safe", "opening")
AS_IS, SAFE, OPENING = range(3)
LOGICS = ("all", "any", "odd")
ALL, ANY, ODD = range(3)
# What the lamp shows: there is none, the rule says no, the rule says yes.
LAMPS = ("none", "dark", "lit")
NO_LAMP, DARK, LIT = range(3)
# What a rule asks of a switch.
CONDITIONS = ("any", "off", "on")

# Mechanics in use, as bits of `rules.active`: an unused mechanic costs one bit test.
(
    USES_SLIP,
    USES_GOAL,
    USES_PRESS,
    USES_SLIDE,
    USES_APPLY,
    USES_MINES,
    USES_CARDS,
    USES_ANSWER,
    USES_NOISE,
    SHOWS_GOAL,
) = (1 << b for b in range(10))

# Draw purposes (one table a family; the core's own lie below 16).
D_SLIP, D_SLIP_ACTION, D_SWAP, D_NOISE, D_NOISE_VALUE, D_NOISE_LAMP = range(16, 22)
