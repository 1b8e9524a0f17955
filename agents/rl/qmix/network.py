"""The networks of QMIX: one for all agents, and one that mixes what they expect."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from adaptarium.agents.rl.settings import QMIXSettings

_ACTIVATIONS = {"Tanh": nn.Tanh, "ReLU": nn.ReLU}


class AgentNetwork(nn.Module):
    """Action values of one agent, from what it has seen; the seats share the weights.

    Args:
        inputs: Length of an observation vector.
        seats: Seats of a slot; the network is told which one it is.
        actions: Number of actions.
        settings: The hyper-parameters.
    """

    def __init__(self, inputs: int, seats: int, actions: int, settings: QMIXSettings) -> None:
        super().__init__()
        self.seats, self.memory = seats, settings.memory
        parts: list[nn.Module] = []
        width = inputs + seats
        for size in settings.layers:
            parts += [nn.Linear(width, size), _ACTIVATIONS[settings.activation]()]
            width = size
        self.body = nn.Sequential(*parts)
        self.recurrent = nn.GRU(width, settings.memory) if settings.memory else None
        self.head = nn.Linear(settings.memory or width, actions)

    def initial(self, rows: int) -> Tensor:
        """The memory of ``rows`` agents whose episodes begin: (rows, memory)."""
        return torch.zeros(rows, self.memory, device=self.head.weight.device)

    def forward(self, inputs: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """One step.

        Args:
            inputs: (n, inputs) observations; the seats of a slot lie together, in order.
            memory: (n, memory).

        Returns:
            (n, actions) values, and the memory after the step.
        """
        hidden = self.body(self._with_seats(inputs))
        if self.recurrent is not None:
            lived, last = self.recurrent(hidden.unsqueeze(0), memory.unsqueeze(0))
            hidden, memory = lived[0], last[0]
        return self.head(hidden), memory

    def unroll(self, inputs: Tensor) -> Tensor:
        """Whole episodes from their beginning: (steps, n, inputs) to (steps, n, actions)."""
        steps, n = inputs.shape[:2]
        hidden = self.body(self._with_seats(inputs.flatten(0, 1)))
        if self.recurrent is not None:
            lived, _ = self.recurrent(hidden.unflatten(0, (steps, n)))
            hidden = lived.flatten(0, 1)
        values: Tensor = self.head(hidden)
        return values.unflatten(0, (steps, n))

    def _with_seats(self, inputs: Tensor) -> Tensor:
        seats = torch.eye(self.seats, device=inputs.device).repeat(len(inputs) // self.seats, 1)
        return torch.cat([inputs, seats], dim=-1)


class Mixer(nn.Module):
    """The team's value: a monotone function of the agents' values, with weights from the state.

    As no weight is negative, what is best for each agent is best for the team.

    Args:
        seats: Agents.
        state: Length of a global state.
        size: Width of the mixing layer.
    """

    def __init__(self, seats: int, state: int, size: int) -> None:
        super().__init__()
        self.seats, self.size = seats, size
        self.first = nn.Linear(state, seats * size)
        self.first_bias = nn.Linear(state, size)
        self.second = nn.Linear(state, size)
        self.second_bias = nn.Sequential(nn.Linear(state, size), nn.ReLU(), nn.Linear(size, 1))

    def forward(self, values: Tensor, states: Tensor) -> Tensor:
        """(n, seats) values in (n, state) states to (n,) values of the team."""
        first = self.first(states).abs().unflatten(-1, (self.seats, self.size))
        hidden = (values.unsqueeze(-2) @ first).squeeze(-2) + self.first_bias(states)
        mixed = (nn.functional.elu(hidden) * self.second(states).abs()).sum(dim=-1)
        total: Tensor = mixed + self.second_bias(states).squeeze(-1)
        return total


class Sum(nn.Module):
    """The team's value as the sum of the agents': VDN."""

    def forward(self, values: Tensor, states: Tensor) -> Tensor:
        """(n, seats) values to (n,) values of the team; states do not matter."""
        return values.sum(dim=-1)


class Team(nn.Module):
    """The agents' network and the mixer.

    Args:
        inputs: Length of an observation vector.
        state: Length of a global state.
        seats: Seats of a slot.
        actions: Number of actions.
        settings: The hyper-parameters.
    """

    def __init__(
        self, inputs: int, state: int, seats: int, actions: int, settings: QMIXSettings
    ) -> None:
        super().__init__()
        self.agents = AgentNetwork(inputs, seats, actions, settings)
        mixed = settings.mixer == "qmix"
        self.mixer = Mixer(seats, state, settings.mixing_size) if mixed else Sum()
