"""Schedules, by hand where that is possible, by statistics where they draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from adaptarium.envs.core.errors import ShiftError
from adaptarium.wrappers.spec import ShiftPlan
from adaptarium.wrappers.track import Track


def schedule(**when: Any) -> Any:
    shift = {"name": "it", "what": {"kind": "reward.sign"}, "when": when}
    return ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": [shift]}).shifts[0].when


def course(n: int, length: int, **when: Any) -> Any:
    """(n, length) positions of sub-environments with seeds 0, 1 ..."""
    track = Track(schedule(**when), "it", n)
    track.begin(np.arange(n), np.arange(n))
    return np.array([track.at(np.full(n, count)) for count in range(length)]).T


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"kind": "step", "at": 2}, [0, 0, 1, 1, 1, 1, 1, 1]),
        ({"kind": "step", "at": 2, "until": 5}, [0, 0, 1, 1, 1, 0, 0, 0]),
        ({"kind": "linear", "start": 1, "stop": 5}, [0, 0, 0.25, 0.5, 0.75, 1, 1, 1]),
        ({"kind": "periodic", "period": 4}, [0, 0, 1, 1, 0, 0, 1, 1]),
        ({"kind": "periodic", "period": 4, "duty": 0.25}, [0, 0, 0, 1, 0, 0, 0, 1]),
        ({"kind": "periodic", "period": 4, "start": 3}, [0, 0, 0, 0, 0, 1, 1, 0]),
        ({"kind": "periodic", "period": 4, "shape": "triangle"}, [0, 0.5, 1, 0.5] * 2),
        ({"kind": "periodic", "period": 4, "shape": "sine"}, [0, 0.5, 1, 0.5] * 2),
        ({"kind": "times", "times": [[1, 0.25], [3, 1], [6, 0]]}, [0, 0.25, 0.25, 1, 1, 1, 0, 0]),
        ({"kind": "progress", "threshold": 1}, [0] * 8),
    ],
)
def test_positions_by_hand(when: Any, expected: list[float]) -> None:
    assert course(2, 8, **when)[1] == pytest.approx(expected)


def test_a_walk_moves_by_one_level_and_is_reflected() -> None:
    positions = course(200, 400, kind="walk", levels=4, every=2) * 4
    assert (positions[:, :2] == 0).all()  # the first tick
    assert (positions[:, ::2] == positions[:, 1::2]).all()
    moves = np.diff(positions[:, ::2], axis=1)
    assert set(np.abs(moves).ravel()) == {1.0}
    assert (positions.min(), positions.max()) == (0.0, 4.0)
    inside = (positions[:, :-2:2] > 0) & (positions[:, :-2:2] < 4)
    ups = int((moves[inside] > 0).sum())
    assert stats.binomtest(ups, int(inside.sum()), 0.5).pvalue > 0.01


def test_a_markov_chain_stays_and_goes_evenly() -> None:
    positions = course(100, 600, kind="markov", states=4, stay=0.7)
    assert (positions[:, 0] == 0).all()
    places = np.rint(positions * 3).astype(int)
    assert np.allclose(places / 3, positions)
    stays = int((places[:, 1:] == places[:, :-1]).sum())
    assert stats.binomtest(stays, places[:, 1:].size, 0.7).pvalue > 0.01
    jumps = (places[:, 1:] - places[:, :-1])[places[:, 1:] != places[:, :-1]] % 4
    assert stats.chisquare(np.bincount(jumps, minlength=4)[1:]).pvalue > 0.01


def test_gaps_follow_their_power_law() -> None:
    when = {"kind": "recurring", "duration": 1, "min_gap": 10, "max_gap": 10**9, "exponent": 2.5}
    on = course(5000, 201, **when) > 0
    gaps = np.where(on.any(axis=1), on.argmax(axis=1), 201)  # those of 201 or more are cut
    assert gaps.min() == 10
    for least in (11, 20, 50, 200):
        reached = int((gaps >= least).sum())
        assert stats.binomtest(reached, len(gaps), (least / 10) ** -1.5).pvalue > 0.01


def test_a_recurring_change_stays_for_its_duration() -> None:
    positions = course(20, 500, kind="recurring", duration=3, min_gap=2, max_gap=30, every=2)
    for row in positions:
        switches = np.flatnonzero(np.diff(row)) + 1
        lengths = np.diff(switches)
        assert row[0] == 0
        assert (lengths[::2] == 6).all()  # on for 3 ticks of 2
        assert (lengths[1::2] >= 4).all()
        assert (lengths[1::2] <= 60).all()
        assert (lengths[1::2] % 2 == 0).all()


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({"kind": "step", "at": 5, "until": 5}, "more than at = 5"),
        ({"kind": "step", "at": -1}, "the nearest valid is 0"),
        ({"kind": "stp", "at": 1}, "did you mean 'step'"),
        ({"kind": "step", "att": 1}, "did you mean 'at'"),
        ({"kind": "linear", "start": 9, "stop": 3}, "more than start = 9"),
        ({"kind": "periodic", "period": 1}, "the nearest valid is 2"),
        ({"kind": "periodic", "period": 4, "shape": "sin"}, "did you mean 'sine'"),
        ({"kind": "markov"}, "stay"),
        ({"kind": "markov", "stay": 1.5}, "the nearest valid is 1"),
        ({"kind": "walk", "levels": 1000}, "the nearest valid is 64"),
        ({"kind": "recurring", "duration": 2, "min_gap": 5, "max_gap": 4}, "at least 5"),
        ({"kind": "times", "times": [[5, 1], [5, 0]]}, "rising counts"),
        ({"kind": "times", "times": [[5, 2]]}, "0 to 1"),
        ({"kind": "times", "times": []}, "at least 1"),
        ({"kind": "step", "at": 1, "unit": "steps"}, "did you mean 'step'"),
        ({"at": 1}, "says which it is"),
    ],
)
def test_bad_schedules_are_refused(when: Any, message: str) -> None:
    with pytest.raises(ShiftError, match=message):
        schedule(**when)
