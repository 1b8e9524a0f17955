"""The update of PPO (Schulman et al., 2017): clipped ratios, several epochs over one rollout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.rollout import Rollout
from adaptarium.agents.rl.settings import FastPPOSettings


class NotFiniteError(ArithmeticError):
    """What is no longer finite, by name."""


@dataclass
class _Minibatch:
    outputs: Tensor
    values: Tensor
    actions: Tensor
    masks: Tensor | None
    logs: Tensor
    advantages: Tensor
    targets: Tensor
    weights: Tensor  # 1 where the agent was in play, else 0


class PPO:
    """Updates a network from rollouts.

    Args:
        network: Actor and critic.
        settings: The hyper-parameters.
        random: The generator that minibatches are drawn with.

    Attributes:
        updates: Rollouts learnt from so far.
    """

    def __init__(
        self, network: ActorCritic, settings: FastPPOSettings, random: torch.Generator
    ) -> None:
        self.network, self.settings, self.random = network, settings, random
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
            NotFiniteError: a loss or a gradient is no longer finite. The weights are then those
                before the step that would have spoilt them.
        """
        settings = self.settings
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate_at(steps)
        gains = rollout.advantages(settings.gamma, settings.gae_lambda)
        seen: list[Tensor] = []
        for _ in range(settings.n_epochs):
            for part in self._minibatches(rollout, gains):
                loss, figures = self._loss(part)
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                norm = nn.utils.clip_grad_norm_(self.network.parameters(), settings.max_grad_norm)
                if not bool(torch.isfinite(norm)):
                    raise NotFiniteError(self._not_finite(figures))
                self.optimizer.step()
                seen.append(torch.stack([*figures, norm.detach()]))
        self.updates += 1
        means = torch.stack(seen).mean(dim=0).tolist()
        names = ("policy_loss", "value_loss", "entropy", "kl", "clipped", "gradient")
        return dict(zip(names, means, strict=True))

    # ---- minibatches ----

    def _minibatches(self, rollout: Rollout, gains: Tensor) -> Iterator[_Minibatch]:
        if self.network.memory:
            yield from self._sequences(rollout, gains)
        else:
            yield from self._steps(rollout, gains)

    def _steps(self, rollout: Rollout, gains: Tensor) -> Iterator[_Minibatch]:
        """Single steps in a random order."""
        count = gains.numel()
        observations = rollout.observations.flatten(0, 1)
        states = None
        if self.network.central:
            states = rollout.states(rollout.observations).flatten(0, 1)
        order = torch.randperm(count, generator=self.random, device=gains.device)
        none = gains.new_zeros(1, 0)
        for chosen in order.split(self.settings.batch_size):
            state = None if states is None else states[chosen].float()
            out, value, _ = self.network(observations[chosen].float(), none, state)
            yield _minibatch(rollout, gains, out, value, chosen)

    def _sequences(self, rollout: Rollout, gains: Tensor) -> Iterator[_Minibatch]:
        """Whole rows in a random order, so that the memory is lived through again."""
        steps, rows = gains.shape
        seats = rollout.seats if self.network.central else 1  # kept together for the state
        order = torch.randperm(rows // seats, generator=self.random, device=gains.device)
        each = max(1, self.settings.batch_size // (steps * seats))
        for slots in order.split(each):
            beside = torch.arange(seats, device=gains.device)
            chosen = (slots[:, None] * seats + beside).flatten()
            inputs = rollout.observations[:, chosen].float()
            states = rollout.states(inputs) if self.network.central else None
            out, value = self.network.unroll(
                inputs, rollout.memory[chosen], rollout.starts[:, chosen], states
            )
            begin = torch.arange(steps, device=gains.device) * rows
            places = (begin[:, None] + chosen).flatten()
            yield _minibatch(rollout, gains, out, value, places)

    # ---- the loss ----

    def _loss(self, part: _Minibatch) -> tuple[Tensor, tuple[Tensor, ...]]:
        settings, weights = self.settings, part.weights
        total = weights.sum().clamp(min=1.0)

        def mean(values: Tensor) -> Tensor:
            return (values * weights).sum() / total

        centre = mean(part.advantages)
        deviation = mean((part.advantages - centre) ** 2).sqrt()
        gains = (part.advantages - centre) / (deviation + 1e-8)
        logs, entropies = self.network.head.judge(part.outputs, part.actions, part.masks)
        change = logs - part.logs
        ratio = change.exp()
        clipped = ratio.clamp(1.0 - settings.clip_range, 1.0 + settings.clip_range)
        policy = -mean(torch.minimum(ratio * gains, clipped * gains))
        value = mean((part.values - part.targets) ** 2)
        entropy = mean(entropies)
        loss = policy + settings.vf_coef * value - settings.ent_coef * entropy
        with torch.no_grad():
            # The estimate of Schulman's note "Approximating KL divergence" with the least variance.
            divergence = mean(ratio - 1.0 - change)
            share = mean(((ratio - 1.0).abs() > settings.clip_range).float())
        return loss, (policy.detach(), value.detach(), entropy.detach(), divergence, share)

    def _not_finite(self, figures: tuple[Tensor, ...]) -> str:
        """The losses and gradients that are not finite, by name."""
        names = ("policy loss", "value loss", "entropy")
        found = [n for n, f in zip(names, figures, strict=False) if not bool(torch.isfinite(f))]
        for name, weight in self.network.named_parameters():
            if weight.grad is not None and not bool(torch.isfinite(weight.grad).all()):
                found.append(f"the gradient of {name}")
        return " and ".join(found[:2])


def _minibatch(
    rollout: Rollout, gains: Tensor, out: Tensor, value: Tensor, chosen: Tensor
) -> _Minibatch:
    def flat(values: Tensor) -> Tensor:
        return values.flatten(0, 1)[chosen]

    found = flat(gains)
    return _Minibatch(
        outputs=out,
        values=value,
        actions=flat(rollout.actions),
        masks=None if rollout.masks is None else flat(rollout.masks),
        logs=flat(rollout.logs),
        advantages=found,
        targets=found + flat(rollout.values),
        weights=flat(rollout.valid).float(),
    )
