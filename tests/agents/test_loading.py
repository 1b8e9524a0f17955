"""Agents by name."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.agents.scripted.random import RandomAgent
from adaptarium.envs.core.errors import AgentError, UnknownNameError


@pytest.fixture
def players(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of agents in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "players_of_mine.py").write_text(
        "class Still:\n    def act(self, observation, info):\n        return 6\n"
        "def demanding(strength):\n    return Still()\n"
        "def nothing():\n    return None\n"
    )
    yield "players_of_mine"
    sys.modules.pop("players_of_mine", None)


def test_a_factory_of_a_module(players: str) -> None:
    assert load_agent(f"{players}:Still").act({}, {}) == 6


def test_an_object_is_itself() -> None:
    agent = RandomAgent()
    assert load_agent(agent) is agent
    assert agent_name(agent) == "RandomAgent"
    assert agent_name("random") == "random"


def test_unknown_names_give_the_nearest(players: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown agent 'refrence'; did you mean 'referen"):
        load_agent("refrence")
    (tmp_path / "runs" / "doorkey").mkdir(parents=True)
    (tmp_path / "runs" / "doorkey" / "run.json").write_text("{}")
    with pytest.raises(UnknownNameError, match="did you mean 'runs/doorkey'"):
        load_agent("runs/dorkey")
    with pytest.raises(UnknownNameError, match="did you mean 'Still'"):
        load_agent(f"{players}:Stil")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (":demanding", "takes no arguments"),
        (":nothing", "is a NoneType without act"),
    ],
)
def test_factories_that_make_no_agent(players: str, name: str, said: str) -> None:
    with pytest.raises(AgentError, match=said):
        load_agent(players + name)


def test_a_module_that_does_not_exist() -> None:
    with pytest.raises(AgentError, match="No module named 'no_such_module_here'"):
        load_agent("no_such_module_here:Agent")


def test_random_play_is_uniform_over_valid_actions() -> None:
    n = 30_000
    mask = np.tile(np.array([True, False, True, True]), (n, 1))
    info = {"mask": mask, "seed": np.arange(n), "step": np.zeros(n)}
    actions = RandomAgent().act({}, info)
    counts = np.bincount(actions, minlength=4)
    assert counts[1] == 0
    assert np.abs(counts[[0, 2, 3]] - n / 3).max() < 5 * np.sqrt(n * 2 / 9)
