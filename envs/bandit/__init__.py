"""Bandits: arms that pay by chance, with drift, costs, satiation, delays and several trials."""

from __future__ import annotations

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="bandit",
    package=__name__,
    title="Bandits with context, drift, switching costs, satiation and delayed feedback",
)

__all__ = ["FAMILY"]
