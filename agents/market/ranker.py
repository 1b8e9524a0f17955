"""A recommender as an agent: it scores the candidates, ranks them, and learns from clicks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adaptarium.agents.market.rerank import NEVER, Floats, Integers, plain
from adaptarium.agents.market.scores import EXTRA, features_of
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.market.codes import MAX_TOPICS, SEEN_CLICKED
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
        self._genres = 0
        self._shown: Floats = np.zeros((0, 0, 0))  # (n, places, features) of the last slate

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Integers:
        """(n,) action numbers."""
        rules: Any = getattr(info.get("world"), "rules", None)
        if "answers" not in observation or not hasattr(rules, "catalogue"):
            raise AgentError(f"agent {self.name} plays markets: there is no slate to fill")
        seen = {name: np.asarray(view) for name, view in observation.items()}
        rows = np.asarray(info["slots"] if "slots" in info else np.arange(len(info["step"])))
        self._ready(int(rows.max()) + 1, seen["rates"].shape[-1], rules.action.slate)
        begun = np.asarray(info["first"], bool)
        self._scorer.forget(rows[begun])
        attention = np.arange(1, rules.action.slate + 1) ** -rules.transition.position_bias
        self._learn(rows[~begun], seen["answers"][~begun], attention)
        return self._recommend(rows, seen, rules)

    def _recommend(self, rows: Integers, seen: Mapping[str, Any], rules: Any) -> Integers:
        """(n,) action numbers of the slates that are shown now, which are remembered."""
        candidates, places = rules.action.candidates, rules.action.slate
        genres, quality = seen["genres"][:, :candidates], seen["quality"][:, :candidates]
        topics = seen["topics"][:, : candidates * MAX_TOPICS]
        features = features_of(genres, quality, topics, self._genres)
        scores = self._scorer.score(rows, features)
        scores[seen["clicked"][:, :candidates] > 0] = NEVER / 2
        scores[:, rules.catalogue.recency :] = NEVER
        likeness = (genres[:, :, None] == genres[:, None, :]).astype(np.float64)
        slate = self._rerank(scores, likeness, genres, places)
        self._shown[rows] = np.take_along_axis(features, slate[:, :, None], axis=1)
        return numbers_of(slate, candidates)

    def _ready(self, n: int, genres: int, places: int) -> None:
        """Make room for the users; a larger batch, or another world, begins with a new scorer."""
        known = self._shown.shape
        if self._scorer is None or known[0] < n or known[1] != places or self._genres != genres:
            self._scorer, self._genres = self._make(n, genres), genres
            self._shown = np.zeros((n, places, genres + EXTRA))

    def _learn(self, rows: Integers, answers: Integers, attention: Floats) -> None:
        """What became of every place of the last slates."""
        for j, look in enumerate(attention):
            clicks = (answers[:, j] == SEEN_CLICKED).astype(np.float64)
            chances = np.full(len(rows), float(look))
            self._scorer.learn(rows, self._shown[rows, j], clicks, chances)
