"""Addresses of the draws of the market generators: one table, as every draw has its own address."""

from __future__ import annotations

(
    G_PREFERENCE,
    G_TASTE,
    G_PATIENCE,
    G_ITEM,
    G_TOPIC,
) = range(64, 69)
