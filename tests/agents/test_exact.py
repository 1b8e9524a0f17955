"""Going on is exact for every algorithm, and each of them plays."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import ALGORITHMS, Settings
from adaptarium.envs.core.errors import RunError
from adaptarium.evaluation.playing import play_episodes

PPO = {"n_steps": 8, "batch_size": 32, "n_epochs": 2}
# Small, and with every schedule under way while the run is interrupted.
HYPER: dict[str, dict[str, Any]] = {
    "ppo": PPO,
    "a2c": {},
    "dqn": {
        "learning_starts": 64,
        "buffer_size": 160,  # is full when the run is interrupted
        "exploration_steps": 400,
        "target_update_interval": 48,
        "gradient_steps": 1,
    },
    "recurrent-ppo": {**PPO, "lstm_size": 8},
    "maskable-ppo": PPO,
    "fast-ppo": {**PPO, "memory": 8},
    "qmix": {
        "learning_starts": 64,
        "train_freq": 8,
        "batch_size": 4,
        "buffer_episodes": 6,
        "gradient_steps": 2,
        "target_update_interval": 3,
        "memory": 8,
        "exploration_steps": 400,
    },
}
NETWORKS = [algo for algo, model in ALGORITHMS.items() if issubclass(model, Settings)]
STOPS = (192, 320)  # rollouts of 64 steps; episodes are under way at either


def train(algo: str, out: Path, steps: int) -> dict[str, Any]:
    return adaptarium.train(
        "Empty-v0",
        overrides={"size": 5},
        algo=algo,
        steps=steps,
        num_envs=8,
        out=out,
        device="cpu",
        log_every=64,
        hyperparameters={**HYPER[algo], "learning_rate_steps": 1000},
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A short run of every algorithm with a network, in one go."""
    folder = tmp_path_factory.mktemp("runs")
    for algo in NETWORKS:
        train(algo, folder / algo, STOPS[1])
    return {algo: folder / algo for algo in NETWORKS}


def state_of(run: Path) -> dict[str, Any]:
    state = RunFolder(run).load_checkpoint()
    assert state is not None
    state["counters"].pop("seconds")
    return state


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


@pytest.mark.parametrize("algo", NETWORKS)
def test_an_interrupted_run_ends_with_the_same_weights(
    algo: str, runs: dict[str, Path], tmp_path: Path
) -> None:
    train(algo, tmp_path / "run", STOPS[0])
    halfway = state_of(tmp_path / "run")
    result = train(algo, tmp_path / "run", STOPS[1])
    assert result["resumed_from"] == STOPS[0]
    assert result["notes"] == []
    whole, parted = state_of(runs[algo]), state_of(tmp_path / "run")
    different = [name for name in whole if not same(whole[name], parted[name])]
    assert different == []
    assert not same(halfway["policy"], parted["policy"])
    rates = [state["optimizer"]["param_groups"][0]["lr"] for state in (halfway, parted)]
    full = RunFolder(runs[algo]).info()["hyperparameters"]["learning_rate"]
    assert rates == pytest.approx([full * (1 - steps / 1000) for steps in STOPS])


def test_amounts_and_several_seats_go_on_exactly_too(tmp_path: Path) -> None:
    hyper = {**HYPER["dqn"], "encoding": "raw"}  # remembered as they are, not as bits
    options: dict[str, Any] = {"algo": "dqn", "num_envs": 4, "device": "cpu", "log_every": 64}
    for name, stops in (("whole", [192]), ("parted", [128, 192])):
        for steps in stops:
            adaptarium.train(
                "Foraging-v0", steps=steps, out=tmp_path / name, hyperparameters=hyper, **options
            )
    assert same(state_of(tmp_path / "whole"), state_of(tmp_path / "parted"))


PARTS = [
    *[("ppo", part) for part in ("policy", "optimizer", "learner", "environment", "starts")],
    *[("ppo", part) for part in ("random", "counters")],
    ("recurrent-ppo", "memory"),
    ("dqn", "replay"),
]


