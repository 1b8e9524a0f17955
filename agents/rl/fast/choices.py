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
def _weigh(
    outputs: Any, i: Any, masks: Any, step: Any, begin: Any, chances: Any, logs: Any
) -> None:
    """Write the probabilities of one component, and their logarithms.

    Outputs are those of row ``i``, masks those of row ``step``.
    """
    most = np.float32(-np.inf)
    for j in range(logs.shape[0]):
        value = outputs[i, begin + j]
        if masks.shape[0] > 0 and not masks[step, begin + j]:
            value = MASKED
        logs[j] = value
        most = max(most, value)
    total = np.float32(0.0)
    for j in range(logs.shape[0]):
        logs[j] -= most
        chances[j] = np.exp(logs[j])
        total += chances[j]
    shift, scale = np.log(total), np.float32(1.0) / total
    for j in range(logs.shape[0]):
        logs[j] -= shift
        chances[j] *= scale


def draw(
    outputs: Any, masks: Any, widths: Any, uniforms: Any, scratch: Any, actions: Any, found: Any
) -> None:
    """Draw actions, and give the logarithms of their probabilities.

    Args:
        outputs: (n, size) float32.
        masks: (n or 0, size) bool.
        widths: (components,) int64.
        uniforms: (n, components) float32 in [0, 1).
        scratch: (2, widest) float32.
        actions: (n, components) int64, written.
        found: (n,) float32, written.
    """
    for i in range(outputs.shape[0]):
        begin, found[i] = 0, 0.0
        for part in range(widths.shape[0]):
            width = widths[part]
            chances, logs = scratch[0, :width], scratch[1, :width]
            _weigh(outputs, i, masks, i, begin, chances, logs)
            left, chosen = uniforms[i, part], -1
            for j in range(width):
                if chances[j] > 0.0:  # where rounding leaves a rest, the last possible one is meant
                    chosen = j
                    left -= chances[j]
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
    places: Any,
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
    """The loss of PPO over some of all steps, by its gradients.

    Args:
        outputs: (n, size) float32.
        masks: (steps or 0, size) bool.
        widths: (components,) int64.
        values: (n,) float32.
        places: (n,) int64: which steps they are.
        actions: (steps, components) int64.
        before: (steps,) float32 log-probabilities of the actions when they were drawn.
        gains: (steps,) float32 advantages.
        targets: (steps,) float32 targets of the critic.
        weights: (steps,) float32 weights of the steps.
        clip: How far the ratio of the probabilities may go from 1.
        value_share: Weight of the critic's squared error.
        entropy_share: Weight of the entropy, which is gained.
        logs: (size,) float32 scratch.
        by_outputs: (n, size) float32, written: gradients by the outputs.
        by_values: (n,) float32, written: gradients by the values.
        figures: (6,) float64, added to: policy loss, value loss, entropy, divergence, clipped
            steps, weights.
    """
    for i in range(outputs.shape[0]):
        step = places[i]
        weight = weights[step]
        begin, log, entropy = 0, np.float32(0.0), np.float32(0.0)
        for part in range(widths.shape[0]):
            width = widths[part]
            own, chances = logs[begin : begin + width], by_outputs[i, begin : begin + width]
            _weigh(outputs, i, masks, step, begin, chances, own)
            log += own[actions[step, part]]
            inside = np.float32(0.0)
            for j in range(width):
                inside -= chances[j] * own[j]
            for j in range(width):  # of the entropy: -p (log p + entropy)
                own[j] = chances[j] * (own[j] + inside)
            entropy += inside
            begin += width
        change = log - before[step]
        ratio = np.exp(change)
        bounded = min(max(ratio, np.float32(1.0) - clip), np.float32(1.0) + clip)
        free, held = ratio * gains[step], bounded * gains[step]
        pull = -free * weight if free <= held else np.float32(0.0)
        begin = 0
        for part in range(widths.shape[0]):
            for j in range(begin, begin + widths[part]):
                slope = entropy_share * weight * logs[j] - pull * by_outputs[i, j]
                if j == begin + actions[step, part]:
                    slope += pull
                by_outputs[i, j] = slope
            begin += widths[part]
        error = values[i] - targets[step]
        by_values[i] = np.float32(2.0) * value_share * weight * error
        figures[0] -= weight * min(free, held)
        figures[1] += weight * error * error
        figures[2] += weight * entropy
        figures[3] += weight * (ratio - np.float32(1.0) - change)
        figures[4] += weight * np.float32(abs(ratio - np.float32(1.0)) > clip)
        figures[5] += weight
