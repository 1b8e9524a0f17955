"""The front desk's list: which families there are, their worlds, and their ids elsewhere.

Everything here is raw data: importing it loads neither the compiler nor pydantic. A package of
someone else's joins through the entry-point group ``adaptarium.families``; each entry names a
:class:`~adaptarium.envs.core.family.Family` whose package holds a ``worlds.toml``. Such a package
begins with ``import adaptarium`` and keeps its family in a module below (``theirs.family:FAMILY``):
then it joins whichever of the two is imported first.
"""

from __future__ import annotations

import tomllib
import warnings
from dataclasses import replace
from importlib import import_module, resources
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import gymnasium
import pettingzoo

from adaptarium.envs.core import registry
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.registry import NAMESPACE, WorldSpec

# One line a family: the package of its worlds, the package of its generators.
FAMILIES = (
    ("adaptarium.envs.grid", "adaptarium.generators.grid"),
    ("adaptarium.envs.puzzle", "adaptarium.generators.puzzle"),
    ("adaptarium.envs.bandit", "adaptarium.generators.bandit"),
    ("adaptarium.envs.navigation", "adaptarium.generators.navigation"),
    ("adaptarium.envs.negotiation", "adaptarium.generators.negotiation"),
    ("adaptarium.envs.market", "adaptarium.generators.market"),
    ("adaptarium.envs.skirmish", "adaptarium.generators.skirmish"),
    ("adaptarium.envs.creators", "adaptarium.generators.creators"),
)

PLUGIN_GROUP = "adaptarium.families"
ANY_WORLD = "World-v0"
"""The id that takes a world as an argument, ``world=``: a file, a table or an id."""

_LEVEL_FILES = (
    ((".jsonl", ".npz"), "adaptarium.generators.core.files:world_of_levels"),
    ((".xsb", ".sok"), "adaptarium.envs.grid.sokoban.xsb:world_of_collection"),
)
_SINGLE = "adaptarium.envs.core.single:SingleEnv"
_VECTOR = "adaptarium.envs.core.vector:VectorEnv"
_PARALLEL = "adaptarium.envs.core.parallel:ParallelFace"
_AEC = "adaptarium.envs.core.aec:aec"


def add_family(family: Family) -> list[str]:
    """Register a family, the worlds of its ``worlds.toml`` and their Gymnasium or PettingZoo ids.

    Args:
        family: A family with its generators named.

    Returns:
        The ids of its worlds, without the namespace.

    Raises:
        AdaptariumError: the family or one of its worlds is registered already.
    """
    registry.register_family(family)
    text = resources.files(family.package).joinpath("worlds.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    for world_id, data in tables.items():
        spec = WorldSpec(world_id, family.name, data)
        registry.register_world(spec)
        if _is_for_one(spec, family):
            _register_gymnasium(world_id, {"world": world_id})
        if spec.seats > 1:
            _register_pettingzoo(world_id, {"world": world_id})
    return list(tables)


def _is_for_one(spec: WorldSpec, family: Family) -> bool:
    """Whether one player alone can play a world: the other seats have built-in players."""
    return spec.seats == 1 or bool(family.alone)


def gymnasium_ids() -> list[str]:
    """The registered worlds that one player can play, as Gymnasium knows them.

    ``"adaptarium/DoorKey-v0"`` for one; worlds of several seats are there with built-in players.
    """
    return [
        f"{NAMESPACE}/{spec.id}"
        for spec in registry.world_specs()
        if _is_for_one(spec, registry.family(spec.family))
    ]


def multi_agent_ids() -> list[str]:
    """The registered worlds of several seats, as PettingZoo knows them."""
    return [f"{NAMESPACE}/{spec.id}" for spec in registry.world_specs() if spec.seats > 1]


def _register_gymnasium(world_id: str, kwargs: dict[str, Any]) -> None:
    # The faces refuse a step before reset and know their time limit: no wrapper is needed.
    gymnasium.register(
        f"{NAMESPACE}/{world_id}",
        entry_point=_SINGLE,
        vector_entry_point=_VECTOR,
        disable_env_checker=True,
        order_enforce=False,
        kwargs=kwargs,
    )


def _register_pettingzoo(world_id: str, kwargs: dict[str, Any]) -> None:
    for kind, entry_point in (("parallel", _PARALLEL), ("aec", _AEC)):
        pettingzoo.register(kind, f"{NAMESPACE}/{world_id}", entry_point, kwargs=kwargs)


def _add_plugin(entry: EntryPoint) -> None:
    """Add the family of one entry point; a broken one is named in a warning and left out."""
    try:
        family = entry.load()
        if not isinstance(family, Family):
            raise TypeError(f"expected a Family, got {type(family).__name__}")
        add_family(family)
    except Exception as problem:  # a stranger's import may raise anything
        where = f" of {entry.dist.name}" if entry.dist else ""
        warnings.warn(
            f"the family {entry.name!r}{where} ({entry.value}) could not be added: "
            f"{type(problem).__name__}: {problem}",
            RuntimeWarning,
            stacklevel=2,
        )


def _load() -> None:
    for suffixes, reader in _LEVEL_FILES:
        registry.register_level_files(suffixes, reader)
    # None is told apart from a missing argument: the faces then say what a world is.
    _register_gymnasium(ANY_WORLD, {"world": None})
    _register_pettingzoo(ANY_WORLD, {"world": None})
    for package, generators in FAMILIES:
        family = import_module(package).FAMILY
        add_family(replace(family, generators=generators))
    for entry in entry_points(group=PLUGIN_GROUP):
        _add_plugin(entry)


_load()
