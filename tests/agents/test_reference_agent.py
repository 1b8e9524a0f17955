"""The reference as an agent: it plays every registered world, as well as its figure says."""

from __future__ import annotations

import numpy as np
import pytest

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.envs.core import registry
from adaptarium.envs.core.batch import Batch
from adaptarium.evaluation.playing import play_episodes

IDS = [spec.id for spec in registry.world_specs()]
SEEDS = 3


@pytest.mark.full
@pytest.mark.parametrize("world_id", IDS)
def test_the_reference_plays_as_well_as_its_figure(world_id: str) -> None:
    """Exactly on levels with a fixed plan; elsewhere it plays without an error."""
    world = adaptarium.world(world_id)
    played = play_episodes(world, load_agent("reference"), range(SEEDS))
    batch = Batch([world], SEEDS, autoreset="disabled")
    batch.reset(seed=0)
    solve = world.family.module("reference").solve
    for seed, episode in enumerate(played):
        found = solve(world, (batch.w, int(batch.w.core["level"][seed])))
        assert np.isfinite(episode.episode_return)
        if found.method == "exact" and found.actions is not None:
            assert episode.episode_return == pytest.approx(found.return_, abs=1e-9)
