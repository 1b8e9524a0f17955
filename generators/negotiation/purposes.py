"""Addresses of the draws of the negotiation generators: one table."""

from __future__ import annotations

G_FIRST, G_KIND, G_ROLE, G_CURVATURE, G_MEETING, G_RESERVATION, G_HOPELESS = range(64, 71)
G_POSITION, G_WEIGHT, G_PAIR, G_ITEMS, G_VALUES = range(71, 76)
