"""The built-in players' levels: rows of data that get better and better, and win accordingly."""

from __future__ import annotations

import numpy as np
import pytest
from skirmish_scenes import ALONE, RACES

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.opponents import handicaps

# In which direction a handicap is better.
BETTER = {"cadence": -1, "slips": -1, "orders": 1, "income": 1, "vision": 1}


def test_no_level_is_worse_than_the_one_below_in_anything() -> None:
    found = handicaps()
    assert {*found} == {*BETTER}
    gains = np.array([BETTER[name] * np.diff(column) for name, column in found.items()])
    assert (gains >= 0).all()
    assert (gains.max(axis=0) > 0).all()


def test_levels_up_to_seven_do_not_cheat() -> None:
    found = handicaps()
    assert max(found["income"][: codes.HONEST]) == 100
    assert not any(found["vision"][: codes.HONEST])


@pytest.mark.parametrize("of_race", RACES)
@pytest.mark.parametrize(("level", "below"), [(4, 2), pytest.param(7, 5, marks=pytest.mark.full)])
def test_two_levels_up_wins(of_race: str, level: int, below: int) -> None:
    """Of 24 matches 20: what half a chance gives once in a thousand times (binomial)."""
    changes = {
        **{f"races.player_{p}": of_race for p in range(codes.PLAYERS)},
        "players.proxy": "random",
        "players.proxy_level": level,
        "players.style": "random",
        "players.level": below,
        "transition.at_limit": "assets",
    }
    batch = Batch([ALONE.override(**changes)], 24, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        batch.step()
    assert (batch.w.state.now["winner"] == 0).sum() >= 20
