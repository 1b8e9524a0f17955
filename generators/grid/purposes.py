"""Addresses of the draws of the grid generators: one table, as every draw has its own address."""

from __future__ import annotations

(
    G_SPLIT,
    G_DOOR,
    G_AGENT,
    G_HEADING,
    G_KEY,
    G_GOAL,
    G_GAP,
    G_CARVE,
    G_LOOP,
    G_RIVER,
    G_ICE,
    G_CRATE,
    G_OBSTACLE,
    G_FOOD,
    G_LEVEL,
    G_VARIANT,
    G_COLOUR,
    G_KIND,
    G_TARGET,
    G_WORDING,
    G_CONNECT,
    G_SIZE,
    G_BALL,
    G_PULL,
) = range(64, 88)

# Worlds of several agents.
G_PATCH, G_SOIL, G_TREE, G_TRASH, G_WEIGHT, G_BIN = range(107, 113)

(
    G_ROOM,
    G_CAVE,
    G_ROCK,
    G_RECIPE,
    G_PART,
    G_EXTRA,
) = range(127, 133)
