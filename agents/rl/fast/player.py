"""A network of the compact PPO as an agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import Space

from adaptarium.agents.draws import uniforms
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.rows import Rows

Info = Mapping[str, Any]


class FastAgent:
    """A network that plays many episodes at once, on the CPU.

    Actions are drawn with numbers that depend on the episode's seed, the step and the seat alone,
    so that playing in batches of another size changes nothing. What a recurrent network remembers
    of an episode is kept by its row in ``info["slots"]`` (its place, where there is none) and
    forgotten at ``info["first"]``.

    Args:
        networks: The network that plays all seats, or one for each; they may still be learning.
        space: One agent's observation space.
        padded: Whether it also plays worlds with smaller observations or fewer actions, as one that
            has learnt several worlds does.
    """

    batched = True

    def __init__(
        self, networks: Sequence[ActorCritic], space: Space[Any], *, padded: bool = False
    ) -> None:
        self.networks = list(networks)
        self._rows = Rows(self.networks[0].packing, space, padded=padded)
        self._memory = self.networks[0].initial(0)

    @torch.no_grad()
    def act(self, observation: Mapping[str, Any], info: Info) -> npt.NDArray[Any]:
        """Actions for observations with a leading (n,) or (n, seats) axis, one each.

        Raises:
            AgentError: the observations have other shapes than those it was trained on.
        """
        vectors, lead = self._rows.read(observation)
        out = self._outputs(torch.as_tensor(vectors), info, lead)
        mask = _mask(np.asarray(info.get("mask", ())), *out.shape)
        drawn = uniforms(info["seed"], info["step"], (int(np.prod(lead[1:])) * out.shape[1],))
        head = self.networks[0].head
        actions = head.play(head.draw(out, mask, torch.as_tensor(drawn).reshape(out.shape)))
        return actions.reshape(*lead, *head.shape).numpy()

    def _outputs(self, inputs: torch.Tensor, info: Info, lead: tuple[int, ...]) -> torch.Tensor:
        """What the actor puts out; the critic is not asked."""
        seats = int(np.prod(lead[1:], dtype=np.int64))
        slots = np.asarray(info.get("slots", np.arange(lead[0])))
        rows = torch.as_tensor((slots[:, None] * seats + np.arange(seats)).reshape(-1))
        self._make_room(int(rows.max()) + 1)
        first = torch.as_tensor(np.repeat(np.asarray(info["first"]) != 0, seats))
        memory = torch.where(first[:, None], 0.0, self._memory[rows])
        out = inputs.new_zeros(len(rows), self.networks[0].head.size, dtype=torch.float32)
        of = torch.arange(len(rows)) % seats % len(self.networks)
        for index, network in enumerate(self.networks):
            mine = torch.nonzero(of == index).flatten()
            if len(mine):
                out[mine], self._memory[rows[mine]] = network.act(inputs[mine], memory[mine])
        return out

    def _make_room(self, count: int) -> None:
        more = count - len(self._memory)
        if more > 0:
            self._memory = torch.cat([self._memory, self.networks[0].initial(more)])


def _mask(given: npt.NDArray[Any], rows: int, width: int) -> torch.Tensor | None:
    """(rows, width) bool: what is valid; None where everything is."""
    if not given.size:  # continuous actions have none
        return None
    given = given.reshape(rows, -1) != 0
    mask = torch.as_tensor(np.pad(given, [(0, 0), (0, width - given.shape[1])]))
    return mask | ~mask.any(dim=-1, keepdim=True)  # of those that are out