@pytest.mark.parametrize(("algo", "part"), PARTS)
def test_a_checkpoint_without_a_part_is_refused(
    algo: str, part: str, runs: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(runs[algo], tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    state = folder.load_checkpoint()
    assert state is not None
    del state[part]
    folder.save_checkpoint(state)
    with pytest.raises(RunError, match=r"checkpoint (does not fit its run\.json|has no count)"):
        train(algo, tmp_path / "run", 2 * STOPS[1])


def test_a_checkpoint_of_another_environment_is_refused(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(runs["ppo"], tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    state = folder.load_checkpoint()
    assert state is not None
    state["environment"][100] ^= 1
    folder.save_checkpoint(state)
    with pytest.raises(RunError, match="the saved state is damaged"):
        train("ppo", tmp_path / "run", 2 * STOPS[1])


# ---- playing ----


def test_evaluation_plays_every_algorithm(runs: dict[str, Path], tmp_path: Path) -> None:
    cells = adaptarium.evaluate(
        ["Empty-v0"],
        [str(run) for run in runs.values()],
        overrides={"size": 5},
        split="train",
        episodes=8,
        out=tmp_path,
        pictures=False,
    )
    assert [cell["agent"] for cell in cells] == [str(run) for run in runs.values()]
    assert all(cell["score"]["num_episodes"] == 8 for cell in cells)


@pytest.mark.parametrize("algo", ["dqn", "recurrent-ppo", "maskable-ppo"])
def test_a_policy_plays_alike_alone_and_in_company(algo: str, runs: dict[str, Path]) -> None:
    world = adaptarium.world("Empty-v0", size=5)
    agent = load_agent(str(runs[algo]))
    together = play_episodes(world, agent, range(12))
    assert len({episode.length for episode in together}) > 1
    alone = [play_episodes(world, agent, [seed])[0] for seed in (0, 5, 11)]
    assert alone == [together[0], together[5], together[11]]


def given(n: int, slots: list[int], first: bool, step: int) -> tuple[Any, Any]:
    """Observations that look alike in every slot."""
    world = adaptarium.world("Empty-v0", size=5)
    space = world.gym().observation_space
    obs = {name: np.stack([space[name].sample()] * n) for name in space.spaces}
    space.seed(step)
    info = {
        "first": np.full(n, first),
        "step": np.full(n, step),
        "seed": np.arange(n),
        "slots": np.array(slots),
        "mask": np.ones((n, 7), np.bool_),
    }
    return obs, info


def test_a_recurrent_policy_remembers_each_episode_apart(runs: dict[str, Path]) -> None:
    agent: Any = load_agent(str(runs["recurrent-ppo"]))
    obs, info = given(3, [0, 1, 2], True, 0)
    agent.act(obs, info)
    hidden = agent._memory.states[0]
    assert hidden.abs().min() > 0
    before = hidden.clone()
    # Slot 1 is over; slot 2 begins anew and 0 goes on.
    obs, info = given(2, [0, 2], False, 1)
    info["first"] = np.array([False, True])
    agent.act(obs, info)
    after = agent._memory.states[0]
    assert torch.equal(after[:, 1], before[:, 1])
    fresh: Any = load_agent(str(runs["recurrent-ppo"]))
    fresh.act({name: part[1:] for name, part in obs.items()}, given(1, [0], True, 0)[1])
    assert torch.allclose(after[:, 2], fresh._memory.states[0][:, 0], atol=1e-6)
    assert not torch.allclose(after[:, 0], after[:, 2], atol=1e-4)


def test_a_masked_policy_takes_no_invalid_action(runs: dict[str, Path]) -> None:
    agent = load_agent(str(runs["maskable-ppo"]))
    n = 200
    obs, info = given(n, list(range(n)), True, 0)
    info["mask"][:, 1:] = False
    info["mask"][n // 2 :, 3] = True
    actions = agent.act(obs, info)
    assert (actions[: n // 2] == 0).all()
    assert set(actions[n // 2 :]) == {0, 3}
