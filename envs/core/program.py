"""A family's compiled program: the driver with the family's kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adaptarium.envs.core import driver
from adaptarium.envs.core.compiling import Entry, source_digest, specialise
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.layout import Workspace


class Program:
    """The driver of one family, compiled on first use and cached on disk.

    Attributes:
        entry: Its entry point.
    """

    def __init__(self, family: Family) -> None:
        digest = source_digest([driver.__name__, *family.kernel_modules()])
        functions = specialise(driver, driver.TEMPLATE, family.kernels())
        self.entry = Entry(functions["advance"], f"the {family.name} kernels", digest)

    def advance(self, w: Workspace) -> Callable[..., Any]:
        """The driver on this workspace: ``advance(op, mode, lo, hi)``, as :meth:`Entry.bind`."""
        return self.entry.bind(w, 0, 0, 0, 0)
