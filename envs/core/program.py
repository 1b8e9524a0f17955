"""A family's compiled programs: the driver and the worker loop of its threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adaptarium.envs.core import driver, threads
from adaptarium.envs.core.compiling import Entry, kernel, source_digest, specialise
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.layout import Workspace

_CORE = ("adaptarium.envs.core.driver", "adaptarium.envs.core.threads")

# int64 everywhere: one signature for every call.
Advance = Callable[[Workspace, int, int, int, int], None]


class Program:
    """The entry points of one family, compiled on first use and cached on disk."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.digest = source_digest([*_CORE, *family.kernel_modules()])
        functions = dict(family.kernels())
        self._functions = specialise(driver, driver.TEMPLATE, functions)
        label = f"the {family.name} kernels"
        self._advance = Entry(self._functions["advance"], label, self.digest)
        self._serve: Entry | None = None

    def advance(self, w: Workspace) -> Advance:
        """The driver for workspaces of exactly these array types."""
        return self._advance.bind(w, 0, 0, 0, 0)

    def serve(self, w: Workspace, control: Any) -> Callable[..., Any]:
        """The worker loop of a thread."""
        if self._serve is None:
            plain = specialise(threads, ("serve",), {"advance": kernel(self._functions["advance"])})
            label = f"the {self.family.name} worker"
            self._serve = Entry(plain["serve"], label, self.digest)
        return self._serve.bind(w, control, 0, 0)

    def plain(self, name: str) -> Any:
        """A template function bound to the family, for solvers to compile into their own loops."""
        return kernel(self._functions[name])
