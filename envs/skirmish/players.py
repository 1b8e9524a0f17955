"""The built-in players, asked from outside the kernel: fixed strategies for any seat."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.world import World
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.kernels import policy
from adaptarium.envs.skirmish.kernels.policy import decide


def advise(w, i, p, style, level):  # type: ignore[no-untyped-def]
    """The next order of seat ``p`` of slot ``i``, if a built-in player sat there."""
    me = w.state.players[i, p]
    own_style, own_level = me.style, me.level
    me.style = style
    me.level = level
    action = decide(w, i, p)
    me.style = own_style
    me.level = own_level
    return action


@functools.cache
def _entry() -> Entry:
    digest = source_digest([__name__, policy.__name__])
    return Entry(advise, "the built-in players", digest)


class StylePolicy:
    """Plays all outside seats in one style, at the strongest level that does not cheat.

    Args:
        style: One of ``codes.STYLES`` but ``random``.
        level: Its level: how many workers it wants, whether it sees all.
    """

    def __init__(self, style: str, level: int = codes.HONEST) -> None:
        self._style, self._level = codes.STYLES.index(style), level
        self._for: Workspace | None = None
        self._advise: Callable[[int, int, int, int], Any] = lambda *_: codes.WAIT

    def act(self, w: Workspace, i: int) -> list[int]:
        """The order of every seat of slot ``i``."""
        if self._for is not w:
            self._advise, self._for = _entry().bind(w, 0, 0, 0, 0), w
        seats = range(w.reward.shape[1])
        return [int(self._advise(i, p, self._style, self._level)) for p in seats]


def play_alone(
    world: World, level: Mapping[str, Any], style: str, n: int
) -> tuple[npt.NDArray[np.float64], int]:
    """(n,) returns of player_0 played in a style on one level, and the mean number of decisions."""
    played = world.override(
        records=(dict(level),), **{"players.proxy": style, "players.proxy_level": codes.HONEST}
    )
    batch = Batch([played], n, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        batch.step()
    return batch.w.final_returns[:, 0].copy(), round(float(batch.w.core["clock"].mean()))


def play_together(
    world: World, level: Mapping[str, Any], style: str, n: int
) -> tuple[npt.NDArray[np.float64], int]:
    """(n,) summed returns of all seats, each played in a style on one level; the mean length."""
    batch = Batch([world.override(records=(dict(level),))], n, autoreset="disabled")
    batch.reset(seed=0)
    player = StylePolicy(style)
    while not batch.w.core["ended"].all():
        for i in range(n):
            batch.w.actions[i] = player.act(batch.w, i)
        batch.step()
    return batch.w.final_returns.sum(axis=1), round(float(batch.w.core["clock"].mean()))
