"""The corridor family, and twins of it with one defect each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# `corridor` is a package of its own, outside this project's: as a stranger's would be.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def corridor_worlds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Ids of the corridor's worlds, registered for one test as a stranger's package would be."""
    import gymnasium
    from corridor.family import FAMILY

    from adaptarium import catalog
    from adaptarium.envs.core import registry

    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))
    monkeypatch.setattr(registry, "_WORLDS", dict(registry._WORLDS))
    known = set(gymnasium.registry)
    yield catalog.add_family(FAMILY)
    for name in set(gymnasium.registry) - known:
        del gymnasium.registry[name]
