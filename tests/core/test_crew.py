"""How a batch is shared out among threads, and how its threads come and go."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.crew import LINE, shares


@pytest.mark.parametrize("slots", [1, 2, 63, 64, 65, 300, 1024, 4097])
@pytest.mark.parametrize("workers", [1, 2, 7])
def test_every_slot_is_in_one_share(slots: int, workers: int) -> None:
    borders = shares(slots, workers)
    assert len(borders) == workers + 2
    assert borders[0] == 0
    assert borders[-1] == slots
    assert borders == sorted(borders)
    assert all(b % LINE == 0 for b in borders[1:-1]) or slots <= LINE * (workers + 1)


def test_a_crew_that_slept_serves_again_and_ends() -> None:
    before = threading.active_count()
    world = adaptarium.world("DoorKey-v0")
    crowd, alone = Batch([world], 9, num_threads=3), Batch([world], 9)
    for batch in (crowd, alone):
        batch.reset(seed=1)
    assert threading.active_count() == before + 2
    for pause in (0.0, 0.1, 0.0):  # seconds; the workers sleep after less than a millisecond
        threading.Event().wait(pause)
        for batch in (crowd, alone):
            batch.w.actions[:] = 2
            batch.step()
        np.testing.assert_array_equal(crowd.obs["image"], alone.obs["image"])
    crowd.close()
    assert threading.active_count() == before
