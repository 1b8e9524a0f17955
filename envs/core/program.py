"""A family's compiled program: the driver with the family's kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from numba.core import config as numba_config

from adaptarium.envs.core import driver
from adaptarium.envs.core.compiling import Entry, source_digest, specialise
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.units import Units, generate


class Program:
    """The driver of one family, compiled on first use and cached on disk.

    Attributes:
        entry: Its entry point.
        units: The generators, which are programs of their own.
    """

    def __init__(self, family: Family) -> None:
        kernels = dict(family.kernels())
        if not numba_config.DISABLE_JIT:  # Python has no addresses: there all is one program
            kernels["generate"] = generate
        digest = source_digest([driver.__name__, generate.__module__, *family.kernel_modules()])
        functions = specialise(driver, driver.TEMPLATE, kernels)
        self.entry = Entry(functions["advance"], f"the {family.name} kernels", digest)
        self.units = Units(family)

    def advance(self, w: Workspace) -> Callable[..., Any]:
        """The driver on this workspace: ``advance(op, mode, lo, hi)``, as :meth:`Entry.bind`."""
        return self.entry.bind(w, 0, 0, 0, 0)

    def equip(self, w: Workspace, numbers: Iterable[int]) -> None:
        """Make the generators of these numbers ready for workspace ``w``."""
        if not numba_config.DISABLE_JIT:
            self.units.equip(w, numbers)
