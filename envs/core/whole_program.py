"""Compiling an entry point and all its kernels as one program.

Numba compiles every function for itself: each is linked with all it calls, optimised twice and
turned into machine code, and all of that again in each of its callers. A family has over a hundred
kernels in nested calls, so that a cold start took minutes. Here an inner kernel stops at LLVM code;
the entry point links each of them once and optimises the whole once.

This replaces the library class of Numba's CPU code generator while an entry compiles. Those are
private names, a reason for the cap on Numba's version in ``pyproject.toml``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from llvmlite import binding as llvm
from numba.core.codegen import JITCodeLibrary
from numba.core.registry import cpu_target


def _own_module(library: Any) -> Any:
    """The module of ``library`` with its functions free to be inlined and dropped."""
    if not isinstance(library, _PartLibrary):
        return library._get_module_for_linking()
    module = library._final_module.clone()
    for function in module.functions:
        if not function.is_declaration and function.linkage == llvm.Linkage.external:
            module.get_function(function.name).linkage = "linkonce_odr"
    return module


def _closure(library: Any) -> list[Any]:
    """Every library that ``library`` needs, each once, stopping at ordinary ones."""
    found: dict[int, Any] = {}
    waiting = list(library._linking_libraries)
    while waiting:
        needed = waiting.pop()
        if id(needed) in found:
            continue
        found[id(needed)] = needed
        if isinstance(needed, _PartLibrary):
            waiting.extend(needed._linking_libraries)
    return list(found.values())


class _PartLibrary(JITCodeLibrary):
    """A kernel inside an entry: LLVM code only."""

    _shared_module: Any

    def add_llvm_module(self, module: Any) -> None:
        self._final_module.link_in(module)

    def finalize(self) -> None:
        for library in self._linking_libraries:
            self._reload_init.update(library._reload_init)
        self._finalize_dynamic_globals()
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """For a caller outside an entry (a test, say): this kernel with all that it calls."""
        self._ensure_finalized()
        if self._shared_module is None:
            module = _own_module(self)
            for library in _closure(self):
                module.link_in(_own_module(library), preserve=True)
            self._shared_module = module
        return self._shared_module


class _WholeLibrary(JITCodeLibrary):
    """An entry: every kernel linked once, optimised together."""

    def finalize(self) -> None:
        self._raise_if_finalized()
        for library in _closure(self):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(_own_module(library), preserve=True)
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.linkonce_odr:
                function.linkage = "internal"  # nobody else calls it: inlined where it pays
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)
        self._final_module.verify()
        self._finalize_final_module()


class _LibraryChoice:
    """Stands in for the code generator's library class while an entry compiles."""

    def __init__(self, entry: str) -> None:
        self._entry = entry

    def __call__(self, codegen: Any, name: str, **options: Any) -> Any:
        kind = _WholeLibrary if name == self._entry else _PartLibrary
        return kind(codegen, name, **options)

    def _unserialize(self, codegen: Any, state: Any) -> Any:
        """The entry as the disk cache holds it."""
        return JITCodeLibrary._unserialize(codegen, state)


@contextlib.contextmanager
def whole_program(entry: str) -> Iterator[None]:
    """Within this block, compile the function with the qualified name ``entry`` as one program."""
    codegen = cpu_target.target_context.codegen()
    ordinary, set_env = codegen._library_class, codegen.set_env

    def set_env_if_compiled(name: str, env: Any) -> None:
        # A part has no machine code of its own, and so no place for its environment.
        if codegen._engine.get_global_value_address(name):
            set_env(name, env)

    codegen._library_class, codegen.set_env = _LibraryChoice(entry), set_env_if_compiled
    try:
        yield
    finally:
        codegen._library_class = ordinary
        del codegen.set_env


__all__ = ["whole_program"]
