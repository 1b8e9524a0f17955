"""Navigation: bodies with mass among walls, with rays, compasses and each other."""

from __future__ import annotations

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="navigation",
    package=__name__,
    title="Continuous navigation with physics, sensors, hidden goals and teams",
)

__all__ = ["FAMILY"]
