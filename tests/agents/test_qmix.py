"""QMIX: its mixer, its replay, its targets, and what it learns."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.qmix.collector import Collector
from adaptarium.agents.rl.qmix.learner import QMIX, state_inputs
from adaptarium.agents.rl.qmix.network import AgentNetwork, Mixer, Sum
from adaptarium.agents.rl.qmix.replay import Episode, Replay, padded
from adaptarium.agents.rl.qmix.train import make_team
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import QMIXSettings, settings_for
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AgentError, DivergenceError, FactorError
from adaptarium.evaluation.playing import play_episodes

QUICK = {
    "layers": [16],
    "memory": 8,
    "mixing_size": 8,
    "learning_starts": 200,
    "train_freq": 10,
    "batch_size": 4,
    "buffer_episodes": 12,
    "gradient_steps": 2,
    "target_update_interval": 5,
    "exploration_steps": 2000,
}


def settings(**changes: Any) -> QMIXSettings:
    return settings_for("qmix", "grid", {**QUICK, **changes})  # type: ignore[return-value]


def train(out: Path, steps: int, **hyper: Any) -> dict[str, Any]:
    return adaptarium.train(
        "Foraging-v0",
        overrides={"size": 5, "food": 1, "episode.max_steps": 12},
        algo="qmix",
        steps=steps,
        num_envs=8,
        out=out,
        device="cpu",
        log_every=160,
        hyperparameters={**QUICK, **hyper},
    )


def collector(**changes: Any) -> tuple[Collector, QMIX, Replay]:
    world = adaptarium.world("Foraging-v0", size=5, food=1, **{"episode.max_steps": 6})
    batch = Batch([world], 4, autoreset="disabled")
    batch.reset(seed=0)
    torch.manual_seed(0)
    chosen = settings(**changes)
    team, encoding = make_team(batch, chosen)
    replay = Replay(chosen.buffer_episodes)
    return Collector(batch, team.agents, encoding, chosen, 3), QMIX(team, chosen, replay, 3), replay


def test_what_is_best_for_each_agent_is_best_for_the_team() -> None:
    torch.manual_seed(1)
    mixer = Mixer(seats=3, state=5, size=8)
    values = torch.randn(200, 3, requires_grad=True)
    mixer(values, torch.randn(200, 5)).sum().backward()
    assert values.grad is not None
    assert (values.grad >= 0).all()
    assert (values.grad > 0).any()
    sums = Sum()(torch.tensor([[1.0, 2.0, 3.5]]), torch.zeros(1, 5))
    assert sums.tolist() == [6.5]


def test_unrolling_gives_what_was_put_out_while_playing() -> None:
    torch.manual_seed(2)
    network = AgentNetwork(6, 2, 4, settings())
    inputs = torch.randn(7, 10, 6)
    memory, played = network.initial(10), []
    for now in inputs:
        values, memory = network(now, memory)
        played.append(values)
    assert torch.allclose(network.unroll(inputs), torch.stack(played), atol=1e-5)


def test_episodes_are_remembered_whole_and_come_back_from_a_checkpoint() -> None:
    playing, _, replay = collector()
    for episode in playing.collect(20):
        replay.add(episode)
    assert len(replay) == 12  # as many as there is room for
    for episode in replay.episodes:
        steps = len(episode.rewards)
        assert 1 <= steps <= 6
        assert len(episode.observations) == len(episode.masks) == steps + 1
        assert episode.alive[:-1].all()
    restored = Replay(12)
    restored.restore(replay.state())
    for mine, other in zip(replay.episodes, restored.episodes, strict=True):
        for name in Episode._fields:
            assert np.array_equal(getattr(mine, name), getattr(other, name)), name
            assert getattr(mine, name).dtype == getattr(other, name).dtype


def test_only_a_true_end_is_worth_nothing_more() -> None:
    """By hand: the sum of the agents' best values follows, but where the team is done."""
    playing, learner, replay = collector(mixer="vdn", memory=0, gamma=0.5)
    for episode in playing.collect(14):
        replay.add(episode)
    batch = padded(replay.episodes[:3], "cpu")
    loss, _ = learner._loss(batch)
    team, total, count = learner.team, 0.0, 0
    for episode in replay.episodes[:3]:
        inputs = torch.from_numpy(episode.observations).float()
        values = team.agents.unroll(inputs).detach().numpy()
        for t, action in enumerate(episode.actions):
            now = values[t][np.arange(2), action].sum()
            best = np.where(episode.masks[t + 1], values[t + 1], -np.inf)
            playing_on = episode.alive[t + 1]
            ahead = sum(best[seat].max() for seat in range(2) if playing_on[seat])
            target = episode.rewards[t] + (0.0 if episode.ended[t] else 0.5 * ahead)
            total, count = total + (now - target) ** 2, count + 1
    assert float(loss.detach()) == pytest.approx(total / count, rel=1e-4)
    cut = [one for one in replay.episodes if len(one.rewards) == 6 and not one.ended[-1]]
    assert cut  # the time limit has cut some off, and their last look is worth something
    assert cut[0].alive[-1].all()
    assert cut[0].masks[-1].any()


