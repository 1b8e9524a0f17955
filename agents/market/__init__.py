"""Recommenders of the literature as agents: ``--agents adaptarium.agents.market:popularity``.

Each name is a function that makes the agent with its default settings.
"""

from __future__ import annotations

from functools import partial

from adaptarium.agents.market.ranker import Ranker, by_score
from adaptarium.agents.market.rerank import apdr as _apdr
from adaptarium.agents.market.rerank import dpp as _dpp
from adaptarium.agents.market.rerank import mmr as _mmr
from adaptarium.agents.market.scores import LinUCB, Popularity


def popularity() -> Ranker:
    """What each user has clicked most, by genre, corrected for the place."""
    return Ranker(Popularity, name="popularity")


def linucb(alpha: float = 0.3) -> Ranker:
    """A regression a user with an upper bound.

    Args:
        alpha: Width of the bound, in standard deviations.
    """
    return Ranker(partial(LinUCB, alpha=alpha), name="linucb")


def mmr(weight: float = 0.7) -> Ranker:
    """Popularity, re-ranked by maximal marginal relevance.

    Args:
        weight: 1 is relevance alone.
    """
    return Ranker(
        Popularity,
        lambda scores, likeness, kinds, places: _mmr(scores, likeness, places, weight),
        name="mmr",
    )


def dpp(sharpness: float = 4.0) -> Ranker:
    """Popularity, re-ranked by a determinantal point process of genres.

    Args:
        sharpness: How much relevance counts beside diversity.
    """
    return Ranker(
        Popularity,
        lambda scores, likeness, kinds, places: _dpp(scores, likeness, places, sharpness),
        name="dpp",
    )


def apdr(weight: float = 0.7) -> Ranker:
    """Popularity, re-ranked as in CreAgent for kinds that are shown seldom.

    Args:
        weight: 1 is relevance alone.
    """
    return Ranker(
        Popularity,
        lambda scores, likeness, kinds, places: _apdr(scores, kinds, places, weight),
        name="apdr",
    )


__all__ = [
    "LinUCB",
    "Popularity",
    "Ranker",
    "apdr",
    "by_score",
    "dpp",
    "linucb",
    "mmr",
    "popularity",
]
