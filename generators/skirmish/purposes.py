"""Addresses of the draws of the skirmish generators: one table."""

from __future__ import annotations

G_SITES, G_LENGTH, G_WIDTH, G_STYLE, G_LEVEL = range(64, 69)
