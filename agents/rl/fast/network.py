"""The network of the compact PPO: actor and critic, with a memory where one is asked for."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from adaptarium.agents.rl.fast.gru import GRU
from adaptarium.agents.rl.fast.heads import CategoricalHead, GaussianHead
from adaptarium.agents.rl.fast.packing import Packing
from adaptarium.agents.rl.fast.sparse import PackedLinear, Tanh

_ACTIVATIONS = {"Tanh": Tanh, "ReLU": nn.ReLU}


class ActorCritic(nn.Module):
    """Actor and critic that share one wide first layer, and then have layers of their own.

    One product of twice the width costs less than two of the width. With a memory, what the first
    layer gives goes through one GRU that both read. A central critic reads a state of its own
    instead, so there nothing is shared.

    Args:
        packing: How observations are packed.
        head: The actions.
        layers: Widths of the hidden layers of actor and critic each.
        activation: ``"Tanh"`` or ``"ReLU"``.
        memory: Width of the GRU; 0 for none.
        seats: Observations that a central critic sees side by side; 0 for a critic that sees what
            the actor does.
    """

    def __init__(
        self,
        packing: Packing,
        head: CategoricalHead | GaussianHead,
        layers: tuple[int, ...],
        activation: str,
        *,
        memory: int = 0,
        seats: int = 0,
    ) -> None:
        super().__init__()
        self.packing, self.head, self.memory, self.central = packing, head, memory, seats > 0
        self.width = layers[0]
        self.activation = _ACTIVATIONS[activation]()
        shared = self.width if self.central or memory else 2 * self.width
        self.first = PackedLinear(packing, shared)
        self.recurrent = GRU(shared, memory) if memory else None
        self.first_critic = PackedLinear(packing, self.width, seats) if self.central else None
        begin = memory or self.width
        self.actor = _tower(begin, layers[1:], head.size, activation, 0.01)
        critic = self.width if self.central else begin
        self.critic = _tower(critic, layers[1:], 1, activation, 1.0)

    def initial(self, rows: int) -> Tensor:
        """The memory of ``rows`` episodes that begin: (rows, memory)."""
        return torch.zeros(rows, self.memory, device=self.first.weight.device)

    def forward(
        self, rows: Tensor, memory: Tensor, states: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One step.

        Args:
            rows: (n, words) packed observations.
            memory: (n, memory) what is remembered; zeros where an episode begins.
            states: (n, seats * words) for a central critic.

        Returns:
            (n, head size) outputs for the head, (n,) values, and the memory after the step.
        """
        hidden, memory = self._remembered(rows, memory)
        return *self._heads(hidden, states), memory

    def _remembered(self, rows: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """What the layers after the first one see, and the memory, after a step."""
        hidden = self.activation(self.first(rows))
        if self.recurrent is None:
            return hidden, memory
        begins = torch.zeros(1, len(rows), dtype=torch.bool, device=rows.device)
        memory = self.recurrent(hidden.unsqueeze(0), memory, begins)[0]
        return memory, memory

    def _heads(self, hidden: Tensor, states: Tensor | None) -> tuple[Tensor, Tensor]:
        actor = critic = hidden
        if self.first_critic is not None:
            critic = self.activation(self.first_critic(states))
        elif self.recurrent is None:
            actor, critic = hidden.split(self.width, dim=-1)
        return self.actor(actor), self.critic(critic).squeeze(-1)

    def act(self, rows: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """The actor alone: outputs for the head, and the memory after the step."""
        hidden, memory = self._remembered(rows, memory)
        return self.actor(hidden[:, : self.memory or self.width]), memory

    def unroll(
        self, rows: Tensor, memory: Tensor, starts: Tensor, states: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Whole sequences, from the memory that they began with.

        All but the memory is computed for all steps at once.

        Args:
            rows: (steps, n, words).
            memory: (n, memory) before the first step.
            starts: (steps, n) bool: an episode begins with this step.
            states: (steps, n, seats * words) for a central critic.

        Returns:
            (steps * n, head size) outputs and (steps * n,) values.
        """
        hidden = self.activation(self.first(rows.flatten(0, 1)))
        if self.recurrent is not None:
            seen = hidden.unflatten(0, starts.shape)
            hidden = self.recurrent(seen, memory, starts).flatten(0, 1)
        return self._heads(hidden, None if states is None else states.flatten(0, 1))


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
