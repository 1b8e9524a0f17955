"""Tracks: the same positions in any order of asking, and after saving."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.errors import FactorError
from adaptarium.wrappers.schedules import (
    MarkovSchedule,
    ProgressSchedule,
    RecurringSchedule,
    TimesSchedule,
    WalkSchedule,
)
from adaptarium.wrappers.track import Track

SCHEDULES = [
    WalkSchedule(levels=5),
    WalkSchedule(levels=3, every=7),
    MarkovSchedule(states=3, stay=0.6, every=2),
    RecurringSchedule(duration=4, min_gap=2, max_gap=50),
]


def begun(schedule: Any, seeds: list[int]) -> Track:
    track = Track(schedule, "it", len(seeds))
    track.begin(np.arange(len(seeds)), np.array(seeds))
    return track


def ahead(track: Track, counts: Any, length: int) -> Any:
    """(n, length) positions at the counts from ``counts`` on."""
    first, found = track.ticks(counts, length, lambda positions: positions)
    ticks = (counts[:, None] + np.arange(length)) // getattr(track.schedule, "every", 1)
    return np.take_along_axis(found, ticks - first[:, None], axis=1)


def course(schedule: Any, seed: int, length: int) -> Any:
    return ahead(begun(schedule, [seed]), np.zeros(1, np.int64), length)[0]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_one_at_a_time_equals_many_at_once(schedule: Any) -> None:
    expected = np.array([course(schedule, seed, 300) for seed in (4, 5, 6)])
    track = begun(schedule, [4, 5, 6])
    single = np.array([track.at(np.full(3, k)) for k in range(300)]).T
    assert np.array_equal(single, expected)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_counts_may_go_on_by_themselves_and_unasked(schedule: Any) -> None:
    whole = [course(schedule, seed, 4000) for seed in (4, 5, 6)]
    track, counts = begun(schedule, [4, 5, 6]), np.zeros(3, np.int64)
    steps = np.random.default_rng(0).choice([0, 1, 1, 2, 150], size=(60, 3))
    for step in steps:
        counts += step
        assert track.at(counts).tolist() == [whole[i][counts[i]] for i in range(3)]
    assert np.array_equal(
        ahead(track, counts, 90), [whole[i][counts[i] : counts[i] + 90] for i in range(3)]
    )


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_some_slots_begin_anew_in_the_middle(schedule: Any) -> None:
    track, counts = begun(schedule, [4, 5, 6]), np.zeros(3, np.int64)
    for _ in range(100):
        track.at(counts)
        counts += 1
    track.begin(np.array([1]), np.array([9]))
    counts[1] = 0
    whole = [course(schedule, seed, 300) for seed in (4, 9, 6)]
    for _ in range(100):
        assert track.at(counts).tolist() == [whole[i][counts[i]] for i in range(3)]
        counts += 1


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_restored_track_goes_on(schedule: Any) -> None:
    track, counts = begun(schedule, [4, 5]), np.array([130, 77])
    track.at(counts)
    other = Track(schedule, "it", 2)
    other.restore(track.to_data())
    for _ in range(100):
        assert np.array_equal(track.at(counts), other.at(counts))
        counts = counts + 1


@pytest.mark.parametrize("schedule", SCHEDULES[:3])
def test_seeds_and_names_decide(schedule: Any) -> None:
    assert not np.array_equal(course(schedule, 1, 200), course(schedule, 2, 200))
    other = Track(schedule, "other", 1)
    other.begin(np.arange(1), np.array([1]))
    assert not np.array_equal(course(schedule, 1, 200), ahead(other, np.zeros(1, np.int64), 200)[0])


def test_progress_is_recorded_and_can_be_played_again() -> None:
    track = begun(ProgressSchedule(threshold=1.0, stages=2), [1, 2])
    assert track.at(np.array([5, 6])).tolist() == [0, 0]
    track.reach(0.5, np.array([10, 12]))
    track.reach(1.0, np.array([20, 20]))
    assert track.at(np.array([20, 20])).tolist() == [1, 1]
    assert track.switches(1) == ((12, 0.5), (20, 1.0))
    again = begun(TimesSchedule(times=track.switches(1)), [2])
    assert ahead(again, np.array([10]), 12)[0].tolist() == [0, 0] + [0.5] * 8 + [1, 1]
    other = Track(track.schedule, "it", 2)
    other.restore(track.to_data())
    assert other.at(np.array([20, 20])).tolist() == [1, 1]
    track.begin(np.array([0]), np.array([3]))
    assert track.at(np.array([0, 21])).tolist() == [0, 1]
    with pytest.raises(FactorError, match="only one of kind 'progress'"):
        again.reach(1.0, np.array([0]))
