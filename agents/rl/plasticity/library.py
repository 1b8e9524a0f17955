"""The networks of Stable-Baselines3's learners, and batches to look at them with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

SAMPLES = 1024  # observations of a look at most


def network_of(learner: Any) -> nn.Module:
    """The network that is looked at: DQN's action values, else actor and critic."""
    found: nn.Module = learner.policy.q_net if _replays(learner) else learner.policy
    return found


def probe(learner: Any) -> Callable[[], Any] | None:
    """Runs the network over observations of the last rollout, or of the replay; none are drawn.

    Args:
        learner: A learner of the library, after a rollout.

    Returns:
        The function, or None where nothing is remembered yet.
    """
    memory = learner.replay_buffer if _replays(learner) else learner.rollout_buffer
    count = memory.size() if _replays(learner) else len(memory.observations)
    if count == 0:
        return None
    kept = memory.observations[:count].reshape(-1, *memory.obs_shape)
    step = -(-len(kept) // SAMPLES)
    inputs = torch.as_tensor(kept[::step].copy(), device=learner.device)
    policy = learner.policy
    if _replays(learner):
        return lambda: policy.q_net(inputs)
    more: tuple[Any, ...] = ()
    if hasattr(policy, "lstm_hidden_state_shape"):  # as if every observation were a first one
        layers, _, size = policy.lstm_hidden_state_shape
        half = torch.zeros(layers, len(inputs), size, device=learner.device)
        more = ((half, half), torch.ones(len(inputs), device=learner.device))

    def look() -> None:
        policy.get_distribution(inputs, *more)
        policy.predict_values(inputs, *more)

    return look


def _replays(learner: Any) -> bool:
    return getattr(learner, "replay_buffer", None) is not None
