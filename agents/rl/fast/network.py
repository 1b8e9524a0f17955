"""The network of the compact PPO: actor and critic, with a memory where one is asked for."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from adaptarium.agents.rl.fast.heads import CategoricalHead, GaussianHead

_ACTIVATIONS = {"Tanh": nn.Tanh, "ReLU": nn.ReLU}


class ActorCritic(nn.Module):
    """Actor and critic that share one wide first layer, and then have layers of their own.

    One product of twice the width costs less than two of the width. With a memory, what the first
    layer gives goes through one GRU that both read. A central critic reads a state of its own
    instead, so there nothing is shared.

    Args:
        inputs: Length of an observation vector.
        head: The actions.
        layers: Widths of the hidden layers of actor and critic each.
        activation: ``"Tanh"`` or ``"ReLU"``.
        memory: Width of the GRU; 0 for none.
        state_inputs: Length of the central critic's state; 0 for a critic that sees what the actor
            does.
    """

    def __init__(
        self,
        inputs: int,
        head: CategoricalHead | GaussianHead,
        layers: tuple[int, ...],
        activation: str,
        *,
        memory: int = 0,
        state_inputs: int = 0,
    ) -> None:
        super().__init__()
        self.head, self.memory, self.central = head, memory, state_inputs > 0
        self.width = layers[0]
        self.activation = _ACTIVATIONS[activation]()
        shared = self.width if self.central or memory else 2 * self.width
        self.first = _linear(inputs, shared)
        self.recurrent = nn.GRUCell(shared, memory) if memory else None
        self.first_critic = _linear(state_inputs, self.width) if self.central else None
        begin = memory or self.width
        self.actor = _tower(begin, layers[1:], head.size, activation, 0.01)
        critic = self.width if self.central else begin
        self.critic = _tower(critic, layers[1:], 1, activation, 1.0)

    def initial(self, rows: int) -> Tensor:
        """The memory of ``rows`` episodes that begin: (rows, memory)."""
        return torch.zeros(rows, self.memory, device=self.first.weight.device)

    def forward(
        self, inputs: Tensor, memory: Tensor, states: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One step.

        Args:
            inputs: (n, inputs) observations.
            memory: (n, memory) what is remembered; zeros where an episode begins.
            states: (n, state_inputs) for a central critic.

        Returns:
            (n, head size) outputs for the head, (n,) values, and the memory after the step.
        """
        hidden, memory = self._hidden(inputs, memory)
        actor = critic = hidden
        if self.first_critic is not None:
            critic = self.activation(self.first_critic(states))
        elif self.recurrent is None:
            actor, critic = hidden.split(self.width, dim=-1)
        return self.actor(actor), self.critic(critic).squeeze(-1), memory

    def act(self, inputs: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """The actor alone: outputs for the head, and the memory after the step."""
        hidden, memory = self._hidden(inputs, memory)
        return self.actor(hidden[:, : self.memory or self.width]), memory

    def _hidden(self, inputs: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.activation(self.first(inputs))
        if self.recurrent is None:
            return hidden, memory
        memory = self.recurrent(hidden, memory)
        return memory, memory

    def unroll(
        self, inputs: Tensor, memory: Tensor, starts: Tensor, states: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Whole sequences, from the memory that they began with.

        Args:
            inputs: (steps, n, inputs).
            memory: (n, memory) before the first step.
            starts: (steps, n) bool: an episode begins with this step.
            states: (steps, n, state_inputs) for a central critic.

        Returns:
            (steps * n, head size) outputs and (steps * n,) values.
        """
        outputs, values = [], []
        for t in range(len(inputs)):
            memory = torch.where(starts[t].unsqueeze(-1), 0.0, memory)
            state = None if states is None else states[t]
            out, value, memory = self(inputs[t], memory, state)
            outputs.append(out)
            values.append(value)
        return torch.cat(outputs), torch.cat(values)


def _tower(
    inputs: int, layers: tuple[int, ...], outputs: int, activation: str, gain: float
) -> nn.Sequential:
    parts: list[nn.Module] = []
    for width in layers:
        parts += [_linear(inputs, width), _ACTIVATIONS[activation]()]
        inputs = width
    return nn.Sequential(*parts, _linear(inputs, outputs, gain))


def _linear(inputs: int, outputs: int, gain: float = math.sqrt(2.0)) -> nn.Linear:
    """A linear layer with orthogonal weights, as PPO's implementations have it."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
