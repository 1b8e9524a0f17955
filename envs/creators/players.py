"""Fixed players of any seat, and what they get: the pool behind the references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.world import World
from adaptarium.envs.creators import codes

Floats = npt.NDArray[np.float64]


def choice_of(scorer: str, reranker: str = "none") -> int:
    """The action number of a platform's choice."""
    scorers, rerankers = codes.SCORERS, codes.RERANKERS
    return scorers.index(scorer) * len(rerankers) + rerankers.index(reranker)


def work_of(genre: int, effort: str, first: int) -> int:
    """The action number of a creator's work; ``first`` is that of resting."""
    return first + 1 + genre * len(codes.EFFORTS) + codes.EFFORTS.index(effort)


@dataclass(frozen=True)
class Fixed:
    """The platform keeps one choice, and creators make what they are best at, with one effort.

    Attributes:
        choice: Action number of the platform.
        effort: Of creators.
        genre: Of creators; -1 for that of their highest skill.
    """

    choice: int
    effort: str = "full"
    genre: int = -1

    def act(self, w: Workspace, i: int) -> list[int]:
        """The action of every seat of slot ``i``."""
        outside, first = int(w.rules[i]["outside"]), int(w.rules[i]["first_work"])
        seats = range(w.reward.shape[1])
        if outside == codes.PLATFORM:
            return [self.choice for _ in seats]
        offset = 1 if outside == codes.ALL else 0
        works = [self._work(w, i, a - offset, first) for a in seats[offset:]]
        return [self.choice, *works] if offset else works

    def _work(self, w: Workspace, i: int, c: int, first: int) -> int:
        if c >= w.state.now[i, 0]["num_creators"] or not w.state.creators[i, c]["active"]:
            return first
        genres = int(w.state.now[i, 0]["num_genres"])
        skills = w.levels.skills[int(w.core["level"][i]), c, :genres]
        genre = int(skills.argmax()) if self.genre < 0 else self.genre
        return work_of(genre, self.effort, first)


def play(world: World, level: dict[str, Any], player: Any, episodes: int) -> tuple[Floats, int]:
    """(episodes,) summed returns of all seats on one level, and the mean number of rounds."""
    batch = Batch([world.override(records=(level,))], episodes, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        for i in range(episodes):
            batch.w.actions[i] = player.act(batch.w, i)
        batch.step()
    return batch.w.final_returns.sum(axis=1), round(float(batch.w.core["clock"].mean()))
