"""Negotiation: bargaining by offers, with typed opponents and exact solutions."""

from __future__ import annotations

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="negotiation",
    package=__name__,
    title="Bargaining by offers against typed opponents and in self-play",
    alone=(("players.outside", 1),),
)

__all__ = ["FAMILY"]
