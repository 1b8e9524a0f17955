"""From the numbers a network puts out to actions: one head for each kind of action space.

A head knows how many numbers it needs for one action (``size``), draws actions from them, and gives
the log-probability and the entropy of actions that were drawn. Masked actions have probability 0.

=====================================  ====================================================
``noise(rows, random)``                numbers that decide what is drawn in so many rows
``sample(out, mask, noise)``           actions (n, *shape) drawn from outputs (n, size), and their
                                       (n,) log-probabilities
``draw(out, mask, uniform)``           actions by uniform numbers that are given: (n, size)
``judge(out, actions, mask)``          (n,) log-probabilities and (n,) entropies
``play(actions)``                      the actions as the environment takes them
``given(actions)``                     the other way round: (n, *shape) from what it takes
=====================================  ====================================================
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from adaptarium.agents.rl.fast import choices
from adaptarium.agents.rl.fast.kernels import call
from adaptarium.envs.core.errors import FactorError

LEAST = 0.05
"""Of continuous actions that were imitated the smallest deviation: with none nothing is tried."""


class CategoricalHead(nn.Module):
    """Discrete and multi-discrete actions: one softmax a component.

    Args:
        widths: Number of choices of each component.
        shape: Shape of one action: () for one number, (components,) for several.
    """

    dtype = torch.int64

    def __init__(self, widths: tuple[int, ...], shape: tuple[int, ...]) -> None:
        super().__init__()
        self.widths, self.shape, self.size = widths, shape, sum(widths)
        self.components = np.array(widths, np.int64)
        self.no_masks = np.zeros((0, self.size), np.bool_)

    def _parts(self, out: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Normalised log-probabilities, (n, width) a component."""
        if mask is not None:
            out = torch.where(mask, out, float(choices.MASKED))
        return [torch.log_softmax(part, dim=-1) for part in out.split(self.widths, dim=-1)]

    def noise(self, rows: int, random: torch.Generator) -> Tensor:
        """A uniform number for each component."""
        return torch.rand(rows, len(self.widths), generator=random, device=random.device)

    def sample(self, out: Tensor, mask: Tensor | None, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Actions as far along the sums of the probabilities as the numbers say."""
        if out.device.type != "cpu":
            return self.sample_by_torch(out, mask, noise)
        actions = torch.empty(len(out), len(self.widths), dtype=torch.int64)
        logs = torch.empty(len(out))
        call(
            choices.draw,
            out.contiguous().numpy(),
            self.no_masks if mask is None else mask.contiguous().numpy(),
            self.components,
            noise.numpy(),
            np.empty((2, max(self.widths)), np.float32),
            actions.numpy(),
            logs.numpy(),
        )
        return actions if self.shape else actions[:, 0], logs

    def sample_by_torch(
        self, out: Tensor, mask: Tensor | None, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As :meth:`sample`, on any device."""
        chosen = []
        for j, part in enumerate(self._parts(out, mask)):
            chances = part.exp()
            action = (chances.cumsum(dim=-1) <= noise[:, j : j + 1]).sum(dim=-1)
            # Where rounding leaves a rest, the last possible one is meant.
            last = part.shape[-1] - 1 - (chances.flip(-1) > 0).float().argmax(dim=-1)
            chosen.append(torch.minimum(action, last))
        actions = self._joined(chosen)
        return actions, self.judge(out, actions, mask)[0]

    def draw(self, out: Tensor, mask: Tensor | None, uniform: Tensor) -> Tensor:
        """The largest of p / e over exponential variates e, made of the uniform ones."""
        waits = (-torch.log1p(-uniform.double())).clamp(min=1e-300).split(self.widths, dim=-1)
        pairs = zip(self._parts(out, mask), waits, strict=True)
        return self._joined([(part.double().exp() / wait).argmax(dim=-1) for part, wait in pairs])

    def _joined(self, chosen: list[Tensor]) -> Tensor:
        return torch.stack(chosen, dim=-1) if self.shape else chosen[0]

    def judge(self, out: Tensor, actions: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Sums over the components, which are independent."""
        columns = actions.unsqueeze(-1) if not self.shape else actions
        logs, entropy = out.new_zeros(len(out)), out.new_zeros(len(out))
        for j, part in enumerate(self._parts(out, mask)):
            logs = logs + part.gather(-1, columns[:, j : j + 1]).squeeze(-1)
            entropy = entropy - (part.exp() * part).sum(dim=-1)
        return logs, entropy

    def play(self, actions: Tensor) -> Tensor:
        """The numbers themselves."""
        return actions

    def given(self, actions: Tensor) -> Tensor:
        """The numbers themselves."""
        return actions.reshape(-1, *self.shape).to(self.dtype)


class GaussianHead(nn.Module):
    """Continuous actions: normal around the network's output, with a learnt deviation each.

    Numbers are drawn on a scale where [-1, 1] spans the box; what lies outside is cut off when it
    is played, and judged as it was drawn.

    Args:
        space: The action space.
    """

    low: Tensor
    high: Tensor
    dtype = torch.float32

    def __init__(self, space: spaces.Box) -> None:
        super().__init__()
        if not space.is_bounded():
            raise FactorError(f"action space {space}: expected bounds on both sides")
        self.shape = tuple(space.shape)
        self.size = int(np.prod(self.shape))
        self.deviation = nn.Parameter(torch.zeros(self.size))  # its logarithm
        self.register_buffer("low", torch.as_tensor(space.low, dtype=torch.float32))
        self.register_buffer("high", torch.as_tensor(space.high, dtype=torch.float32))

    def noise(self, rows: int, random: torch.Generator) -> Tensor:
        """Normal variates."""
        return torch.randn(rows, self.size, generator=random, device=random.device)

    def sample(self, out: Tensor, mask: Tensor | None, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Normal around the outputs; there are no masks."""
        actions = (out + noise * self.deviation.exp()).reshape(-1, *self.shape)
        return actions, self.judge(out, actions, mask)[0]

    def draw(self, out: Tensor, mask: Tensor | None, uniform: Tensor) -> Tensor:
        """Normal variates by the inverse of their distribution."""
        inside = uniform.clamp(1e-12, 1.0 - 1e-12)
        noise = math.sqrt(2.0) * torch.erfinv(2.0 * inside.double() - 1.0)
        return (out + noise.to(out.dtype) * self.deviation.exp()).reshape(-1, *self.shape)

    def judge(self, out: Tensor, actions: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Sums over the components, which are independent."""
        z = (actions.reshape(len(out), -1) - out) / self.deviation.exp()
        constant = 0.5 * math.log(2 * math.pi)
        logs = (-0.5 * z**2 - self.deviation - constant).sum(dim=-1)
        entropy = (self.deviation + 0.5 + constant).sum()
        return logs, entropy.expand(len(out))

    def play(self, actions: Tensor) -> Tensor:
        """Numbers inside the box."""
        share = (actions.clamp(-1.0, 1.0) + 1.0) / 2.0
        return self.low + share * (self.high - self.low)

    def given(self, actions: Tensor) -> Tensor:
        """Numbers on the scale that they are drawn on."""
        above = actions.reshape(-1, *self.shape).to(self.dtype) - self.low
        return 2.0 * above / (self.high - self.low) - 1.0

    @torch.no_grad()
    def settle(self, out: Tensor, actions: Tensor) -> None:
        """The deviations that make the actions most probable, and no smaller than ``LEAST``."""
        errors = (actions.reshape(len(out), -1) - out).square().mean(dim=0).sqrt()
        self.deviation.copy_(errors.clamp(min=LEAST).log())


def head_for(space: spaces.Space[Any]) -> CategoricalHead | GaussianHead:
    """The head for an action space.

    Raises:
        FactorError: the space is none of Discrete, MultiDiscrete and a bounded Box.
    """
    if isinstance(space, spaces.Discrete):
        return CategoricalHead((int(space.n),), ())
    if isinstance(space, spaces.MultiDiscrete):
        widths = tuple(int(n) for n in space.nvec.reshape(-1))
        return CategoricalHead(widths, (len(widths),))
    if isinstance(space, spaces.Box):
        return GaussianHead(space)
    raise FactorError(f"action space {space}: expected Discrete, MultiDiscrete or Box")
