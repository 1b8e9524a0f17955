"""Creator markets: a platform, creators and users who adapt to one another."""

from __future__ import annotations

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="creators",
    package=__name__,
    title="Markets of recommendation: a platform, competing creators and users who stay or leave",
    alone=(("players.outside", "platform"),),
)

__all__ = ["FAMILY"]
