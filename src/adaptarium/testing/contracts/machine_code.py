"""Machine code: no reference counts in it, and none that outlives its source."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from adaptarium.envs.core import compiling
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.compiling import Entry
from adaptarium.envs.core.family import program
from adaptarium.testing.probe import Probe
from adaptarium.testing.report import Outcome, kept, skipped

COUNTER = b"NRT_incref"


def reference_counting(probe: Probe) -> Outcome:
    """Driver and generator call no reference count (each would cost as much as a step)."""
    Batch([probe.world], 1)
    found = program(probe.world.family)
    codes = [code for one in (found.entry, *found.units.entries.values()) for code in _codes(one)]
    for code in codes:
        if COUNTER in code:
            probe.fail("reference-counting", f"the driver calls {COUNTER.decode()}")
    return kept(bytes=sum(map(len, codes))) if codes else skipped("nothing is compiled")


def _codes(entry: Entry) -> Iterator[bytes]:
    """The object code of every signature: from the cache folder, else from memory."""
    pattern = f"*.{entry.name}-*.nbc"
    files = sorted(Path(entry._folder).rglob(pattern)) if entry._folder else []
    if files:
        yield from (file.read_bytes() for file in files)
        return
    for code in getattr(entry.dispatcher, "overloads", {}).values():
        yield code.library._get_compiled_object()


def stale_machine_code(probe: Probe) -> Outcome:
    """Every source of a kernel decides the digest that names its cached machine code."""
    family = probe.world.family
    play = [value for name, value in family.kernels().items() if name != "generate"]
    total = _check_counted(probe, play, ["adaptarium.envs.core.driver", *family.kernel_modules()])
    for generator in family.generator_module().GENERATORS:
        plain = generator.program()
        total += _check_counted(probe, [plain], compiling.modules_of([plain]))
    return kept(sources=total)


def _check_counted(probe: Probe, kernels: Iterable[Any], modules: Iterable[str]) -> int:
    """The number of the sources of ``kernels``, all of which the digest of ``modules`` counts."""
    counted = {path.resolve() for path in compiling._reachable(modules)}
    sources = kernel_sources(kernels)
    if missing := sources - counted:
        names = ", ".join(sorted(path.name for path in missing))
        probe.fail("stale-machine-code", f"an edit of {names} leaves the cached machine code as is")
    return len(sources)


def kernel_sources(kernels: Any) -> set[Path]:
    """The files of every kernel, of every kernel that it calls, and of what their modules import.

    Imports are followed within the top-level packages of the kernels: constants are compiled in.
    """
    modules = {function.__module__ for function in compiling.functions_of(kernels)}
    roots = {name.split(".")[0] for name in modules}
    waiting, found = list(modules), dict[str, Path]()
    while waiting:
        name = waiting.pop()
        source = getattr(sys.modules.get(name), "__file__", None)
        if name in found or source is None:
            continue
        found[name] = Path(source).resolve()
        waiting += [other for other in _imports(source) if other.split(".")[0] in roots]
    return set(found.values())


@functools.cache  # the core's sources are everybody's, and parsing is most of the contract's time
def _imports(source: str) -> tuple[str, ...]:
    """The modules that a source imports at its top level."""
    found: list[str] = []
    for node in ast.parse(Path(source).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)
