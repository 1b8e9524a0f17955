"""The update of PPO (Schulman et al., 2017): several epochs of minibatches over one rollout."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor, nn

from adaptarium.agents.rl.fast.loss import FIGURES, Sample, slopes
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.rollout import Rollout
from adaptarium.agents.rl.fast.team import Team
from adaptarium.agents.rl.settings import FastPPOSettings

SHARE = 2048
"""Steps whose gradients are computed at once: what they take fits into a core's own cache."""
TOGETHER = 64
"""Sequences at least that are lived through side by side, where there are so many."""


class NotFiniteError(ArithmeticError):
    """What is no longer finite, by name."""


@dataclass
class _Share:
    """Some steps of a minibatch: their places among all, and their rows where they are whole."""

    places: Tensor
    rows: Tensor | None = None


class PPO:
    """Updates a network from rollouts.

    Args:
        network: Actor and critic.
        settings: The hyper-parameters.
        random: The generator that minibatches are drawn with.
        team: The threads that share the work.

    Attributes:
        updates: Rollouts learnt from so far.
    """

    def __init__(
        self,
        network: ActorCritic,
        settings: FastPPOSettings,
        random: torch.Generator,
        team: Team | None = None,
    ) -> None:
        self.network, self.settings, self.random = network, settings, random
        self.team = team or Team()
        self._weights = dict(network.named_parameters())
        self.optimizer = torch.optim.Adam(
            network.parameters(), lr=settings.learning_rate, eps=1e-5, fused=True
        )
        self.updates = 0

    def update(self, rollout: Rollout, steps: int) -> dict[str, float]:
        """Learn from one rollout.

        Args:
            rollout: What was played.
            steps: Environment steps so far, for the learning rate.

        Returns:
            Means over the minibatches: ``policy_loss``, ``value_loss``, ``entropy``, ``kl`` (of the
            old from the new policy), ``clipped`` (share of steps), ``gradient`` (norm).

        Raises:
            NotFiniteError: a loss, a gradient or a weight is no longer finite. Where it is a loss
                or a gradient, the weights are those before the step that would have spoilt them.
        """
        settings = self.settings
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate_at(steps)
        sample = self._sample(rollout)
        seen: list[Tensor] = []
        for _ in range(settings.n_epochs):
            for shares in self._minibatches(rollout):
                seen.append(self._step(rollout, sample, shares))
        for name, weight in self._weights.items():
            if not bool(torch.isfinite(weight).all()):
                raise NotFiniteError(f"the weights {name}")
        self.updates += 1
        means = torch.stack(seen).mean(dim=0).tolist()
        return dict(zip((*FIGURES, "gradient"), means, strict=True))

    def _sample(self, rollout: Rollout) -> Sample:
        """All steps of a rollout, as (steps * rows, ...)."""
        settings = self.settings
        gains = rollout.advantages(settings.gamma, settings.gae_lambda)
        masks = rollout.masks
        return Sample(
            actions=rollout.actions.flatten(0, 1),
            masks=None if masks is None else masks.flatten(0, 1),
            logs=rollout.logs.flatten(),
            gains=gains.flatten(),
            targets=(gains + rollout.values).flatten(),
            weights=rollout.valid.flatten().float(),
        )

    def _step(self, rollout: Rollout, sample: Sample, shares: list[_Share]) -> Tensor:
        """Learn from one minibatch; its figures and the norm of its gradient."""
        chosen = _normalised(sample.at(torch.cat([share.places for share in shares])))
        ends = list(accumulate((len(share.places) for share in shares), initial=0))

        def gradients(k: int) -> tuple[tuple[Tensor, ...], Tensor]:
            outputs, values = self._look(rollout, shares[k])
            part = chosen.at(slice(ends[k], ends[k + 1]))
            found = slopes(self.network.head, outputs, values, part, self.settings)
            weights = tuple(self._weights.values())
            return torch.autograd.grad(found.roots, weights, found.gradients), found.figures

        found = self.team.map(gradients, range(len(shares)))
        for k, weight in enumerate(self._weights.values()):
            weight.grad = sum((one[0][k] for one in found[1:]), start=found[0][0][k])
        figures = torch.stack([one[1] for one in found]).sum(dim=0)
        norm = nn.utils.clip_grad_norm_(self._weights.values(), self.settings.max_grad_norm)
        if not bool(torch.isfinite(norm)) or not bool(torch.isfinite(figures).all()):
            raise NotFiniteError(self._not_finite(figures))
        self.optimizer.step()
        return torch.cat([figures, norm.detach().double().reshape(1)])

    def _look(self, rollout: Rollout, share: _Share) -> tuple[Tensor, Tensor]:
        """What the network puts out for the steps of a share."""
        network, rows = self.network, share.rows
        if rows is None:
            observations = rollout.observations.flatten(0, 1)[share.places]
            states = rollout.states_at(share.places) if network.central else None
            none = observations.new_zeros(1, 0, dtype=torch.float32)
            outputs, values, _ = network(observations, none, states)
            return outputs, values
        seen = rollout.observations[:, rows]
        states = rollout.states(seen) if network.central else None
        found: tuple[Tensor, Tensor] = network.unroll(
            seen, rollout.memory[rows], rollout.starts[:, rows], states
        )
        return found

    # ---- minibatches ----

    def _minibatches(self, rollout: Rollout) -> Iterator[list[_Share]]:
        return self._sequences(rollout) if self.network.memory else self._steps(rollout)

    def _steps(self, rollout: Rollout) -> Iterator[list[_Share]]:
        """Single steps in a random order."""
        order = self._order(rollout.rewards.numel(), rollout)
        for chosen in order.split(self.settings.batch_size):
            yield [_Share(places) for places in chosen.tensor_split(_count(len(chosen)))]

    def _sequences(self, rollout: Rollout) -> Iterator[list[_Share]]:
        """Whole rows in a random order, so that the memory is lived through again."""
        steps, rows = rollout.rewards.shape
        seats = rollout.seats if self.network.central else 1  # kept together for the state
        order = self._order(rows // seats, rollout)
        begin = torch.arange(steps, device=order.device)[:, None] * rows
        beside = torch.arange(seats, device=order.device)
        each = max(1, self.settings.batch_size // (steps * seats))
        for slots in order.split(each):
            count = max(1, min(_count(len(slots) * seats * steps), len(slots) * seats // TOGETHER))
            parts = [
                (some[:, None] * seats + beside).flatten() for some in slots.tensor_split(count)
            ]
            yield [_Share((begin + part).flatten(), part) for part in parts]

    def _order(self, count: int, rollout: Rollout) -> Tensor:
        return torch.randperm(count, generator=self.random, device=rollout.rewards.device)

    def _not_finite(self, figures: Tensor) -> str:
        """The losses and gradients that are not finite, by name."""
        names = ("the policy loss", "the value loss", "the entropy")
        found = [n for n, f in zip(names, figures.tolist(), strict=False) if not math.isfinite(f)]
        for name, weight in self._weights.items():
            if weight.grad is not None and not bool(torch.isfinite(weight.grad).all()):
                found.append(f"the gradient of {name}")
        return " and ".join(found[:2])


def _count(steps: int) -> int:
    """Into how many shares so many steps are cut."""
    return max(1, -(-steps // SHARE))


def _normalised(sample: Sample) -> Sample:
    """Weights that sum to 1, and advantages of mean 0 and deviation 1 under them."""
    weights = sample.weights / sample.weights.sum().clamp(min=1.0)
    gains = sample.gains - (weights * sample.gains).sum()
    deviation = (weights * gains**2).sum().sqrt()
    return replace(sample, weights=weights, gains=gains / (deviation + 1e-8))
