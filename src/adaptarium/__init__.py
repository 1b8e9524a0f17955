"""Adaptarium: procedural simulation worlds for adaptive agents, on one compiled kernel a family.

``import adaptarium`` registers every world with Gymnasium; the rest is loaded when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from adaptarium import catalog as catalog  # fills the registries
from adaptarium._version import __version__

if TYPE_CHECKING:
    from adaptarium.envs.core import errors as errors
    from adaptarium.envs.core.vector import make_vector as vec
    from adaptarium.envs.core.world import World as World
    from adaptarium.envs.core.world import load_world as world

__all__ = ["World", "__version__", "catalog", "errors", "vec", "world"]

# Public name -> where it lies: a module, or a module and a name in it.
_LAZY = {
    "World": "adaptarium.envs.core.world:World",
    "errors": "adaptarium.envs.core.errors",
    "vec": "adaptarium.envs.core.vector:make_vector",
    "world": "adaptarium.envs.core.world:load_world",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _LAZY[name].partition(":")
    found = import_module(module)
    value = getattr(found, attribute) if attribute else found
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
