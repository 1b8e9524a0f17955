"""The page of regret curves: fits, and one file without anything from outside."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from adaptarium.agents.bandit.simulate import marks
from adaptarium.evaluation.report.regret import Experiment, fit, regret_page

AT = marks(10, 100_000, 30)


def curves(mean: np.ndarray) -> np.ndarray:
    """Regret of three episodes around a mean."""
    return mean[:, None] * np.array([0.9, 1.0, 1.1])


def test_marks_rise_to_the_last_step() -> None:
    assert AT[0] == 10
    assert AT[-1] == 100_000
    assert (np.diff(AT) > 0).all()


def test_a_fit_finds_a_logarithm_and_a_power() -> None:
    found = fit(AT, curves(3.0 * np.log(AT) - 1.0), 100, 100_000)
    assert found.slope == pytest.approx(3.0)
    assert found.r2 == pytest.approx(1.0)
    assert fit(AT, curves(AT**0.5), 10, 10_000, logarithm=True).slope == pytest.approx(0.5)


def test_the_page_is_one_file_that_tells_each_experiment(tmp_path: Path) -> None:
    regret = {"ucb1": curves(8.0 * np.log(AT)), "a < b": curves(2.0 * np.log(AT))}
    facts = [("ucb1", "slope", "8.00", "8")]
    one = Experiment("Slow growth", "Two arms.", list(AT), regret, ("a law", 2.0), facts)
    path = regret_page([one, one], tmp_path / "new" / "page.html", "python make.py")
    page = path.read_text(encoding="utf-8")
    assert [file.name for file in path.parent.iterdir()] == ["page.html"]
    assert not re.search(r"<script|https?://|src=", page)
    for words in ("Slow growth", "Two arms.", "a law", "8.00", "a &lt; b", "make.py"):
        assert words in page
    assert page.count("<path") == 2 * (2 + 2 + 1)  # two bands, two lines and the law
