"""Rollouts: a native batch played by the network, and all that an update needs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.fast.advantages import advantages
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.progress import Finished
from adaptarium.agents.rl.view import Parts, View


@dataclass
class Rollout:
    """Steps of all rows; a row is a seat of a slot. Leading axes are (steps, rows)."""

    observations: Tensor  # (steps, rows, size), uint8 where all are codes
    actions: Tensor
    logs: Tensor  # log-probabilities of the actions when they were drawn
    values: Tensor
    rewards: Tensor
    carries: Tensor  # share of what follows that counts: 0 at an end, `credit` at an inner one
    starts: Tensor  # bool: it began with this step
    valid: Tensor  # bool: the row's agent was in play
    masks: Tensor | None
    memory: Tensor  # (rows, memory) before the first step
    last: Tensor  # (rows,) values after the last step
    seats: int

    def states(self, observations: Tensor) -> Tensor:
        """What a central critic sees: the observations of all seats of a slot, for each seat."""
        lead, size = observations.shape[:-1], observations.shape[-1]
        slots = observations.reshape(*lead[:-1], lead[-1] // self.seats, self.seats * size)
        return slots.repeat_interleave(self.seats, dim=-2)

    def advantages(self, gamma: float, lam: float) -> Tensor:
        """(steps, rows) advantages."""
        return advantages(self.rewards, self.values, self.last, self.carries, gamma, lam)


class Collector:
    """Plays rollouts on a batch with autoreset ``same_step``.

    Args:
        view: What is seen of a batch, which is reset with ``seed``.
        network: Who plays.
        encoding: How observations become vectors.
        steps: Steps of a rollout.
        gamma: Discount, for what an episode cut off by its limit would still have given.
        seed: Seed of the first reset.
        random: The generator that actions are drawn with.
        masked: Whether actions can be invalid.
        credit: What later inner episodes of a trial count.
        finite_horizon: Whether nothing would have come after the limit of an episode.

    Attributes:
        finished: Episodes that ended since this list was emptied last.
        total: Steps played, of all rows.
    """

    def __init__(
        self,
        view: View,
        network: ActorCritic,
        encoding: Encoding,
        *,
        steps: int,
        gamma: float,
        seed: int,
        random: torch.Generator,
        masked: bool,
        credit: float = 1.0,
        finite_horizon: bool = False,
    ) -> None:
        self.view, self.network, self.encoding = view, network, encoding
        self.batch = view.batch
        self.gamma, self.credit, self.random, self.masked = gamma, credit, random, masked
        self.finite_horizon = finite_horizon
        self.device = network.first.weight.device
        self.seats = view.reward.shape[1]
        self.rows = self.batch.num_envs * self.seats
        self.finished: list[Finished] = []
        self.total = 0
        view.reset(seed)
        self.observation = self._encoded(view.obs)
        self.memory = network.initial(self.rows)
        self.starts = torch.ones(self.rows, dtype=torch.bool, device=self.device)
        with torch.device(self.device):
            self._buffer = self._allocate(steps)

    def _allocate(self, steps: int) -> Rollout:
        shape, head = (steps, self.rows), self.network.head
        masks = None
        if self.masked:
            masks = torch.zeros(*shape, self.batch.w.mask.shape[-1], dtype=torch.bool)
        return Rollout(
            observations=torch.zeros(*shape, self.encoding.size, dtype=self.observation.dtype),
            actions=torch.zeros(*shape, *head.shape, dtype=head.dtype),
            logs=torch.zeros(shape),
            values=torch.zeros(shape),
            rewards=torch.zeros(shape),
            carries=torch.zeros(shape),
            starts=torch.zeros(shape, dtype=torch.bool),
            valid=torch.zeros(shape, dtype=torch.bool),
            masks=masks,
            memory=self.memory,
            last=torch.zeros(self.rows),
            seats=self.seats,
        )

    def _encoded(self, views: Parts, slots: Any = slice(None)) -> Tensor:
        parts = {name: view[slots] for name, view in views.items()}
        merged = {name: part.reshape(-1, *part.shape[2:]) for name, part in parts.items()}
        return self._tensor(self.encoding(merged))

    def _tensor(self, array: npt.NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def _look(self, observation: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        inputs = observation.float()
        states = self._buffer.states(inputs) if self.network.central else None
        found: tuple[Tensor, Tensor, Tensor] = self.network(inputs, memory, states)
        return found

    @torch.no_grad()
    def collect(self) -> Rollout:
        """Play on; the rollout's memory is overwritten by the next one."""
        buffer, w, head = self._buffer, self.batch.w, self.network.head
        buffer.memory = self.memory
        alive = w.alive[:, : self.seats]
        for t in range(len(buffer.rewards)):
            buffer.observations[t], buffer.starts[t] = self.observation, self.starts
            buffer.valid[t] = self._tensor(alive.reshape(-1) != 0)
            memory = torch.where(self.starts.unsqueeze(-1), 0.0, self.memory)
            out, buffer.values[t], self.memory = self._look(self.observation, memory)
            mask = self._mask(t)
            action = head.sample(out, mask, self.random)
            buffer.actions[t] = action
            buffer.logs[t] = head.judge(out, action, mask)[0]
            self._step(t, head.play(action).cpu().numpy())
        memory = torch.where(self.starts.unsqueeze(-1), 0.0, self.memory)
        buffer.last = self._look(self.observation, memory)[1]
        self.total += self.rows * len(buffer.rewards)
        return buffer

    def _mask(self, t: int) -> Tensor | None:
        if self._buffer.masks is None:
            return None
        mask = self._tensor(self.view.masks().reshape(self.rows, -1))
        # An agent that is out has no valid action; its row is not learnt from.
        mask = mask | ~mask.any(dim=-1, keepdim=True)
        self._buffer.masks[t] = mask
        return mask

    def _step(self, t: int, actions: npt.NDArray[Any]) -> None:
        buffer, w = self._buffer, self.batch.w
        self.view.step(actions)
        ended = w.terminated | w.truncated
        buffer.rewards[t] = self._tensor(self.view.reward.reshape(-1))
        # One at the last step of an inner episode, whether or not the trial goes on.
        carries = np.where(w.out["inner_end"] != 0, self.credit, 1.0).repeat(self.seats)
        carries[ended.reshape(-1)] = 0.0
        buffer.carries[t] = self._tensor(carries)
        if ended.any():
            self._end(t, ended)
        self.observation = self._encoded(self.view.obs)
        # A seat that is out before the others begins anew when its slot does.
        begun = np.repeat(w.out["final"] != 0, self.seats)
        self.starts = self._tensor(begun)

    def _end(self, t: int, ended: npt.NDArray[np.bool_]) -> None:
        """Keep the measures of what ended, and add what a time limit has cut off."""
        w = self.batch.w
        for i in np.flatnonzero(w.out["final"]).tolist():
            mean, length = float(w.final_returns[i].mean()), int(w.out["length"][i])
            self.finished.append((mean, length, bool(w.final_metrics["success"][i])))
        if self.finite_horizon:
            return
        cut = w.truncated & ~w.terminated
        slots = np.flatnonzero(cut.any(axis=1) & (w.out["final"] != 0))
        if not len(slots):
            return
        rows = self._tensor((slots[:, None] * self.seats + np.arange(self.seats)).reshape(-1))
        final = self._encoded(self.view.final_obs, slots)
        worth = self._look(final, self.memory[rows])[1]
        chosen = self._tensor(cut[slots].reshape(-1))
        self._buffer.rewards[t, rows] += self.gamma * torch.where(chosen, worth, 0.0)

    # ---- saving ----

    def state(self) -> dict[str, Any]:
        """All that going on needs, as tensors and numbers."""
        return {
            "environment": torch.frombuffer(bytearray(self.view.save()), dtype=torch.uint8),
            "memory": self.memory.clone(),
            "starts": self.starts.clone(),
            "total": self.total,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where the collector stood that gave ``state``."""
        self.view.restore(state["environment"].numpy().tobytes())
        self.observation = self._encoded(self.view.obs)
        self.memory = state["memory"].to(self.device)
        self.starts = state["starts"].to(self.device)
        self.total = int(state["total"])
