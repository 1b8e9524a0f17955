"""Demonstrations: what the reference shows, what is learnt from it, and where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces

import adaptarium
from adaptarium.agents.rl.fast.demonstrations import Demonstrations, Teacher, demonstrate, joined
from adaptarium.agents.rl.fast.heads import head_for
from adaptarium.agents.rl.fast.train import make_network
from adaptarium.agents.rl.settings import FastPPOSettings, TrainingPlan, settings_for
from adaptarium.agents.rl.view import make_view
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AdaptariumError, FactorError

KINDS = {
    "plan": ("DoorKey-v0", {"size": 6}),
    "value iteration": ("BoatRace-v0", {}),
    "team": ("Foraging-v0", {"size": 6, "food": 1}),
    "masked": ("Minesweeper-v0", {}),
    "continuous": ("PointMaze-v0", {}),
    "offers": ("DealOrNoDeal-v0", {}),
}
SHORT = ("plan", "offers")


def shown(
    world: str, steps: int = 600, turn: int = 0, **overrides: Any
) -> tuple[Demonstrations, TrainingPlan]:
    settings = settings_for("fast-ppo", "grid", {"demonstrations": steps, "gamma": 0.9})
    made = adaptarium.world(world, split="train", **overrides)
    plan = TrainingPlan(made, "fast-ppo", 10_000, 4, 0, settings)
    view = make_view(plan, 1)
    assert isinstance(settings, FastPPOSettings)
    space = view.observation_space
    network = make_network(space, view.batch.action_space, settings, plan.seats)
    view.batch.close()
    return demonstrate(plan, settings, [network], turn), plan


@pytest.mark.parametrize(
    ("world", "overrides"),
    [
        pytest.param(*case, id=name, marks=() if name in SHORT else pytest.mark.full)
        for name, case in KINDS.items()
    ],
)
def test_each_kind_of_reference_is_shown(world: str, overrides: dict[str, Any]) -> None:
    found, plan = shown(world, **overrides)
    rollout = found.rollout
    steps, rows = rollout.rewards.shape
    assert rows % plan.seats == 0
    assert 300 <= steps * rows <= 1200  # whole slots of LENGTH steps
    assert rollout.valid.any()
    assert torch.isfinite(found.returns).all()
    if rollout.masks is not None:  # nothing is shown that the learner could not do
        chosen = rollout.masks.gather(-1, rollout.actions.unsqueeze(-1)).squeeze(-1)
        assert chosen[rollout.valid].all()
    if rollout.actions.is_floating_point():
        assert rollout.actions.abs().max() <= 1.0 + 1e-6


def test_returns_are_discounted_from_each_step_and_known_where_the_episode_has_ended() -> None:
    found, _ = shown("DoorKey-v0", size=6)
    rollout, (steps, rows) = found.rollout, found.returns.shape
    for row in range(rows):
        ends = np.flatnonzero(rollout.carries[:, row].numpy() == 0)
        assert len(ends) > 3
        paid = rollout.rewards[ends, row]
        assert (paid > 0.5).all()  # every episode is a success
        assert found.known[: ends[-1] + 1, row].all()
        assert not found.known[ends[-1] + 1 :, row].any()
        assert rollout.starts[ends[:-1] + 1, row].all()
        begin = int(ends[0]) + 1
        length = int(ends[1]) - begin
        expected = float(paid[1]) * 0.9**length
        assert float(found.returns[begin, row]) == pytest.approx(expected, rel=1e-4)
    assert steps == 256


def batch_of(world: str, num_envs: int, **overrides: Any) -> Batch:
    batch = Batch([adaptarium.world(world, **overrides)], num_envs, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def test_a_teacher_knows_the_way_on_from_wherever_a_learner_is() -> None:
    batch = batch_of("DoorKey-v0", 8, size=6)
    teacher, random = Teacher(batch), np.random.default_rng(0)
    left = 0
    while not batch.w.core["ended"].all():
        actions, known = teacher.act()
        assert (known == (batch.w.core["ended"] == 0)).all()
        batch.w.actions[:] = actions
        if batch.w.core["elapsed"].max() % 6 == 5:  # now and then something else is done
            batch.w.actions[:] = random.integers(0, 7, actions.shape)
            left += int((batch.w.actions != actions).sum())
        batch.step()
    assert left > 5
    assert batch.w.final_metrics["success"].all()


def test_a_teacher_is_silent_where_its_plan_was_left_and_none_can_be_searched_for() -> None:
    batch = batch_of("Identify-v0", 4)
    teacher = Teacher(batch)
    actions, known = teacher.act()
    assert known.all()
    batch.w.actions[:] = 0  # asks, where the reference answers at once
    assert (batch.w.actions != actions).all()
    batch.step()
    assert not teacher.act()[1].any()


def test_in_further_rounds_the_learner_plays_and_the_reference_is_learnt_from() -> None:
    first, _ = shown("DoorKey-v0", size=5)
    second, _ = shown("DoorKey-v0", turn=1, size=5)
    assert second.rollout.valid.float().mean() > 0.9  # no way is known that ends after the limit
    assert (second.rollout.carries == 0).sum() < (first.rollout.carries == 0).sum() / 4
    both = joined([first, second])
    assert both.returns.shape == (256, first.returns.shape[1] + second.returns.shape[1])
    assert torch.equal(both.rollout.actions[:, -1], second.rollout.actions[:, -1])


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(5),
        spaces.MultiDiscrete([3, 2]),
        spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([1.0, 4.0], np.float32)),
    ],
    ids=["discrete", "several", "continuous"],
)
def test_actions_that_are_shown_are_read_as_they_would_be_played(space: spaces.Space[Any]) -> None:
    head = head_for(space)
    space.seed(0)
    actions = torch.as_tensor(np.stack([space.sample() for _ in range(20)]))
    read = head.given(actions)
    assert read.shape == (20, *head.shape)
    assert torch.allclose(head.play(read).to(actions.dtype), actions, atol=1e-6)


def train(out: Path, steps: int, world: str = "DoorKey-v0", **hyper: Any) -> dict[str, Any]:
    small = {"n_steps": 32, "batch_size": 512, "n_epochs": 1, "gamma": 0.99}
    return adaptarium.train(
        world,
        overrides={"size": 5},
        algo="fast-ppo",
        steps=steps,
        num_envs=64,
        out=out,
        device="cpu",
        log_every=64 * 32,
        hyperparameters={**small, **hyper},
    )


def test_what_is_never_found_by_chance_is_learnt_from_what_is_shown(tmp_path: Path) -> None:
    alone = train(tmp_path / "alone", 64 * 32)
    taught = train(tmp_path / "taught", 64 * 32, demonstrations=4_000, demonstration_epochs=6)
    assert alone["last"].get("return_mean", 0.0) < 0.3
    assert taught["last"]["return_mean"] > 0.6


def test_a_taught_run_goes_on_exactly(tmp_path: Path) -> None:
    hyper = {"demonstrations": 600, "demonstration_epochs": 2, "memory": 8}
    train(tmp_path / "whole", 3 * 64 * 32, **hyper)
    train(tmp_path / "parts", 64 * 32, **hyper)
    train(tmp_path / "parts", 3 * 64 * 32, **hyper)
    whole, parts = (
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)["policy"]
        for name in ("whole", "parts")
    )
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_demonstrations_that_cannot_be_had_are_refused_before_a_folder_is_made(
    tmp_path: Path,
) -> None:
    with pytest.raises(FactorError, match=r"demonstrations = 600: .*one world.*several worlds"):
        adaptarium.train(
            "DoorKey-v0,Empty-v0",
            algo="fast-ppo",
            steps=10_000,
            num_envs=4,
            out=tmp_path / "run",
            hyperparameters={"demonstrations": 600},
        )
    with pytest.raises(AdaptariumError, match="demonstrations"):
        train(tmp_path / "run", 10_000, demonstrations=10**12)
    assert not (tmp_path / "run").exists()
