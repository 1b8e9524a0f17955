"""A recommender as an agent: it scores the candidates, ranks them, and learns from clicks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adaptarium.agents.market.rerank import NEVER, Floats, Integers, plain
from adaptarium.agents.market.scores import features_of
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.market.codes import SEEN_CLICKED
from adaptarium.envs.market.players import numbers_of

Rerank = Callable[[Floats, Floats, Integers, int], Integers]


def by_score(scores: Floats, likeness: Floats, kinds: Integers, places: int) -> Integers:
    """No re-ranking."""
    return plain(scores, places)


class Ranker:
    """Recommends slates in worlds of the market family; it asks no questions.

    What it knows of a user is the feedback of the running episode (the trial). It reads from the
    world's rules how likely a place is looked at, and which candidates are too old.

    Args:
        scorer: ``scorer(n, genres)`` learns of ``n`` users (a class of ``agents.market.scores``).
        rerank: ``rerank(scores, likeness, kinds, places)`` gives the slates.
        name: What results call it.

    Raises:
        AgentError: when it is asked to play a world that is no market.
    """

    batched = True

    def __init__(
        self, scorer: Callable[..., Any], rerank: Rerank = by_score, name: str = ""
    ) -> None:
        self.name = name or scorer.__name__
        self._make, self._rerank = scorer, rerank
        self._scorer: Any = None
        self._shown: Floats = np.zeros((0, 0, 0))  # (n, places, features) of the last slate

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Integers:
        """(n,) action numbers."""
        rules = getattr(info.get("world"), "rules", None)
        if "answers" not in observation or not hasattr(rules, "catalogue"):
            raise AgentError(f"agent {self.name} plays markets: there is no slate to fill")
        action, change = rules.action, rules.transition
        attention = np.arange(1, action.slate + 1) ** -change.position_bias
        count = observation["rates"].shape[-1]
        rows = np.asarray(info["slots"] if "slots" in info else np.arange(len(info["step"])))
        self._ready(int(rows.max()) + 1, count, action.slate)
        begun = np.asarray(info["first"], bool)
        self._scorer.forget(rows[begun])
        self._learn(rows[~begun], np.asarray(observation["answers"])[~begun], attention)
        genres = np.asarray(observation["genres"])[:, : action.candidates]
        parts = (observation["quality"][:, : action.candidates], observation["topics"])
        topics = np.asarray(parts[1]).reshape(len(rows), -1, 4)[:, : action.candidates]
        features = features_of(genres, np.asarray(parts[0]), topics.reshape(len(rows), -1), count)
        scores = self._scorer.score(rows, features)
        scores[np.asarray(observation["clicked"])[:, : action.candidates] > 0] = NEVER / 2
        scores[:, rules.catalogue.recency :] = NEVER
        likeness = (genres[:, :, None] == genres[:, None, :]).astype(np.float64)
        slate = self._rerank(scores, likeness, genres, action.slate)
        self._shown[rows] = np.take_along_axis(features, slate[:, :, None], axis=1)
        return numbers_of(slate, action.candidates)

    def _ready(self, n: int, genres: int, places: int) -> None:
        """Make room for the users; a larger batch, or another world, begins with a new scorer."""
        known = self._shown.shape
        if self._scorer is None or known[0] < n or known[1] != places or self._genres != genres:
            self._scorer, self._genres = self._make(n, genres), genres
            self._shown = np.zeros((n, places, features_of(*_NOTHING, genres).shape[-1]))

    def _learn(self, rows: Integers, answers: Integers, attention: Floats) -> None:
        """What became of every place of the last slates."""
        for j, look in enumerate(attention):
            clicks = (answers[:, j] == SEEN_CLICKED).astype(np.float64)
            chances = np.full(len(rows), float(look))
            self._scorer.learn(rows, self._shown[rows, j], clicks, chances)


_NOTHING = (np.zeros((1, 1), np.int64), np.zeros((1, 1)), np.zeros((1, 4)))
