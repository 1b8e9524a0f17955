"""Generalised advantage estimation (Schulman et al., 2016), over whole rollouts at once."""

from __future__ import annotations

import torch
from torch import Tensor

from adaptarium.agents.rl.fast import kernels


def advantages(
    rewards: Tensor, values: Tensor, last: Tensor, carries: Tensor, gamma: float, lam: float
) -> Tensor:
    """How much better each step was than the critic thought.

    Args:
        rewards: (steps, rows). Where an episode was cut off by its time limit, the discounted value
            of what would have come is already added.
        values: (steps, rows) before each step.
        last: (rows,) after the last step.
        carries: (steps, rows) share of what follows a step that counts: 0 where the episode ended,
            the learner's credit where an inner episode did, else 1.
        gamma: Discount.
        lam: Share of the longer estimates: 0 looks one step ahead, 1 to the end.

    Returns:
        (steps, rows) advantages. ``advantages + values`` are the targets of the critic.
    """
    if rewards.device.type != "cpu":
        return advantages_by_torch(rewards, values, last, carries, gamma, lam)
    found, running = torch.empty_like(rewards), torch.zeros_like(last)
    arrays = (each.numpy() for each in (rewards, values, last, carries))
    kernels.call(kernels.advantages, *arrays, gamma, lam, found.numpy(), running.numpy())
    return found


def advantages_by_torch(
    rewards: Tensor, values: Tensor, last: Tensor, carries: Tensor, gamma: float, lam: float
) -> Tensor:
    """As :func:`advantages`, on any device."""
    found = torch.empty_like(rewards)
    following, running = last, torch.zeros_like(last)
    for t in range(len(rewards) - 1, -1, -1):
        delta = rewards[t] + gamma * carries[t] * following - values[t]
        running = delta + gamma * lam * carries[t] * running
        found[t], following = running, values[t]
    return found


def normalised(values: Tensor, weights: Tensor, least: float) -> Tensor:
    """Values of mean 0 under some weights, divided by their deviation or by ``least``."""
    shares = weights / weights.sum().clamp(min=1.0)
    values = values - (shares * values).sum()
    deviation = (shares * values**2).sum().sqrt()
    return values / deviation.clamp(min=max(least, 1e-8))
