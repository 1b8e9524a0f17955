"""Lifelong-learning metrics: l2metrics' own numbers on a life, and cases worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adaptarium.evaluation.json_lines import typed, whole_lines
from adaptarium.evaluation.measures import lifelong as measures
from adaptarium.evaluation.measures.lifetime import Lifetime, Regime, lifetime, preprocessed, smooth
from adaptarium.evaluation.measures.record import AnyLine, Block, Evaluation, Record, Training

HERE = Path(__file__).parent
NAMES = {
    "perf_recovery": "PR",
    "avg_train_perf": "MTP",
    "avg_eval_perf": "MEP",
    "perf_maintenance_mrlep": "PM",
    "perf_maintenance_mrtlp": "PM terminal",
    "forward_transfer_ratio": "FT ratio",
    "backward_transfer_ratio": "BT ratio",
    "forward_transfer_contrast": "FT contrast",
    "backward_transfer_contrast": "BT contrast",
    "ste_rel_perf": "RP",
    "sample_efficiency": "SE",
}
"""What l2metrics calls its figures, and what we do."""


@pytest.fixture(scope="module", params=["preprocessed", "raw"])
def answered(request: pytest.FixtureRequest) -> tuple[Lifetime, dict[str, Any]]:
    """The committed life, preprocessed or not, and what l2metrics says about it."""
    lines = whole_lines(HERE / "lifelong_record.jsonl")
    record = Record.of(typed(AnyLine, line, "lifelong_record.jsonl") for line in lines)
    life = lifetime(record, "ppo", 0)
    answers = json.loads((HERE / "lifelong_answers.json").read_text(encoding="utf-8"))
    return preprocessed(life) if request.param == "preprocessed" else life, answers[request.param]


def test_values_are_those_of_l2metrics(answered: tuple[Lifetime, dict[str, Any]]) -> None:
    life, answers = answered
    values = np.concatenate([regime.values for regime in life.regimes])
    np.testing.assert_allclose(values, answers["values"], rtol=1e-12)


def test_terminals_and_saturations_are_those_of_l2metrics(
    answered: tuple[Lifetime, dict[str, Any]],
) -> None:
    life, answers = answered
    terminals = [measures.terminal_performance(regime) for regime in life.regimes]
    np.testing.assert_allclose(terminals, answers["terminal"], rtol=1e-12)
    saturations = [measures.saturation(regime.values)[0] for regime in life.regimes]
    np.testing.assert_allclose(saturations, answers["saturation"], rtol=1e-12)


def test_lifetime_is_that_of_l2metrics(answered: tuple[Lifetime, dict[str, Any]]) -> None:
    life, answers = answered
    found = measures.lifelong(life).lifetime()
    expected = {NAMES[name]: value for name, value in answers["lifetime"].items()}
    assert found == pytest.approx(expected, rel=1e-12)


def test_tasks_are_those_of_l2metrics(answered: tuple[Lifetime, dict[str, Any]]) -> None:
    life, answers = answered
    found = measures.lifelong(life)
    by_task = {
        "perf_recovery": found.recovery,
        "avg_train_perf": found.training,
        "avg_eval_perf": found.evaluation,
        "perf_maintenance_mrlep": found.maintenance,
        "perf_maintenance_mrtlp": found.maintenance_terminal,
        "ste_rel_perf": found.relative,
        "sample_efficiency": found.efficiency,
    }
    by_pair = {
        "forward_transfer_ratio": found.forward.ratio,
        "forward_transfer_contrast": found.forward.contrast,
        "backward_transfer_ratio": found.backward.ratio,
        "backward_transfer_contrast": found.backward.contrast,
    }
    for task, expected in answers["tasks"].items():
        assert measures.recovery_times(life, task) == expected["recovery_times"]
        for name, values in by_task.items():
            known = {} if expected[name] is None else {task: expected[name]}
            of_task = {task: values[task]} if task in values else {}
            assert of_task == pytest.approx(known, rel=1e-12), name
        for name, pairs in by_pair.items():
            others = {other: values for (learnt, other), values in pairs.items() if learnt == task}
            assert others.keys() == expected[name].keys()
            for other, values in others.items():
                assert values == pytest.approx(expected[name][other], rel=1e-12)


def learning(task: str, *values: float) -> Regime:
    return Regime(task, "learning", np.array(values), np.arange(1.0, len(values) + 1))


def evaluation(task: str, *values: float) -> Regime:
    return Regime(task, "evaluation", np.array(values), np.zeros(len(values)))


def life_of(*regimes: Regime, **experts: list[float]) -> Lifetime:
    return Lifetime(regimes, {task: (np.array(curve),) for task, curve in experts.items()})


def test_smoothing_of_a_short_curve_changes_nothing_and_of_a_constant_neither() -> None:
    assert smooth([0.0, 1.0, 0.0]).tolist() == [0.0, 1.0, 0.0]
    assert smooth(np.full(600, 0.5)) == pytest.approx(np.full(600, 0.5))


def test_smoothing_by_hand() -> None:
    """15 points: a window of 3 over the point and the two before it, reflected at the start."""
    curve = np.arange(15.0) ** 2
    expected = [(4 + 1 + 0) / 3, (1 + 0 + 1) / 3, *((curve[:-2] + curve[1:-1] + curve[2:]) / 3)]
    assert smooth(curve) == pytest.approx(np.array(expected))


def test_terminal_performance_is_the_last_tenth_or_a_whole_evaluation() -> None:
    assert measures.terminal_performance(learning("a", *range(20))) == 18.5
    assert measures.terminal_performance(learning("a", 3.0, 5.0)) == 5.0
    assert measures.terminal_performance(evaluation("a", 3.0, 5.0)) == 4.0


def test_maintenance_by_hand() -> None:
    """Learnt to 8, first evaluated at 7, then at 5 and 6."""
    life = life_of(
        evaluation("a", 1),
        learning("a", 2, 8),
        evaluation("a", 7),
        learning("b", 0, 1),
        evaluation("a", 5),
        learning("b", 1, 2),
        evaluation("a", 6),
    )
    assert measures.performance_maintenance(life) == {"a": -1.5}
    assert measures.performance_maintenance(life, "terminal") == {"a": -2.5}


def test_transfer_by_hand() -> None:
    """Learning a: b rises from 1 to 3 (forward). Learning b: a falls from 8 to 2 (backward)."""
    life = life_of(
        evaluation("a", 1),
        evaluation("b", 1),
        learning("a", 8),
        evaluation("a", 8),
        evaluation("b", 3),
        learning("b", 9),
        evaluation("a", 2),
        evaluation("b", 9),
    )
    forward, backward = measures.forward_transfer(life), measures.backward_transfer(life)
    assert forward.ratio == {("a", "b"): (3.0,)}
    assert forward.contrast == {("a", "b"): (0.5,)}
    assert backward.ratio == {("b", "a"): (0.25,)}
    assert backward.contrast == {("b", "a"): (-0.6,)}


def test_transfer_from_zero_has_a_contrast_but_no_ratio() -> None:
    life = life_of(evaluation("b", 0), learning("a", 1), evaluation("b", 2))
    assert measures.forward_transfer(life).ratio == {}
    assert measures.forward_transfer(life).contrast == {("a", "b"): (1.0,)}


def test_relative_performance_and_sample_efficiency_by_hand() -> None:
    """Over 3 experiences 6 against 12; saturations 3 and 6, reached at indices 2 and 1."""
    life = life_of(learning("a", 1, 2, 3), a=[2, 6, 4, 5])
    assert measures.relative_performance(life) == {"a": 0.5}
    assert measures.sample_efficiency(life) == {"a": 0.25}


@pytest.mark.parametrize("curve", [(1.0, 5.0, 0.0, 0.0), (0.0, 0.5, 1.0)])
def test_falling_or_poor_learners_have_no_sample_efficiency(curve: tuple[float, ...]) -> None:
    assert measures.sample_efficiency(life_of(learning("a", *curve), a=[0, 6])) == {"a": 0.0}


def test_recovery_by_hand() -> None:
    """TP 4, regained at index 2; TP 5, never regained in 3: 4; TP 3, at index 0: slope -1."""
    life = life_of(
        learning("a", 4), learning("a", 0, 1, 5), learning("a", 1, 2, 3), learning("a", 3, 4)
    )
    assert measures.recovery_times(life, "a") == [2, 4, 0]
    assert measures.performance_recovery(life) == {"a": 1.0}


def test_only_evaluations_at_the_edges_of_blocks_count() -> None:
    lines = [
        Block(learner="ppo", seed=0, task="a", number=0, begin=0, end=10),
        *(Evaluation(learner="ppo", seed=0, task="a", step=k, score=k) for k in (0, 5, 10)),
        *(Training(learner="ppo", seed=0, task="a", step=k, score=k) for k in (0, 4, 10, 12)),
    ]
    regimes = lifetime(Record.of(lines), "ppo", 0).regimes
    assert [(r.kind, r.values.tolist()) for r in regimes] == [
        ("evaluation", [0.0]),
        ("learning", [4.0, 10.0]),
        ("evaluation", [10.0]),
    ]
    assert lifetime(Record.of(lines), "ppo", 1).regimes == ()
