"""What may change under one name: digests of a world and of an agent, kept with their cells.

A run is trained on, a world file edited, a language model asked otherwise: a cell that was played
before that is not what is asked for now, though it has the same name.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.agents.language import Settings, language_agent
from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.runs import CHECKPOINT_NAME, is_run
from adaptarium.envs.core import registry
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.world import World, load_world
from adaptarium.evaluation.foreign import ForeignWorld

DIGITS = 12


def own_changes(world: World | ForeignWorld) -> dict[str, Any]:
    """How a world object differs from the registered world of its name, as overrides.

    Explicit levels are no overrides; the world's version tells them apart. A world that is not
    registered has nothing to differ from.
    """
    if isinstance(world, ForeignWorld):
        return dict(world.settings)
    if world.id not in {spec.id for spec in registry.world_specs()}:
        return {}
    base = load_world(world.id)
    if base.family.name != world.family.name:
        return {}
    return {**_factors(base, world), **_source(base, world)}


def _factors(base: World, world: World) -> dict[str, Any]:
    before, now = base.rules.model_dump(mode="json"), world.rules.model_dump(mode="json")
    return {
        f"{group}.{name}": value
        for group, values in now.items()
        for name, value in values.items()
        if before[group][name] != value
    }


def _source(base: World, world: World) -> dict[str, Any]:
    """Generator, knobs and which of their levels; the split is the evaluation's own affair."""
    if world.levels.records:
        return {}
    before, now = base.levels.model_dump(mode="json"), world.levels.model_dump(mode="json")
    names = ("generator", "num_levels", "start_level")
    found = {name: now[name] for name in names if now[name] != before[name]}
    knobs = {} if "generator" in found else before["knobs"]
    default = type(world.knobs()).model_fields
    for name, value in now["knobs"].items():
        if value != knobs.get(name, default[name].default):
            found[name] = value
    return found


def world_version(
    world: World | ForeignWorld, changes: Mapping[str, Any], partners: Sequence[str] = ()
) -> str:
    """The digest of a world with its changes, as far as its inside is known.

    Args:
        world: The world.
        changes: What differs from it.
        partners: Agents that shifts give seats to: they are part of what an agent plays in.
    """
    if isinstance(world, ForeignWorld):
        return _digest(dumps({"max_steps": world.max_steps}).encode())
    found = dumps(world.override(**changes).to_data())
    versions = [agent_version(name, None) for name in partners]
    return _digest((found if not partners else dumps([found, *versions])).encode())


def agent_version(agent: Agent | str, language: Settings | None) -> str:
    """The digest of a run's checkpoint, a file, a module's source, an object, or a model's terms.

    Empty for built-in agents. Of an object its class and its attributes count: plain values,
    arrays and the parameters of networks by their content, anything else by its type alone.
    """
    model = language_agent(agent, language)
    if model is not None:
        asked = model.settings
        terms = {"history": asked.history, "tries": asked.tries, "request": dict(asked.request)}
        return _digest(dumps(terms).encode())
    if not isinstance(agent, str):
        return _digest(dumps(_known_of(agent)).encode())
    if is_run(agent):
        path = Path(agent) / CHECKPOINT_NAME
        return _digest(path.read_bytes()) if path.exists() else ""
    if agent.endswith(".toml"):
        return _digest(Path(agent).read_bytes()) if Path(agent).is_file() else ""
    module, colon, _ = agent.partition(":")
    spec = importlib.util.find_spec(module) if colon else None
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    return _digest(origin.read_bytes()) if origin is not None and origin.is_file() else ""


def _known_of(agent: object) -> Any:
    """What can be said of an object by plain data."""
    kind = type(agent)
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):  # typed at a prompt, or written in C
        source = ""
    attributes = {name: _plain(value) for name, value in sorted(_attributes(agent).items())}
    return [kind.__module__, kind.__qualname__, source, attributes]


def _attributes(agent: object) -> dict[str, Any]:
    return dict(getattr(agent, "__dict__", {}))


def _plain(value: Any, depth: int = 4) -> Any:
    if value is None or isinstance(value, bool | int | str | float):
        return repr(value)
    if isinstance(value, np.ndarray | np.generic):
        array = np.ascontiguousarray(value)
        if array.dtype != object:
            return [str(array.dtype), list(array.shape), _digest(array.tobytes())]
    if depth and isinstance(value, Mapping):
        return [[repr(key), _plain(part, depth - 1)] for key, part in value.items()]
    if depth and isinstance(value, list | tuple):
        return [_plain(part, depth - 1) for part in value]
    if depth and callable(getattr(value, "model_dump", None)):  # settings of pydantic
        return _plain(value.model_dump(), depth - 1)
    if depth and callable(getattr(value, "state_dict", None)):  # a network of torch
        return _plain(value.state_dict(), depth - 1)
    if depth and callable(getattr(value, "numpy", None)):  # a tensor
        return _plain(value.numpy(force=True), depth - 1)
    return type(value).__qualname__


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]
