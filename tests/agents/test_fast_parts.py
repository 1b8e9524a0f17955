"""The parts of the compact PPO: packed observations, heads, losses and advantages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from torch import nn

import adaptarium
from adaptarium.agents.rl.encoding import Bits, Codes, Encoding
from adaptarium.agents.rl.fast.advantages import (
    advantages,
    advantages_by_torch,
    normalised,
)
from adaptarium.agents.rl.fast.gru import GRU
from adaptarium.agents.rl.fast.heads import CategoricalHead, head_for
from adaptarium.agents.rl.fast.loss import Sample, slopes, slopes_by_torch
from adaptarium.agents.rl.fast.packing import Packing
from adaptarium.agents.rl.fast.sparse import PackedLinear, Tanh
from adaptarium.agents.rl.settings import FastPPOSettings, settings_for
from adaptarium.envs.core.errors import FactorError


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


# ---- packed observations ----

WORLDS = ("DoorKey-v0", "Darkroom-v0", "Unlock-v0", "Probe-v0", "Delayed-v0")


def seen(world: str) -> tuple[spaces.Space[Any], dict[str, Any]]:
    """Observations of a few slots after some steps."""
    env = adaptarium.world(world).vec(40)
    env.reset(seed=0)
    env.action_space.seed(0)
    for _ in range(20):
        observation = env.step(env.action_space.sample())[0]
    return env.single_observation_space, observation


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("kind", ["bits", "one_hot", "raw"])
def test_packing_keeps_every_input(world: str, kind: str) -> None:
    space, observation = seen(world)
    encoding = Encoding(space, kind)
    packing = Packing(encoding)
    inputs = packing.unpack(torch.from_numpy(packing(observation))).numpy()
    # Binary inputs come before amounts; otherwise the order is the encoding's.
    codes = np.concatenate(
        [np.full(part.size, isinstance(part, Codes | Bits)) for part in encoding.parts.values()]
    )
    plain = encoding(observation).astype(np.float32)
    assert (inputs == np.concatenate([plain[:, codes], plain[:, ~codes]], axis=1)).all()
    assert packing.inputs == encoding.size


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("seats", [1, 2])
def test_the_packed_layer_is_a_linear_one(world: str, seats: int) -> None:
    space, observation = seen(world)
    packing = Packing(Encoding(space, "bits"))
    layer = PackedLinear(packing, 24, seats)
    rows = torch.from_numpy(packing(observation)).reshape(40 // seats, -1)
    inputs = layer.inputs_of(rows)
    plain = nn.Linear(inputs.shape[1], 24)
    with torch.no_grad():
        plain.weight.copy_(layer.weight.T)
        plain.bias.copy_(layer.bias.normal_())
    given = torch.randn(40 // seats, 24, generator=generator())
    found, expected = layer(rows), plain(inputs)
    (found * given).sum().backward()
    (expected * given).sum().backward()
    assert torch.allclose(found, expected, atol=1e-5)
    assert plain.weight.grad is not None
    assert torch.allclose(layer.weight.grad, plain.weight.grad.T, atol=1e-4)
    assert torch.allclose(layer.bias.grad, plain.bias.grad, atol=1e-4)


def test_the_quick_tangent_is_the_hyperbolic_one() -> None:
    values = torch.cat([torch.linspace(-12, 12, 4_001), torch.tensor([math.inf, -math.inf])])
    values.requires_grad_()
    found, expected = Tanh()(values.clone()), torch.tanh(values)
    assert torch.allclose(found, expected, rtol=0, atol=5e-7)
    slopes = [torch.autograd.grad(each.sum(), values)[0] for each in (found, expected)]
    assert torch.allclose(*slopes, rtol=0, atol=1e-6)
    assert Tanh()(torch.tensor([math.nan])).isnan().all()


# ---- heads ----


@pytest.mark.parametrize(
    "space", [spaces.Discrete(5), spaces.MultiDiscrete([3, 2, 4])], ids=["discrete", "several"]
)
def test_categorical_heads_agree_with_torch(space: spaces.Space[Any]) -> None:
    head = head_for(space)
    out = torch.randn(64, head.size, generator=generator())
    actions, drawn = head.sample(out, None, head.noise(64, generator()))
    assert all(space.contains(action.numpy()) or space.contains(int(action)) for action in actions)
    logs, entropies = head.judge(out, actions, None)
    assert torch.allclose(logs, drawn, atol=1e-6)
    columns = actions.reshape(64, -1)
    parts = out.split(head.widths, dim=-1)  # type: ignore[union-attr]
    theirs = [torch.distributions.Categorical(logits=part) for part in parts]
    expected = sum(one.log_prob(columns[:, j]) for j, one in enumerate(theirs))
    assert torch.allclose(logs, expected, atol=1e-6)
    assert torch.allclose(entropies, sum(one.entropy() for one in theirs), atol=1e-6)


@pytest.mark.parametrize("way", ["sample", "sample_by_torch", "draw"])
def test_actions_are_drawn_as_often_as_they_are_probable_and_masked_ones_never(way: str) -> None:
    head = head_for(spaces.Discrete(4))
    chances = torch.tensor([0.5, 0.1, 0.3, 0.1])
    out = chances.log().expand(100_000, 4)
    mask = torch.tensor([True, False, True, True]).expand(100_000, 4)
    if way == "draw":
        actions = head.draw(out, mask, torch.rand(100_000, 4, generator=generator()))
    else:
        actions, _ = getattr(head, way)(out, mask, head.noise(100_000, generator()))
    shares = np.bincount(actions.numpy(), minlength=4) / 100_000
    expected = np.array([0.5, 0.0, 0.3, 0.1]) / 0.9
    assert shares[1] == 0
    assert np.abs(shares - expected).max() < 5 * math.sqrt(0.25 / 100_000)


def test_the_gaussian_head_agrees_with_torch_and_keeps_to_its_box() -> None:
    space = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([2.0, 1.0], np.float32))
    head = head_for(space)
    out = torch.randn(500, 2, generator=generator())
    actions, drawn = head.sample(out, None, head.noise(500, generator()))
    logs, entropies = head.judge(out, actions, None)
    assert torch.equal(logs, drawn)
    theirs = torch.distributions.Normal(out, torch.ones(2))
    assert torch.allclose(logs, theirs.log_prob(actions).sum(-1), atol=1e-5)
    assert torch.allclose(entropies, theirs.entropy().sum(-1), atol=1e-5)
    assert all(space.contains(action) for action in head.play(actions).detach().numpy())
    given = head.draw(torch.zeros(50_000, 2), None, torch.rand(50_000, 2, generator=generator()))
    assert abs(float(given.detach().mean())) < 0.02
    assert abs(float(given.detach().std()) - 1.0) < 0.02


def test_spaces_that_cannot_be_learnt_are_named() -> None:
    with pytest.raises(FactorError, match="bounds on both sides"):
        head_for(spaces.Box(-np.inf, np.inf, (2,)))
    with pytest.raises(FactorError, match="expected Discrete, MultiDiscrete or Box"):
        head_for(spaces.MultiBinary(3))


def test_the_recurrent_unit_is_torch_s_own() -> None:
    torch.manual_seed(0)
    unit, steps, n = GRU(10, 24), 7, 13
    seen = torch.randn(steps, n, 10).requires_grad_()
    memory = torch.randn(n, 24).requires_grad_()
    starts, given = torch.rand(steps, n) < 0.2, torch.randn(steps, n, 24)
    wanted = (seen, memory, *unit.parameters())
    quick, slow = unit(seen, memory, starts), unit.by_torch(seen, memory, starts)
    assert torch.allclose(quick, slow, atol=1e-5)
    for found in zip(
        *(torch.autograd.grad((way * given).sum(), wanted) for way in (quick, slow)), strict=True
    ):
        assert torch.allclose(*found, atol=1e-4)


# ---- losses ----


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "space", [spaces.Discrete(5), spaces.MultiDiscrete([3, 2, 4])], ids=["discrete", "several"]
)
def test_the_kernel_loses_what_the_formula_does(space: spaces.Space[Any], masked: bool) -> None:
    head, n, random = head_for(space), 300, generator()
    assert isinstance(head, CategoricalHead)
    settings = settings_for("fast-ppo", "grid", {"ent_coef": 0.1, "clip_range": 0.3})
    assert isinstance(settings, FastPPOSettings)
    outputs = torch.randn(n, head.size, generator=random).requires_grad_()
    values = torch.randn(n, generator=random).requires_grad_()
    mask = torch.rand(n, head.size, generator=random) < 0.7 if masked else None
    if mask is not None:
        mask[:, [0, *np.cumsum(head.widths)[:-1]]] = True  # something is possible
    actions, logs = head.sample(outputs.detach(), mask, head.noise(n, random))
    given = Sample(
        actions=actions,
        masks=mask,
        logs=logs + 0.5 * torch.randn(n, generator=random),
        gains=torch.randn(n, generator=random),
        targets=torch.randn(n, generator=random),
        weights=torch.rand(n, generator=random),
    )
    order = torch.randperm(n, generator=random)
    sample, places = given.at(order), order.argsort()  # the n steps, found by their places
    quick = slopes(head, outputs, values, sample, places, settings)
    slow = slopes_by_torch(head, outputs, values, sample, places, settings)
    assert 20 < slow.figures[4] < 130  # some are clipped, some are not
    assert torch.allclose(quick.figures, slow.figures, rtol=1e-5)
    for found in zip(
        *(
            torch.autograd.grad(way.roots, (outputs, values), way.gradients)
            for way in (quick, slow)
        ),
        strict=True,
    ):
        assert torch.allclose(*found, atol=1e-6)


# ---- advantages ----


@pytest.mark.parametrize("way", [advantages, advantages_by_torch])
def test_advantages_are_the_discounted_sums_of_one_step_errors(way: Any) -> None:
    rng = np.random.default_rng(0)
    steps, rows, gamma, lam = 12, 5, 0.9, 0.8
    rewards, values = rng.normal(size=(2, steps, rows))
    last = rng.normal(size=rows)
    carries = rng.choice([0.0, 0.5, 1.0], (steps, rows), p=[0.2, 0.2, 0.6])
    given = [torch.from_numpy(each) for each in (rewards, values, last, carries)]
    found = way(*given, gamma, lam).numpy()
    following = np.concatenate([values[1:], last[None]])
    errors = rewards + gamma * following * carries - values
    for row in range(rows):
        for t in range(steps):
            total, weight = 0.0, 1.0
            for later in range(t, steps):
                total += weight * errors[later, row]
                weight *= gamma * lam * carries[later, row]
            assert found[t, row] == pytest.approx(total)


def test_advantages_are_divided_by_their_deviation_but_never_by_less_than_the_floor() -> None:
    values, weights = torch.tensor([1.0, 3.0, 99.0]), torch.tensor([1.0, 1.0, 0.0])
    assert normalised(values, weights, 0.0)[:2].tolist() == pytest.approx([-1.0, 1.0])
    assert normalised(values, weights, 4.0)[:2].tolist() == pytest.approx([-0.25, 0.25])
    assert normalised(torch.ones(3), weights, 0.0).tolist() == [0.0, 0.0, 0.0]
