"""A family of one-dimensional worlds, as small as can be: walk along a corridor to a goal."""

from __future__ import annotations

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="corridor",
    package="corridor",
    title="Corridors",
    generators="corridor.generators",
)
