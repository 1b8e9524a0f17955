"""Choices between numbered actions, on the CPU: how they are drawn, and what PPO loses by them.

One action has ``widths.shape[0]`` components with so many choices each; the ``outputs`` of a row
are the logits of all components. ``masks`` of no rows stand for none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adaptarium.envs.core.compiling import kernel

MASKED = np.float32(-1e9)
"""The logit of a masked action: finite, so that 0 times its logarithm stays 0."""


@kernel
def _log_chances(outputs: Any, masks: Any, i: Any, begin: Any, width: Any, logs: Any) -> None:
    """Write the log-probabilities of one component into ``logs``."""
    most = np.float32(-np.inf)
    for j in range(width):
        value = outputs[i, begin + j]
        if masks.shape[0] > 0 and not masks[i, begin + j]:
            value = MASKED
        logs[j] = value
        most = max(most, value)
    total = np.float32(0.0)
    for j in range(width):
        total += np.exp(logs[j] - most)
    shift = most + np.log(total)
    for j in range(width):
        logs[j] -= shift


def draw(
    outputs: Any, masks: Any, widths: Any, uniforms: Any, logs: Any, actions: Any, found: Any
) -> None:
    """Draw actions, and give the logarithms of their probabilities.

    Args:
        outputs: (n, size) float32.
        masks: (n or 0, size) bool.
        widths: (components,) int64.
        uniforms: (n, components) float32 in [0, 1).
        logs: (widest,) float32 scratch.
        actions: (n, components) int64, written.
        found: (n,) float32, written.
    """
    for i in range(outputs.shape[0]):
        begin, found[i] = 0, 0.0
        for part in range(widths.shape[0]):
            width = widths[part]
            _log_chances(outputs, masks, i, begin, width, logs)
            left, chosen = uniforms[i, part], -1
            for j in range(width):
                chance = np.exp(logs[j])
                if chance > 0.0:  # where rounding leaves a rest, the last possible one is meant
                    chosen = j
                    left -= chance
                    if left < 0.0:
                        break
            actions[i, part] = chosen
            found[i] += logs[chosen]
            begin += width


def lose(
    outputs: Any,
    masks: Any,
    widths: Any,
    values: Any,
    actions: Any,
    before: Any,
    gains: Any,
    targets: Any,
    weights: Any,
    clip: Any,
    value_share: Any,
    entropy_share: Any,
    logs: Any,
    by_outputs: Any,
    by_values: Any,
    figures: Any,
) -> None:
    """The loss of PPO over some rows, by its gradients.

    Args:
        outputs: (n, size) float32.
        masks: (n or 0, size) bool.
        widths: (components,) int64.
        values: (n,) float32.
        actions: (n, components) int64.
        before: (n,) float32 log-probabilities of the actions when they were drawn.
        gains: (n,) float32 advantages.
        targets: (n,) float32 targets of the critic.
        weights: (n,) float32 weights of the rows.
        clip: How far the ratio of the probabilities may go from 1.
        value_share: Weight of the critic's squared error.
        entropy_share: Weight of the entropy, which is gained.
        logs: (size,) float32 scratch.
        by_outputs: (n, size) float32, written: gradients by the outputs.
        by_values: (n,) float32, written: gradients by the values.
        figures: (5,) float64, added to: policy loss, value loss, entropy, divergence, clipped rows.
    """
    for i in range(outputs.shape[0]):
        weight = weights[i]
        begin, log, entropy = 0, np.float32(0.0), np.float32(0.0)
        for part in range(widths.shape[0]):
            width = widths[part]
            own = logs[begin : begin + width]
            _log_chances(outputs, masks, i, begin, width, own)
            log += own[actions[i, part]]
            inside = np.float32(0.0)
            for j in range(width):
                chance = np.exp(own[j])
                by_outputs[i, begin + j] = chance
                inside -= chance * own[j]
            for j in range(width):  # of the entropy: -p (log p + entropy)
                own[j] = by_outputs[i, begin + j] * (own[j] + inside)
            entropy += inside
            begin += width
        change = log - before[i]
        ratio = np.exp(change)
        bounded = min(max(ratio, np.float32(1.0) - clip), np.float32(1.0) + clip)
        free, held = ratio * gains[i], bounded * gains[i]
        pull = -free * weight if free <= held else np.float32(0.0)
        begin = 0
        for part in range(widths.shape[0]):
            for j in range(begin, begin + widths[part]):
                slope = entropy_share * weight * logs[j] - pull * by_outputs[i, j]
                if j == begin + actions[i, part]:
                    slope += pull
                by_outputs[i, j] = slope
            begin += widths[part]
        error = values[i] - targets[i]
        by_values[i] = np.float32(2.0) * value_share * weight * error
        figures[0] -= weight * min(free, held)
        figures[1] += weight * error * error
        figures[2] += weight * entropy
        figures[3] += weight * (ratio - np.float32(1.0) - change)
        figures[4] += weight * np.float32(abs(ratio - np.float32(1.0)) > clip)
