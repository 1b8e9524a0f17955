"""Slates by number, and rankers that look at the user: the oracles behind the references."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.world import World
from adaptarium.envs.market.rules import Rules, slates

Floats = npt.NDArray[np.float64]


def slate_of(number: int, candidates: int, slate: int) -> tuple[int, ...]:
    """The candidates of an action number, in the order of their places."""
    left, found = list(range(candidates)), []
    block = slates(candidates, slate)
    for place in range(slate):
        block //= candidates - place
        rank, number = divmod(number, block)
        found.append(left.pop(rank))
    return tuple(found)


def number_of(shown: Sequence[int], candidates: int) -> int:
    """The action number of a slate: the inverse of :func:`slate_of`."""
    return int(numbers_of(np.array([shown]), candidates)[0])


def numbers_of(shown: npt.NDArray[np.int64], candidates: int) -> npt.NDArray[np.int64]:
    """(n,) action numbers of (n, places) slates of different candidates."""
    numbers = np.zeros(len(shown), np.int64)
    block = slates(candidates, shown.shape[1])
    for place in range(shown.shape[1]):
        block //= candidates - place
        here = shown[:, place]
        numbers += block * (here - (shown[:, :place] < here[:, None]).sum(axis=1))
    return numbers


def worths(rules: Rules, w: Workspace, i: int) -> Floats:
    """(candidates,) reward expected of each candidate of slot ``i`` if it is looked at now."""
    count = rules.action.candidates
    candidates = w.state.candidates[i, :count]
    chances = np.where(candidates["clicked"], 0.0, 1.0 / (1.0 + np.exp(-candidates["likes"])))
    return worth_of(rules, qualities(w, i, count)) * chances


def worth_of(rules: Rules, quality: Floats) -> Floats:
    """What a click on items of these qualities pays."""
    return rules.reward.click + rules.reward.quality * quality


def qualities(w: Workspace, i: int, count: int) -> Floats:
    """(count,) qualities of the candidates, newest first."""
    now, k = w.state.now[i, 0], int(w.core["level"][i])
    items = (int(now["newest"]) - np.arange(count)) % int(now["num_items"])
    return np.asarray(w.levels.items[k, items]["quality"])


class Clairvoyant:
    """Knows the user as it is now, and shows what pays most at once, best first.

    This is the best slate for the step: attention falls with the place, and no item of a slate
    changes what becomes of another.

    Args:
        rules: The world's factors.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def act(self, w: Workspace, i: int) -> int:
        """The action of slot ``i``."""
        action = self._rules.action
        found = worths(self._rules, w, i)
        found[self._rules.catalogue.recency :] = -np.inf
        best = np.argsort(-found, kind="stable")[: action.slate]
        return number_of([int(c) for c in best], action.candidates)


def play(world: World, level: dict[str, Any], player: Any, episodes: int) -> tuple[Floats, float]:
    """(episodes,) returns of a player on one level, and the mean number of steps."""
    batch = Batch([world.override(records=(level,))], episodes, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        for i in range(episodes):
            batch.w.actions[i, 0] = player.act(batch.w, i)
        batch.step()
    return batch.w.returns[:, 0].copy(), float(batch.w.out["length"].mean())
