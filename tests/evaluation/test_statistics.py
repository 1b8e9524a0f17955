"""Known answers, agreement with SciPy and rliable, and the coverage of the intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from adaptarium.envs.core.errors import ScoreError
from adaptarium.evaluation import statistics as st
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, score_world

RNG_SEED = 7


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (5, 3), (10, 7), (4, 4)])
def test_iqm_is_scipys_trimmed_mean(shape: tuple[int, int]) -> None:
    scores = np.random.default_rng(RNG_SEED).normal(size=shape)
    expected = stats.trim_mean(scores, proportiontocut=0.25, axis=None)
    assert st.interquartile_mean(scores) == pytest.approx(expected, abs=1e-14)


def test_known_answers() -> None:
    scores = np.array([[0.0, 1.0], [0.5, 2.0], [1.0, 3.0], [100.0, 0.5]])
    assert st.interquartile_mean(scores) == pytest.approx((0.5 + 1.0 + 1.0 + 2.0) / 4)
    assert st.mean(scores) == pytest.approx(13.5)
    assert st.median(scores) == pytest.approx((101.5 / 4 + 6.5 / 4) / 2)
    assert st.optimality_gap(scores) == pytest.approx(1 - (0 + 1 + 0.5 + 1 + 1 + 1 + 1 + 0.5) / 8)
    assert st.optimality_gap(scores, gamma=0.5) == pytest.approx(0.5 - (0.5 * 7) / 8)


def test_statistics_work_over_leading_axes() -> None:
    batch = np.random.default_rng(RNG_SEED).normal(size=(6, 5, 3))
    for statistic in (st.mean, st.median, st.interquartile_mean, st.optimality_gap):
        one_by_one = [float(statistic(matrix)) for matrix in batch]
        np.testing.assert_allclose(statistic(batch), one_by_one, atol=1e-14)


def test_bootstrap_keeps_tasks_apart() -> None:
    # Tasks far apart, runs equal within each: resampling runs within tasks changes nothing.
    scores = np.tile([0.0, 10.0, 1000.0], (5, 1))
    interval = st.bootstrap_interval(scores, st.mean)
    assert interval == st.Interval(pytest.approx(1010 / 3), pytest.approx(1010 / 3), interval.low)


def test_bootstrap_is_seeded_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(RNG_SEED).normal(size=(8, 3))
    first = st.bootstrap_interval(scores, seed=3, resamples=500)
    assert first == st.bootstrap_interval(scores, seed=3, resamples=500)
    assert first != st.bootstrap_interval(scores, seed=4, resamples=500)
    monkeypatch.setattr(st, "_BLOCK", 100)
    assert first == st.bootstrap_interval(scores, seed=3, resamples=500)


def test_bootstrap_agrees_with_the_normal_interval_on_a_mean() -> None:
    scores = np.random.default_rng(RNG_SEED).normal(size=(400, 1))
    interval = st.bootstrap_interval(scores, st.mean, resamples=5000)
    half = 1.96 * scores.std(ddof=1) / np.sqrt(400)
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.06)
    assert interval.value == pytest.approx(scores.mean())


@pytest.mark.parametrize(("runs", "tasks"), [(20, 4), (20, 10)])
def test_the_95_percent_interval_covers_93_to_97_percent(runs: int, tasks: int) -> None:
    rng = np.random.default_rng(RNG_SEED)
    task_means, trials, covered = np.linspace(0.2, 0.8, tasks), 2000, 0
    for trial in range(trials):
        scores = task_means + rng.normal(scale=0.3, size=(runs, tasks))
        interval = st.bootstrap_interval(scores, seed=trial, resamples=400)
        covered += interval.low <= 0.5 <= interval.high  # symmetric, so the true IQM is the mean
    assert 0.93 <= covered / trials <= 0.97


@pytest.mark.full
def test_the_interval_of_a_worlds_score_covers_93_to_97_percent() -> None:
    rng, trials, covered = np.random.default_rng(RNG_SEED), 2000, 0
    for trial in range(trials):
        # Levels differ in how well the agent plays them, and its episodes on each do too: 0.6 in
        # the mean, with random play at 0.2 and the reference at 1.2.
        skill = rng.normal(0.6, 0.2, size=60)
        levels = [LevelReference(f"{k:02d}", 1.2, "exact", 0.2, 0.01, 200) for k in range(60)]
        episodes = [
            EpisodeResult(f"{k:02d}", e, float(skill[k] + rng.normal(0, 0.3)), 1, True, True)
            for k in range(60)
            for e in range(3)
        ]
        score = score_world(episodes, levels, seed=trial, resamples=400)
        assert score.low is not None
        assert score.high is not None
        covered += score.low <= (0.6 - 0.2) / (1.2 - 0.2) <= score.high
    assert 0.93 <= covered / trials <= 0.97


ANSWERS = json.loads(Path(__file__).with_name("rliable_answers.json").read_text(encoding="utf-8"))


def agree(ours: st.Interval, theirs: list[float]) -> None:
    """Equal values; interval ends apart by no more than what 20,000 resamples leave open."""
    value, low, high = theirs
    assert ours.value == pytest.approx(value, abs=1e-12)
    width = high - low
    assert ours.low == pytest.approx(low, abs=0.05 * width)
    assert ours.high == pytest.approx(high, abs=0.05 * width)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: str(np.shape(answer["first"])))
def test_the_answers_are_those_of_rliable(answer: dict[str, Any]) -> None:
    scores = np.array(answer["first"])
    for name in ("interquartile_mean", "median", "mean", "optimality_gap"):
        agree(st.bootstrap_interval(scores, getattr(st, name), resamples=20_000), answer[name])
    agree(
        st.probability_of_improvement(scores, answer["second"], resamples=5000),
        answer["improvement"],
    )
    profile = st.performance_profile(scores, answer["thresholds"], resamples=5000)
    np.testing.assert_allclose(profile[0], answer["profile"][0], atol=1e-12)
    # A share moves in steps of one run: a band's end may lie on the step beside rliable's.
    np.testing.assert_allclose(profile[1:], answer["profile"][1:], atol=1.01 / scores.size)


def test_performance_profile() -> None:
    scores = np.array([[0.1, 0.9], [0.5, 1.5]])
    value, low, high = st.performance_profile(scores, [0.0, 0.1, 0.5, 1.0, 2.0])
    np.testing.assert_allclose(value, [1.0, 0.75, 0.5, 0.25, 0.0])
    assert (low <= value).all()
    assert (value <= high).all()
    assert (low[0], high[0], low[-1], high[-1]) == (1.0, 1.0, 0.0, 0.0)


def test_probability_of_improvement_is_mann_whitney() -> None:
    rng = np.random.default_rng(RNG_SEED)
    x, y = rng.integers(0, 5, size=(9, 3)), rng.integers(1, 6, size=(6, 3))
    expected = np.mean([stats.mannwhitneyu(x[:, t], y[:, t])[0] / (9 * 6) for t in range(3)])
    interval = st.probability_of_improvement(x, y)
    assert interval.value == pytest.approx(expected)
    assert interval.low < interval.value < interval.high
    reverse = st.probability_of_improvement(y, x)
    assert reverse.value == pytest.approx(1 - expected)


def test_probability_of_improvement_extremes() -> None:
    ones, twos = np.ones((4, 2)), np.full((3, 2), 2.0)
    assert st.probability_of_improvement(ones, ones[:2]) == st.Interval(0.5, 0.5, 0.5)
    assert st.probability_of_improvement(twos, ones) == st.Interval(1.0, 1.0, 1.0)
    assert st.probability_of_improvement(ones, twos) == st.Interval(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[1.0, np.nan]], "NaN"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
    ],
)
def test_malformed_scores_are_refused(scores: object, message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        st.bootstrap_interval(scores)  # type: ignore[arg-type]


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ScoreError, match="confidence 95"):
        st.bootstrap_interval([1.0, 2.0], confidence=95)
    with pytest.raises(ScoreError, match="resamples is 0"):
        st.bootstrap_interval([1.0, 2.0], resamples=0)
    with pytest.raises(ScoreError, match="3 tasks and the second 2"):
        st.probability_of_improvement(np.ones((2, 3)), np.ones((2, 2)))
