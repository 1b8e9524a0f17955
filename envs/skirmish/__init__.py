"""Skirmish: a two-player strategy game of economy, technology, armies and scouting."""

from __future__ import annotations

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="skirmish",
    package=__name__,
    title="A real-time strategy game in text and arrays, against built-in players and in self-play",
    alone=(("players.outside", 1),),
)

__all__ = ["FAMILY"]
