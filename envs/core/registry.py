"""Names to specs: families and registered worlds. Imports nothing above it.

The front desk fills it (``adaptarium.catalog``); a spec stays raw data until it is asked for, so
that registering costs no validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from adaptarium.envs.core.errors import AdaptariumError, unknown_name
from adaptarium.envs.core.family import Family

NAMESPACE = "adaptarium"

_FAMILIES: dict[str, Family] = {}
_WORLDS: dict[str, WorldSpec] = {}
_LEVEL_FILES: dict[str, str] = {}


@dataclass(frozen=True)
class WorldSpec:
    """A registered world as its ``worlds.toml`` table states it."""

    id: str  # without the namespace: "DoorKey-v0"
    family: str
    data: Mapping[str, Any]

    @property
    def summary(self) -> str:
        """The first sentence of its description."""
        return str(self.data.get("description", "")).strip().split("\n\n")[0]

    @property
    def seats(self) -> int:
        """How many seats (agents) the world has."""
        return int(self.data.get("seats", 1))


def register_family(family: Family) -> None:
    """Add a family.

    Raises:
        AdaptariumError: another family has that name.
    """
    if _FAMILIES.get(family.name, family) != family:
        raise AdaptariumError(f"family {family.name!r} is registered already")
    _FAMILIES[family.name] = family


def register_world(spec: WorldSpec) -> None:
    """Add a world.

    Raises:
        AdaptariumError: another world has that id.
    """
    if spec.id in _WORLDS:
        raise AdaptariumError(f"world {spec.id!r} is registered already")
    _WORLDS[spec.id] = spec


def families() -> list[Family]:
    """All families, in the order they were registered."""
    return list(_FAMILIES.values())


def family(name: str) -> Family:
    """The family called ``name``.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in _FAMILIES:
        raise unknown_name("family", name, _FAMILIES)
    return _FAMILIES[name]


def world_specs() -> list[WorldSpec]:
    """All registered worlds, in the order they were registered."""
    return list(_WORLDS.values())


def world_spec(world_id: str) -> WorldSpec:
    """The world called ``world_id``, with or without the namespace.

    Raises:
        UnknownNameError: there is none.
    """
    short = world_id.removeprefix(f"{NAMESPACE}/")
    if short not in _WORLDS:
        raise unknown_name("world", world_id, _WORLDS)
    return _WORLDS[short]


def register_level_files(suffixes: Iterable[str], reader: str) -> None:
    """Name what makes a world of a level file, for :func:`level_file_reader`.

    Args:
        suffixes: Of the files, with the dot.
        reader: ``"module:function"``, loaded when it is needed; takes a path, returns a world.
    """
    _LEVEL_FILES.update(dict.fromkeys(suffixes, reader))


def level_file_reader(path: str) -> Callable[[str], Any] | None:
    """The function that makes a world of this level file; None where the suffix is no such one."""
    for suffix, reader in _LEVEL_FILES.items():
        if path.endswith(suffix):
            module, function = reader.split(":")
            found: Callable[[str], Any] = getattr(import_module(module), function)
            return found
    return None
