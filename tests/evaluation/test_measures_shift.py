"""The effect of a shift, worked out by hand, and the measures of a whole record."""

from __future__ import annotations

import numpy as np
import pytest

from adaptarium.envs.core.errors import ResultsError, ScoreError
from adaptarium.evaluation.measures import shift as measures
from adaptarium.evaluation.measures.record import (
    Block,
    Evaluation,
    Line,
    Record,
    ShiftMark,
    append_record,
    read_record,
)
from adaptarium.evaluation.measures.summary import life_measures, shift_measures
from adaptarium.wrappers.spec import Success

STEPS = np.arange(0, 100, 10)
VALUES = np.array([0.0, 0.8, 0.8, 0.8, 0.2, 0.4, 0.9, 0.4, 0.8, 0.8])
"""The shift comes at step 40; 0.72 is reached for good at 80, for a moment at 60."""


def effect(**options: object) -> measures.ShiftEffect:
    return measures.shift_effect((STEPS, VALUES), 40, window=2, **options)  # type: ignore[arg-type]


def test_an_effect_by_hand() -> None:
    found = effect()
    assert found.level == pytest.approx(0.8)
    assert found.first_drop == found.drop == pytest.approx(0.6)
    assert (found.recovery_time, found.followed, found.success) == (40, 50, True)
    # From 40: a trapezium, a triangle that ends after 0.4 / 0.5 of its width, two more triangles.
    crossing = 0.5 * 0.4 * 8 + 0.5 * 0.4 * 8
    assert found.area_lost == pytest.approx(10 * (0.6 + 0.4) / 2 + crossing + 0.5 * 0.4 * 10)
    assert found.regret is None


def test_recovery_must_last_for_the_window() -> None:
    assert measures.shift_effect((STEPS, VALUES), 40, window=1).recovery_time == 20
    assert measures.shift_effect((STEPS, VALUES), 40, window=3).recovery_time is None


def test_a_level_that_is_never_left_is_recovered_at_once() -> None:
    found = measures.shift_effect((STEPS, np.full(10, 0.5)), 45)
    assert (found.recovery_time, found.drop, found.area_lost) == (5, 0.0, 0.0)


@pytest.mark.parametrize(
    ("fraction", "within", "success"),
    [(0.9, 40, True), (0.9, 39, False), (1.5, 50, False), (1.5, 51, None), (1.5, None, None)],
)
def test_success_is_judged_or_left_open(
    fraction: float, within: int | None, success: bool | None
) -> None:
    assert effect(success=Success(fraction=fraction, within=within)).success is success


def test_the_target_of_a_level_below_zero_lies_below_it() -> None:
    assert measures.target(2.0, 0.75) == 1.5
    assert measures.target(-2.0, 0.75) == -2.5


def test_the_drop_until_recovery_leaves_out_what_comes_after() -> None:
    values = np.array([0.0, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0, 0.1, 0.1, 0.1])
    found = measures.shift_effect((STEPS, values), 40, window=2)
    assert (found.drop, found.recovery_time) == (0.5, 10)


def test_an_end_cuts_off_what_comes_after() -> None:
    found = effect(end=60)
    assert (found.followed, found.recovery_time) == (20, None)


def test_regret_by_hand() -> None:
    """A level of 1 against 0.2, 0.4, 0.9: 10 * (0.8 / 2 + 0.6 + 0.1 / 2)."""
    assert effect(end=60, reference=([0], [1.0])).regret == pytest.approx(10.5)
    # A reference that rises from 0 to 1 in 10 steps lacks a triangle of 5.
    assert effect(end=60, reference=([0, 10], [0.0, 1.0])).regret == pytest.approx(5.5)


def test_a_shift_without_evaluations_on_both_sides_is_refused() -> None:
    for begin in (0, 91):
        with pytest.raises(ScoreError, match="expected at least one each"):
            measures.shift_effect((STEPS, VALUES), begin)


def test_over_seeds_a_censored_time_counts_as_what_was_followed() -> None:
    found = measures.summarise_effects([effect(), effect(end=60)])
    assert found.recovery_time.value == 30
    assert found.recovered.value == 0.5
    assert found.recovered.low <= 0.5 <= found.recovered.high
    assert found.success is not None
    assert (found.success.value, found.seeds, found.regret) == (1.0, 2, None)


