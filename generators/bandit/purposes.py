"""Addresses of the draws of the bandit generators: one table, as every draw has its own address."""

from __future__ import annotations

(
    G_MEAN,
    G_BEST,
    G_COEFFICIENT,
    G_CONTEXT,
    G_LOW,
    G_RATE,
    G_GOOD,
    G_SHAPE,
    G_PEAK,
    G_DIRECT,
    G_DECAY,
    G_DRIVE,
    G_OUTPUT,
) = range(64, 77)
