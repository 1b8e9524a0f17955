"""Tables of states: they reach the optimum of small worlds, and go on exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import settings_for
from adaptarium.agents.scripted.reference import ReferenceAgent
from adaptarium.agents.tabular.model_based import ModelBased
from adaptarium.agents.tabular.player import TabularAgent
from adaptarium.agents.tabular.q_learning import QLearning
from adaptarium.agents.tabular.states import States
from adaptarium.envs.core.errors import AgentError, FactorError, RunError
from adaptarium.evaluation.playing import play_episodes

ALGOS = ("q-learning", "model-based")
EPISODES = 400
# World, overrides, what a state is, steps (model-based learning takes a fifth), and further
# hyper-parameters; of Q-learning those of a world without chance, where a step may be whole.
WHOLE = {"learning_rate_power": 0.0}
CASES: dict[str, tuple[str, dict[str, Any], str, int, dict[str, Any], dict[str, Any]]] = {
    "lake": ("FrozenLake-v0", {"size": 4, "start_level": 5}, "observation", 100_000, {}, {}),
    "maze": ("Maze-v0", {"size": 7}, "state", 60_000, {"gamma": 0.9}, WHOLE),
    "bandit": (
        "Bernoulli-v0",
        {"arms": 3, "episode.max_steps": 10},
        "observation",
        60_000,
        {"gamma": 0.9},
        {"initial_value": 10.0},
    ),
    "lights": ("Lights-v0", {"size": 3}, "observation", 100_000, {"gamma": 0.8}, WHOLE),
}


def train(out: Path, case: str, algo: str, steps: int | None = None, **more: Any) -> dict[str, Any]:
    world, overrides, states, most, both, for_q = CASES[case]
    hyper = {"states": states, **both, **(for_q if algo == "q-learning" else {})}
    if algo == "q-learning":
        hyper["exploration_steps"] = most // 2
    if algo == "model-based" and case == "bandit":
        hyper["optimism"] = 10.0
    return adaptarium.train(
        adaptarium.world(world, num_levels=1, **overrides),
        algo=algo,
        steps=steps or (most if algo == "q-learning" else most // 5),
        num_envs=16,
        split="all",
        out=out,
        hyperparameters={**hyper, **more},
    )


@pytest.mark.parametrize(
    ("case", "algo"),
    [
        ("maze", "model-based"),
        *(
            pytest.param(case, algo, marks=pytest.mark.full)
            for case in CASES
            for algo in ALGOS
            if (case, algo) != ("maze", "model-based")
        ),
    ],
)
def test_a_table_reaches_the_optimum_of_value_iteration(
    case: str, algo: str, tmp_path: Path
) -> None:
    """Within three standard errors over 400 episodes; exactly, where there is no chance."""
    train(tmp_path / "run", case, algo)
    world = adaptarium.world(CASES[case][0], num_levels=1, split="all", **CASES[case][1])
    agent = load_agent(str(tmp_path / "run"))
    best, found = (
        np.array([one.episode_return for one in play_episodes(world, who, range(EPISODES))])
        for who in (ReferenceAgent(), agent)
    )
    error = np.sqrt((best.var() + found.var()) / EPISODES)
    assert abs(found.mean() - best.mean()) <= 3 * error + 1e-9


@pytest.mark.parametrize("algo", ALGOS)
def test_an_interrupted_run_ends_with_the_same_table(algo: str, tmp_path: Path) -> None:
    train(tmp_path / "whole", "lake", algo, 2048)
    for steps in (1024, 2048):
        train(tmp_path / "parted", "lake", algo, steps)
    whole, parted = (RunFolder(tmp_path / name).load_checkpoint() for name in ("whole", "parted"))
    assert whole is not None
    assert parted is not None
    for part in ("policy", "learner"):
        for name, tensor in whole[part].items():
            assert torch.equal(tensor, parted[part][name]), name
    assert torch.equal(whole["environment"], parted["environment"])
    assert len(whole["policy"]["names"]) > 5


# ---- by hand ----


def two_states() -> States:
    states = States(2)
    states.rows(np.array([5, 6], np.uint64), np.ones((2, 2), np.bool_))
    return states


def step(learner: Any, row: int, action: int, reward: float, after: int, end: bool) -> None:
    learner.learn(
        np.array([row]), np.array([action]), np.array([reward]), np.array([after]), np.array([end])
    )


def test_q_learning_moves_toward_reward_and_best_value_ahead() -> None:
    hyper = {"gamma": 0.5, "learning_rate": 1.0, "learning_rate_power": 1.0, "initial_value": 2.0}
    settings = settings_for("q-learning", "", hyper)
    learner = QLearning(settings, two_states())  # type: ignore[arg-type]
    step(learner, 0, 1, 3.0, 1, False)  # the first step is whole: 3 + 0.5 * 2
    assert learner.values(np.array([0]))[0, 1] == 4.0
    step(learner, 0, 1, 1.0, 1, True)  # the second half: from 4 half-way to 1
    assert learner.values(np.array([0]))[0, 1] == 2.5
    assert learner.table()[0].tolist() == [-np.inf, 2.5]
    pair = np.array([1, 1])
    learner.learn(pair, pair, np.array([0.0, 4.0]), pair, np.array([True, True]))
    assert learner.values(np.array([1]))[0, 1] == 2.0  # their mean, by half a step from 2


def test_a_model_is_solved_exactly_and_what_is_unknown_is_hoped_for() -> None:
    hyper = {"gamma": 0.5, "known_after": 2, "optimism": 8.0, "tolerance": 1e-12}
    settings = settings_for("model-based", "", hyper)
    learner = ModelBased(settings, two_states())  # type: ignore[arg-type]
    for _ in range(2):  # state 1 stays where it is and pays 1: worth 1 / (1 - 0.5)
        step(learner, 1, 0, 1.0, 1, False)
        step(learner, 1, 1, 0.0, 1, True)
    step(learner, 0, 0, 0.0, 1, False)
    step(learner, 0, 0, 0.0, 0, True)  # half the time it ends
    step(learner, 0, 1, 0.0, 0, True)
    learner.plan()
    assert learner.values(np.array([0, 1])) == pytest.approx(
        np.array([[0.5 * 0.5 * 2.0, 8.0], [2.0, 0.0]])
    )
    assert learner.table() == pytest.approx(np.array([[0.5, 0.0], [2.0, 0.0]]))


# ---- what is refused ----


def test_worlds_of_several_seats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FactorError, match="for 2 seats; expected one seat"):
        adaptarium.train("Foraging-v0", algo="q-learning", steps=1000, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_table_that_outgrows_its_bound_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="outgrown hyper-parameter max_states = 3 at step"):
        train(tmp_path / "run", "lake", "q-learning", 2048, max_states=3)


def test_a_table_of_true_states_plays_no_foreign_world() -> None:
    states = two_states()
    table = {**states.state(), "table": np.zeros((2, 2))}
    agent = TabularAgent("state", table)
    info = {"mask": np.ones((1, 2), bool), "seed": np.array([0]), "step": np.array([0])}
    with pytest.raises(AgentError, match="plays our own worlds alone"):
        agent.act({}, info)
    with pytest.raises(RunError, match="holds no table of states"):
        TabularAgent("state", {})


def test_states_never_met_are_played_at_random() -> None:
    table = {**two_states().state(), "table": np.array([[0.0, 1.0], [1.0, 0.0]])}
    agent = TabularAgent("observation", table)
    count = 400
    info = {
        "mask": np.tile(np.array([True, True]), (count, 1)),
        "seed": np.arange(count),
        "step": np.zeros(count, int),
    }
    played = agent.act({"": np.arange(count)}, info)
    assert 140 < played.sum() < 260  # five standard deviations of a fair coin: 50
