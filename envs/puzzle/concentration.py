"""The best play of memory cards by one who forgets nothing, by dynamic programming.

What a player knows of a shuffled board is three numbers: known pairs that still lie there, known
single cards, and cards never seen. Which unseen card is turned up does not matter, so that every
board of as many pairs has one expected optimum (Velleman & Warrington, *What to Expect in a Game of
Memory*, American Mathematical Monthly 120(9), 2013). A turn begins with a card never seen, or
collects a known pair: to begin with a known single card matches less often and tells less.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.puzzle.codes import OPEN
from adaptarium.envs.puzzle.rules import Rules

KNOWN, UNSEEN, MATE, OTHER = range(4)
"""What to turn up: one of a known pair, an unseen card, the first card's mate, a known other."""


@dataclass(frozen=True)
class Stakes:
    """What a game of memory cards pays.

    Attributes:
        pairs: On the board at the start.
        limit: Steps of an episode.
        solved, decay, progress, step_cost, mismatch_cost: As the factors of these names.
    """

    pairs: int
    limit: int
    solved: float
    decay: float
    progress: float
    step_cost: float
    mismatch_cost: float

    @classmethod
    def of(cls, rules: Rules, pairs: int, limit: int) -> Stakes:
        """The stakes of a level with so many pairs."""
        reward = rules.reward
        return cls(
            pairs,
            limit,
            reward.solved,
            reward.solved_decay,
            reward.progress,
            reward.step_cost,
            reward.mismatch_cost,
        )


Knowledge = tuple[int, int, int]  # known pairs, known singles, unseen cards


class Optimum:
    """Values and choices at every time and knowledge.

    Args:
        stakes: What the game pays.
    """

    def __init__(self, stakes: Stakes) -> None:
        self._stakes = stakes
        self.value = functools.cache(self._value)
        self.after_first = functools.cache(self._after_first)

    def _value(self, time: int, known: Knowledge) -> tuple[float, float, int]:
        """Expected return and steps from the start of a turn, and what to turn up first."""
        pairs, singles, unseen = known
        if time >= self._stakes.limit or not (pairs or unseen):
            return 0.0, 0.0, UNSEEN
        choices = []
        if pairs:
            choices.append((*self._match(time + 1, (pairs - 1, singles, unseen)), KNOWN))
        if unseen:
            mate = self._match(time + 1, (pairs, singles - 1, unseen - 1)) if singles else (0.0, 0)
            fresh = unseen - singles
            new = (
                self.after_first(time + 1, (pairs, singles, unseen - 1))[:2] if fresh else (0.0, 0)
            )
            value, steps = _mean(((singles, mate), (fresh, new)))
            choices.append((value, steps, UNSEEN))
        value, steps, first = max(choices, key=lambda one: (one[0], -one[1]))
        return value - self._stakes.step_cost, steps + 1, first

    def _after_first(self, time: int, known: Knowledge) -> tuple[float, float, int]:
        """As ``value`` after an unseen card came up whose mate is unseen, too.

        ``known`` is without that card, whose mate is one of the unseen.
        """
        pairs, singles, unseen = known
        if time >= self._stakes.limit:
            return 0.0, 0.0, UNSEEN
        match = self._match(time, (pairs, singles, unseen - 1))
        met = self._mismatch(time, (pairs + 1, singles, unseen - 1)) if singles else (0.0, 0.0)
        fresh = unseen - 1 - singles
        new = self._mismatch(time, (pairs, singles + 2, unseen - 1)) if fresh else (0.0, 0.0)
        choices = [(*_mean(((1, match), (singles, met), (fresh, new))), UNSEEN)]
        if singles or pairs:
            choices.append((*self._mismatch(time, (pairs, singles + 1, unseen)), OTHER))
        return max(choices, key=lambda one: (one[0], -one[1]))

    def _match(self, time: int, then: Knowledge) -> tuple[float, float]:
        """A pair is completed by the step that begins at ``time``."""
        stakes = self._stakes
        if time >= stakes.limit:
            return 0.0, 0.0
        gain = stakes.progress / stakes.pairs - stakes.step_cost
        if not any(then):
            share = 1.0 - stakes.decay * (time + 1) / stakes.limit
            return gain + stakes.solved * share, 1.0
        value, steps, _ = self.value(time + 1, then)
        return gain + value, steps + 1

    def _mismatch(self, time: int, then: Knowledge) -> tuple[float, float]:
        value, steps, _ = self.value(time + 1, then)
        return value - self._stakes.step_cost - self._stakes.mismatch_cost, steps + 1


