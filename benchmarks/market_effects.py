"""Known effects of recommendation, with intervals: the market family can show them.

1. **Exposure bias.** Clicks an exposure tell too little of what stands low in a slate. A ranker
   that puts genre 0 first and the last one last logs clicks; each genre's chance of a click *if it
   is looked at* is estimated by clicks an exposure, and by clicks weighted with one over the chance
   to look (inverse propensities; Joachims, Swaminathan & Schnabel, WSDM 2017). The error is the
   difference to the mean of the true chances of what was shown.
2. **Satiation.** A ranker by relevance, which knows the user's preferences and not how they are
   satiated, is held against one that knows both, and against random slates: return, steps that
   users stay, entropy of the genres shown. Users are those whose tastes matter little (no topics),
   so that a ranker by relevance shows the favourite genre again and again.
3. **Asking.** In a conversation, so many questions about topics and then genres first, then what
   fits the answers: the return by the number of questions has its best in between.

Means over users with 95 % intervals (two standard errors).

    python benchmarks/market_effects.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import adaptarium
from adaptarium.agents.market.rerank import plain
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.market.codes import MAX_TOPICS, SEEN_CLICKED
from adaptarium.envs.market.players import numbers_of
from adaptarium.envs.market.rules import slates

USERS = 2048
Floats = NDArray[np.float64]
Obs = dict[str, NDArray[Any]]
Scores = Callable[[Obs], Floats]


def seen(batch: Batch) -> Obs:
    """What the one seat of every slot observes."""
    return {name: view[:, 0] for name, view in batch.obs.items()}


def told(values: Floats, digits: int = 3) -> str:
    """A mean with its 95 % interval."""
    half = 2 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.{digits}f} +- {half:.{digits}f}"


def shown_by(scores: Floats, action: Any) -> NDArray[np.int64]:
    """(n,) actions that show the highest scores, best first."""
    return numbers_of(plain(scores, action.slate), action.candidates)


def play(world: Any, scores: Scores, questions: int = 0) -> Batch:
    """One episode of every user with a ranker; some questions come first."""
    action = world.rules.action
    first = slates(action.candidates, action.slate)
    batch = Batch([world], USERS, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        turn = int(batch.w.core["clock"].max())
        asks = turn < questions
        batch.w.actions[:, 0] = first + turn if asks else shown_by(scores(seen(batch)), action)
        batch.step()
    return batch


def exposure_bias() -> None:
    """Print the errors of two estimates of how genres are clicked."""
    world = adaptarium.world("SlateRec-v0", topics=0, **{"observation.reveal": True})
    rng = np.random.default_rng(0)
    batch = Batch([world], USERS, autoreset="disabled")
    batch.reset(seed=0)
    shown, naive, fair = (np.zeros((USERS, 4)) for _ in range(3))
    while not batch.w.core["ended"].all():
        playing, obs = batch.w.core["ended"] == 0, seen(batch)
        # The draw decides among items of one genre.
        scores = -obs["genres"] + 0.5 * rng.random(obs["genres"].shape)
        slate = plain(scores, 3)
        genres = np.take_along_axis(obs["genres"], slate, 1) - 1
        chances = np.take_along_axis(obs["chances"], slate, 1)
        batch.w.actions[:, 0] = numbers_of(slate, 6)
        batch.step()
        clicked = batch.w.state.slate["answer"] == SEEN_CLICKED
        for g in range(4):
            here = (genres == g) & playing[:, None]
            shown[:, g] += here.sum(axis=1)
            naive[:, g] += (here * (clicked - chances)).sum(axis=1)
            fair[:, g] += (here * (clicked * [1, 2, 3] - chances)).sum(axis=1)
    print("1. error of a genre's chance of a click, as it was estimated")
    for g in range(4):
        parts = (naive[:, g] / shown[:, g].mean(), fair[:, g] / shown[:, g].mean())
        print(f"   genre {g}: by exposures {told(parts[0])}, by propensities {told(parts[1])}")


def relevance(obs: Obs) -> Floats:
    """What the user likes, satiated or not."""
    liked = np.take_along_axis(obs["preferences"], obs["genres"] - 1, 1)
    return np.asarray(3.0 * liked + obs["quality"] - 100.0 * obs["clicked"], float)


def satiation() -> None:
    """Print what rankers get that know more and less of the user."""
    world = adaptarium.world(
        "SlateRec-v0", topics=0, **{"observation.reveal": True, "transition.satiation": 2.0}
    )
    rng = np.random.default_rng(0)
    rankers: dict[str, Scores] = {
        "random slates": lambda obs: rng.random(obs["quality"].shape),
        "relevance alone": relevance,
        "relevance and satiation": lambda obs: np.asarray(
            obs["chances"] * (1.0 + 0.5 * obs["quality"]), float
        ),
    }
    print("2. what users get who are soon satiated")
    for name, scores in rankers.items():
        batch = play(world, scores)
        found = batch.w.metrics
        print(
            f"   {name:<24} return {told(batch.w.returns[:, 0], 2)}, "
            f"steps {told(found['retention'].astype(float), 1)}, entropy {told(found['entropy'])}"
        )


def fit(obs: Obs) -> Floats:
    """How well a candidate fits what the user has told, with what was shown put back."""
    signs = np.choose(obs["told"], [0.0, -0.5, 0.5])
    topics = obs["topics"].reshape(len(signs), -1, MAX_TOPICS)
    score = np.einsum("icd,id->ic", topics, signs[:, :MAX_TOPICS])
    score += np.take_along_axis(signs[:, MAX_TOPICS:], obs["genres"] - 1, 1)
    return np.asarray(score + obs["quality"] / 6 - 0.3 * obs["shown"])


def asking() -> None:
    """Print the return by the number of questions."""
    world = adaptarium.world("AskOrRecommend-v0")
    print("3. the return of a conversation, by questions before the first recommendation")
    for questions in (0, 1, 2, 4, 6, 8):
        batch = play(world, fit, questions)
        success = batch.w.metrics["success"].astype(float)
        print(f"   {questions}: {told(batch.w.returns[:, 0])}, success {told(success)}")


if __name__ == "__main__":
    exposure_bias()
    satiation()
    asking()
