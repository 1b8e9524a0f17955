"""Known scores, the coverage of their intervals, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from adaptarium.envs.core.errors import ScoreError
from adaptarium.evaluation.scores import (
    FEW_LEVELS,
    EpisodeResult,
    LevelReference,
    score_levels,
    score_world,
)


def episode(level: str, value: float, seed: int = 0, solved: bool = False) -> EpisodeResult:
    return EpisodeResult(level, seed, value, 10, True, solved)


def reference(level: str, best: float, random: float, stderr: float = 0.01) -> LevelReference:
    return LevelReference(level, best, "exact", random, stderr, 100)


def test_ratio_of_sums_over_levels_not_mean_of_ratios() -> None:
    references = [reference("a", 1.0, 0.0), reference("b", 10.0, 5.0)]
    episodes = [episode("a", 1.0), episode("b", 5.0)]
    assert score_world(episodes, references).score == pytest.approx(1.0 / 6.0)


def test_levels_count_once_however_many_episodes_they_have() -> None:
    references = [reference("a", 1.0, 0.0), reference("b", 1.0, 0.0)]
    episodes = [episode("a", 1.0, seed) for seed in range(9)] + [episode("b", 0.0, solved=True)]
    result = score_world(episodes, references)
    assert result.score == pytest.approx(0.5)
    assert result.mean_return == pytest.approx(0.9)
    assert result.success_rate == pytest.approx(0.1)
    assert (result.num_episodes, result.num_levels) == (10, 2)


def test_random_scores_0_reference_1_and_nothing_is_clipped() -> None:
    levels = [f"level{k}" for k in range(30)]
    references = [reference(name, 2.0 + k, 0.1 * k) for k, name in enumerate(levels)]

    def play(share: float) -> float:
        gaps = [
            r.random_return + share * (r.reference_return - r.random_return) for r in references
        ]
        episodes = [episode(name, gap) for name, gap in zip(levels, gaps, strict=True)]
        result = score_world(episodes, references)
        assert result.low == pytest.approx(result.high) == pytest.approx(share)
        return result.score

    for share in (-0.5, 0.0, 1.0, 1.5):
        assert play(share) == pytest.approx(share)


def test_without_a_reference_there_is_a_return_and_no_score() -> None:
    unknown = replace(reference("a", 1.0, 0.0), reference_return=None, method="none")
    episodes = [episode("a", 3.0), episode("b", 1.0, solved=True)]
    result = score_world(episodes, [unknown, reference("b", 2.0, 0.0)])
    assert (result.score, result.low, result.high) == (None, None, None)
    assert (result.mean_return, result.success_rate) == (2.0, 0.5)
    assert result.return_low < 2.0 < result.return_high
    assert result.num_unscored_levels == 1
    assert score_levels(episodes, [unknown, reference("b", 2.0, 0.0)]) == {"a": None, "b": 0.5}


def test_without_a_criterion_of_success_there_is_no_rate() -> None:
    episodes = [replace(episode("a", 0.4), solved=None), episode("a", 0.6, seed=1, solved=True)]
    result = score_world(episodes, [reference("a", 1.0, 0.0)])
    assert (result.success_rate, result.success_low, result.success_high) == (None, None, None)
    assert result.score == pytest.approx(0.5)


def test_negative_returns_score_alike() -> None:
    references = [reference("a", -10.0, -50.0)]
    assert score_world([episode("a", -20.0)], references).score == pytest.approx(0.75)


def test_level_scores_only_where_reference_and_random_are_distinct() -> None:
    references = [
        reference("clear", 1.0, 0.0, stderr=0.1),
        reference("at the limit", 1.0, 0.0, stderr=0.25),
        reference("below random", 0.0, 0.5, stderr=0.0),
    ]
    episodes = [episode(r.level_hash, 0.5) for r in references]
    scores = score_levels(episodes, references)
    assert scores == {"clear": pytest.approx(0.5), "at the limit": None, "below random": None}
    assert score_world(episodes, references).num_unscored_levels == 2


def _simulated(
    rng: np.random.Generator, levels: int, per_level: int, between: float, within: float
) -> tuple[list[EpisodeResult], list[LevelReference]]:
    """Levels whose expected return scatters around 0.5 between random 0 and reference 1."""
    episodes, references = [], []
    for k in range(levels):
        centre = 0.5 + between * rng.normal()
        references.append(reference(f"{k:03d}", 1.0, 0.0))
        for n in range(per_level):
            value = centre + within * rng.normal()
            episodes.append(episode(f"{k:03d}", value, seed=n, solved=bool(value > 0.5)))
    return episodes, references


@pytest.mark.parametrize(
    ("levels", "per_level", "between", "within", "least", "most"),
    [
        (40, 3, 0.3, 0.1, 0.90, 0.985),  # levels differ, seeds hardly
        (40, 3, 0.02, 0.5, 0.90, 0.985),  # seeds differ, levels hardly
        (100, 1, 0.2, 0.2, 0.91, 0.985),  # fresh levels, one episode each
        (1, 60, 0.0, 0.5, 0.90, 0.985),  # a fixed map
        (8, 10, 0.02, 0.5, 0.93, 1.0),  # few levels: cautious
    ],
)
def test_coverage_of_the_95_percent_interval(
    levels: int, per_level: int, between: float, within: float, least: float, most: float
) -> None:
    rng = np.random.default_rng(5)
    hits = np.zeros(3)
    trials = 200
    for trial in range(trials):
        result = score_world(
            *_simulated(rng, levels, per_level, between, within), seed=trial, resamples=300
        )
        hits += [
            result.low <= 0.5 <= result.high,
            result.return_low <= 0.5 <= result.return_high,
            result.success_low <= 0.5 <= result.success_high,
        ]
    assert (hits / trials >= least).all(), hits / trials
    assert (hits / trials <= most).all(), hits / trials


def test_interval_of_a_fixed_map_is_over_its_seeds() -> None:
    episodes = [episode("only", float(k % 2), seed=k) for k in range(100)]
    result = score_world(episodes, [reference("only", 1.0, 0.0)])
    # The standard error is 0.05, so the interval is about 0.4 to 0.6.
    assert (result.low, result.high) == pytest.approx((0.4, 0.6), abs=0.03)


@pytest.mark.parametrize("levels", [FEW_LEVELS - 1, FEW_LEVELS])
def test_seeded_and_independent_of_order(levels: int) -> None:
    episodes, references = _simulated(np.random.default_rng(1), levels, 4, 0.2, 0.2)
    first = score_world(episodes, references, seed=3)
    assert first == score_world(episodes, references, seed=3)
    assert first != score_world(episodes, references, seed=4)
    regrouped = sorted(episodes, key=lambda e: -e.seed)
    assert first == score_world(regrouped, references[::-1], seed=3)


def test_uneven_levels_draw_only_their_own_episodes() -> None:
    # Level a is always 0 and b always 1: any leak between levels would move a resample off these.
    references = [reference("a", 1.0, 0.0), reference("b", 1.0, 0.0)]
    episodes = [episode("a", 0.0, k) for k in range(3)] + [episode("b", 1.0, k) for k in range(17)]
    result = score_world(episodes, references)
    assert (result.score, result.low, result.high) == pytest.approx((0.5, 0.0, 1.0))
    assert result.mean_return == pytest.approx(17 / 20)


@pytest.mark.parametrize(
    ("episodes", "references", "message"),
    [
        ([], [reference("a", 1, 0)], "no episodes"),
        ([episode("a", 1), episode("b", 1)], [reference("a", 1, 0)], "1 of 2 levels .* first b"),
        ([episode("a", 1)], [reference("a", 1, 0), reference("a", 2, 0)], "two different"),
        ([episode("a", 0.5)], [reference("a", 0.5, 0.5)], "equals random play"),
        (
            [episode("a", 1), episode("b", 1)],
            [reference("a", 0.7, 0.4), reference("b", 0.1, 0.4)],
            "equals random play in sum over 2 levels",
        ),
        ([episode("a", 1)], [reference("a", 0.2, 0.4)], "is below random play"),
        ([episode("a", float("nan"))], [reference("a", 1, 0)], "NaN or infinite"),
        ([episode("a", 1)], [reference("a", float("inf"), 0)], "level a: reference numbers"),
        ([episode("a", 1)], [reference("a", 1, 0, stderr=-1)], "level a: reference numbers"),
    ],
)
def test_refusals(
    episodes: list[EpisodeResult], references: list[LevelReference], message: str
) -> None:
    with pytest.raises(ScoreError, match=message):
        score_world(episodes, references)


def test_repeated_equal_and_unused_references_are_fine() -> None:
    known = reference("a", 1.0, 0.0)
    result = score_world([episode("a", 1.0)], [known, replace(known), reference("z", 0.0, 0.0)])
    assert (result.score, result.num_levels) == (pytest.approx(1.0), 1)
