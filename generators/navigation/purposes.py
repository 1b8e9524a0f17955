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
) = range(64, 79)
