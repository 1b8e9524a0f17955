"""Recommendation: users with changing tastes, items that age, slates and what is made of them."""

from __future__ import annotations

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="market",
    package=__name__,
    title="Recommendation to users with satiation, drifting tastes and limited patience",
)

__all__ = ["FAMILY"]
