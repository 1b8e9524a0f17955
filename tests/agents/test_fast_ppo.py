"""The compact PPO: what it plays, what it learns and how it stops."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.fast.heads import head_for
from adaptarium.agents.rl.fast.league import League
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.packing import Packing
from adaptarium.agents.rl.fast.rollout import Collector
from adaptarium.agents.rl.mixed import Scales
from adaptarium.agents.rl.rows import Rows
from adaptarium.agents.rl.settings import FastPPOSettings, settings_for
from adaptarium.agents.rl.view import View
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import (
    AdaptariumError,
    AgentError,
    DivergenceError,
    FactorError,
)
from adaptarium.evaluation.playing import play_episodes
from adaptarium.wrappers.unified.batch import MixedBatch

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


def policy_of(run: Path) -> dict[str, torch.Tensor]:
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    policy: dict[str, torch.Tensor] = state["policy"]
    return policy


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
    packing = Packing(Encoding(batch.observation_space, "bits"))
    torch.manual_seed(0)
    network = ActorCritic(packing, head_for(batch.action_space), (16, 16), "Tanh", memory=memory)
    return Collector(
        View(batch),
        network,
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
    expected = limited.networks[0](limited._encoded(final), torch.zeros(4, 0))[1]
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
    network = playing.networks[0]
    out, values = network.unroll(rollout.observations, rollout.memory, rollout.starts)
    logs, _ = network.head.judge(out, rollout.actions.flatten(0, 1), None)
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
    seen = rollout.everyone
    assert seen.shape == (40, 8, 3 * rollout.observations.shape[-1])
    assert torch.equal(seen[:, 1], rollout.observations[:, 3:6].flatten(1))


# ---- training ----


POOL = {"pool_size": 2, "pool_every": 1}
MODES: dict[str, tuple[str, dict[str, Any]]] = {
    "one-seat": ("Empty-v0", {}),
    "team": ("Foraging-v0", {"memory": 8, "central_critic": True}),
    "independent": ("Foraging-v0", {"independent": True, "central_critic": True}),
    "self-play": ("Foraging-v0", POOL),
    "all": ("Foraging-v0", {"independent": True, "memory": 8, **POOL}),
}
SHORT = ("one-seat", "all")


def modes(short: tuple[str, ...]) -> pytest.MarkDecorator:
    """All modes; those that are not named are left to the full suite."""
    cases = [
        pytest.param(*case, id=name, marks=() if name in short else pytest.mark.full)
        for name, case in MODES.items()
    ]
    return pytest.mark.parametrize(("world", "hyper"), cases)


@modes(SHORT)
def test_a_run_goes_on_exactly(world: str, hyper: dict[str, Any], tmp_path: Path) -> None:
    rows = 32 * (2 if world == "Foraging-v0" else 1)
    train(tmp_path / "whole", rows * 16 * 4, world, **hyper)
    train(tmp_path / "parts", rows * 16 * 2, world, **hyper)
    train(tmp_path / "parts", rows * 16 * 4, world, **hyper)
    whole, parts = (policy_of(tmp_path / name) for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_it_learns_and_its_run_plays_in_batches_of_any_size(tmp_path: Path) -> None:
    result = train(tmp_path / "run", 32 * 16 * 60)
    assert result["last"]["return_mean"] > 0.9
    agent = load_agent(str(tmp_path / "run"))
    world = adaptarium.world("Empty-v0", size=5, split="test")
    together = [episode.episode_return for episode in play_episodes(world, agent, range(6))]
    alone = [play_episodes(world, agent, [seed])[0].episode_return for seed in range(6)]
    assert together == alone
    assert np.mean(alone) > 0.85


def test_several_worlds_are_learnt_in_one_batch_and_played_one_by_one(tmp_path: Path) -> None:
    names = ["DoorKey-v0", "Darkroom-v0", "Foraging-v0"]  # other sizes, signals, actions and seats
    train(tmp_path / "run", 16 * 64 * 2, ",".join(names))
    train(tmp_path / "whole", 16 * 64 * 3, ",".join(names))
    train(tmp_path / "run", 16 * 64 * 3, ",".join(names))
    parts, whole = policy_of(tmp_path / "run"), policy_of(tmp_path / "whole")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    agent = load_agent(str(tmp_path / "run"))
    for name in names:
        world = adaptarium.world(name, **{"episode.max_steps": 20})
        together = play_episodes(world, agent, range(3))
        assert together[2] == play_episodes(world, agent, [2])[0]
    with pytest.raises(AgentError, match="trained on observations 'image' of shape"):
        play_episodes(adaptarium.world("Darkroom-v0", size=12), agent, [0])
    with pytest.raises(FactorError, match="3 worlds for ppo: only fast-ppo learns several"):
        adaptarium.train(names, algo="ppo", out=tmp_path / "other")


def test_worlds_of_several_families_are_learnt_with_one_network(tmp_path: Path) -> None:
    names = ["DoorKey-v0", "Bernoulli-v0", "Lights-v0"]
    for out, stops in (("whole", (3,)), ("run", (2, 3))):
        for rollouts in stops:
            train(tmp_path / out, 16 * 32 * rollouts, ",".join(names))
    parts, whole = policy_of(tmp_path / "run"), policy_of(tmp_path / "whole")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    agent = load_agent(str(tmp_path / "run"))
    for name in names:
        world = adaptarium.world(name, **{"episode.max_steps": 20})
        together = play_episodes(world, agent, range(3))
        assert together[2] == play_episodes(world, agent, [2])[0]
    with pytest.raises(AgentError, match="trained on other families: an observation of parts"):
        play_episodes(adaptarium.world("Price-v0").alone(), agent, [0])
    with pytest.raises(AdaptariumError, match="Foraging-v0 has 2 seats: expected worlds of one"):
        train(tmp_path / "other", 16 * 32, "Foraging-v0,Bernoulli-v0")


def test_rewards_of_each_world_come_on_one_scale() -> None:
    random = np.random.default_rng(0)
    scales, world_of = Scales(np.arange(8) % 2, 0.9), np.arange(8) % 2
    sums, running, seen = [[], []], np.zeros(8), np.zeros(8)
    for step in range(200):
        reward = random.normal(size=8) * np.where(world_of == 0, 1.0, 100.0)
        told = scales(reward, np.full(8, step % 10 == 9))
        running = running * 0.9 + reward
        for world in range(2):
            sums[world] += running[world_of == world].tolist()
            deviation = float(np.std(sums[world]))
            own = reward[world_of == world] / max(deviation, 1e-4)
            assert told[world_of == world] == pytest.approx(np.clip(own, -10, 10), rel=1e-6)
        if step % 10 == 9:
            running[:] = 0.0
        seen += np.abs(told)
    assert 0.5 < seen[::2].mean() / seen[1::2].mean() < 2.0


def test_a_row_of_unified_spaces_holds_its_own_family_alone() -> None:
    worlds = [adaptarium.world(name) for name in ("Empty-v0", "Bernoulli-v0")]
    mixed = MixedBatch(worlds, 6, autoreset="same_step")
    mixed.reset(seed=0)
    packing = Packing(Encoding(mixed.observation_space, "bits"))
    inputs = packing.unpack(torch.as_tensor(packing({k: v[:, 0] for k, v in mixed.obs.items()})))
    for index, world in enumerate(worlds):
        alone = Batch([world], 6, autoreset="same_step")
        alone.reset(seed=0)
        own = Packing(Encoding(alone.observation_space, "bits"))
        seen = own.unpack(torch.as_tensor(own({k: v[:, 0] for k, v in alone.obs.items()})))
        # One bit more: which family it is.
        assert (
            inputs[index::2].count_nonzero(1).tolist()
            == (seen[index::2].count_nonzero(1) + 1).tolist()
        )


def test_a_padded_observation_is_what_the_batch_shows(tmp_path: Path) -> None:
    names = ["DoorKey-v0", "Darkroom-v0", "Unlock-v0"]
    worlds = [adaptarium.world(name) for name in names]
    mixed = Batch(worlds, 9, autoreset="same_step")
    mixed.reset(seed=0)
    packing = Packing(Encoding(mixed.observation_space, "bits"))
    rows = Rows(packing, mixed.observation_space, padded=True)
    expected = packing({name: part[:, 0] for name, part in mixed.obs.items()})
    for index, world in enumerate(worlds):
        alone = Batch([world], 9, autoreset="same_step")
        alone.reset(seed=0)
        found, lead = rows.read({name: part[:, 0] for name, part in alone.obs.items()})
        assert lead == (9,)
        assert (found[index::3] == expected[index::3]).all()


@modes(("all",))
def test_threads_change_no_weight(world: str, hyper: dict[str, Any], tmp_path: Path) -> None:
    folders = [tmp_path / str(threads) for threads in (1, 3)]
    many = {"n_steps": 16, "batch_size": 5_000, **hyper}
    for folder, threads in zip(folders, (1, 3), strict=True):
        adaptarium.train(
            world,
            algo="fast-ppo",
            steps=16 * 600 * (2 if world == "Foraging-v0" else 1),
            num_envs=300,
            out=folder,
            device="cpu",
            num_threads=threads,
            hyperparameters=many,
        )
    one, three = (policy_of(folder) for folder in folders)
    assert all(torch.equal(one[name], three[name]) for name in one)


@modes(SHORT)
def test_divergence_is_named_and_keeps_the_last_good_checkpoint(
    world: str, hyper: dict[str, Any], tmp_path: Path
) -> None:
    rollout = 32 * 16 * (2 if world == "Foraging-v0" else 1)
    train(tmp_path / "run", rollout * 2, world, **hyper)
    state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    for name, weight in state["policy"].items():
        if name.endswith("critic.0.bias"):
            weight[0] = math.nan
    torch.save(state, tmp_path / "run" / "checkpoint.pt")
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    told = (
        f"diverged at step {rollout * 3:,}: .*the value loss .*checkpoint of step {rollout * 2:,}"
    )
    with pytest.raises(DivergenceError, match=told):
        train(tmp_path / "run", rollout * 4, world, **hyper)
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before


def test_a_weight_that_is_never_used_must_be_a_number_too(tmp_path: Path) -> None:
    train(tmp_path / "run", 32 * 16 * 2)
    state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    first = state["policy"]["first.weight"]  # it comes first among the weights
    moments = state["optimizer"]["state"][0]["exp_avg_sq"][: first.numel()].view_as(first)
    first[int(torch.nonzero(moments.sum(dim=1) == 0)[0])] = math.inf
    torch.save(state, tmp_path / "run" / "checkpoint.pt")
    with pytest.raises(DivergenceError, match=r"the weights first\.weight became NaN or infinite"):
        train(tmp_path / "run", 32 * 16 * 3)


# ---- several seats ----


def test_past_selves_hold_the_other_seats_of_a_share_of_the_slots() -> None:
    playing = collector("Foraging-v0", 8, 12)
    settings = settings_for("fast-ppo", "grid", {"pool_size": 2, "pool_every": 3})
    assert isinstance(settings, FastPPOSettings)
    league = League(settings, 8, 2, generator())
    playing.league = league
    playing.take_up(1)  # not due
    assert league.pool == []
    with torch.no_grad():
        playing.networks[0].actor[-1].bias.copy_(torch.tensor([0.0, 0, 0, 0, 0, 50.0]))
    playing.take_up(3)
    with torch.no_grad():  # the present self plays another action than the past one
        playing.networks[0].actor[-1].bias.copy_(torch.tensor([50.0, 0, 0, 0, 0, 0]))
    rollout = playing.collect()
    past = (league.opponent >= 0)[:, None] & (torch.arange(2) != torch.arange(8)[:, None] % 2)
    assert past.sum() == 4  # half of eight slots, one seat of each
    of_past = past.flatten()
    assert (rollout.actions[:, of_past] == 5).all()
    assert (rollout.actions[:, ~of_past] == 0).all()
    assert not rollout.valid[:, of_past].any()
    assert rollout.valid[0, ~of_past].all()


def test_the_oldest_past_self_gives_way_and_newer_ones_are_met_more_often() -> None:
    settings = settings_for(
        "fast-ppo", "grid", {"pool_size": 3, "pool_share": 1.0, "pool_decay": 0.5}
    )
    assert isinstance(settings, FastPPOSettings)
    league = League(settings, 7_000, 2, generator())
    network = collector("Foraging-v0", 2, 2).networks[0]
    for steps in range(5):
        league.take_up([network], steps)
    assert sorted(past.steps for past in league.pool) == [2, 3, 4]
    league.draw(torch.ones(7_000, dtype=torch.bool))
    met = np.array([league.pool[place].steps for place in league.opponent.tolist()])
    shares = np.bincount(met, minlength=5) / 7_000
    assert np.abs(shares - [0, 0, 1 / 7, 2 / 7, 4 / 7]).max() < 5 * math.sqrt(0.25 / 7_000)
    restored = League(settings, 7_000, 2, generator())
    restored.restore(league.state(), [network])
    assert [past.steps for past in restored.pool] == [past.steps for past in league.pool]
    assert restored.taken == 5
    assert torch.equal(restored.players(1), league.players(1))


def test_independent_seats_learn_from_their_own_steps_alone(tmp_path: Path) -> None:
    train(tmp_path / "run", 32 * 16 * 4, "Foraging-v0", independent=True)
    policy = policy_of(tmp_path / "run")
    assert {name.split(".")[0] for name in policy} == {"0", "1"}
    assert not torch.equal(policy["0.first.weight"], policy["1.first.weight"])
    agent = load_agent(str(tmp_path / "run"))
    world = adaptarium.world("Foraging-v0", **{"episode.max_steps": 20})
    assert play_episodes(world, agent, range(3))[1] == play_episodes(world, agent, [1])[0]


def test_self_play_needs_another_seat(tmp_path: Path) -> None:
    with pytest.raises(FactorError, match="pool_size = 2: past selves need other seats"):
        train(tmp_path / "run", 32 * 16, **POOL)
    assert not (tmp_path / "run").exists()
