"""Addresses of the draws of the puzzle generators: one table, as every draw has its own address."""

from __future__ import annotations

(
    G_GOAL,
    G_PRESS,
    G_SHUFFLE,
    G_MARK,
    G_MINE,
    G_PLACE,
    G_FACE,
    G_ANSWER,
    G_SWITCH,
    G_RULE,
    G_SYMBOL,
    G_DEPTH,
    G_APPLY,
    G_OPERATOR,
    G_CUT,
    G_ADD,
    G_TIMES,
) = range(64, 81)
