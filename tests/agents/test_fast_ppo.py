"""The compact PPO: its heads, its advantages, what it learns and how it stops."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.fast.advantages import advantages
from adaptarium.agents.rl.fast.heads import head_for
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.rollout import Collector
from adaptarium.agents.rl.view import View
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import DivergenceError, FactorError
from adaptarium.evaluation.playing import play_episodes

SMALL = {"n_steps": 16, "batch_size": 256}


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def train(out: Path, steps: int, world: str = "Empty-v0", **hyper: Any) -> dict[str, Any]:
    overrides = {"size": 5} if world == "Empty-v0" else {}
    return adaptarium.train(
        world,
        overrides=overrides,
        algo="fast-ppo",
        steps=steps,
        num_envs=32,
        out=out,
        device="cpu",
        hyperparameters={**SMALL, **hyper},
    )


# ---- heads ----


@pytest.mark.parametrize(
    "space", [spaces.Discrete(5), spaces.MultiDiscrete([3, 2, 4])], ids=["discrete", "several"]
)
def test_categorical_heads_agree_with_torch(space: spaces.Space[Any]) -> None:
    head = head_for(space)
    out = torch.randn(64, head.size, generator=generator())
    actions = head.sample(out, None, generator())
    assert all(space.contains(action.numpy()) or space.contains(int(action)) for action in actions)
    logs, entropies = head.judge(out, actions, None)
    columns = actions.reshape(64, -1)
    parts = out.split(head.widths, dim=-1)  # type: ignore[union-attr]
    theirs = [torch.distributions.Categorical(logits=part) for part in parts]
    expected = sum(one.log_prob(columns[:, j]) for j, one in enumerate(theirs))
    assert torch.allclose(logs, expected, atol=1e-6)
    assert torch.allclose(entropies, sum(one.entropy() for one in theirs), atol=1e-6)


@pytest.mark.parametrize("way", ["sample", "draw"])
def test_actions_are_drawn_as_often_as_they_are_probable_and_masked_ones_never(way: str) -> None:
    head = head_for(spaces.Discrete(4))
    chances = torch.tensor([0.5, 0.1, 0.3, 0.1])
    out = chances.log().expand(100_000, 4)
    mask = torch.tensor([True, False, True, True]).expand(100_000, 4)
    given = generator() if way == "sample" else torch.rand(100_000, 4, generator=generator())
    actions = getattr(head, way)(out, mask, given)
    shares = np.bincount(actions.numpy(), minlength=4) / 100_000
    expected = np.array([0.5, 0.0, 0.3, 0.1]) / 0.9
    assert shares[1] == 0
    assert np.abs(shares - expected).max() < 5 * math.sqrt(0.25 / 100_000)


def test_the_gaussian_head_agrees_with_torch_and_keeps_to_its_box() -> None:
    space = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([2.0, 1.0], np.float32))
    head = head_for(space)
    out = torch.randn(500, 2, generator=generator())
    actions = head.sample(out, None, generator())
    logs, entropies = head.judge(out, actions, None)
    theirs = torch.distributions.Normal(out, torch.ones(2))
    assert torch.allclose(logs, theirs.log_prob(actions).sum(-1), atol=1e-5)
    assert torch.allclose(entropies, theirs.entropy().sum(-1), atol=1e-5)
    assert all(space.contains(action) for action in head.play(actions).detach().numpy())
    drawn = head.draw(torch.zeros(50_000, 2), None, torch.rand(50_000, 2, generator=generator()))
    assert abs(float(drawn.detach().mean())) < 0.02
    assert abs(float(drawn.detach().std()) - 1.0) < 0.02


def test_spaces_that_cannot_be_learnt_are_named() -> None:
    with pytest.raises(FactorError, match="bounds on both sides"):
        head_for(spaces.Box(-np.inf, np.inf, (2,)))
    with pytest.raises(FactorError, match="expected Discrete, MultiDiscrete or Box"):
        head_for(spaces.MultiBinary(3))


# ---- advantages ----


def test_advantages_are_the_discounted_sums_of_one_step_errors() -> None:
    rng = np.random.default_rng(0)
    steps, rows, gamma, lam = 12, 5, 0.9, 0.8
    rewards, values = rng.normal(size=(2, steps, rows))
    last = rng.normal(size=rows)
    carries = rng.choice([0.0, 0.5, 1.0], (steps, rows), p=[0.2, 0.2, 0.6])
    given = [torch.from_numpy(each) for each in (rewards, values, last, carries)]
    found = advantages(*given, gamma, lam).numpy()
    following = np.concatenate([values[1:], last[None]])
    errors = rewards + gamma * following * carries - values
    for row in range(rows):
        for t in range(steps):
            total, weight = 0.0, 1.0
            for later in range(t, steps):
                total += weight * errors[later, row]
                weight *= gamma * lam * carries[later, row]
            assert found[t, row] == pytest.approx(total)


# ---- rollouts ----


def collector(
    world: str,
    num_envs: int,
    steps: int,
    memory: int = 0,
    *,
    credit: float = 1.0,
    finite_horizon: bool = False,
    **changes: Any,
) -> Collector:
    batch = Batch([adaptarium.world(world, **changes)], num_envs, autoreset="same_step")
    encoding = Encoding(batch.observation_space, "bits")
    torch.manual_seed(0)
    network = ActorCritic(
        encoding.size, head_for(batch.action_space), (16, 16), "Tanh", memory=memory
    )
    return Collector(
        View(batch),
        network,
        encoding,
        steps=steps,
        gamma=0.9,
        seed=3,
        random=generator(),
        masked=False,
        credit=credit,
        finite_horizon=finite_horizon,
    )


def test_a_time_limit_is_worth_what_would_have_come() -> None:
    limited = collector("Empty-v0", 4, 8, size=8, **{"episode.max_steps": 5})
    rollout = limited.collect()
    assert (rollout.carries[4] == 0).all()  # nobody reaches the goal of an 8x8 room in five steps
    assert (rollout.carries[:4] == 1).all()
    assert rollout.starts[[0, 5]].all()
    assert not rollout.starts[[1, 2, 3, 4, 6, 7]].any()
    final = limited.batch.final_obs
    assert final["image"].any()
    # The reward of the last step is the discounted value of the final observation, no more.
    worth = rollout.rewards[4] / 0.9
    inputs = limited._encoded(final).float()
    expected = limited.network(inputs, torch.zeros(4, 0))[1]
    assert torch.allclose(worth, expected, atol=1e-5)


def test_what_follows_an_inner_episode_counts_by_its_credit() -> None:
    trial = {"size": 5, "episode.inner_episodes": 2, "episode.max_steps": 3}
    playing = collector("Darkroom-v0", 16, 6, credit=0.25, **trial)
    rollout = playing.collect()
    ends, inner = rollout.carries == 0, rollout.carries == 0.25
    assert ((rollout.carries == 1) | ends | inner).all()
    # Some find the goal before the limit of three steps; the others' trials have one of each.
    slow = inner[2] & ends[5]
    assert slow.any()
    assert (rollout.carries[:, slow].sum(dim=0) == 4.25).all()


def test_nothing_follows_the_end_of_a_finite_horizon() -> None:
    playing = collector("Empty-v0", 4, 8, finite_horizon=True, size=8, **{"episode.max_steps": 5})
    rollout = playing.collect()
    assert (rollout.carries[4] == 0).all()
    assert (rollout.rewards == 0).all()


@pytest.mark.parametrize("memory", [0, 8])
def test_unrolling_gives_what_was_put_out_while_playing(memory: int) -> None:
    playing = collector("Empty-v0", 6, 20, memory, size=5, **{"episode.max_steps": 7})
    playing.collect()
    rollout = playing.collect()
    inputs = rollout.observations.float()
    out, values = playing.network.unroll(inputs, rollout.memory, rollout.starts)
    logs, _ = playing.network.head.judge(out, rollout.actions.flatten(0, 1), None)
    assert torch.allclose(values, rollout.values.flatten(), atol=1e-5)
    assert torch.allclose(logs, rollout.logs.flatten(), atol=1e-5)


def test_a_seat_that_is_out_is_not_learnt_from() -> None:
    playing = collector("Foraging-v0", 8, 40, players=3)
    rollout = playing.collect()
    assert playing.rows == 24
    after_end = torch.zeros(24, dtype=torch.bool)
    for t in range(40):
        after_end &= ~rollout.starts[t]
        assert not (rollout.valid[t] & after_end).any()
        after_end |= rollout.carries[t] == 0
    seen = rollout.states(rollout.observations)
    assert seen.shape == (40, 24, 3 * rollout.observations.shape[-1])
    assert torch.equal(seen[:, 0], seen[:, 2])
    assert torch.equal(seen[:, 4], rollout.observations[:, 3:6].flatten(1))


# ---- training ----


@pytest.mark.parametrize(
    ("world", "hyper"),
    [("Empty-v0", {}), ("Foraging-v0", {"memory": 8, "central_critic": True})],
    ids=["one-seat", "team"],
)
def test_a_run_goes_on_exactly(world: str, hyper: dict[str, Any], tmp_path: Path) -> None:
    rows = 32 * (2 if world == "Foraging-v0" else 1)
    train(tmp_path / "whole", rows * 16 * 4, world, **hyper)
    train(tmp_path / "parts", rows * 16 * 2, world, **hyper)
    train(tmp_path / "parts", rows * 16 * 4, world, **hyper)
    whole, parts = (
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)
        for name in ("whole", "parts")
    )
    assert all(
        torch.equal(whole["policy"][name], parts["policy"][name]) for name in whole["policy"]
    )


def test_it_learns_and_its_run_plays_in_batches_of_any_size(tmp_path: Path) -> None:
    result = train(tmp_path / "run", 32 * 16 * 60)
    assert result["last"]["return_mean"] > 0.9
    agent = load_agent(str(tmp_path / "run"))
    world = adaptarium.world("Empty-v0", size=5, split="test")
    together = [episode.episode_return for episode in play_episodes(world, agent, range(6))]
    alone = [play_episodes(world, agent, [seed])[0].episode_return for seed in range(6)]
    assert together == alone
    assert np.mean(alone) > 0.85


def test_divergence_is_named_and_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    train(tmp_path / "run", 32 * 16 * 2, learning_rate=0.001)
    state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    state["policy"]["first.weight"][0, 0] = math.nan
    torch.save(state, tmp_path / "run" / "checkpoint.pt")
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    with pytest.raises(
        DivergenceError, match=r"diverged at step 1,536: .*checkpoint of step 1,024"
    ):
        train(tmp_path / "run", 32 * 16 * 4, learning_rate=0.001)
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before