def _mean(outcomes: tuple[tuple[int, tuple[float, float]], ...]) -> tuple[float, float]:
    """Value and steps over equally likely cards, in groups of one outcome."""
    count = sum(number for number, _ in outcomes)
    value = sum(number * one[0] for number, one in outcomes) / count
    steps = sum(number * one[1] for number, one in outcomes) / count
    return value, steps


@functools.lru_cache(maxsize=64)
def optimum(stakes: Stakes) -> Optimum:
    """The solved game of these stakes."""
    return Optimum(stakes)


class Rememberer:
    """Plays memory cards as the optimum does, by what it has seen turned up.

    Args:
        stakes: What the game pays.
        first: The number of the action that turns up the first card.
    """

    def __init__(self, stakes: Stakes, first: int = 0) -> None:
        self._optimum, self._number = optimum(stakes), first
        self._seen: dict[int, dict[int, int]] = {}

    def act(self, w: Workspace, i: int) -> int:
        """The action of slot ``i``."""
        core, counts = w.core[i], w.state.counts[i, 0]
        seen = self._seen.setdefault(i, {})
        if core["clock"] == 0:
            seen.clear()
        grid = w.levels.map[core["level"]]
        cells = int(grid["height"]) * int(grid["width"])
        board, cover = w.state.board[i, :cells], w.state.cover[i, :cells]
        up, second = int(counts["up"]), int(counts["second"])
        for cell in (up, second):
            if cell >= 0:
                seen[cell] = int(board[cell])
        lying = [cell for cell in range(cells) if cover[cell] != OPEN or cell in (up, second)]
        known = {cell: seen[cell] for cell in lying if cell in seen}
        unseen = [cell for cell in lying if cell not in seen]
        rng = np.random.default_rng([int(core["seed"]), int(core["episode"]), int(core["clock"])])
        time = int(core["elapsed"])
        if up < 0 or second >= 0:
            return self._number + self._first(time, known, unseen, rng)
        return self._number + self._second(time, up, known, unseen, rng)

    def _first(
        self, time: int, known: dict[int, int], unseen: list[int], rng: np.random.Generator
    ) -> int:
        mates = _mates(known)
        what = self._optimum.value(time, _knowledge(known, unseen))[2]
        if mates and (what == KNOWN or not unseen):
            return mates[0]
        return int(rng.choice(unseen)) if unseen else next(iter(known))

    def _second(
        self, time: int, up: int, known: dict[int, int], unseen: list[int], rng: np.random.Generator
    ) -> int:
        others = {cell: face for cell, face in known.items() if cell != up}
        for cell, face in others.items():
            if face == known[up]:
                return cell
        what = self._optimum.after_first(time, _knowledge(others, unseen))[2] if unseen else OTHER
        if what == OTHER and others:
            return next(iter(others))
        return int(rng.choice(unseen))


def _mates(known: dict[int, int]) -> list[int]:
    """The known cards whose mates are known, too."""
    faces = list(known.values())
    return [cell for cell, face in known.items() if faces.count(face) == 2]


def _knowledge(known: dict[int, int], unseen: list[int]) -> Knowledge:
    pairs = len(_mates(known)) // 2
    return pairs, len(known) - 2 * pairs, len(unseen)
