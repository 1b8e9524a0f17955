"""A beam search for a reply to built-in players, where there are too many states for all of them.

Built-in players that leave nothing to chance answer a plan the same way every time, so that the
best response is a fixed plan. The search plays all continuations of some plans side by side on the
kernel, and goes on with those that have brought the best offer from the others so far, or have made
them concede most.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.reference import Reference
from adaptarium.envs.core.snapshot import copy_slots
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.layout import SIGNALS
from adaptarium.envs.negotiation.manual import rules_of

# Plans that are followed side by side.
WIDTH = 16
_WORTH, _ACCEPTABLE, _STANDING = (SIGNALS.index(n) for n in ("worth", "acceptable", "standing"))


def is_certain(world: World, level: Mapping[str, Any]) -> bool:
    """Whether nothing but what player_0 does decides how a negotiation goes."""
    rules = rules_of(world)
    kinds = {party["kind"] for party in level["parties"][world.seats :]}
    if rules.players.built_in != "level":
        kinds = {rules.players.built_in}
    change, traits = rules.transition, rules.traits
    if traits.confusion or traits.incoherence:
        return False
    return "random" not in kinds and change.breakdown in (0, 1) and change.offers == "in turn"


def lookahead(world: World, level: Mapping[str, Any], width: int = WIDTH) -> Reference:
    """The best plan found for player_0 on one level, in every inner episode the same.

    Args:
        world: A world with one seat played from outside, in which nothing is left to chance.
        level: A readable level.
        width: Plans that are followed side by side.
    """
    rounds = rules_of(world).episode.inner_episodes
    once = world.override(records=(dict(level),), **{"episode.inner_episodes": 1})
    found = _Beam(once, width)
    while found.plans:
        found.grow()
    plan, value = found.best_plan, found.best * rounds
    return Reference(value, "search", plan * rounds, len(plan) * rounds, found.tried, value, value)


class _Beam:
    """Plans in the first slots of a batch, their continuations in the others."""

    def __init__(self, world: World, width: int) -> None:
        self.width, self.actions = width, codes.FIRST_OFFER + int(world.sizes()["outcomes"])
        self.batch = Batch([world], width * (1 + self.actions), autoreset="disabled")
        self.batch.reset(seed=0)
        self.plans: list[list[int]] = [[]]
        self.best, self.best_plan, self.tried = -np.inf, list[int](), 0

    def grow(self) -> None:
        """Play every valid continuation of the plans, and keep the most promising ones."""
        w = self.batch.w
        parents, said = np.nonzero(self.batch.masks()[: len(self.plans), 0])
        slots = self.width + np.arange(len(parents))
        copy_slots(self.batch, parents, slots)
        w.actions[slots, 0] = said
        self.batch.step()
        self.tried += len(slots)
        plans = [[*self.plans[p], int(a)] for p, a in zip(parents, said, strict=True)]
        ended = w.core["ended"][slots] != 0
        self._judge([plans[j] for j in np.flatnonzero(ended)], slots[ended])
        kept = self._most_promising(slots[~ended])
        copy_slots(self.batch, kept, np.arange(len(kept)))
        self.plans = [plans[slot - self.width] for slot in kept]

    def _judge(self, plans: list[list[int]], slots: npt.NDArray[np.int64]) -> None:
        """Keep the best of some whole plans."""
        returns = self.batch.w.final_returns[slots, 0]
        if len(returns) and returns.max() > self.best:
            at = int(returns.argmax())
            self.best, self.best_plan = float(returns[at]), plans[at]

    def _most_promising(self, slots: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Of the different states in these slots, those to go on with.

        Half of them have the best offer on the table, half the one with which the others have come
        down most. Of equal ones those with the better last offer of its own come first: it may yet
        be taken.
        """
        w = self.batch.w
        words = np.concatenate([part[slots] for part in w.rows], axis=1)
        slots = slots[np.unique(words, axis=0, return_index=True)[1]]
        signals, asked = w.obs.signals[slots, 0], w.obs.offers[slots, 0, 1]
        offered = signals[:, _ACCEPTABLE] * signals[:, _STANDING] * signals[:, _WORTH]
        own = np.where(asked > 0, w.obs.utilities[slots, 0, asked - 1], 0.0)
        now = w.state.now[slots, 0]
        theirs = w.levels.utilities[w.core["level"][slots], now["proposer"], now["standing"]]
        theirs = np.where(now["standing"] >= 0, theirs, codes.UNIT + 1)
        best, softest = np.lexsort((slots, -own, -offered)), np.lexsort((slots, -own, theirs))
        order = dict.fromkeys([*best[: self.width // 2].tolist(), *softest.tolist()])
        return np.asarray(slots[list(order)[: self.width]])
