"""A gated recurrent unit over whole sequences (Cho et al., 2014; torch's ``GRUCell``).

On the CPU a step is one product and one kernel, and the gradients of the weights are one product
for all steps: several times as fast as a cell that autograd follows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from adaptarium.agents.rl.fast.kernels import call, tanh_of
from adaptarium.envs.core.compiling import small


class GRU(nn.Module):
    """One layer; its parameters are those of torch's cell.

    Args:
        inputs: Width of what comes in.
        width: Of what is remembered.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.cell = nn.GRUCell(inputs, width)

    def forward(self, seen: Tensor, memory: Tensor, starts: Tensor) -> Tensor:
        """What is remembered after each step.

        Args:
            seen: (steps, n, inputs).
            memory: (n, width) before the first step.
            starts: (steps, n) bool: all is forgotten before the step.

        Returns:
            (steps, n, width).
        """
        if seen.device.type != "cpu":
            return self.by_torch(seen, memory, starts)
        cell, kept = self.cell, (~starts).to(seen.dtype)
        given = nn.functional.linear(seen, cell.weight_ih, cell.bias_ih)
        found: Tensor = _Unrolled.apply(given, memory, kept, cell.weight_hh, cell.bias_hh)
        return found

    def by_torch(self, seen: Tensor, memory: Tensor, starts: Tensor) -> Tensor:
        """As :meth:`forward`, on any device."""
        found = []
        for inputs, start in zip(seen, starts, strict=True):
            memory = self.cell(inputs, torch.where(start[:, None], 0.0, memory))
            found.append(memory)
        return torch.stack(found)


class _Unrolled(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, given: Tensor, memory: Tensor, kept: Tensor, weight: Tensor, bias: Tensor
    ) -> Tensor:
        steps, n, _ = given.shape
        before, out = (given.new_empty(steps, n, weight.shape[1]) for _ in range(2))
        recalled, gates = (torch.empty_like(given) for _ in range(2))
        for t in range(steps):
            torch.mul(memory, kept[t, :, None], out=before[t])
            torch.addmm(bias, before[t], weight.T, out=recalled[t])
            arrays = given[t], recalled[t], before[t], gates[t], out[t]
            call(open_gates, *(array.numpy() for array in arrays))
            memory = out[t]
        ctx.save_for_backward(before, recalled, gates, kept, weight)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        before, recalled, gates, kept, weight = ctx.saved_tensors
        gradient = gradient.contiguous()
        by_given, by_recalled = torch.empty_like(gates), torch.empty_like(gates)
        later = torch.zeros_like(gradient[0])
        for t in range(len(gradient) - 1, -1, -1):
            later += gradient[t]
            arrays = gates[t], recalled[t], before[t], later, by_given[t], by_recalled[t]
            call(close_gates, *(array.numpy() for array in arrays))
            later = later.addmm_(by_recalled[t], weight).mul_(kept[t, :, None])
        flat = by_recalled.flatten(0, 1)
        by_weight = flat.T @ before.flatten(0, 1)
        return by_given, later, None, by_weight, flat.sum(dim=0)


@small
def _sigmoid(value: Any) -> Any:
    return np.float32(0.5) + np.float32(0.5) * tanh_of(np.float32(0.5) * value)


def open_gates(given: Any, recalled: Any, before: Any, gates: Any, out: Any) -> None:
    """One step.

    Args:
        given: (n, 3 width) from the inputs, for the reset gate, the update gate and the candidate.
        recalled: (n, 3 width) the same from the memory.
        before: (n, width) the memory.
        gates: (n, 3 width), written: both gates and the candidate.
        out: (n, width), written: the memory after the step.
    """
    width = out.shape[1]
    for i in range(out.shape[0]):
        for j in range(width):
            reset = _sigmoid(given[i, j] + recalled[i, j])
            update = _sigmoid(given[i, width + j] + recalled[i, width + j])
            candidate = tanh_of(given[i, 2 * width + j] + reset * recalled[i, 2 * width + j])
            gates[i, j], gates[i, width + j], gates[i, 2 * width + j] = reset, update, candidate
            out[i, j] = candidate + update * (before[i, j] - candidate)


def close_gates(
    gates: Any, recalled: Any, before: Any, later: Any, by_given: Any, by_recalled: Any
) -> None:
    """The gradients of one step.

    Args:
        gates: As of :func:`open_gates`.
        recalled: As of :func:`open_gates`.
        before: As of :func:`open_gates`.
        later: (n, width) gradients by the memory after the step; replaced by the part of those by
            the memory before it that goes past the gates.
        by_given: (n, 3 width), written: gradients by ``given``.
        by_recalled: (n, 3 width), written: gradients by ``recalled``.
    """
    width, one = later.shape[1], np.float32(1.0)
    for i in range(later.shape[0]):
        for j in range(width):
            reset, update = gates[i, j], gates[i, width + j]
            candidate = gates[i, 2 * width + j]
            gain = later[i, j]
            inner = gain * (one - update) * (one - candidate * candidate)
            by_update = gain * (before[i, j] - candidate) * update * (one - update)
            by_reset = inner * recalled[i, 2 * width + j] * reset * (one - reset)
            by_given[i, j] = by_recalled[i, j] = by_reset
            by_given[i, width + j] = by_recalled[i, width + j] = by_update
            by_given[i, 2 * width + j] = inner
            by_recalled[i, 2 * width + j] = inner * reset
            later[i, j] = gain * update
