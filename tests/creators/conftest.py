"""Markets that the tests of the family play."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world
from adaptarium.envs.creators.players import choice_of

Make = Callable[..., Batch]


@pytest.fixture
def platform() -> Make:
    """A batch of markets whose platform is played from outside: by a scorer and a re-ranker."""

    def make(scorer: str = "random", reranker: str = "none", n: int = 1, **overrides: Any) -> Batch:
        changes = {"players.outside": "platform", "transition.drift": 0.0, **overrides}
        batch = Batch([load_world("Market-v0", **changes)], n, autoreset="disabled")
        batch.reset(seed=7)
        batch.w.actions[:] = choice_of(scorer, reranker)
        return batch

    return make
