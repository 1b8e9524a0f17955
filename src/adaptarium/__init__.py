"""Adaptarium: procedural simulation worlds for adaptive agents, on one compiled kernel a family.

``import adaptarium`` registers every world with Gymnasium; the rest is loaded when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from adaptarium import catalog as catalog  # fills the registries
from adaptarium._version import __version__

if TYPE_CHECKING:
    from adaptarium.cli.play import play as play
    from adaptarium.commands.bench import bench as bench
    from adaptarium.commands.cross_play import cross_play as cross_play
    from adaptarium.commands.evaluate import evaluate as evaluate
    from adaptarium.commands.generate import generate as generate
    from adaptarium.commands.list import list_worlds as list_worlds
    from adaptarium.commands.report import report as report
    from adaptarium.commands.sample import sample as sample
    from adaptarium.commands.show import show as show
    from adaptarium.commands.train import train as train
    from adaptarium.commands.validate import validate as validate
    from adaptarium.envs.core import errors as errors
    from adaptarium.envs.core.vector import make_vector as vec
    from adaptarium.envs.core.world import World as World
    from adaptarium.envs.core.world import resolve_world as world
    from adaptarium.wrappers.apply import apply as shifted
    from adaptarium.wrappers.unified.vector import make_unified as unified

__all__ = [
    "World",
    "__version__",
    "bench",
    "catalog",
    "cross_play",
    "errors",
    "evaluate",
    "generate",
    "list_worlds",
    "play",
    "report",
    "sample",
    "shifted",
    "show",
    "train",
    "unified",
    "validate",
    "vec",
    "world",
]

# Public name -> where it lies: a module, or a module and a name in it.
_LAZY = {
    "World": "adaptarium.envs.core.world:World",
    "bench": "adaptarium.commands.bench:bench",
    "cross_play": "adaptarium.commands.cross_play:cross_play",
    "errors": "adaptarium.envs.core.errors",
    "evaluate": "adaptarium.commands.evaluate:evaluate",
    "generate": "adaptarium.commands.generate:generate",
    "list_worlds": "adaptarium.commands.list:list_worlds",
    "play": "adaptarium.cli.play:play",
    "report": "adaptarium.commands.report:report",
    "sample": "adaptarium.commands.sample:sample",
    "shifted": "adaptarium.wrappers.apply:apply",
    "show": "adaptarium.commands.show:show",
    "train": "adaptarium.commands.train:train",
    "unified": "adaptarium.wrappers.unified.vector:make_unified",
    "validate": "adaptarium.commands.validate:validate",
    "vec": "adaptarium.envs.core.vector:make_vector",
    "world": "adaptarium.envs.core.world:resolve_world",
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
