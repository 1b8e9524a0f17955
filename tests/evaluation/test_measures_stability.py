"""Stability gap and Continual World, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from adaptarium.envs.core.errors import ScoreError
from adaptarium.evaluation.measures import continual_world as cw
from adaptarium.evaluation.measures import stability as gap

# Three tasks, learnt up to evaluations 1, 3 and 5.
CURVES = np.array(
    [
        [0.2, 0.8, 0.3, 0.7, 0.5, 0.6],
        [0.0, 0.1, 0.5, 0.9, 0.4, 0.8],
        [0.1, 0.1, 0.2, 0.1, 0.4, 1.0],
    ]
)
ENDS = [1, 3, 5]


def test_the_gap_by_hand() -> None:
    found = gap.stability(CURVES, ENDS)
    assert found.minimum == pytest.approx((0.3 + 0.4) / 2)
    assert found.worst_case == pytest.approx(1 / 3 * 1.0 + 2 / 3 * 0.35)
    assert found.average == pytest.approx((0.6 + 0.8 + 1.0) / 3)
    assert found.forgotten == pytest.approx((0.2 + 0.1) / 2)


def test_windows_by_hand() -> None:
    """Of two evaluations the greatest drops are 0.5, 0.5 and 0.1; the rises 0.6, 0.4 and 0.6."""
    assert gap.windowed_forgetting(CURVES, 2) == pytest.approx((0.5 + 0.5 + 0.1) / 3)
    assert gap.windowed_plasticity(CURVES, 2) == pytest.approx((0.6 + 0.4 + 0.6) / 3)
    assert gap.windowed_plasticity(CURVES, 4) == pytest.approx((0.6 + 0.9 + 0.9) / 3)
    assert gap.windowed_plasticity(CURVES, 1000) == pytest.approx((0.6 + 0.9 + 0.9) / 3)


def test_a_curve_that_only_rises_forgets_less_than_nothing() -> None:
    assert gap.windowed_forgetting([[0.0, 0.5, 0.75]], 10) == -0.25
    assert gap.windowed_forgetting([[0.5]], 10) == 0.0


def test_a_single_task_has_nothing_to_forget() -> None:
    found = gap.stability([[0.1, 0.5]], [1])
    assert (found.minimum, found.forgotten, found.worst_case) == (None, None, 0.5)


def test_area_of_the_learning_curve_by_hand() -> None:
    assert gap.learning_curve_area([0.0, 0.5, 1.0, 1.0], 2) == 0.5
    assert gap.learning_curve_area([0.25, 0.5], 0) == 0.25
    with pytest.raises(ScoreError, match="beta 2 of 2 evaluations"):
        gap.learning_curve_area([0.25, 0.5], 2)


@pytest.mark.parametrize(
    ("curves", "ends", "message"),
    [
        (np.zeros((2, 3)), [2], "an end for each task"),
        (np.zeros((2, 3)), [2, 1], "rising indices"),
        (np.zeros((2, 3)), [0, 1], "that of the last evaluation"),
        ([[0.0, np.nan]], [1], "NaN"),
    ],
)
def test_malformed_curves_are_refused(curves: object, ends: list[int], message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        gap.stability(curves, ends)  # type: ignore[arg-type]


def test_a_window_of_one_is_refused() -> None:
    with pytest.raises(ScoreError, match="at least 2"):
        gap.windowed_forgetting(CURVES, 1)


def test_continual_world_by_hand() -> None:
    """Task b: area 0.5 against the expert's 0.25, so a third of what was left to gain."""
    curves = {
        "a": ([0, 10, 20], [0.0, 1.0, 0.6]),
        "b": ([0, 10, 20], [0.0, 0.0, 1.0]),
    }
    spans = [("a", 0.0, 10.0), ("b", 10.0, 20.0)]
    experts = {"b": [([0, 10], [0.0, 0.5])]}
    found = cw.continual_world(curves, spans, experts)
    assert found.performance == pytest.approx(0.8)
    assert found.forgetting == pytest.approx({"a": 0.4, "b": 0.0})
    assert found.forward_transfer == pytest.approx({"b": 1 / 3})


def test_areas_by_hand() -> None:
    """A triangle in a span that begins between two points; flat beyond the ends."""
    assert cw.area([0, 2, 4], [0.0, 1.0, 0.0], 1, 4) == pytest.approx((0.75 + 1.0) / 3)
    assert cw.area([2, 4], [1.0, 1.0], 0, 8) == 1.0
    with pytest.raises(ScoreError, match="rising steps"):
        cw.area([2, 2], [1.0, 1.0], 0, 8)


def test_a_perfect_baseline_leaves_no_forward_transfer() -> None:
    assert cw.forward_transfer(0.5, 1.0) is None
    assert cw.forward_transfer(0.0, 0.5) == -1.0


def test_a_task_learnt_twice_is_forgotten_from_its_last_block_on() -> None:
    curves = {"a": ([0, 10, 20, 30], [0.0, 1.0, 0.5, 0.75]), "b": ([0, 10, 20, 30], [0, 0, 1, 1])}
    spans = [("a", 0.0, 10.0), ("b", 10.0, 20.0), ("a", 20.0, 30.0)]
    experts = {"a": [([0, 10], [0.0, 0.5])]}
    found = cw.continual_world(curves, spans, experts)
    assert found.forgetting == {"a": 0.0, "b": 0.0}
    assert found.forward_transfer == pytest.approx({"a": (0.5 - 0.25) / 0.75})
