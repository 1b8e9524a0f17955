"""The corridor in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from corridor.level import SYMBOLS
from corridor.rules import ACTIONS

from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.world import World

SEEN = "You see, from west to east: "


class Text:
    """A corridor in words."""

    def __init__(self, world: World) -> None:
        self.world = world

    def manual(self) -> str:
        """Every factor with its value."""
        lines = [f"# {self.world.id}", "Walk to the goal G."]
        for name, factor in factors_of(type(self.world.rules)).items():
            group, leaf = name.split(".")
            value = getattr(getattr(self.world.rules, group), leaf)
            lines.append(f"{name} = {value!r}: {factor.doc}")
        return "\n".join(lines)

    def menu(self) -> list[str]:
        """The names of the actions, in the order of their numbers."""
        return list(ACTIONS)

    def parse(self, text: object) -> int | Invalid:
        """The action that ``text`` names, or why it names none."""
        return parse_choice(text, self.menu())

    def describe(self, observation: Mapping[str, Any], agent: int = 0) -> str:
        """The view as symbols."""
        return SEEN + "".join(SYMBOLS[cell] for cell in observation["window"])

    def rebuild(self, text: str) -> dict[str, Any]:
        """The arrays that ``describe`` put into ``text``."""
        cells = text.removeprefix(SEEN)
        return {"window": np.array([SYMBOLS.index(cell) for cell in cells], np.uint8)}
