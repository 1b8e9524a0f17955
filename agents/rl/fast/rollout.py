"""Rollouts: a native batch played by the network, and all that an update needs of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from adaptarium.agents.rl.fast.advantages import advantages
from adaptarium.agents.rl.fast.league import League
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.team import Team
from adaptarium.agents.rl.progress import Finished
from adaptarium.agents.rl.view import Parts, View

SHARE = 512  # rows that are worth a thread


@dataclass
class Rollout:
    """Steps of all rows; a row is a seat of a slot. Leading axes are (steps, rows)."""

    observations: Tensor  # (steps, rows, words), packed
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

    @property
    def everyone(self) -> Tensor:
        """(steps, slots, seats * words) what a central critic sees."""
        return self.observations.unflatten(1, (-1, self.seats)).flatten(2)

    def advantages(self, gamma: float, lam: float) -> Tensor:
        """(steps, rows) advantages."""
        return advantages(self.rewards, self.values, self.last, self.carries, gamma, lam)


class Collector:
    """Plays rollouts on a batch with autoreset ``same_step``.

    Args:
        view: What is seen of a batch, which is reset with ``seed``.
        network: Who plays, at the first seat where there are others.
        steps: Steps of a rollout.
        gamma: Discount, for what an episode cut off by its limit would still have given.
        seed: Seed of the first reset.
        random: The generator that actions are drawn with.
        masked: Whether actions can be invalid.
        credit: What later inner episodes of a trial count.
        finite_horizon: Whether nothing would have come after the limit of an episode.
        team: The threads that share the work.
        others: Who plays at the other seats, where seats do not share a network.
        league: Past selves that hold seats too.

    Attributes:
        finished: Episodes that ended since this list was emptied last.
        total: Steps played, of all rows.
    """

    def __init__(
        self,
        view: View,
        network: ActorCritic,
        *,
        steps: int,
        gamma: float,
        seed: int,
        random: torch.Generator,
        masked: bool,
        credit: float = 1.0,
        finite_horizon: bool = False,
        team: Team | None = None,
        others: Sequence[ActorCritic] = (),
        league: League | None = None,
    ) -> None:
        self.view, self.networks = view, [network, *others]
        self.batch, self.league = view.batch, league
        self.gamma, self.credit, self.random, self.masked = gamma, credit, random, masked
        self.finite_horizon, self.team = finite_horizon, team or Team()
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
        self._assign()

    def _allocate(self, steps: int) -> Rollout:
        shape, head = (steps, self.rows), self.networks[0].head
        masks = None
        if self.masked:
            masks = torch.zeros(*shape, self.batch.w.mask.shape[-1], dtype=torch.bool)
        return Rollout(
            observations=torch.zeros(*shape, self.networks[0].packing.words, dtype=torch.int64),
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
        return self._tensor(self.networks[0].packing(merged))

    def _tensor(self, array: npt.NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    # ---- who plays ----

    def _assign(self) -> None:
        """Share the rows between those who play them, and between threads."""
        own = len(self.networks)
        self._players: list[ActorCritic] = list(self.networks)
        if self.league is None:
            players = torch.arange(self.rows, device=self.device) % own
        else:
            self._players += [each for past in self.league.pool for each in past.networks]
            players = self.league.players(own)
        self._own = players < own
        self._shares: list[tuple[int, slice | Tensor]] = []
        if len(self._players) == 1:  # slices are read without a copy
            ends = range(0, self.rows, SHARE)
            self._shares += [(0, slice(begin, begin + SHARE)) for begin in ends]
            return
        for index in range(len(self._players)):
            rows = torch.nonzero(players == index).flatten()
            self._shares += [(index, part) for part in rows.split(SHARE) if len(part)]

    def take_up(self, updates: int) -> None:
        """Put a copy of the present networks into the league's pool, where that is due."""
        if self.league is not None and self.league.is_due(updates):
            self.league.take_up(self.networks, self.total)
            self._assign()

    @torch.no_grad()  # in each thread: what is left out is a matter of the thread
    def _look(
        self, player: int, rows: slice | Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What a player puts out for its rows of the present observations."""
        network, states = self._players[player], None
        if network.central:
            everyone = self.observation.reshape(-1, self.seats * self.observation.shape[-1])
            states = everyone[torch.arange(self.rows, device=self.device)[rows] // self.seats]
        found: tuple[Tensor, Tensor, Tensor] = network(self.observation[rows], memory[rows], states)
        return found

    def look(self) -> tuple[Tensor, Tensor, Tensor]:
        """What the first network puts out for what its rows show now."""
        return self._look(0, slice(0, None, len(self.networks)), self.memory)

    # ---- playing ----

    def collect(self) -> Rollout:
        """Play on; the rollout's memory is overwritten by the next one."""
        buffer, alive = self._buffer, self.batch.w.alive[:, : self.seats]
        head = self.networks[0].head
        buffer.memory = self.memory.clone()
        for t in range(len(buffer.rewards)):
            self._begin()
            buffer.observations[t], buffer.starts[t] = self.observation, self.starts
            buffer.valid[t] = self._tensor(alive.reshape(-1) != 0) & self._own
            self._write_mask(t)
            self._choose(t)
            self._step(t, head.play(buffer.actions[t]).cpu().numpy())
        self._begin()
        buffer.last = self._values(torch.ones_like(self.starts))
        self.total += self.rows * len(buffer.rewards)
        return buffer

    def _begin(self) -> None:
        """Forget what was before, and meet new opponents, where an episode begins."""
        if not bool(self.starts.any()):
            return
        self.memory[self.starts] = 0.0
        if self.league is not None:
            self.league.draw(self.starts[:: self.seats])
            self._assign()

    def _choose(self, t: int) -> None:
        """Draw the actions of a step, the team's threads some rows each."""
        buffer, head = self._buffer, self.networks[0].head
        noise = head.noise(self.rows, self.random)

        @torch.no_grad()  # the deviation of continuous actions is a weight too
        def part(share: tuple[int, slice | Tensor]) -> None:
            player, rows = share
            out, buffer.values[t, rows], self.memory[rows] = self._look(player, rows, self.memory)
            mask = None if buffer.masks is None else buffer.masks[t, rows]
            actions = self._players[player].head.sample(out, mask, noise[rows])
            buffer.actions[t, rows], buffer.logs[t, rows] = actions

        self.team.map(part, self._shares)

    def _values(self, wanted: Tensor) -> Tensor:
        """(rows,) what the present observations are worth, where that is wanted."""
        found = torch.zeros_like(self._buffer.last)
        every = torch.arange(self.rows, device=self.device)
        for player, share in self._shares:
            rows = every[share]
            rows = rows[wanted[rows]]
            if len(rows):
                found[rows] = self._look(player, rows, self.memory)[1]
        return found

    def _write_mask(self, t: int) -> None:
        if self._buffer.masks is None:
            return
        mask = self._tensor(self.view.masks().reshape(self.rows, -1))
        # An agent that is out has no valid action; its row is not learnt from.
        self._buffer.masks[t] = mask | ~mask.any(dim=-1, keepdim=True)

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
        self.observation[rows] = self._encoded(self.view.final_obs, slots)
        self._buffer.rewards[t] += self.gamma * self._values(self._tensor(cut.reshape(-1)))

    # ---- saving ----

    def state(self) -> dict[str, Any]:
        """All that going on needs, as tensors and numbers."""
        league = {} if self.league is None else {"league": self.league.state()}
        return {
            "environment": torch.frombuffer(bytearray(self.view.save()), dtype=torch.uint8),
            "memory": self.memory.clone(),
            "starts": self.starts.clone(),
            "total": self.total,
            **league,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where the collector stood that gave ``state``."""
        self.view.restore(state["environment"].numpy().tobytes())
        self.observation = self._encoded(self.view.obs)
        self.memory = state["memory"].to(self.device)
        self.starts = state["starts"].to(self.device)
        self.total = int(state["total"])
        if self.league is not None:
            self.league.restore(state["league"], self.networks)
            self._assign()
