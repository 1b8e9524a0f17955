"""The built-in players, asked from outside the kernel: fixed strategies for any seat."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.kernels import players
from adaptarium.envs.negotiation.kernels.players import decide


def decide_for(w, i, p, kind):  # type: ignore[no-untyped-def]
    """The action of party ``p`` of slot ``i``, if it were of that kind."""
    return decide(w, i, p, kind)


@functools.cache
def _entry() -> Entry:
    digest = source_digest([__name__, players.__name__])
    return Entry(decide_for, "the built-in negotiators", digest)


class KindPolicy:
    """Plays one kind of built-in player.

    The kinds that answer what they have heard hear nothing at a seat that is played from outside;
    the factor ``players.proxy`` lets them play there.

    Args:
        kind: One of ``codes.SELF_WILLED``.
    """

    def __init__(self, kind: str) -> None:
        self._kind = codes.KINDS.index(kind)
        self._for: Workspace | None = None
        self._decide: Callable[[int, int, int], Any] = lambda _i, _p, _kind: None

    def act(self, w: Workspace, i: int) -> list[int]:
        """The action of every seat of slot ``i``: those whose turn it is not wait."""
        if self._for is not w:
            self._decide, self._for = _entry().bind(w, 0, 0, 0), w
        seats = range(w.reward.shape[1])
        return [self._action(w, i, a) if w.acting[i, a] else codes.WAIT for a in seats]

    def _action(self, w: Workspace, i: int, p: int) -> int:
        party = w.state.parties[i, p].copy()
        action = int(self._decide(i, p, self._kind))
        w.state.parties[i, p] = party  # to ask changes nothing
        return action


def play_kind(
    world: World, level: dict[str, Any], kind: str, n: int
) -> tuple[npt.NDArray[np.float64], int]:
    """(n,) returns of player_0 played by a built-in kind on one level, and the mean length."""
    played = world.override(records=(level,), **{"players.proxy": kind})
    batch = Batch([played], n, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        batch.step()
    return batch.w.final_returns[:, 0].copy(), round(float(batch.w.core["clock"].mean()))
