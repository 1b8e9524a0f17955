"""The factors of creator markets, and their flat form.

A step is a round. Creators who are active upload an item each, the platform ranks the items that
can be shown for every active user, and the users look, click, are satiated, and stay or leave. A
user looks at place ``j`` (from 1) with probability ``j ** -position_bias``, and clicks on an item
that is looked at with probability ``1 / (1 + exp(-v))``, where ::

    v = affinity * (p[genre] + t . topics) + quality * q - satiation * s[genre] - reluctance

with the user's preferences ``p`` and ``t``, the item's ``topics`` and quality ``q``, and the user's
satiation ``s``. What has been clicked is not shown to that user again. An item's quality is the
creator's skill in the genre, less what a lack of effort takes from it.

Sources: rounds, recency and the exit of creators are CreAgent's market (Ye et al., SIGIR 2025,
arXiv 2502.07307); attention by a power of the rank is Joachims, Swaminathan & Schnabel, WSDM 2017;
satiation is the linear system of rebounding bandits (Leqi et al., NeurIPS 2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.factors import EpisodeFactors, Group, RulesBase, live, structural
from adaptarium.envs.creators import codes

Scorer = Literal["random", "popularity", "mf", "bpr", "linucb", "clairvoyant"]
Reranker = Literal["none", "tfrom", "p-mmf", "fairrec", "cpfair", "fairco", "mmr", "dpp", "apdr"]
Kind = Literal["random", "cfd", "lbr", "belief"]


class TransitionFactors(Group):
    """What users and creators do, and how that changes them."""

    affinity: float = live(
        3.0, "Log-odds of a click for a preference of 1.", tests=(0.5, 6.0), ge=0, le=20
    )
    quality: float = live(
        1.0, "Log-odds of a click for a quality of 1.", tests=(0.0, 4.0), ge=0, le=20
    )
    reluctance: float = live(
        2.0, "Log-odds against a click on any item.", tests=(0.0, 4.0), ge=-20, le=20
    )
    position_bias: float = live(
        1.0,
        "Exponent of attention: place j, from 1, is looked at with probability j ** -exponent.",
        tests=(0.0, 3.0),
        ge=0,
        le=20,
    )
    satiation: float = live(
        0.5, "Log-odds lost for each unit of satiation with a genre.", tests=(0.0, 3.0), ge=0, le=20
    )
    recovery: float = live(
        0.3,
        "Share of its satiation that a genre loses with each round, after a click has added 1.",
        tests=(0.05, 0.9),
        ge=0,
        le=1,
    )
    drift: float = live(
        0.0,
        "Step of the random walk of each preference a round, up or down with equal chance.",
        tests=(0.2, 0.5),
        ge=0,
        le=2,
    )
    churn: float = live(
        0.0,
        "Probability after each round that a user leaves for no reason.",
        tests=(0.1, 0.3),
        ge=0,
        le=1,
    )
    taste: int = live(
        0,
        "Users like genre g as the level has it for genre g + taste, counted round.",
        tests=(1, 2),
        ge=0,
        lt=codes.MAX_GENRES,
    )
    effort: float = live(
        0.5,
        "Share of an item's quality that effort makes: light work lacks all of it, steady work "
        "half.",
        tests=(0.0, 1.0),
        ge=0,
        le=1,
    )
    variety: float = live(
        0.3,
        "How far the topics of an item lie from its creator's style at most, up or down.",
        tests=(0.0, 1.0),
        ge=0,
        le=1,
    )
    streak: int = live(
        5,
        "A creator leaves when its last so many items have no click together.",
        tests=(1, 2),
        ge=1,
        le=codes.MAX_STREAK,
    )
    grace: int = live(
        5, "Rounds in which no creator leaves.", tests=(0, 2), ge=0, le=codes.MAX_STEPS
    )
    entry: float = live(
        0.0,
        "Probability after each round that the place of a built-in creator who has left is taken "
        "by a new one with the same skills.",
        tests=(0.5, 1.0),
        ge=0,
        le=1,
    )


class CatalogueFactors(Group):
    """What can be shown."""

    window: int = structural(
        10,
        "Rounds for which items and feedback are kept.",
        tests=(5, 8),
        ge=1,
        le=codes.MAX_WINDOW,
    )
    slate: int = structural(
        5, "Places of what a user is shown.", tests=(3, 4), ge=1, le=codes.MAX_SLATE
    )
    recency: int = live(
        codes.MAX_WINDOW,
        "Rounds for which an item can be shown, from its upload on; never longer than the window.",
        tests=(1, 2),
        ge=1,
        le=codes.MAX_WINDOW,
    )


class PlatformFactors(Group):
    """How recommenders learn and rank, whoever chooses them."""

    factors: int = structural(
        8,
        "Latent factors of each user and item in the models mf and bpr.",
        tests=(4, 2),
        ge=1,
        le=codes.MAX_FACTORS,
    )
    retrain: int = live(
        5,
        "Rounds for which a model is used before it is trained anew on the feedback that is kept.",
        tests=(1, 2),
        ge=1,
        le=codes.MAX_WINDOW,
    )
    epochs: int = live(
        4, "Passes over the feedback in a training of mf or bpr.", tests=(1, 20), ge=0, le=1000
    )
    rate: float = live(0.05, "Learning rate of mf and bpr.", tests=(0.01, 0.2), gt=0, le=1)
    regularisation: float = live(
        0.005, "Weight decay of the factors of mf and bpr.", tests=(0.0, 0.5), ge=0, le=1
    )
    exploration: float = live(
        0.3, "Width of the upper bound of linucb, in standard deviations.", tests=(0.0, 2.0), ge=0
    )
    unbiased: bool = live(
        False,
        "A click counts one over the chance that its place is looked at (inverse propensities), in "
        "all that is learnt from clicks.",
        tests=(True, False),
    )
    weight: float = live(
        0.5,
        "Of re-rankers: of relevance beside diversity (mmr, dpp, apdr), of fairness beside "
        "relevance (p-mmf, cpfair, fairco), share of equal exposure that is guaranteed (fairrec).",
        tests=(0.1, 0.9),
        ge=0,
        le=1,
    )
    rerank_from: int = live(
        0, "Rounds before which nothing is re-ranked.", tests=(3, 8), ge=0, le=codes.MAX_STEPS
    )


class ObservationFactors(Group):
    """Who sees what."""

    information: Literal["own", "full"] = live(
        "own",
        "What creators see of the market: nothing but the feedback on their own items, or also the "
        "users' interest in each genre and the clicks an item of it has had on average.",
        tests=("full", "own"),
    )


class RewardFactors(Group):
    """What is worth how much, to the platform and to creators."""

    click: float = live(
        1.0, "The platform's reward of a click, divided by the users.", tests=(2.0, 0.5), ge=0
    )
    user: float = live(
        0.0,
        "The platform's cost of a user who leaves, divided by the users.",
        tests=(1.0, 5.0),
        ge=0,
    )
    creator: float = live(
        0.0,
        "The platform's cost of a creator who leaves, divided by the creators.",
        tests=(1.0, 5.0),
        ge=0,
    )
    audience: float = live(
        1.0,
        "A creator's reward of a click on its items, divided by the users there are for each "
        "creator.",
        tests=(2.0, 0.5),
        ge=0,
    )
    work: float = live(
        0.1,
        "A creator's cost of an item made with full effort, times its own cost; steady work costs "
        "half, light work nothing.",
        tests=(1.0, 0.0),
        ge=0,
    )


class PlayerFactors(Group):
    """Who plays the seats."""

    outside: Literal["all", "platform", "creator"] = structural(
        "all",
        "Who is played from outside: the platform as player_0 and every creator after it, the "
        "platform alone, or the first creator alone. All others are built in.",
        tests=("platform", "creator"),
    )
    platform: Scorer = live(
        "popularity",
        "What a built-in platform ranks by; one that is played from outside begins with it.",
        tests=("random", "clairvoyant"),
    )
    reranker: Reranker = live(
        "none",
        "What a built-in platform re-ranks by; one that is played from outside begins with it.",
        tests=("fairrec", "dpp"),
    )
    creators: Literal["level"] | Kind = live(
        "level",
        "How the built-in creators decide: each as the level says, or all in one way.",
        tests=("random", "belief"),
    )
    proxy: Literal["nobody", "cfd", "lbr", "belief"] | Scorer = live(
        "nobody",
        "A built-in platform or creator that acts in the place of player_0, whose own actions then "
        "do nothing; a name of the other role changes nothing.",
        tests=("random", "clairvoyant"),
    )
    informed: bool = live(
        False,
        "Built-in creators know what an item of each genre gets in clicks on average.",
        tests=(True, False),
    )
    learning: float = live(
        0.1,
        "Step with which creators of the kinds cfd and lbr turn towards what has had clicks.",
        tests=(0.5, 1.0),
        ge=0,
        le=10,
    )
    curiosity: float = live(
        1.0,
        "Log-odds with which creators of the kind belief stay with the best known genre when an "
        "item has done as well as usual.",
        tests=(-2.0, 3.0),
        ge=-20,
        le=20,
    )


class Rules(RulesBase):
    """Every factor of a creator market."""

    transition: TransitionFactors = TransitionFactors()
    catalogue: CatalogueFactors = CatalogueFactors()
    platform: PlatformFactors = PlatformFactors()
    observation: ObservationFactors = ObservationFactors()
    reward: RewardFactors = RewardFactors()
    players: PlayerFactors = PlayerFactors()
    episode: EpisodeFactors = EpisodeFactors()


# The published market of CreAgent: 110 rounds, re-ranking from round 10 on, exits from round 15 on.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "creagent": {
        "transition.grace": 15,
        "platform.rerank_from": 10,
        "platform.factors": 16,
        "episode.max_steps": 110,
    }
}

# Copied as they are from the group that has them.
_CHANGE = (
    *("affinity", "quality", "reluctance", "satiation", "drift", "churn"),
    *("effort", "variety", "entry", "taste", "streak", "grace"),
)
_PLATFORM = (
    *("rate", "regularisation", "exploration", "weight"),
    *("factors", "retrain", "epochs", "unbiased", "rerank_from"),
)

RULES_DTYPE = np.dtype(
    [
        *((name, np.float64) for name in _CHANGE[:9]),
        ("kept", np.float64),  # share of satiation that a round leaves
        *((name, np.float64) for name in _PLATFORM[:4]),
        ("pay_click", np.float64),
        ("pay_user", np.float64),
        ("pay_creator", np.float64),
        ("pay_audience", np.float64),
        ("pay_work", np.float64),
        ("learning", np.float64),
        ("curiosity", np.float64),
        ("attention", np.float64, (codes.MAX_SLATE,)),  # probability to look, by place
        ("discount", np.float64, (codes.MAX_SLATE,)),  # exposure of a place, as in DCG
        ("novelty", np.float64, (codes.MAX_SLATE + 1,)),  # of apdr, by items of the same genre
        *((name, np.int32) for name in _CHANGE[9:]),
        *((name, np.int32) for name in _PLATFORM[4:]),
        *((name, np.int32) for name in ("window", "slate", "recency", "full_information")),
        *((name, np.int32) for name in ("outside", "first_work", "works")),
        *((name, np.int32) for name in ("scorer", "reranker", "kind", "informed")),
        *((name, np.int32) for name in ("proxy_scorer", "proxy_kind")),
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("active", np.int32),  # bits of mechanics; all of them always run
    ],
    align=True,
)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    change, platform, reward = rules.transition, rules.platform, rules.reward
    for name in _CHANGE:
        flat[name] = getattr(change, name)
    for name in _PLATFORM:
        flat[name] = getattr(platform, name)
    for name in ("click", "user", "creator", "audience", "work"):
        flat[f"pay_{name}"] = getattr(reward, name)
    flat["kept"] = 1.0 - change.recovery
    # Made here, so that both targets look with the same probabilities.
    places = np.arange(codes.MAX_SLATE)
    flat["attention"] = (places + 1.0) ** -change.position_bias
    flat["discount"] = 1.0 / np.log2(places + 2.0)
    counts = np.arange(codes.MAX_SLATE + 1)
    flat["novelty"] = np.log2(2.0 + counts) - np.log2(1.0 + counts)
    catalogue = rules.catalogue
    flat["window"], flat["slate"] = catalogue.window, catalogue.slate
    flat["recency"] = min(catalogue.recency, catalogue.window)
    flat["full_information"] = rules.observation.information == "full"
    _seat(flat, rules.players)
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    return flat


def _seat(flat: npt.NDArray[Any], players: PlayerFactors) -> None:
    """Who is played from outside, and how the others play."""
    flat["outside"] = codes.OUTSIDE.index(players.outside)
    flat["first_work"] = codes.CHOICES if players.outside == "all" else 0
    flat["works"] = players.outside != "platform"
    flat["scorer"] = codes.BUILT_IN_SCORERS.index(players.platform)
    flat["reranker"] = codes.RERANKERS.index(players.reranker)
    flat["kind"] = _number(players.creators, codes.KINDS)
    flat["proxy_scorer"] = _number(players.proxy, codes.BUILT_IN_SCORERS)
    flat["proxy_kind"] = _number(players.proxy, codes.KINDS)
    for name in ("informed", "learning", "curiosity"):
        flat[name] = getattr(players, name)


def _number(name: str, names: tuple[str, ...]) -> int:
    """The number of a name, -1 where it is none of these."""
    return names.index(name) if name in names else codes.NOBODY
