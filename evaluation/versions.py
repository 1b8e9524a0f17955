"""What may change under one name: digests of a world and of an agent, kept with their cells.

A run is trained on, a world file edited, a language model asked otherwise: a cell that was played
before that is not what is asked for now, though it has the same name.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adaptarium.agents.language import Settings, language_agent
from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.runs import CHECKPOINT_NAME, is_run
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import ForeignWorld

DIGITS = 12


def world_version(world: World | ForeignWorld, changes: Mapping[str, Any]) -> str:
    """The digest of a world with its changes; empty for one of others, whose inside is unknown."""
    if isinstance(world, ForeignWorld):
        return ""
    return _digest(dumps(world.override(**changes).to_data()).encode())


def agent_version(agent: Agent | str, language: Settings | None) -> str:
    """The digest of a run's checkpoint, of a module's source, or of how a model is asked.

    Empty for built-in agents, and for objects, which are told apart by their names alone.
    """
    model = language_agent(agent, language)
    if model is not None:
        asked = model.settings
        terms = {"history": asked.history, "tries": asked.tries, "request": dict(asked.request)}
        return _digest(dumps(terms).encode())
    if not isinstance(agent, str):
        return ""
    if is_run(agent):
        path = Path(agent) / CHECKPOINT_NAME
        return _digest(path.read_bytes()) if path.exists() else ""
    module, colon, _ = agent.partition(":")
    spec = importlib.util.find_spec(module) if colon else None
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    return _digest(origin.read_bytes()) if origin is not None and origin.is_file() else ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]
