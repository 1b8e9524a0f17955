"""The weights of a network as one vector, so that what is done to all of them is one operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn


class Flat:
    """The weights and gradients of a network, laid side by side in one vector each.

    The network's parameters become views of the vector and stay as usable as before; a norm, a sum
    or a step of an optimiser costs one pass over the vector instead of a call a parameter.

    Args:
        network: Its parameters are moved into the vector; loading a state keeps them there.

    Attributes:
        parameters: The network's parameters, in its own order.
        vector: (weights,) all of them; what an optimiser is to step.
    """

    def __init__(self, network: nn.Module) -> None:
        self.parameters = tuple(network.parameters())
        self.vector = nn.Parameter(self.joined(part.detach() for part in self.parameters))
        for part, view in zip(self.parameters, self._views(self.vector.detach()), strict=True):
            part.data = view

    @staticmethod
    def joined(parts: Iterable[Tensor]) -> Tensor:
        """(weights,) what is given for each parameter."""
        return torch.cat([part.flatten() for part in parts])

    def _views(self, vector: Tensor) -> Iterator[Tensor]:
        parts = vector.split([part.numel() for part in self.parameters])
        return (view.view_as(part) for part, view in zip(self.parameters, parts, strict=True))

    def take(self, gradients: Sequence[Tensor], scale: float) -> None:
        """Set the gradients of the vector, and of the parameters with it.

        Args:
            gradients: (weights,) each, to be summed.
            scale: What the sum is multiplied by.
        """
        total = sum(gradients[1:], start=gradients[0]) * scale
        self.vector.grad = total
        for part, view in zip(self.parameters, self._views(total), strict=True):
            part.grad = view
