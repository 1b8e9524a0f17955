"""What keeps a network able to learn that replays what it remembers.

=====================  ============================================================================
hyper-parameters       does
=====================  ============================================================================
``reset_*``            begins anew: layers get fresh weights, while the replay stays (Nikishin et
                       al., *The primacy bias in deep reinforcement learning*, 2022)
``perturb_*``          the perturbations of DrM (Xu et al., *DrM: Mastering visual reinforcement
                       learning through dormant ratio minimization*, 2024, section 4; arXiv
                       2310.19668): every so many updates ``w <- a w + (1 - a) w_fresh`` with ``a =
                       clip(1 - rate * dormant, min, max)``; rate 2 and min 0.2 are the paper's, its
                       max is 0.9 or smaller by domain
``recovery_*``         Adaptive RR (Ma et al., *Revisiting plasticity in visual reinforcement
                       learning*, 2024, section 6; arXiv 2310.07418): few updates after a rollout
                       until the share of active units changes by less than 0.001 between two looks,
                       then as many as ``gradient_steps`` says, for good
=====================  ============================================================================

Where they differ from the authors' own code: a layer's dormant units are counted after its
activation and where ``<=`` holds, as Sokar et al. define them, not before it and where ``<`` does;
a target network follows at once instead of being perturbed on its own; the share of active units is
that of one batch, not a mean over an episode. DrM's other two parts, a noise that grows and a
target that turns from an expectile of the values to their minimum with the dormant ratio, are those
of an actor-critic with continuous actions, which no learner here that replays is.

Fresh weights are drawn by the run's seed and the number of updates alone, and move nobody else's
numbers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from adaptarium.agents.rl.plasticity.measures import activations, active_units, dormant_ratio
from adaptarium.agents.rl.settings import ReplaySettings

Forward = Callable[[], Any]


class Interventions:
    """The interventions of one run.

    Args:
        settings: The hyper-parameters.
        network: The network that learns.
        target: Its target network, which follows it at once.
        optimizer: What it knows of weights that are replaced is forgotten.
        seed: Decides fresh weights.
    """

    def __init__(
        self,
        settings: ReplaySettings,
        network: nn.Module,
        target: nn.Module,
        optimizer: torch.optim.Optimizer,
        seed: int,
    ) -> None:
        self.settings, self.network, self.target = settings, network, target
        self.optimizer, self._seed = optimizer, seed
        self._updates = 0
        self._active = -1.0  # the share of active units at the last look; -1 before the first
        self._recovered = settings.recovery_interval == 0

    @property
    def gradient_steps(self) -> int:
        """Updates after the next rollout."""
        settings = self.settings
        return (
            settings.gradient_steps if self._recovered else settings.gradient_steps_before_recovery
        )

    def after(self, updates: int, forward: Forward) -> None:
        """What is due once so many updates are done.

        Args:
            updates: Updates so far.
            forward: Runs the network over a batch of what is remembered.
        """
        settings = self.settings
        if not self._recovered and self._is_due(settings.recovery_interval, updates):
            self._look(forward)
        if self._is_due(settings.perturb_interval, updates):
            self._perturb(updates, forward)
        if self._is_due(settings.reset_interval, updates):
            self._reset(updates)
        self._updates = updates

    def _is_due(self, interval: int, updates: int) -> bool:
        return interval > 0 and updates // interval > self._updates // interval

    def _look(self, forward: Forward) -> None:
        before, self._active = self._active, active_units(activations(self.network, forward))
        still = abs(self._active - before) < self.settings.recovery_threshold
        self._recovered = before >= 0.0 and still

    def _perturb(self, updates: int, forward: Forward) -> None:
        settings = self.settings
        ratio = dormant_ratio(activations(self.network, forward), settings.dormant_threshold)
        keep = kept_share(ratio, settings.perturb_rate, settings.perturb_min, settings.perturb_max)
        blend(self.network, fresh_twin(self.network, self._seed, updates), keep)
        self._follow(layers_of(self.network))

    def _reset(self, updates: int) -> None:
        twin = fresh_twin(self.network, self._seed, updates)
        mine, theirs = layers_of(self.network), layers_of(twin)
        chosen = mine[-self.settings.reset_layers :]
        for own, other in zip(chosen, theirs[-self.settings.reset_layers :], strict=True):
            blend(own, other, 0.0)
        self._follow(chosen)

    def _follow(self, layers: list[nn.Module]) -> None:
        for layer in layers:
            for part in layer.parameters():
                self.optimizer.state.pop(part, None)
        self.target.load_state_dict(self.network.state_dict())

    def state(self) -> dict[str, Any]:
        """All that going on needs."""
        return {"updates": self._updates, "active": self._active, "recovered": self._recovered}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the run stood that gave ``state``."""
        self._updates, self._active = int(state["updates"]), float(state["active"])
        self._recovered = bool(state["recovered"])


def kept_share(dormant: float, rate: float, low: float, high: float) -> float:
    """Share of its weights that a network keeps: ``clip(1 - rate * dormant, low, high)``."""
    return min(max(1.0 - rate * dormant, low), high)


def layers_of(network: nn.Module) -> list[nn.Module]:
    """The modules of a network that hold weights themselves, in its own order."""
    return [
        part for part in network.modules() if next(part.parameters(recurse=False), None) is not None
    ]


def fresh_twin(network: nn.Module, seed: int, number: int) -> nn.Module:
    """A network of the same shape with fresh weights, drawn by seed and number alone."""
    twin = copy.deepcopy(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed((seed + number) % 2**63)
        for layer in layers_of(twin):
            layer.reset_parameters()  # type: ignore[operator]  # all of torch's layers have it
    return twin


@torch.no_grad()
def blend(network: nn.Module, other: nn.Module, keep: float) -> None:
    """Move every weight to ``keep`` of itself and the rest of another network's."""
    for own, fresh in zip(network.parameters(), other.parameters(), strict=True):
        own.mul_(keep).add_(fresh, alpha=1.0 - keep)
