"""Random numbers of agents."""

from __future__ import annotations

import numpy as np

from adaptarium.agents.draws import uniforms


def test_uniforms_are_uniform_and_addressed() -> None:
    seeds, steps = np.repeat(np.arange(200), 100), np.tile(np.arange(100), 200)
    drawn = uniforms(seeds, steps)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    counts, _ = np.histogram(drawn, bins=20, range=(0, 1))
    # 20,000 draws in 20 bins: 5 standard deviations of a bin are 154.
    assert np.abs(counts - 1000).max() < 154
    assert len(np.unique(drawn)) == len(drawn)


def test_order_and_company_do_not_matter() -> None:
    together = uniforms(np.array([3, 9]), np.array([5, 0]), (2,))
    alone = uniforms(np.array([9]), np.array([0]), (2,))
    assert together.shape == (2, 2)
    assert (together[1] == alone[0]).all()
    assert len(np.unique(together)) == 4


def test_neighbouring_seeds_and_steps_are_unrelated() -> None:
    n = 20_000
    seeds = np.arange(n)
    one, other = uniforms(seeds, np.zeros(n)), uniforms(seeds + 1, np.zeros(n))
    later = uniforms(seeds, np.ones(n))
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(n)
    assert abs(np.corrcoef(one, later)[0, 1]) < 5 / np.sqrt(n)
