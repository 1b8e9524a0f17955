"""The most that all parties can have together, where all are played from outside.

They are of one mind then, and chance only ends what they do, so it is one of few fixed plans: a
deal as soon as it can be, someone walking away, or waiting for the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Reference
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.manual import rules_of
from adaptarium.envs.negotiation.rules import Rules

Joint = list[int]  # what each party says in a step


def together(world: World, bank: Workspace, row: int) -> Reference:
    """The best plan of all parties on one level row, repeated in every inner episode."""
    found = _Plans(rules_of(world), bank, row)
    value, plan = max(found.all(), key=lambda one: one[0])
    rounds = found.rules.episode.inner_episodes
    return Reference.exact(value * rounds, plan * rounds, len(plan) * rounds)


@dataclass(frozen=True)
class _Plans:
    """The plans of one level that can be best, each with its expected return."""

    rules: Rules
    bank: Workspace
    row: int

    @property
    def parties(self) -> int:
        return int(self.bank.levels.head[self.row]["num_parties"])

    @property
    def steps(self) -> int:
        """Steps until the deadline."""
        change = self.rules.transition
        return change.deadline * (1 if change.offers == "at once" else self.parties)

    @property
    def quorum(self) -> int:
        """How many parties make a deal."""
        most = self.rules.transition.consent == "majority"
        return self.parties // 2 + 1 if most else self.parties

    @property
    def least(self) -> Any:
        """(parties,) reservation values."""
        found = self.bank.levels.parties[self.row, : self.parties]["reservation"]
        return np.asarray(found) / codes.UNIT

    def all(self) -> Iterator[tuple[float, list[Joint]]]:
        """Expected return and what is said, step by step."""
        rules = self.rules
        limit = rules.episode.max_steps or int(self.bank.info[self.row]["max_steps"])
        here, nothing = min(self.steps, limit), rules.reward.no_deal * float(self.least.sum())
        at_once = rules.transition.offers == "at once"
        for value, plan in self._at_once() if at_once else self._in_turn():
            if len(plan) <= here:
                yield self._expected(value, nothing, len(plan)), plan
        # After the last turn payments have lost that turn's share, too; a cut-off pays nothing.
        value = nothing * rules.transition.discount if here == self.steps else 0.0
        yield self._expected(value, nothing, here), [[codes.WAIT] * self.parties] * here

    def _deal(self) -> tuple[float, int]:
        """What the best outcome for all pays, and its offer."""
        head, parties = self.bank.levels.head[self.row], self.parties
        utilities = self.bank.levels.utilities[self.row, :parties, : int(head["num_outcomes"])]
        values = utilities.sum(axis=0)
        best = int(values.argmax())
        return self.rules.reward.deal * int(values[best]) / codes.UNIT, codes.FIRST_OFFER + best

    def _walked(self, walks: Any) -> float:
        """What all have when those parties walk away."""
        weights = np.where(walks, self.rules.reward.outside, self.rules.reward.no_deal)
        return float((weights * self.least).sum())

    def _at_once(self) -> Iterator[tuple[float, list[Joint]]]:
        value, offer = self._deal()
        yield value, [[offer] * self.parties]
        for walks in product((False, True), repeat=self.parties):
            if any(walks):
                said = [codes.WALK if one else codes.WAIT for one in walks]
                yield self._walked(np.array(walks)), [said]

    def _in_turn(self) -> Iterator[tuple[float, list[Joint]]]:
        value, offer = self._deal()
        yield value, self._turns([offer] + [codes.ACCEPT] * (self.quorum - 1))
        for turn in range(self.parties):
            plan = self._turns([codes.WAIT] * turn + [codes.WALK])
            walks = np.array([said == codes.WALK for said in plan[-1]])
            yield self._walked(walks), plan

    def _turns(self, said: list[int]) -> list[Joint]:
        """One after the other, from who has the first turn."""
        parties, first = self.parties, self.rules.transition.first
        named = int(self.bank.levels.head[self.row]["first"])
        start = {"level": named, "player_0": 0}.get(first, parties - 1)
        return [
            [action if (start + t) % parties == p else codes.WAIT for p in range(parties)]
            for t, action in enumerate(said)
        ]

    def _expected(self, value: float, nothing: float, steps: int) -> float:
        """``value`` at the last step, or nothing at an earlier one by a breakdown."""
        left, risk = self.rules.transition.discount, self.rules.transition.breakdown
        stays = (1 - risk) * left
        broken = sum(stays**t * risk * left * nothing for t in range(steps - 1))
        return broken + stays ** (steps - 1) * value
