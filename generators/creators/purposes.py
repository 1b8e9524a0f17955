"""Addresses of the draws of the creators' generator: one table, as every draw has its own."""

from __future__ import annotations

(
    G_FOLLOWING,
    G_PREFERENCE,
    G_TASTE,
    G_PATIENCE,
    G_ACTIVITY,
    G_SKILL,
    G_STYLE,
    G_COST,
    G_EFFORT,
    G_KIND,
) = range(64, 74)
