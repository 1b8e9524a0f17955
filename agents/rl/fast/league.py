"""Self-play against past selves: who sits where, and how the pool of them grows.

In a share of the slots one seat learns and the other seats are held by a past self, drawn anew for
each episode; in the other slots all seats learn together. Which seat learns goes by the slot, so
that all are learnt. The pool takes up the present networks every so many rollouts; when it is full
the oldest self gives way (fictitious self-play with a window: Heinrich, Lanctot and Silver,
"Fictitious self-play in extensive-form games", 2015).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.settings import FastPPOSettings


@dataclass
class Past:
    """A past self: the networks of its seats (one where they share it), and how old it is."""

    networks: Sequence[ActorCritic]
    steps: int


@dataclass
class League:
    """The pool of one run.

    Attributes:
        settings: The hyper-parameters those that begin with ``pool_``.
        slots: Slots of the batch.
        seats: Seats of a slot.
        random: The generator that opponents are drawn with.
        pool: The past selves; the oldest gives its place to the next one.
        opponent: (slots,) the place in the pool of who holds the other seats; -1 for nobody.
        taken: Past selves so far, those who gave way among them.
    """

    settings: FastPPOSettings
    slots: int
    seats: int
    random: torch.Generator
    pool: list[Past] = field(default_factory=list)
    taken: int = 0

    def __post_init__(self) -> None:
        device = self.random.device
        self.opponent = torch.full((self.slots,), -1, device=device)
        rows = torch.arange(self.slots * self.seats, device=device)
        self._slot, seat = rows // self.seats, rows % self.seats
        self._learns = self._slot % self.seats == seat
        # The slots that play past selves are spread evenly over the batch.
        share = self.settings.pool_share
        begun = (torch.arange(self.slots + 1, device=device) * share).floor()
        self._open = begun[1:] > begun[:-1]

    def is_due(self, updates: int) -> bool:
        """Whether the present self is to be taken up after so many updates."""
        return updates % self.settings.pool_every == 0

    def take_up(self, networks: Sequence[ActorCritic], steps: int) -> None:
        """Put a copy of the present self into the pool."""
        past = Past([copy.deepcopy(network).requires_grad_(False) for network in networks], steps)
        if len(self.pool) < self.settings.pool_size:
            self.pool.append(past)
        else:
            self.pool[self.taken % len(self.pool)] = past
        self.taken += 1

    def draw(self, begins: Tensor) -> None:
        """New opponents where an episode begins.

        Args:
            begins: (slots,) bool.
        """
        if not self.pool:
            return
        newest = (self.taken - 1) % len(self.pool)
        age = (newest - torch.arange(len(self.pool), device=self.random.device)) % len(self.pool)
        weights = self.settings.pool_decay ** age.double()
        drawn = torch.multinomial(weights, self.slots, replacement=True, generator=self.random)
        self.opponent = torch.where(begins & self._open, drawn, self.opponent)

    def players(self, own: int) -> Tensor:
        """(rows,) who plays each row: 0 to ``own - 1`` by seat, then past selves, ``own`` each."""
        against = self.opponent[self._slot]
        seat = torch.arange(len(self._slot), device=against.device) % self.seats
        network = seat if own > 1 else torch.zeros_like(seat)
        return torch.where((against < 0) | self._learns, network, own * (1 + against) + network)

    def state(self) -> dict[str, Any]:
        """All that going on needs, as tensors and numbers."""
        pool = [
            {"steps": past.steps, "networks": [network.state_dict() for network in past.networks]}
            for past in self.pool
        ]
        return {"opponent": self.opponent.clone(), "taken": self.taken, "pool": pool}

    def restore(self, state: Mapping[str, Any], networks: Sequence[ActorCritic]) -> None:
        """Go on where the league stood that gave ``state``; ``networks`` are of the same shape."""
        self.pool = []
        for past in state["pool"]:
            self.take_up(networks, past["steps"])
            for network, weights in zip(self.pool[-1].networks, past["networks"], strict=True):
                network.load_state_dict(weights)
        self.opponent = state["opponent"].to(self.random.device)
        self.taken = int(state["taken"])
