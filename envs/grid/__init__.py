"""Grid worlds: MiniGrid's rules, frozen lakes, mazes, dark rooms and foraging teams, as data."""

from adaptarium.envs.core.family import Family

FAMILY = Family(
    name="grid",
    package=__name__,
    title="Grid worlds with keys, doors, hazards, ice, crates, wind and several agents",
)

__all__ = ["FAMILY"]
