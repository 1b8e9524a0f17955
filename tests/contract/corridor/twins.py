"""Twins of the corridor family with one defect each, sharing one compiled program.

A defect of a kernel is a number in the rule record; a defect of a host module replaces one of its
names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from corridor.rules import Rules
from corridor.rules import flatten as sound

from adaptarium.envs.core.family import Family
from adaptarium.envs.core.world import LevelSource, World


@dataclass(frozen=True)
class Twin(Family):
    """A corridor family with a defect; all twins are equal, so that they share their kernels.

    Attributes:
        defect: A number of ``corridor.codes``; 0 is sound.
        swaps: Module name -> names in it to replace.
    """

    defect: int = field(default=0, compare=False)
    swaps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def module(self, name: str) -> Any:
        """The corridor's module, with this twin's replacements."""
        found = super().module(name)
        names = dict(self.swaps.get(name, {}))
        if name == "rules":
            names["flatten"] = self._flatten
        return SimpleNamespace(**{**vars(found), **names}) if names else found

    def _flatten(self, rules: Rules) -> np.ndarray:
        flat = self.swaps.get("rules", {}).get("flatten", sound)(rules)
        flat["defect"] = self.defect
        return flat


def twin(
    defect: int = 0,
    *,
    swaps: Mapping[str, Mapping[str, Any]] | None = None,
    knobs: Mapping[str, Any] | None = None,
    **factors: Any,
) -> World:
    """A world of a broken family: the corridor with a defect, and factors as ``group__leaf``."""
    family = Twin(
        name="twin",
        package="corridor",
        title="Broken corridors",
        generators="corridor.generators",
        defect=defect,
        swaps=swaps or {},
    )
    source = LevelSource(generator="corridor", knobs=dict(knobs or {}))
    world = World(id="Twin-v0", family=family, rules=Rules(), levels=source)
    if not factors:
        return world
    return world.override(**{name.replace("__", "."): value for name, value in factors.items()})
