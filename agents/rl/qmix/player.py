"""The agents of a team trained with QMIX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import Space

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.qmix.collector import valid_or_any
from adaptarium.agents.rl.qmix.network import AgentNetwork
from adaptarium.agents.rl.rows import Rows
from adaptarium.envs.core.errors import AgentError


class QMIXAgent:
    """Takes the best action at every seat, each by what it has seen itself, on the CPU.

    What is remembered of an episode is kept by its row in ``info["slots"]`` (its place, where there
    is none) and forgotten at ``info["first"]``.

    Args:
        network: The agents' network; it may still be learning.
        encoding: How observations become its inputs.
        space: One agent's observation space.
    """

    batched = True

    def __init__(self, network: AgentNetwork, encoding: Encoding, space: Space[Any]) -> None:
        self.network = network
        self._rows = Rows(encoding, space)
        self._memory = network.initial(0)

    @torch.no_grad()
    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[np.int64]:
        """(n,) or (n, seats) actions.

        Raises:
            AgentError: the observations have other shapes, or there are other seats, than those it
                was trained on.
        """
        vectors, lead = self._rows.read(observation)
        seats = int(np.prod(lead[1:], dtype=np.int64))
        if seats != self.network.seats:
            raise AgentError(
                f"the team was trained for {self.network.seats} seats, this world has {seats}"
            )
        slots = np.asarray(info.get("slots", np.arange(lead[0])))
        rows = torch.as_tensor((slots[:, None] * seats + np.arange(seats)).reshape(-1))
        more = int(rows.max()) + 1 - len(self._memory)
        if more > 0:
            self._memory = torch.cat([self._memory, self.network.initial(more)])
        first = torch.as_tensor(np.repeat(np.asarray(info["first"]) != 0, seats))
        memory = torch.where(first[:, None], 0.0, self._memory[rows])
        values, self._memory[rows] = self.network(torch.as_tensor(vectors).float(), memory)
        masks = valid_or_any(np.asarray(info["mask"]).reshape(len(vectors), -1) != 0)
        best = np.where(masks, values.numpy(), -np.inf).argmax(axis=-1)
        return np.asarray(best.reshape(lead))
