"""Scorers: what a recommender learns from clicks about each user, for many users at once."""

from __future__ import annotations

import numpy as np

from adaptarium.agents.market.rerank import Floats, Integers
from adaptarium.envs.market.codes import MAX_TOPICS

# Features of an item beside its genre: quality and topics.
EXTRA = 1 + MAX_TOPICS


class Popularity:
    """Clicks of each genre, corrected for the places in which it was shown.

    A click in place ``j`` counts one over the chance that the place is looked at (inverse
    propensity weighting; Joachims, Swaminathan & Schnabel, WSDM 2017), over the exposures; one
    click and two exposures are taken for given. Quality breaks ties.

    Args:
        n: Users.
        genres: Genres, one more than the highest number.
    """

    def __init__(self, n: int, genres: int) -> None:
        self._clicks, self._shown = np.ones((n, genres)), np.full((n, genres), 2.0)

    def forget(self, rows: Integers) -> None:
        """Begin anew with some users."""
        self._clicks[rows], self._shown[rows] = 1.0, 2.0

    def learn(self, rows: Integers, features: Floats, clicks: Floats, attention: Floats) -> None:
        """Take note of one item each.

        Args:
            rows: (m,) users.
            features: (m, genres + 5) of the items, as :func:`features_of` has them.
            clicks: (m,) 1 for a click.
            attention: (m,) chance that its place was looked at.
        """
        genres = features[:, : self._clicks.shape[1]]
        self._shown[rows] += genres
        self._clicks[rows] += genres * (clicks / attention)[:, None]

    def score(self, rows: Integers, features: Floats) -> Floats:
        """(m, candidates) scores of (m, candidates, features)."""
        rates = np.minimum(self._clicks[rows] / self._shown[rows], 1.0)
        count = rates.shape[1]
        return np.asarray(
            np.einsum("mcg,mg->mc", features[..., :count], rates) + 0.1 * features[..., count]
        )


class LinUCB:
    """A ridge regression of clicks a user, and an upper bound (Li et al., WWW 2010).

    An item that stands where nobody looks tells little: it counts by the chance that its place is
    looked at.

    Args:
        n: Users.
        genres: Genres, one more than the highest number.
        alpha: Width of the bound, in standard deviations.
    """

    def __init__(self, n: int, genres: int, alpha: float = 0.3) -> None:
        size = genres + EXTRA
        self.alpha = alpha
        self._gram = np.tile(np.eye(size), (n, 1, 1))
        self._moment = np.zeros((n, size))

    def forget(self, rows: Integers) -> None:
        """Begin anew with some users."""
        self._gram[rows] = np.eye(self._gram.shape[1])
        self._moment[rows] = 0.0

    def learn(self, rows: Integers, features: Floats, clicks: Floats, attention: Floats) -> None:
        """Take note of one item each; arguments as for :meth:`Popularity.learn`."""
        weighted = features * attention[:, None]
        self._gram[rows] += weighted[:, :, None] * features[:, None, :]
        self._moment[rows] += features * clicks[:, None]

    def score(self, rows: Integers, features: Floats) -> Floats:
        """(m, candidates) upper bounds of (m, candidates, features)."""
        inverse = np.linalg.inv(self._gram[rows])
        mean = np.einsum("mcf,mfg,mg->mc", features, inverse, self._moment[rows])
        width = np.sqrt(np.einsum("mcf,mfg,mcg->mc", features, inverse, features))
        return np.asarray(mean + self.alpha * width)


def features_of(genres: Integers, quality: Floats, topics: Floats, count: int) -> Floats:
    """(n, candidates, count + 5): genre as one of ``count``, quality, topics; 0 for no candidate.

    Args:
        genres: (n, candidates) genre plus one.
        quality: (n, candidates).
        topics: (n, 4 candidates).
        count: Number of genres.
    """
    one_hot = genres[..., None] == np.arange(1, count + 1)
    flat = topics.reshape(*genres.shape, -1)
    return np.concatenate([one_hot, quality[..., None], flat], axis=-1).astype(np.float64)
