"""What the manuals of all families have in common: their layout, their opening and their end."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from adaptarium.envs.core.factors import RulesBase, factors_of
from adaptarium.envs.core.world import World


def laid_out(sections: Iterable[tuple[str, Iterable[str]]]) -> str:
    """The text of a manual.

    Args:
        sections: Titles with their lines.
    """
    return "\n\n".join("\n".join([f"# {title}", *lines]) for title, lines in sections) + "\n"


def told_purpose(world: World) -> Iterator[str]:
    """What the world is, and what the agent is there for."""
    if world.description:
        yield world.description
    if world.mission:
        yield f"Your mission: {world.mission}."


def told_levels(world: World, one: str, many: str) -> str:
    """Where the levels come from.

    Args:
        world: The world.
        one: What the family calls a level: ``"map"``.
        many: The same of several: ``"maps"``.
    """
    levels = world.levels
    if not levels.generator:
        return f"Each episode has one of {len(levels.records)} given {many}."
    knobs = json.dumps(levels.knobs) if levels.knobs else "its default knobs"
    kind = f"one of {levels.num_levels} fixed {many}" if levels.num_levels else f"a new {one}"
    return (
        f"Each episode has {kind} made by {levels.generator!r} with {knobs} "
        f"(split {levels.split!r})."
    )


def told_factors(rules: RulesBase, later: Collection[str] = ()) -> Iterator[str]:
    """Every factor with its present value.

    Args:
        rules: The factors.
        later: Names of factors that are left out at their default: those that came after the
            family's first manuals were written.
    """
    values: dict[str, Any] = rules.model_dump(mode="json")
    for name, factor in factors_of(type(rules)).items():
        group, leaf = name.split(".")
        value = json.dumps(values[group][leaf])
        if name in later and value == json.dumps(factor.default):
            continue
        yield f"- {name} = {value}: {factor.doc}"