def life(seed: int, bonus: float = 0.0) -> list[Line]:
    """Task a is learnt up to 50 and b up to 100; a is shifted at 30."""
    who = {"learner": "ppo", "seed": seed}
    rows = {
        "a": [0.0, 0.4, 0.8, 0.2, 0.8, 0.8, 0.8, 0.3, 0.5, 0.5, 0.6],
        "b": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.7, 0.9, 1.0, 1.0],
    }
    return [
        Block(**who, task="a", number=0, begin=0, end=50),
        Block(**who, task="b", number=1, begin=50, end=100),
        ShiftMark(**who, task="a", name="icy", begin=30, success={"fraction": 0.9, "within": 20}),
        *(
            Evaluation(**who, task=task, step=10 * k, score=score + bonus)
            for task, scores in rows.items()
            for k, score in enumerate(scores)
        ),
        *(Evaluation(**who, task="a", step=k, score=1.0, role="retrained") for k in (10, 20, 30)),
    ]


def test_a_record_is_read_as_it_was_written_and_later_lines_count(tmp_path) -> None:  # type: ignore[no-untyped-def]
    lines = life(0)
    append_record(tmp_path, reversed(lines))
    append_record(tmp_path, [Evaluation(learner="ppo", seed=0, task="a", step=0, score=9.0)])
    with (tmp_path / "record.jsonl").open("a") as file:
        file.write('{"kind": "eval')
    record = read_record(tmp_path)
    begun = {point.task: point.score for point in record.evaluations if point.step == 0}
    assert begun == {"a": 9.0, "b": 0.0}
    assert [point.step for point in record.evaluations] == sorted(
        line.step for line in lines if isinstance(line, Evaluation)
    )
    append_record(tmp_path, lines)
    assert read_record(tmp_path) == Record.of([*reversed(lines), *lines])


def test_damaged_records_are_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert read_record(tmp_path) == Record()
    path = tmp_path / "record.jsonl"
    path.write_text('{"kind": "evaluation", "learner": "ppo", "seed": 0, "task": "a"}\n')
    with pytest.raises(ResultsError, match=r"line 1: evaluation\.step"):
        read_record(tmp_path)
    backwards = ShiftMark(learner="ppo", seed=0, task="a", name="icy", begin=7, end=5)
    with pytest.raises(ResultsError, match="ends at step 5; expected 7"):
        Record.of([backwards])
    empty = Block(learner="ppo", seed=0, task="a", number=0, begin=7, end=7)
    with pytest.raises(ResultsError, match="ends at step 7; expected 8"):
        Record.of([empty])


def test_the_shifts_of_a_record() -> None:
    """Followed to the end of its block: 0.2, 0.8, 0.8 after a mean of 0, 0.4 and 0.8."""
    (found,) = shift_measures(Record.of([*life(0), *life(1, 0.1)]))
    assert (found.learner, found.task, found.shift, found.number) == ("ppo", "a", "icy", 0)
    summary = found.summary
    assert summary.seeds == 2
    assert summary.level.value == pytest.approx(0.45)
    assert summary.first_drop.value == pytest.approx(0.2)
    assert summary.recovered.value == 0.0, "three evaluations in a row are needed"
    assert summary.success is not None
    assert summary.success.value == 0.0
    assert summary.regret is not None
    assert summary.regret.value == pytest.approx(10 * (0.8 / 2 + 0.2 + 0.2 / 2) - 0.1 * 20 / 2)


def test_a_recurring_shift_is_told_apart_and_followed_until_it_comes_again() -> None:
    marks = [
        ShiftMark(learner="ppo", seed=0, task="a", name="icy", begin=begin, end=begin + 9)
        for begin in (20, 40)
    ]
    kept = [line for line in life(0) if not isinstance(line, ShiftMark)]
    found = shift_measures(Record.of([*kept, *marks]))
    assert [(one.number, one.summary.level.value) for one in found] == [
        (0, pytest.approx(0.2)),
        (1, pytest.approx((0.4 + 0.8 + 0.2) / 3)),
    ]


def test_the_measures_of_lives() -> None:
    found = life_measures(Record.of([*life(0), *life(1, 0.1)]))
    values = {(one.family, one.measure): one.value for one in found}
    assert values["stability", "min-ACC"].value == pytest.approx(0.35)
    assert values["stability", "FORG"].value == pytest.approx(0.2)
    assert values["continual world", "performance"].value == pytest.approx(0.85)
    assert values["continual world", "forgetting"].value == pytest.approx(0.1)
    interval = values["continual world", "performance"]
    assert (interval.low, interval.high) == pytest.approx((0.8, 0.9))
    assert {one.seeds for one in found} == {2}
    assert values["lifelong", "PM"].value < 0
    missing = {"RP", "SE", "PR", "MTP", "PM terminal"}
    assert missing.isdisjoint(name for _, name in values), "there are no learning curves"


def test_learners_that_do_not_learn_have_no_measures() -> None:
    lines = [Evaluation(learner="random", seed=0, task="a", step=0, score=0.0)]
    assert life_measures(Record.of(lines)) == []
