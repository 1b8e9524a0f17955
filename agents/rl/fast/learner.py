"""The update of PPO (Schulman et al., 2017): several epochs of minibatches over one rollout."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from adaptarium.agents.rl.fast.advantages import normalised
from adaptarium.agents.rl.fast.demonstrations import Demonstrations
from adaptarium.agents.rl.fast.flat import Flat
from adaptarium.agents.rl.fast.heads import GaussianHead
from adaptarium.agents.rl.fast.loss import (
    FIGURES,
    Sample,
    Shown,
    Slopes,
    slopes,
    slopes_of_imitation,
)
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.rollout import Rollout
from adaptarium.agents.rl.fast.team import Team
from adaptarium.agents.rl.running import NotFiniteError
from adaptarium.agents.rl.settings import FastPPOSettings

SHARE = 2048
"""Steps whose gradients are computed at once: what they take fits into a core's own cache."""
TOGETHER = 64
"""Sequences at least that are lived through side by side, where there are so many."""

Losses = Callable[[Tensor, Tensor, Tensor], Slopes]
"""What is lost by the outputs and values of some steps, which are named by their places."""


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
        seat: The only seat that is learnt from; None for all.

    Attributes:
        updates: Rollouts learnt from so far.
    """

    def __init__(
        self,
        network: ActorCritic,
        settings: FastPPOSettings,
        random: torch.Generator,
        team: Team | None = None,
        seat: int | None = None,
    ) -> None:
        self.network, self.settings, self.random = network, settings, random
        self.team, self.seat = team or Team(), seat
        self._flat = Flat(network)
        self.optimizer = torch.optim.Adam(
            [self._flat.vector], lr=settings.learning_rate, eps=1e-5, fused=True
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
        settings, sample = self.settings, self._sample(rollout)
        self._set_rate(settings.rate_at(steps))

        def losses(outputs: Tensor, values: Tensor, places: Tensor) -> Slopes:
            return slopes(self.network.head, outputs, values, sample, places, settings)

        seen: list[Tensor] = []
        for _ in range(settings.n_epochs):
            seen += [self._step(rollout, losses, shares) for shares in self._minibatches(rollout)]
        self._check_weights()
        self.updates += 1
        return _means((*FIGURES, "gradient"), seen)

    def imitate(self, shown: Demonstrations) -> dict[str, float]:
        """Take over what the reference does, and what its states are worth.

        The step size falls evenly to zero over the epochs, and is as before afterwards.

        Returns:
            Means over the minibatches of the last epoch: ``policy_loss`` (minus the logarithm of
            the probability of what was shown) and ``value_loss``.

        Raises:
            NotFiniteError: a loss, a gradient or a weight is no longer finite.
        """
        rollout, settings = shown.rollout, self.settings
        masks = rollout.masks
        steps = Shown(
            actions=rollout.actions.flatten(0, 1),
            masks=None if masks is None else masks.flatten(0, 1),
            returns=shown.returns.flatten(),
            known=shown.known.flatten(),
            weights=self._learnt(rollout).flatten().float(),
        )

        def losses(outputs: Tensor, values: Tensor, places: Tensor) -> Slopes:
            return slopes_of_imitation(self.network.head, outputs, values, steps, places, settings)

        seen: list[Tensor] = []
        for epoch in range(settings.demonstration_epochs):
            left = 1.0 - epoch / settings.demonstration_epochs
            self._set_rate(settings.learning_rate * left)
            seen = [self._step(rollout, losses, shares) for shares in self._minibatches(rollout)]
        self._settle(rollout, steps)
        self._check_weights()
        return _means(("policy_loss", "value_loss"), seen)

    @torch.no_grad()
    def _settle(self, rollout: Rollout, steps: Shown) -> None:
        """Fit what is drawn around the network's outputs to what was shown, in one pass."""
        if isinstance(self.network.head, GaussianHead):
            shares = [share for shares in self._minibatches(rollout) for share in shares]
            outputs = torch.cat([self._look(rollout, share)[0] for share in shares])
            places = torch.cat([share.places for share in shares])
            learnt = steps.weights[places] > 0
            self.network.head.settle(outputs[learnt], steps.actions[places[learnt]])

    def _set_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _check_weights(self) -> None:
        for name, weight in self.network.named_parameters():
            if not bool(torch.isfinite(weight).all()):
                raise NotFiniteError(f"the weights {name}")

    def _sample(self, rollout: Rollout) -> Sample:
        """All steps of a rollout, as (steps * rows, ...), the advantages normalised."""
        settings = self.settings
        gains = rollout.advantages(settings.gamma, settings.gae_lambda)
        masks, weights = rollout.masks, self._learnt(rollout).flatten().float()
        return Sample(
            actions=rollout.actions.flatten(0, 1),
            masks=None if masks is None else masks.flatten(0, 1),
            logs=rollout.logs.flatten(),
            gains=normalised(gains.flatten(), weights, settings.least_deviation),
            targets=(gains + rollout.values).flatten(),
            weights=weights,
        )

    def _step(self, rollout: Rollout, losses: Losses, shares: list[_Share]) -> Tensor:
        """Learn from one minibatch; its figures and the norm of its gradient."""

        def gradients(share: _Share) -> tuple[Tensor, Tensor]:
            flat, found = self._flat, losses(*self._look(rollout, share), share.places)
            parts = torch.autograd.grad(found.roots, flat.parameters, found.gradients)
            return flat.joined(parts), found.figures

        found = self.team.map(gradients, shares)
        sums = torch.stack([figures for _, figures in found]).sum(dim=0)
        weight = sums[-1].clamp(min=1.0)
        self._flat.take([part for part, _ in found], 1.0 / float(weight))
        figures = sums[:-1] / weight
        norm = nn.utils.clip_grad_norm_([self._flat.vector], self.settings.max_grad_norm)
        if not bool(torch.isfinite(norm)) or not bool(torch.isfinite(figures).all()):
            raise NotFiniteError(self._not_finite(figures))
        self.optimizer.step()
        return torch.cat([figures, norm.detach().double().reshape(1)])

    def _look(self, rollout: Rollout, share: _Share) -> tuple[Tensor, Tensor]:
        """What the network puts out for the steps of a share."""
        network, rows = self.network, share.rows
        if rows is None:
            observations = rollout.observations.flatten(0, 1).index_select(0, share.places)
            states = None
            if network.central:
                slots = share.places // rollout.seats
                states = rollout.everyone.flatten(0, 1).index_select(0, slots)
            none = observations.new_zeros(1, 0, dtype=torch.float32)
            outputs, values, _ = network(observations, none, states)
            return outputs, values
        seen = rollout.observations[:, rows]
        states = rollout.everyone[:, rows // rollout.seats] if network.central else None
        found: tuple[Tensor, Tensor] = network.unroll(
            seen, rollout.memory[rows], rollout.starts[:, rows], states
        )
        return found

    # ---- minibatches ----

    def _minibatches(self, rollout: Rollout) -> Iterator[list[_Share]]:
        return self._sequences(rollout) if self.network.memory else self._steps(rollout)

    def _steps(self, rollout: Rollout) -> Iterator[list[_Share]]:
        """Single steps in a random order."""
        places = torch.nonzero(self._learnt(rollout).flatten()).flatten()
        for chosen in self._shuffled(places).split(self.settings.batch_size):
            yield [_Share(places) for places in chosen.tensor_split(_count(len(chosen)))]

    def _sequences(self, rollout: Rollout) -> Iterator[list[_Share]]:
        """Whole rows in a random order, so that the memory is lived through again."""
        steps, width = rollout.rewards.shape
        learnt = torch.nonzero(self._learnt(rollout).any(dim=0)).flatten()
        begin = torch.arange(steps, device=learnt.device)[:, None] * width
        each = max(1, self.settings.batch_size // steps)
        for rows in self._shuffled(learnt).split(each):
            count = max(1, min(_count(len(rows) * steps), len(rows) // TOGETHER))
            yield [_Share((begin + part).flatten(), part) for part in rows.tensor_split(count)]

    def _learnt(self, rollout: Rollout) -> Tensor:
        """(steps, rows) bool: what is learnt from."""
        if self.seat is None:
            return rollout.valid
        rows = torch.arange(rollout.valid.shape[1], device=rollout.valid.device)
        return rollout.valid & (rows % rollout.seats == self.seat)

    def _shuffled(self, values: Tensor) -> Tensor:
        order = torch.randperm(len(values), generator=self.random, device=values.device)
        return values[order]

    # ---- saving ----

    def state(self) -> dict[str, Any]:
        """All that going on needs."""
        return {
            "policy": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "updates": self.updates,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the learner stood that gave ``state``."""
        self.network.load_state_dict(state["policy"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.updates = int(state["updates"])

    def _not_finite(self, figures: Tensor) -> str:
        """The losses and gradients that are not finite, by name."""
        names = ("the policy loss", "the value loss", "the entropy")
        found = [n for n, f in zip(names, figures.tolist(), strict=False) if not math.isfinite(f)]
        for name, weight in self.network.named_parameters():
            if weight.grad is not None and not bool(torch.isfinite(weight.grad).all()):
                found.append(f"the gradient of {name}")
        return " and ".join(found[:2])


def _means(names: Sequence[str], seen: Sequence[Tensor]) -> dict[str, float]:
    """What was told of minibatches, by name; 0 where a seat was in play nowhere."""
    means = torch.stack(list(seen)).mean(dim=0).tolist() if seen else [0.0] * len(names)
    return dict(zip(names, means[: len(names)], strict=True))


def _count(steps: int) -> int:
    """Into how many shares so many steps are cut."""
    return max(1, -(-steps // SHARE))
