"""The first layer on packed observations, and the hyperbolic tangent, both quick on the CPU.

Few of the binary inputs of an observation are 1, so that a product with them is a sum of few rows
of the weights, some 40 of 494 in a grid world: torch's ``embedding_bag`` of the inputs that are 1.
The gradient of the weights is such a sum too, of the rows of gradients in which an input is 1. On
other devices the same layer unpacks the inputs and multiplies.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from adaptarium.agents.rl.fast.kernels import (
    Shape,
    call,
    count_bits,
    list_bits,
    tanh,
    transpose,
)
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
        bits, words, bit_words = shape
        packed = rows.contiguous().numpy().view(np.uint64)
        ends = torch.empty(len(rows) + 1, dtype=torch.int32)
        call(count_bits, packed, words, bit_words, ends.numpy())
        places = torch.empty(int(ends[-1]), dtype=torch.int32)
        call(list_bits, packed, bits, words, bit_words, places.numpy())
        ctx.save_for_backward(places, ends)
        ctx.inputs = len(weight)
        return _sums(weight, places, ends).add_(bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        places, ends = ctx.saved_tensors
        rows, row_ends = torch.empty_like(places), ends.new_empty(ctx.inputs + 1)
        arrays = (each.numpy() for each in (places, ends))
        lists = rows.numpy(), row_ends.numpy()
        call(transpose, *arrays, np.empty(ctx.inputs, np.int64), *lists)
        return None, _sums(gradient.contiguous(), rows, row_ends), gradient.sum(dim=0), None


def _sums(table: Tensor, places: Tensor, ends: Tensor) -> Tensor:
    """Row i sums the rows of the table that ``places[ends[i] : ends[i + 1]]`` names."""
    return nn.functional.embedding_bag(
        places, table.detach(), ends, mode="sum", include_last_offset=True
    )


class Tanh(nn.Tanh):
    """The hyperbolic tangent; on the CPU by a rational function, within 3e-7, and in place."""

    def forward(self, input: Tensor) -> Tensor:
        """As torch's own, but that a CPU's ``input`` (float32, without gaps) holds the result."""
        if input.device.type == "cpu":
            out: Tensor = _Tanh.apply(input)
            return out
        return super().forward(input)


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        ctx.mark_dirty(values)
        call(tanh, values.numpy().reshape(-1))
        ctx.save_for_backward(values)
        return values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (out,) = ctx.saved_tensors
        found: Tensor = torch.ops.aten.tanh_backward(gradient, out)
        return found
