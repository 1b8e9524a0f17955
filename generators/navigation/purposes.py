"""Addresses of the draws of the navigation generators: every draw has its own address."""

from __future__ import annotations

(
    G_CARVE,
    G_LOOP,
    G_SPLIT,
    G_DOOR,
    G_FILL,
    G_START,
    G_GOAL,
    G_PLACE,
    G_HEADING,
    G_ITEM,
    G_SKILL,
    G_COST,
    G_TEAM,
    G_MEMBER,
    G_WORTH,
    G_NAME,
    G_CELL,
    G_COLOUR,
    G_THING,
    G_ORDER,
    G_FORM,
) = range(64, 85)
