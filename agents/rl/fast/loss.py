"""What PPO loses (Schulman et al., 2017): clipped ratios, squared errors of the critic, entropy.

And what a learner loses by doing otherwise than it was shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from adaptarium.agents.rl.fast import choices
from adaptarium.agents.rl.fast.heads import CategoricalHead, GaussianHead
from adaptarium.agents.rl.fast.kernels import call
from adaptarium.agents.rl.settings import FastPPOSettings

FIGURES = ("policy_loss", "value_loss", "entropy", "kl", "clipped")
"""What is told of an update: losses, entropy, divergence of the old from the new policy (the
estimate of Schulman's note "Approximating KL divergence" with the least variance), and the share of
steps whose ratio was outside the range."""


@dataclass
class Sample:
    """All steps of a rollout, to learn from: (steps, ...) each."""

    actions: Tensor
    masks: Tensor | None
    logs: Tensor  # log-probabilities of the actions when they were drawn
    gains: Tensor  # advantages
    targets: Tensor  # of the critic
    weights: Tensor  # 0 where there is nothing to learn

    def at(self, places: Tensor) -> Sample:
        """Some of them."""
        return Sample(
            self.actions[places],
            None if self.masks is None else self.masks[places],
            self.logs[places],
            self.gains[places],
            self.targets[places],
            self.weights[places],
        )


@dataclass
class Shown:
    """All steps of a demonstration, to be imitated: (steps, ...) each."""

    actions: Tensor
    masks: Tensor | None
    returns: Tensor  # discounted
    known: Tensor  # bool: the return is all there was
    weights: Tensor  # 0 where there is nothing to learn


@dataclass
class Slopes:
    """A loss, as what its gradients begin with.

    Attributes:
        roots: Tensors that it is made of.
        gradients: Its gradients by the roots; None for a root that is the loss itself.
        figures: (n,) float64: sums of what is told of the loss, as ``FIGURES`` says, and last of
            the weights.
    """

    roots: tuple[Tensor, ...]
    gradients: tuple[Tensor | None, ...]
    figures: Tensor


def slopes(
    head: CategoricalHead | GaussianHead,
    outputs: Tensor,
    values: Tensor,
    sample: Sample,
    places: Tensor,
    settings: FastPPOSettings,
) -> Slopes:
    """The weighted sum of the losses of some steps.

    Args:
        head: The actions.
        outputs: (n, head size) what the network puts out for the head.
        values: (n,) what it takes the steps for.
        sample: All steps.
        places: (n,) which of them are meant.
        settings: The hyper-parameters.
    """
    if isinstance(head, CategoricalHead) and outputs.device.type == "cpu":
        return _slopes_of_choices(head, outputs, values, sample, places, settings)
    return slopes_by_torch(head, outputs, values, sample, places, settings)


def slopes_by_torch(
    head: CategoricalHead | GaussianHead,
    outputs: Tensor,
    values: Tensor,
    sample: Sample,
    places: Tensor,
    settings: FastPPOSettings,
) -> Slopes:
    """As :func:`slopes`, for any head and device."""
    sample = sample.at(places)
    weights, gains = sample.weights, sample.gains
    logs, entropies = head.judge(outputs, sample.actions, sample.masks)
    change = logs - sample.logs
    ratio = change.exp()
    clipped = ratio.clamp(1.0 - settings.clip_range, 1.0 + settings.clip_range)
    policy = -(weights * torch.minimum(ratio * gains, clipped * gains)).sum()
    value = (weights * (values - sample.targets) ** 2).sum()
    entropy = (weights * entropies).sum()
    loss = policy + settings.vf_coef * value - settings.ent_coef * entropy
    with torch.no_grad():
        divergence = (weights * (ratio - 1.0 - change)).sum()
        outside = (weights * ((ratio - 1.0).abs() > settings.clip_range)).sum()
        told = torch.stack([policy, value, entropy, divergence, outside, weights.sum()]).double()
    return Slopes((loss,), (None,), told)


def _slopes_of_choices(
    head: CategoricalHead,
    outputs: Tensor,
    values: Tensor,
    sample: Sample,
    places: Tensor,
    settings: FastPPOSettings,
) -> Slopes:
    """The gradients at once, in one pass over the steps."""
    by_outputs, by_values = torch.empty_like(outputs), torch.empty_like(values)
    told = np.zeros(len(FIGURES) + 1)
    masks = head.no_masks if sample.masks is None else sample.masks.numpy()
    numbers = settings.clip_range, settings.vf_coef, settings.ent_coef
    call(
        choices.lose,
        outputs.detach().contiguous().numpy(),
        masks,
        head.components,
        values.detach().numpy(),
        places.numpy(),
        sample.actions.reshape(len(sample.actions), -1).numpy(),
        *(part.numpy() for part in (sample.logs, sample.gains, sample.targets, sample.weights)),
        *map(np.float32, numbers),
        np.empty(head.size, np.float32),
        by_outputs.numpy(),
        by_values.numpy(),
        told,
    )
    return Slopes((outputs, values), (by_outputs, by_values), torch.from_numpy(told))


def slopes_of_imitation(
    head: CategoricalHead | GaussianHead,
    outputs: Tensor,
    values: Tensor,
    shown: Shown,
    places: Tensor,
    settings: FastPPOSettings,
) -> Slopes:
    """The weighted sum of the losses of some steps that were shown, and of the critic's errors.

    The arguments are those of :func:`slopes`. An action is as bad as it is improbable.
    """
    weights = shown.weights[places]
    masks = None if shown.masks is None else shown.masks[places]
    logs, _ = head.judge(outputs, shown.actions[places], masks)
    policy = -(weights * logs).sum()
    value = (weights * shown.known[places] * (values - shown.returns[places]) ** 2).sum()
    with torch.no_grad():
        told = torch.stack([policy, value, weights.sum()]).double()
    return Slopes((policy + settings.vf_coef * value,), (None,), told)
