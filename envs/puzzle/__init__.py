"""Puzzles on a board: lights, sliding tiles, mines, cards, hidden rules and stated operators."""

from __future__ import annotations

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="puzzle",
    package=__name__,
    title="Puzzles on a board: lights, sliding tiles, mines, cards, hidden rules and operators",
)

__all__ = ["FAMILY"]
