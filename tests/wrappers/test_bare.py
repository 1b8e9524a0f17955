"""Interface shifts over a batch itself: what the vector face gives, and its saved states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.wrappers.faces.bare import ShiftedBatch
from adaptarium.wrappers.interface import wrap

ENTRY = {"reward.shaping": {"entry": "direction"}}


def actions(batch: Batch, steps: int) -> Any:
    shape = batch.w.actions.shape
    drawn = np.random.default_rng(0).integers(0, 6, (steps, *shape))
    return drawn[:, :, 0] if shape[1] == 1 else drawn


@pytest.mark.parametrize("world", ["DoorKey-v0", "Foraging-v0"])
def test_it_is_the_vector_face_and_goes_on_from_a_saved_state(
    any_kind: str, world: str, plan: Any
) -> None:
    shifts = plan(any_kind, **ENTRY.get(any_kind, {}))
    made = adaptarium.world(world, **{"episode.max_steps": 7})
    batches = [Batch([made], 3, autoreset="same_step") for _ in range(2)]
    bare, other = (ShiftedBatch(batch, shifts) for batch in batches)
    face = wrap(adaptarium.vec(made, 3, autoreset_mode="SameStep"), shifts)
    seen, (theirs, _) = bare.reset(seed=5)[0], face.reset(seed=5)
    assert data_equivalence(dict(seen), dict(theirs), exact=True)
    ends = 0
    for row in actions(batches[0], 18):
        seen, reward, terminated, truncated, _ = bare.step(row)
        theirs, paid, *over, infos = face.step(row)
        assert data_equivalence(dict(seen), dict(theirs), exact=True)
        assert np.array_equal(reward, paid)
        assert np.array_equal([terminated, truncated], over)
        for i in np.flatnonzero(infos.get("_final_obs", np.zeros(3, np.bool_))):
            ends += 1
            for name, part in infos["final_obs"][i].items():
                assert np.array_equal(bare.final_obs[name][i], part)
    assert ends >= 6
    other.reset(seed=0)
    other.restore_state(bare.save_state())
    assert data_equivalence(dict(other.look()), dict(seen), exact=True)
    for row in actions(batches[0], 9):
        mine, again = bare.step(row), other.step(row)
        assert data_equivalence(list(mine[:4]), list(again[:4]), exact=True)
        assert np.array_equal(bare.action_masks(), other.action_masks())
