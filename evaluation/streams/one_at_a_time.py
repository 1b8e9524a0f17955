"""Policies that play batches, in environments that show one observation at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from adaptarium.agents.protocol import Agent
from adaptarium.evaluation.streams.learning_env import named


class OneAtATime:
    """A batched policy in environments of others.

    Args:
        policy: The policy.
    """

    def __init__(self, policy: Agent) -> None:
        self._policy = policy

    def act(self, observation: Any, info: Mapping[str, Any]) -> Any:
        """The action for an observation."""
        batch = {name: np.asarray(part)[None] for name, part in named(observation).items()}
        each = {name: np.array([info[name]]) for name in ("first", "step", "seed")}
        if "mask" in info:
            each["mask"] = np.asarray(info["mask"])[None]
        return self._policy.act(batch, each)[0]
