"""A family: the same names in every package, bound together.

A family lives in ``envs/<family>/`` and its generators in ``generators/<family>/``. The modules are
imported when they are needed, so that listing worlds loads no compiler.

=================  ============================================================================
module             names
=================  ============================================================================
``rules``          ``Rules``, ``RULES_DTYPE``, ``PRESETS``, ``flatten(rules) -> record``
``layout``         ``structure(rules, needs)``, ``layout(sizes)``, ``observation_space(sizes)``,
                   ``action_space(sizes)``, ``public_observation(obs, sizes)``,
                   ``masked(rules, sizes) -> bool``; where sizes of several worlds together
                   make others grow also ``completed(sizes) -> sizes``; where a global state is
                   natural also ``state_space(sizes)``, ``public_state(w, i, sizes) -> array``;
                   where levels tell missions of their own ``missions(w, slots) -> list of str``;
                   where measures are worth reporting ``reported(rules) -> names of metrics``;
                   for those that take more than a kernel keeps, ``judged(w, i) -> measures``
                   of the inner episode of slot i that ended last
``level``          ``read(workspace, k) -> dict``, ``write(workspace, k, readable)``,
                   ``needs(readable) -> sizes``
``kernels``        ``KERNELS``: reset, step, observe, masks, content_hash
``text``           ``Text(world)``: manual, describe, menu, parse, rebuild
``render``         ``frame(batch, i) -> rgb``, ``ansi(batch, i) -> str``; for worlds played with
                   the mouse also ``action_at(batch, i, x, y, tile_size, button) -> int | None``
``reference``      ``solve(world, level) -> Reference``
generators         ``GENERATORS``, ``KNOBS_DTYPE``, ``flatten(number, values)``, ``generate``
=================  ============================================================================
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from adaptarium.envs.core.errors import AdaptariumError, unknown_name

_MODULES = ("rules", "layout", "level", "kernels", "text", "render", "reference")


@dataclass(frozen=True)
class Family:
    """A family of worlds.

    Attributes:
        name: As in world files.
        package: Import path of ``envs/<family>``.
        title: One line for listings.
        generators: Import path of its generators; injected by the front desk, as generators lie
            above the environments.
        alone: Overrides, as names and values, that leave a world's first seat to the one who plays
            from outside and give its others to built-in players; none where the family has no
            such players.
    """

    name: str
    package: str
    title: str
    generators: str | None = None
    alone: tuple[tuple[str, Any], ...] = ()

    def module(self, name: str) -> ModuleType:
        """One of the family's modules, imported now.

        Raises:
            UnknownNameError: ``name`` is none of the fixed module names.
        """
        if name not in _MODULES:
            raise unknown_name("family module", name, _MODULES)
        return importlib.import_module(f"{self.package}.{name}")

    def generator_module(self) -> ModuleType:
        """The package of the family's generators."""
        if self.generators is None:
            raise unknown_name("generators of family", self.name, ())
        return importlib.import_module(self.generators)

    def generator(self, name: str) -> tuple[int, Any]:
        """Number and definition of a generator.

        Raises:
            UnknownNameError: The family has no generator of that name.
        """
        generators = self.generator_module().GENERATORS
        for number, generator in enumerate(generators):
            if generator.name == name:
                return number, generator
        raise unknown_name("generator", name, [g.name for g in generators])

    def kernels(self) -> Mapping[str, Any]:
        """Every kernel that the driver calls; ``generate`` runs any of the family's generators."""
        return {**self.module("kernels").KERNELS, "generate": self.generator_module().generate}

    def kernel_modules(self) -> list[str]:
        """The modules that hold the kernels of this family's play, generation apart."""
        return [f"{self.package}.kernels"]


@functools.cache
def program(family: Family) -> Any:
    """The compiled driver of ``family``: one per process."""
    from adaptarium.envs.core.program import Program

    return Program(family)


def common_family(worlds: Sequence[Any]) -> Family:
    """The family of all ``worlds``.

    Raises:
        AdaptariumError: there is no world, or there are several families.
    """
    names = {world.family.name for world in worlds}
    if len(names) != 1:
        raise AdaptariumError(
            f"a batch needs worlds of one family, got {sorted(names) or 'no world'}; "
            "make one batch a family"
        )
    found: Family = worlds[0].family
    return found
