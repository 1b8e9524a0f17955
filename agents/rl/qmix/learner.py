"""The update of QMIX: the team's temporal difference, over whole episodes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from adaptarium.agents.rl.qmix.network import Team
from adaptarium.agents.rl.qmix.replay import Padded, Replay
from adaptarium.agents.rl.running import NotFiniteError
from adaptarium.agents.rl.settings import QMIXSettings


class QMIX:
    """Updates a team from replayed episodes, with double Q-learning and a target network.

    Args:
        team: The networks.
        settings: The hyper-parameters.
        replay: What is remembered.
        seed: Decides which episodes an update learns from.

    Attributes:
        updates: Updates so far.
    """

    def __init__(self, team: Team, settings: QMIXSettings, replay: Replay, seed: int) -> None:
        self.team, self.settings, self.replay, self._seed = team, settings, replay, seed
        self.target = copy.deepcopy(team).requires_grad_(False)
        self.optimizer = torch.optim.Adam(team.parameters(), lr=settings.learning_rate)
        self.updates = 0
        self.device = team.agents.head.weight.device

    def sample(self) -> Padded:
        """The episodes of the next update, by its number alone."""
        random = np.random.default_rng([self._seed, self.updates])
        return self.replay.sample(self.settings.batch_size, random, self.device)

    def update(self, steps: int) -> dict[str, float]:
        """Learn from some episodes.

        Args:
            steps: Environment steps so far, for the learning rate.

        Returns:
            ``loss``, ``value`` (mean of the team), ``gradient`` (norm).

        Raises:
            NotFiniteError: the loss or a gradient is no longer finite; the weights are as before.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate_at(steps)
        loss, value = self._loss(self.sample())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.team.parameters(), self.settings.max_grad_norm)
        if not bool(torch.isfinite(norm)):
            raise NotFiniteError("the loss" if not bool(torch.isfinite(loss)) else "a gradient")
        self.optimizer.step()
        self.updates += 1
        if self.updates % self.settings.target_update_interval == 0:
            self.target.load_state_dict(self.team.state_dict())
        return {"loss": float(loss.detach()), "value": float(value), "gradient": float(norm)}

    def _loss(self, batch: Padded) -> tuple[Tensor, Tensor]:
        inputs, states = batch.observations.flatten(1, 2).float(), state_inputs(batch)
        shape = batch.masks.shape
        values = self.team.agents.unroll(inputs).reshape(shape)
        taken = values[:-1].gather(-1, batch.actions.unsqueeze(-1)).squeeze(-1)
        total = self._mixed(self.team, taken * batch.alive[:-1], states[:-1])
        with torch.no_grad():
            valid = batch.masks | ~batch.masks.any(dim=-1, keepdim=True)
            best = torch.where(valid, values, -torch.inf).argmax(dim=-1, keepdim=True)
            ahead = self.target.agents.unroll(inputs).reshape(shape).gather(-1, best).squeeze(-1)
            following = self._mixed(self.target, (ahead * batch.alive)[1:], states[1:])
            goes_on = 1.0 - batch.ended.float()
            targets = batch.rewards + self.settings.gamma * goes_on * following
        weights = batch.played.float()
        loss = ((total - targets) ** 2 * weights).sum() / weights.sum()
        return loss, (total * weights).sum().detach() / weights.sum()

    @staticmethod
    def _mixed(team: Team, values: Tensor, states: Tensor) -> Tensor:
        steps, n = values.shape[:2]
        mixed: Tensor = team.mixer(values.flatten(0, 1), states.flatten(0, 1))
        return mixed.reshape(steps, n)

    def state(self) -> dict[str, Any]:
        """All that going on needs, but the replay."""
        return {
            "policy": self.team.state_dict(),
            "target": self.target.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "updates": self.updates,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the learner stood that gave ``state``."""
        self.team.load_state_dict(state["policy"])
        self.target.load_state_dict(state["target"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.updates = int(state["updates"])


def state_inputs(batch: Padded) -> Tensor:
    """(steps + 1, n, size): the bits of the global state, else what all seats see together."""
    if not batch.states.shape[-1]:
        return batch.observations.flatten(2).float()
    if batch.states.dtype != torch.uint8:
        return batch.states.float()
    bits = torch.arange(8, device=batch.states.device)
    return ((batch.states.unsqueeze(-1) >> bits) & 1).flatten(-2).float()