def test_the_global_state_is_read_by_its_bits() -> None:
    playing, _, replay = collector()
    for episode in playing.collect(14):
        replay.add(episode)
    batch = padded(replay.episodes[:2], "cpu")
    inputs = state_inputs(batch)
    raw = replay.episodes[0].states[0]
    assert raw.dtype == np.uint8
    bits = np.unpackbits(raw, bitorder="little").astype(np.float32)
    assert np.array_equal(inputs[0, 0].numpy(), bits)
    without = batch._replace(states=batch.states[..., :0])
    assert state_inputs(without).shape[-1] == 2 * batch.observations.shape[-1]


@pytest.mark.full
@pytest.mark.parametrize("mixer", ["qmix", "vdn"])
def test_an_interrupted_run_ends_with_the_same_weights(mixer: str, tmp_path: Path) -> None:
    train(tmp_path / "whole", 1600, mixer=mixer)
    for steps in (960, 1600):
        train(tmp_path / "parted", steps, mixer=mixer)
    whole, parted = (RunFolder(tmp_path / name).load_checkpoint() for name in ("whole", "parted"))
    assert whole is not None
    assert parted is not None
    for part in ("policy", "target"):
        for name, tensor in whole[part].items():
            assert torch.equal(tensor, parted[part][name]), name
    assert whole["updates"] == parted["updates"] > 10
    world = adaptarium.world("Foraging-v0", size=5, food=1)
    agent = load_agent(str(tmp_path / "whole"))
    together = play_episodes(world, agent, range(4))
    assert play_episodes(world, agent, [2])[0] == together[2]


@pytest.mark.full
def test_divergence_is_named_and_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    train(tmp_path / "run", 960)
    path = tmp_path / "run" / "checkpoint.pt"
    state = torch.load(path, weights_only=True)
    state["policy"]["agents.head.weight"][0, 0] = math.nan
    torch.save(state, path)
    before = path.read_bytes()
    with pytest.raises(DivergenceError, match=r"diverged at step 1,120: the loss became NaN"):
        train(tmp_path / "run", 1600)
    assert path.read_bytes() == before


def test_what_cannot_be_played_or_learnt_is_refused(tmp_path: Path) -> None:
    train(tmp_path / "run", 320)
    three = adaptarium.world("Foraging-v0", size=5, food=1, players=3)
    with pytest.raises(AgentError, match=r"2 seats, this world has 3|of shape"):
        play_episodes(three, load_agent(str(tmp_path / "run")), [0])
    with pytest.raises(
        FactorError, match="buffer_episodes = 10000000: .* the nearest that may fit"
    ):
        train(tmp_path / "large", 320, buffer_episodes=10_000_000)
    assert not (tmp_path / "large").exists()


@pytest.mark.full
def test_a_team_learns_to_forage(tmp_path: Path) -> None:
    """Unseen levels of 5x5 with one food: random play gathers some four tenths of it."""
    world = adaptarium.world("Foraging-v0", size=5, food=1)
    hyper = {"memory": 0, "exploration_steps": 60_000, "learning_rate": 0.001}
    adaptarium.train(
        world,
        algo="qmix",
        steps=100_000,
        num_envs=32,
        out=tmp_path / "run",
        device="cpu",
        hyperparameters=hyper,
    )
    unseen = world.override(split="test")
    found, random = (
        np.mean([one.episode_return for one in play_episodes(unseen, load_agent(name), range(200))])
        for name in (str(tmp_path / "run"), "random")
    )
    assert found > random + 0.25
