"""Machine code: no reference counts in it, and none that outlives its source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adaptarium.envs.core import compiling
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.family import program
from adaptarium.testing.probe import Probe
from adaptarium.testing.report import Outcome, kept, skipped

COUNTER = b"NRT_incref"


def reference_counting(probe: Probe) -> Outcome:
    """The family's driver calls no reference count (each would cost as much as a step)."""
    Batch([probe.world], 1)
    entry = program(probe.world.family).entry
    codes = list(_machine_codes(entry))
    for code in codes:
        if COUNTER in code:
            probe.fail("reference-counting", f"the driver calls {COUNTER.decode()}")
    return kept(bytes=sum(map(len, codes))) if codes else skipped("nothing is compiled")


def _machine_codes(entry: Any) -> Iterator[bytes]:
    """The object code of every signature: from the cache folder, else from memory."""
    files = sorted(Path(entry._folder).rglob("*.advance-*.nbc")) if entry._folder else []
    if files:
        yield from (file.read_bytes() for file in files)
        return
    for code in getattr(entry.dispatcher, "overloads", {}).values():
        yield code.library._get_compiled_object()


def stale_machine_code(probe: Probe) -> Outcome:
    """Every source of a kernel decides the digest that names its cached machine code."""
    family = probe.world.family
    counted = {path.resolve() for path in compiling._reachable(family.kernel_modules())}
    counted |= {path.resolve() for path in compiling._reachable(["adaptarium.envs.core.driver"])}
    sources = kernel_sources(family.kernels().values())
    if missing := sources - counted:
        names = ", ".join(sorted(path.name for path in missing))
        probe.fail("stale-machine-code", f"an edit of {names} leaves the cached machine code as is")
    return kept(sources=len(sources))


def kernel_sources(kernels: Any) -> set[Path]:
    """The files of every kernel, of every kernel that it calls, and of what their modules import.

    Imports are followed within the top-level packages of the kernels: constants are compiled in.
    """
    modules = {function.__module__ for function in _called(kernels)}
    roots = {name.split(".")[0] for name in modules}
    waiting, found = list(modules), dict[str, Path]()
    while waiting:
        name = waiting.pop()
        source = getattr(sys.modules.get(name), "__file__", None)
        if name in found or source is None:
            continue
        found[name] = Path(source).resolve()
        waiting += [other for other in _imports(found[name]) if other.split(".")[0] in roots]
    return set(found.values())


def _called(kernels: Any) -> Iterator[Any]:
    """Every Python function behind ``kernels`` and behind what they call."""
    waiting, seen = list(kernels), set()
    while waiting:
        function = getattr(waiting.pop(), "py_func", None)
        if function is None or function in seen:
            continue
        seen.add(function)
        yield function
        scope = function.__globals__
        waiting += [scope[name] for name in function.__code__.co_names if name in scope]
        waiting += [cell.cell_contents for cell in function.__closure__ or ()]


def _imports(source: Path) -> Iterator[str]:
    """The modules that a source imports at its top level."""
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
