"""Writes ``mabwiser_answers.json``: what MABWiser's policies think after random histories.

MABWiser brings scikit-learn and seaborn, so it is not among the requirements of the tests. To make
the answers anew, in an environment of its own::

    pip install mabwiser==2.7.4 && python tests/bandit/make_mabwiser_answers.py
"""

import json
from pathlib import Path

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

FEATURES = 3


def history(seed, arms, steps):
    """Arms, payoffs and contexts; every arm is pulled."""
    rng = np.random.default_rng(seed)
    pulled = np.concatenate([np.arange(arms), rng.integers(arms, size=steps - arms)])
    rng.shuffle(pulled)
    payoffs = (rng.random(steps) < (1 + pulled) / (1 + arms)).astype(float)
    contexts = rng.normal(size=(steps, FEATURES)).round(3)
    return pulled, payoffs, contexts, rng.normal(size=FEATURES).round(3)


def taught(policy, arms, *seen):
    """MABWiser's bandit of ``policy`` that has seen the history."""
    bandit = MAB(list(range(arms)), policy, seed=0)
    bandit.fit(*seen)
    return bandit


def indices(bandit, arms, *context):
    """What a bandit expects of every arm."""
    expected = bandit.predict_expectations(*context)
    return [float(expected[arm]) for arm in range(arms)]


def case(seed, arms, steps):
    """A history, and the answers."""
    pulled, payoffs, contexts, now = history(seed, arms, steps)
    seen = pulled, payoffs
    thompson = taught(LearningPolicy.ThompsonSampling(), arms, *seen)._imp
    linear = taught(LearningPolicy.LinUCB(alpha=0.7, l2_lambda=1.0), arms, *seen, contexts)
    return {
        "arms": pulled.tolist(),
        "payoffs": payoffs.tolist(),
        "contexts": contexts.tolist(),
        "context": now.tolist(),
        # Its width is alpha * sqrt(2 ln t / n): alpha = 1 is the published one.
        "ucb1": indices(taught(LearningPolicy.UCB1(alpha=1.0), arms, *seen), arms),
        "epsilon-greedy": indices(taught(LearningPolicy.EpsilonGreedy(0.0), arms, *seen), arms),
        "thompson": [
            [thompson.arm_to_success_count[arm], thompson.arm_to_fail_count[arm]]
            for arm in range(arms)
        ],
        "linucb": indices(linear, arms, now[None]),
    }


if __name__ == "__main__":
    shapes = [(2, 10), (3, 40), (5, 100), (10, 200)]
    answers = [case(seed, *shape) for seed, shape in enumerate(shapes)]
    text = json.dumps(answers, default=float)
    Path(__file__).with_name("mabwiser_answers.json").write_text(text + "\n", encoding="utf-8")
