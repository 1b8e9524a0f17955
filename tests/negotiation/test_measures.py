"""Measures: each against its formula worked out by hand, and what evaluations show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.layout import COALITIONAL, JUDGED, judged
from adaptarium.envs.negotiation.measures import domain, judge, measures
from adaptarium.evaluation.results import Results

UTILITIES = np.array([[10_000, 6_000, 5_000, 0], [0, 8_000, 3_000, 10_000]])
DOMAIN = domain(UTILITIES, np.array([2_000, 4_000]))


def test_a_deal_is_judged_by_its_formulas() -> None:
    found = judge(DOMAIN, 1)
    expected = {
        "agreement": 1,
        "utility": 0.6,
        "advantage": 0.4,
        "surplus_share": 0.5,
        "dominance": 0,
        "irrational": 0,
        "welfare": 1.4,
        "gains": 0.8,
        "surplus_efficiency": 1,
        "welfare_ratio": 1,
        "nash_product": 0.16,
        "utility_gap": 0.2,
        "advantage_gap": 0,
        "goal": 10,
        "benefit": 2,
        "core": 1,
        "pareto": 1,
        "nash": 1,
        "kalai_smorodinsky": 1,
        "egalitarian": 1,
    }
    assert found == pytest.approx(expected)


def test_a_bad_deal_is_far_from_the_solutions() -> None:
    found = judge(DOMAIN, 2)
    away = 1 - np.hypot(0.1, 0.5) / np.sqrt(2)
    assert found["pareto"] == pytest.approx(away)  # outcome 1 is better for both, and the nearest
    assert found["nash"] == pytest.approx(away)
    assert found["surplus_efficiency"] == pytest.approx(0.2 / 0.8)
    assert found["welfare_ratio"] == pytest.approx(0.8 / 1.4)
    assert (found["dominance"], found["nash_product"], found["core"]) == (1, 0, 0)


def test_no_deal_is_the_reservation_values() -> None:
    found = judge(DOMAIN, None)
    assert (found["utility"], found["welfare"]) == pytest.approx((0.2, 0.6))
    zero = ("agreement", "advantage", "gains", "pareto", "nash", "egalitarian", "surplus_share")
    assert all(found[name] == 0 for name in zero)


def test_a_deal_below_the_reservation_value_is_irrational() -> None:
    assert judge(DOMAIN, 3)["irrational"] == 1
    assert judge(DOMAIN, 3)["advantage"] == pytest.approx(-0.2)


def test_a_domain_without_a_rational_outcome_has_no_points() -> None:
    hopeless = domain(UTILITIES, np.array([9_000, 9_000]))
    assert judge(hopeless, 1)["nash"] == 0
    assert judge(hopeless, 1)["pareto"] == 1


def test_a_deal_is_in_the_core_of_those_who_decide() -> None:
    split = np.array([[6, 5, 0], [0, 5, 6], [5, 0, 5]]) * 1000
    least = np.zeros(3, np.int64)
    majority = [judge(domain(split, least, 2), outcome)["core"] for outcome in (0, 1, 2, None)]
    assert majority == [1, 0, 1, 0]
    assert [judge(domain(split, least), outcome)["core"] for outcome in range(3)] == [1, 1, 1]


def test_coalitions_report_the_core() -> None:
    batch = Batch([adaptarium.world("Coalition-v0", num_levels=8).alone()], 8, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        batch.w.actions[:, 0] = codes.ACCEPT
        batch.step()
    told = [judged(batch.w, i) for i in range(8)]
    assert all(set(row) == {*JUDGED, *COALITIONAL} for row in told)
    every = measures(batch.w)["core"].tolist()
    assert [row["core"] for row in told] == every


def test_the_course_of_offers_is_measured() -> None:
    cake = [o / 100 for o in range(101)]
    parties = [
        {"utilities": cake, "reservation": 0.0, "kind": "tough"},
        {"utilities": cake[::-1], "reservation": 0.0, "kind": "tough"},
    ]
    level = {"issues": [101], "parties": parties, "first": 0, "max_steps": 256}
    world = adaptarium.world("Price-v0", records=(level,), **{"transition.deadline": 5}).alone()
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    asked = [90, 80, 85, 60]
    for outcome in asked:
        batch.w.actions[0, 0] = codes.FIRST_OFFER + outcome
        batch.step()
    batch.w.actions[0, 0] = codes.WALK
    batch.step()
    found = {name: float(value[0]) for name, value in measures(batch.w).items()}
    assert found["first_offer"] == pytest.approx(0.9)
    assert found["concession"] == pytest.approx(0.3)
    assert found["concession_rate"] == pytest.approx(0.1)
    assert found["monotonic"] == pytest.approx(2 / 3)
    assert found["variability"] == pytest.approx(np.std(asked) / 100)
    assert found["relative_rounds"] == pytest.approx(0.9)
    assert found["speed"] == 0
    record = batch.w.final_metrics[0]
    assert (record["their_offers"], record["their_retreats"]) == (4, 0)


def test_evaluations_report_them(tmp_path: Path) -> None:
    world = adaptarium.world("Price-v0", num_levels=3).alone()
    terms = {"episodes": 3, "out": tmp_path, "pictures": False}
    (cell,) = adaptarium.evaluate(world, "random", **terms)
    (kept,) = Results(tmp_path).cells()
    for name in ("turns", *JUDGED):
        found = [episode.measures[name] for episode in kept.episodes if episode.measures]
        value, low, high = cell["measures"][name]
        assert value == pytest.approx(np.mean(found))
        assert low <= value <= high
    page = adaptarium.report(tmp_path).read_text(encoding="utf-8")
    assert "Kalai smorodinsky" in page
