"""Measures of plasticity: of units, of features, of weights and gradients.

Units are the outputs of a network's activation functions and recurrent layers; its features are
those of the last such layer before the output. Activations are (samples, units).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from adaptarium.agents.rl.fast.gru import GRU

COLUMNS = (
    "dormant_ratio",
    "active_units",
    "srank",
    "feature_rank",
    "effective_rank",
    "weight_norm",
    "gradient_norm",
)
"""What :func:`measure` gives, in the order of the columns of ``progress.csv``."""

DORMANT_THRESHOLD = 0.025  # Sokar et al., section 3
ACTIVATIONS = (nn.ReLU, nn.Tanh, nn.ELU, nn.LeakyReLU, nn.GELU, nn.SiLU)
RECURRENT = (nn.RNNBase, nn.RNNCellBase, GRU)


def dormant_ratio(activations: Sequence[Tensor], threshold: float = DORMANT_THRESHOLD) -> float:
    """Share of the units that hardly ever answer.

    Unit i of a layer is dormant where ``E|h_i| / mean_k E|h_k| <= threshold``, over samples and the
    layer's units k (Sokar, Agarwal, Castro & Evci, *The dormant neuron phenomenon in deep
    reinforcement learning*, 2023, definition 3.1). In a silent layer all units are.

    Args:
        activations: (samples, units) of each layer.
        threshold: The bound.
    """
    dormant = units = 0
    for layer in activations:
        means = layer.abs().mean(dim=0)
        dormant += int((means <= threshold * means.mean()).sum())
        units += means.numel()
    return dormant / units


def active_units(activations: Sequence[Tensor]) -> float:
    """Share of the units whose mean activation is above zero: the fraction of active units.

    ``sum_i 1(E h_i > 0) / N`` (Ma et al., *Revisiting plasticity in visual reinforcement learning*,
    2024, definition 2.1). It is meant for ReLU, whose units are never below zero.

    Args:
        activations: (samples, units) of each layer.
    """
    units = sum(layer.shape[1] for layer in activations)
    return sum(int((layer.mean(dim=0) > 0).sum()) for layer in activations) / units


def srank(features: Tensor, delta: float = 0.01) -> int:
    """Fewest singular values that make up all but ``delta`` of their sum.

    ``min{k : sum_{i<=k} s_i / sum_i s_i >= 1 - delta}`` (Kumar, Agarwal, Ghosh & Levine, *Implicit
    under-parameterization inhibits data-efficient deep reinforcement learning*, 2021, section 3).
    Of features that are all zero it is 0.

    Args:
        features: (samples, units).
        delta: The share that may be missing.
    """
    values = torch.linalg.svdvals(features.double())
    total = values.sum()
    if total == 0:
        return 0
    # A sum that reaches the bound but for rounding has reached it.
    return int((values.cumsum(0) / total < 1.0 - delta - 1e-12).sum()) + 1


def feature_rank(features: Tensor, epsilon: float = 0.01) -> int:
    """How many singular values of ``features / sqrt(samples)`` are above ``epsilon``.

    Lyle, Rowland & Dabney, *Understanding and preventing capacity loss in reinforcement learning*,
    2022, definition 2.

    Args:
        features: (samples, units).
        epsilon: The bound.
    """
    scaled = features.double() / math.sqrt(len(features))
    return int((torch.linalg.svdvals(scaled) > epsilon).sum())


def effective_rank(features: Tensor) -> float:
    """The exponential of the entropy of the singular values as shares of their sum.

    Roy & Vetterli, *The effective rank: a measure of effective dimensionality*, 2007. Of features
    that are all zero it is 0.

    Args:
        features: (samples, units).
    """
    values = torch.linalg.svdvals(features.double())
    total = values.sum()
    if total == 0:
        return 0.0
    return float(torch.special.entr(values / total).sum().exp())


def norm(tensors: Iterable[Tensor]) -> float:
    """The Euclidean norm of all numbers of some tensors together; 0 of none."""
    return math.sqrt(sum(float(part.detach().double().square().sum()) for part in tensors))


def activations(network: nn.Module, forward: Callable[[], Any]) -> list[Tensor]:
    """The units of a network in one forward pass, layer by layer in the order of their answers.

    Args:
        network: The network; layers that it holds as functions are not seen.
        forward: Runs it once over a batch.

    Returns:
        (samples, units) of each layer; several leading axes are made one.
    """
    found: list[Tensor] = []

    def keep(_module: nn.Module, _given: Any, output: Any) -> None:
        out = output[0] if isinstance(output, tuple) else output
        found.append(out.detach().reshape(-1, out.shape[-1]))

    layers = [part for part in network.modules() if isinstance(part, (*ACTIVATIONS, *RECURRENT))]
    inner = {child for part in layers for child in part.modules() if child is not part}
    hooks = [part.register_forward_hook(keep) for part in layers if part not in inner]
    try:
        with torch.no_grad():
            forward()
    finally:
        for hook in hooks:
            hook.remove()
    return found


def measure(
    network: nn.Module, forward: Callable[[], Any], threshold: float = DORMANT_THRESHOLD
) -> dict[str, float]:
    """All measures of a network now, by name.

    Gradients are those that the last minibatch has left, clipped; a network that has none yet (a
    run that has just gone on) has no ``gradient_norm``. One without hidden layers has norms alone.

    Args:
        network: The network.
        forward: Runs it once over a batch of inputs; it must not draw random numbers.
        threshold: Of dormant units.
    """
    layers = activations(network, forward)
    found: dict[str, float] = {"weight_norm": norm(network.parameters())}
    gradients = [part.grad for part in network.parameters() if part.grad is not None]
    if gradients:
        found["gradient_norm"] = norm(gradients)
    if layers:
        features = layers[-1]
        found |= {
            "dormant_ratio": dormant_ratio(layers, threshold),
            "active_units": active_units(layers),
            "srank": srank(features),
            "feature_rank": feature_rank(features),
            "effective_rank": effective_rank(features),
        }
    return {name: found[name] for name in COLUMNS if name in found}
