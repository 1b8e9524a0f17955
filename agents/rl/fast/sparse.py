"""The first layer on packed observations, and the hyperbolic tangent, both quick on the CPU.

Few of the binary inputs of an observation are 1, so that a product with them is a sum of few rows
of the weights: some 30 of 494 in a grid world. On other devices the same layer unpacks the inputs
and multiplies.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from adaptarium.agents.rl.fast.kernels import Shape, add_rows, call, spread_rows, tanh
from adaptarium.agents.rl.fast.packing import Packing


class PackedLinear(nn.Module):
    """A linear layer on rows of packed observations.

    Args:
        packing: How observations are packed.
        outputs: Width of the layer.
        seats: Observations in a row, side by side.

    Attributes:
        weight: (seats * inputs, outputs): the binary inputs of all seats, then their amounts.
        bias: (outputs,).
    """

    def __init__(self, packing: Packing, outputs: int, seats: int = 1) -> None:
        super().__init__()
        self._packing, self.seats = packing, seats
        weight = nn.init.orthogonal_(torch.empty(seats * packing.inputs, outputs), math.sqrt(2.0))
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, rows: Tensor) -> Tensor:
        """(n, outputs) for ``rows`` (n, seats * words) int64."""
        packing = self._packing
        if rows.device.type != "cpu":
            return torch.addmm(self.bias, self.inputs_of(rows), self.weight)
        shape = packing.bits, packing.words, packing.bit_words
        out: Tensor = _Sum.apply(rows, self.weight, self.bias, shape)
        if packing.amounts:
            amounts = packing.amounts_of(self._seated(rows)).flatten(1)
            out = out + amounts @ self.weight[self.seats * packing.bits :]
        return out

    def inputs_of(self, rows: Tensor) -> Tensor:
        """(n, seats * inputs) float32: what the weights are for."""
        seats = self._seated(rows)
        bits, amounts = self._packing.bits_of(seats), self._packing.amounts_of(seats)
        return torch.cat([bits.flatten(1), amounts.flatten(1)], dim=1)

    def _seated(self, rows: Tensor) -> Tensor:
        return rows.reshape(len(rows), self.seats, self._packing.words)


class _Sum(torch.autograd.Function):
    """Sums of the weights of the inputs that are 1, plus the bias."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor, shape: Shape) -> Tensor:
        rows = rows.contiguous()
        ctx.save_for_backward(rows)
        ctx.shape, ctx.size = shape, weight.shape
        out = bias.repeat(len(rows), 1)
        bits, table = rows.numpy().view(np.uint64), weight.numpy()
        call(add_rows, bits, *shape, table, out.numpy(), np.empty(len(table), np.int64))
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (rows,) = ctx.saved_tensors
        gradient = gradient.contiguous()
        found = gradient.new_zeros(ctx.size)
        bits, gains = rows.numpy().view(np.uint64), gradient.numpy()
        places = np.empty(len(found), np.int64)
        call(spread_rows, bits, *ctx.shape, gains, found.numpy(), places)
        return None, found, gradient.sum(dim=0), None


class Tanh(nn.Tanh):
    """The hyperbolic tangent; on the CPU by a rational function, within 3e-7."""

    def forward(self, input: Tensor) -> Tensor:
        """As torch's own."""
        if input.device.type == "cpu" and input.dtype == torch.float32:
            out: Tensor = _Tanh.apply(input)
            return out
        return super().forward(input)


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        values = values.contiguous()
        out = torch.empty_like(values)
        call(tanh, values.numpy().reshape(-1), out.numpy().reshape(-1))
        ctx.save_for_backward(out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (out,) = ctx.saved_tensors
        found: Tensor = torch.ops.aten.tanh_backward(gradient, out)
        return found
