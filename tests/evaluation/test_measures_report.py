"""The adaptation section: what is drawn where, what is printed, and what a record need not hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from adaptarium.envs.core.errors import ResultsError
from adaptarium.evaluation.measures.record import (
    Block,
    Evaluation,
    Line,
    Record,
    ShiftMark,
    append_record,
)
from adaptarium.evaluation.measures.summary import shift_measures
from adaptarium.evaluation.report import report
from adaptarium.evaluation.report.adaptation import MEASURES, adaptation
from adaptarium.evaluation.report.adaptation_charts import shift_chart

COLORS = {"ppo": "c-0", "ppo, replay": "c-1", "random": "c-random"}
SCORES = [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.25, 0.5, 1.0, 1.0, 1.0]


def life(learner: str = "ppo", seed: int = 0, begin: int = 50, bonus: float = 0.0) -> list[Line]:
    """A task that is learnt for 100 steps and shifted in the middle; the other stays at 0."""
    who = {"learner": learner, "seed": seed}
    success = {"fraction": 0.9, "within": 40}
    rows: dict[str, list[float]] = {"keys": SCORES, "lava": [0.0] * len(SCORES)}
    return [
        Block(**who, task="keys", number=0, begin=0, end=begin + 50),  # type: ignore[arg-type]
        ShiftMark(**who, task="keys", name="icy", begin=begin, success=success),  # type: ignore[arg-type]
        *(
            Evaluation(**who, task=task, step=10 * k + begin - 50, score=score + bonus)  # type: ignore[arg-type]
            for task, scores in rows.items()
            for k, score in enumerate(scores)
            if 10 * k + begin - 50 >= 0
        ),
    ]


def page_of(folder: Path, lines: list[Line]) -> str:
    append_record(folder, lines)
    return report(folder).read_text(encoding="utf-8")


def test_a_record_alone_makes_a_page(tmp_path: Path) -> None:
    page = page_of(tmp_path, [*life(), *life(seed=1, bonus=0.1)])
    assert "<h2>Adaptation</h2>" in page
    assert "<h2>Scores</h2>" not in page
    assert ">icy</span>" in page
    assert "ppo: drop 0.750, recovered in 30 steps" in page
    assert "44 evaluations of <code>record.jsonl</code>" in page
    assert "StrictUndefined" not in page
    assert re.search(r"<strong>0\.750</strong>\s*<span class=\"ci\">\[0\.750, 0\.750\]", page)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="holds no finished cell"):
        report(tmp_path)


def test_one_seed_has_no_intervals(tmp_path: Path) -> None:
    section = adaptation(Record.of(life()), COLORS)
    assert section is not None
    (group,) = section.shifts
    (row,) = group.rows
    assert (row.drop.value, row.drop.interval) == ("0.750", "")
    assert (row.recovery.value, row.recovered.value, row.success.value) == ("30", "100", "100")
    assert row.regret.value == "\N{EN DASH}"
    assert all(cell.interval == "" for g in section.measures for _, _, (cell,) in g.rows)


def test_marks_lie_where_the_shift_began_and_blocks_where_the_task_was_learnt() -> None:
    section = adaptation(Record.of(life()), COLORS)
    assert section is not None
    keys, lava = section.charts
    (mark,) = keys.marks
    assert mark.left == pytest.approx(50 / 1.01, abs=0.01)
    assert keys.spans == ((0.0, pytest.approx(100 / 1.01, abs=0.01)),)
    assert (lava.marks, lava.spans, lava.brackets) == ((), (), ())


def test_curves_are_aligned_at_shifts_that_came_at_different_steps() -> None:
    """Driven by progress: one life is shifted 10 steps later, and is the same from there on."""
    record = Record.of([*life(), *life(seed=1, begin=60)])
    chart = shift_chart(record, "icy", shift_measures(record), COLORS)
    assert chart is not None
    (series,) = chart.chart.series
    assert series.band == "", "both lives are equal around their shifts"
    (bracket,) = chart.brackets
    assert bracket.recovered
    assert bracket.left == chart.marks[0].left < bracket.right
    assert bracket.level < bracket.bottom


def test_a_censored_recovery_says_at_least(tmp_path: Path) -> None:
    never = [
        Evaluation(learner="ppo", seed=0, task="keys", step=10 * k, score=0.25)
        for k in range(5, 11)
    ]
    record = Record.of([*life(), *never])
    section = adaptation(record, COLORS)
    assert section is not None
    (row,) = section.shifts[0].rows
    assert (row.recovery.value, row.recovered.value, row.success.value) == ("≥ 50", "0", "0")
    chart = section.shifts[0].chart
    assert chart is not None
    assert chart.brackets[0].text == "ppo: drop 0.750, not recovered in 50 steps"


def test_learners_that_do_not_learn_stand_beside_those_that_do(tmp_path: Path) -> None:
    random = [Evaluation(learner="random", seed=0, task="keys", step=0, score=0.0)]
    page = page_of(tmp_path, [*life(), *random])
    assert '<li class="c-random"><span class="key"></span>random' in page
    assert '<th scope="col" class="c-random">' not in page, "it has no measures"
    section = adaptation(Record.of([*life(), *random]), COLORS)
    assert section is not None
    line = section.charts[0].chart.series[1].line
    assert line.count("L") == 1, "it plays on as it is"
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).lower()


def test_a_task_whose_seeds_share_no_step_is_left_out() -> None:
    apart = [Evaluation(learner="ppo", seed=k, task="far", step=k, score=0.0) for k in range(2)]
    section = adaptation(Record.of([*life(), *life(seed=1), *apart]), COLORS)
    assert section is not None
    assert [panel.chart.title for panel in section.charts] == ["keys", "lava"]


def test_every_measure_has_a_meaning() -> None:
    lines = [*life(), *life("ppo, replay", bonus=0.1)]
    section = adaptation(Record.of(lines), COLORS)
    assert section is not None
    names = [name for group in section.measures for name, _, _ in group.rows]
    assert {"PM", "ACC", "WC-ACC", "performance", "MEP"} & set(names)
    assert set(names) <= set(MEASURES)
    assert all(len(cells) == 2 for group in section.measures for _, _, cells in group.rows)


def test_a_long_record_is_thinned(tmp_path: Path) -> None:
    lines: list[Line] = [
        Evaluation(learner="ppo", seed=0, task="keys", step=k, score=float(np.sin(k)))
        for k in range(2000)
    ]
    section = adaptation(Record.of(lines), COLORS)
    assert section is not None
    assert section.charts[0].chart.series[0].line.count("L") <= 401
