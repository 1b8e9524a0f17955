"""Writes ``rliable_answers.json``: what rliable says about random score matrices.

rliable brings half a gigabyte of packages and needs an older pandas than it asks for, so it is not
among the requirements of the tests. To make the answers anew, in an environment of its own::

    pip install rliable==1.2.0 'pandas<3' && python tests/evaluation/make_rliable_answers.py
"""

import json
from pathlib import Path

import numpy as np
from rliable import library, metrics

STATISTICS = {
    "interquartile_mean": metrics.aggregate_iqm,
    "median": metrics.aggregate_median,
    "mean": metrics.aggregate_mean,
    "optimality_gap": metrics.aggregate_optimality_gap,
}
THRESHOLDS = np.linspace(0, 1, 11).round(1)
SHAPES = [(3, 3, 2), (5, 4, 3), (10, 7, 6), (20, 10, 12), (4, 4, 1)]
REPETITIONS = 20_000


def estimates(scores, statistic, repetitions):
    """Value, low and high of a statistic with one number."""
    values, intervals = library.get_interval_estimates(
        {"": scores},
        lambda *drawn: np.array([statistic(*drawn)]),
        reps=repetitions,
        random_state=np.random.RandomState(0),
    )
    return [float(values[""][0]), *(float(edge) for edge in intervals[""][:, 0])]


def case(seed, runs, other_runs, tasks):
    """A pair of matrices that tie in a run, and the answers."""
    rng = np.random.default_rng(seed)
    first = rng.normal(0.6, 0.4, size=(runs, tasks))
    second = rng.normal(0.4, 0.5, size=(other_runs, tasks))
    second[0] = first[0]
    profiles, bands = library.create_performance_profile({"": first}, THRESHOLDS, reps=REPETITIONS)
    return {
        "first": first.tolist(),
        "second": second.tolist(),
        **{name: estimates(first, one, REPETITIONS) for name, one in STATISTICS.items()},
        "improvement": estimates((first, second), metrics.probability_of_improvement, 5000),
        "thresholds": THRESHOLDS.tolist(),
        "profile": [profiles[""].tolist(), *(edge.tolist() for edge in bands[""])],
    }


if __name__ == "__main__":
    answers = [case(seed, *shape) for seed, shape in enumerate(SHAPES)]
    path = Path(__file__).with_name("rliable_answers.json")
    path.write_text(json.dumps(answers) + "\n", encoding="utf-8")
