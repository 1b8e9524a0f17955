"""The arrays of the market family.

Items are uploaded one a step, in the order of the level's catalogue and then again from its start.
The candidates are the newest of them: candidate ``c`` was uploaded ``c`` steps ago. So all that is
remembered of an item has the place of its age, and moves on by one with each step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.layout import Layout
from adaptarium.envs.market import codes
from adaptarium.envs.market.rules import Rules, slates

Structure = Mapping[str, int]
SIGNALS = ("start", "elapsed", "fruitless")
# Parts of an observation: of every world, and of those that reveal the user.
PLAIN: tuple[str, ...] = (
    *("genres", "quality", "topics", "shown", "clicked", "slate", "answers", "signals"),
    *("exposures", "rates"),
)
REVEALED = ("preferences", "satiation", "chances", "tastes")


class State(NamedTuple):
    """What a step changes, one row a slot."""

    now: npt.NDArray[Any]  # (n, 1) NOW_DTYPE
    genres: npt.NDArray[Any]  # (n, genres) GENRE_STATE_DTYPE: what the user makes of each
    candidates: npt.NDArray[Any]  # (n, candidates) CANDIDATE_DTYPE, by age
    slate: npt.NDArray[Any]  # (n, slate) PLACE_DTYPE: the last one
    told: npt.NDArray[np.int32]  # (n, 4 + genres): what the user said of each topic and genre
    # (n, candidates + 1): items of so many exposures, among those that are no candidates any more.
    retired: npt.NDArray[np.int32]


class Levels(NamedTuple):
    """A user and a catalogue, one row each."""

    head: npt.NDArray[Any]  # (k,) HEAD_DTYPE
    genres: npt.NDArray[np.float64]  # (k, genres): the user's preferences at the start
    topics: npt.NDArray[np.float64]  # (k, 4): the user's, which stay
    items: npt.NDArray[Any]  # (k, items) ITEM_DTYPE, in the order of their upload
    item_topics: npt.NDArray[np.float64]  # (k, items, 4)


class Obs(NamedTuple):
    """Observations of one agent."""

    genres: npt.NDArray[np.int64]  # (rows, 1, candidates): genre plus one
    quality: npt.NDArray[np.float32]  # (rows, 1, candidates)
    topics: npt.NDArray[np.float32]  # (rows, 1, 4 candidates)
    shown: npt.NDArray[np.float32]  # (rows, 1, candidates): how often
    clicked: npt.NDArray[np.float32]  # (rows, 1, candidates): 1 once it was
    slate: npt.NDArray[np.int64]  # (rows, 1, slate): genre plus one of what was shown
    answers: npt.NDArray[np.int64]  # (rows, 1, slate), by the names of `codes.ANSWERS`
    signals: npt.NDArray[np.float32]  # (rows, 1, 3), by the names of SIGNALS
    exposures: npt.NDArray[np.float32]  # (rows, 1, genres): share of what was shown
    rates: npt.NDArray[np.float32]  # (rows, 1, genres): clicks an exposure
    told: npt.NDArray[np.int64]  # (rows, 1, 4 topics and genres), by the names of `codes.TOLD`
    preferences: npt.NDArray[np.float32]  # (rows, 1, genres)
    tastes: npt.NDArray[np.float32]  # (rows, 1, 4)
    satiation: npt.NDArray[np.float32]  # (rows, 1, genres)
    chances: npt.NDArray[np.float32]  # (rows, 1, candidates)


class Scratch(NamedTuple):
    """Working memory, no meaning between calls."""

    plan: npt.NDArray[np.int32]  # (n, slate): candidate to show in each place; -1 for none
    asked: npt.NDArray[np.int32]  # (n, 1): number of the question that is asked; -1 for none


NOW_DTYPE = np.dtype(
    [
        ("trail", np.int64),  # clicks of the last steps, for pictures
        ("num_genres", np.int32),
        ("num_topics", np.int32),
        ("num_items", np.int32),
        ("patience", np.int32),
        ("time", np.int32),  # items uploaded since the start
        ("newest", np.int32),  # place in the catalogue of candidate 0
        ("taste", np.int32),  # by which the preferences have been turned
        ("fruitless", np.int32),  # slates in a row without a click
        ("left", np.int32),  # the user has left
    ],
    align=True,
)
GENRE_STATE_DTYPE = np.dtype(
    [
        ("preference", np.float64),
        ("satiation", np.float64),
        ("shown", np.int32),
        ("clicked", np.int32),
    ],
    align=True,
)
CANDIDATE_DTYPE = np.dtype(
    [
        ("likes", np.float64),  # log-odds of a click now, if it is looked at and was not clicked
        ("shown", np.int32),
        ("clicked", np.int32),
    ],
    align=True,
)
PLACE_DTYPE = np.dtype(
    [("genre", np.int32), ("answer", np.int32)],  # genre plus one; 0 where nothing was shown
    align=True,
)
HEAD_DTYPE = np.dtype(
    [
        ("num_genres", np.int32),
        ("num_topics", np.int32),
        ("num_items", np.int32),
        ("patience", np.int32),
    ],
    align=True,
)
ITEM_DTYPE = np.dtype([("quality", np.float64), ("genre", np.int32)], align=True)
METRICS_DTYPE = np.dtype(
    [
        ("welfare", np.float64),  # sum of the log-odds v of clicked items: the user's utility
        ("quality", np.float64),  # sum over clicked items
        ("diversity", np.float64),  # mean over slates: share of pairs with different genres
        ("entropy", np.float64),  # of the genres shown, 1 where all are alike; at the end
        ("gini", np.float64),  # of the exposures of items; at the end
        ("clicks", np.int32),
        ("shown", np.int32),
        ("retention", np.int32),  # steps
        ("questions", np.int32),
        ("success", np.int32),  # the user has stayed to the end, or has accepted
    ],
    align=True,
)


def structure(rules: Rules, needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        needs: ``genres``, ``items`` its levels may have.
    """
    return {
        **{name: needs[name] for name in ("genres", "items")},
        "candidates": rules.action.candidates,
        "slate": rules.action.slate,
        "slates": slates(rules.action.candidates, rules.action.slate),
        "asks": codes.MAX_TOPICS + needs["genres"] if rules.action.ask else 0,
        "reveal": int(rules.observation.reveal),
    }


def layout(sizes: Structure) -> Layout:
    """The arrays for these structural sizes."""
    genres, items, candidates = sizes["genres"], sizes["items"], sizes["candidates"]
    slate, topics = sizes["slate"], codes.MAX_TOPICS
    state = {
        "now": (NOW_DTYPE, (1,)),
        "genres": (GENRE_STATE_DTYPE, (genres,)),
        "candidates": (CANDIDATE_DTYPE, (candidates,)),
        "slate": (PLACE_DTYPE, (slate,)),
        "told": (np.int32, (codes.MAX_TOPICS + genres,)),
        "retired": (np.int32, (candidates + 1,)),
    }
    levels = {
        "head": (HEAD_DTYPE, ()),
        "genres": (np.float64, (genres,)),
        "topics": (np.float64, (topics,)),
        "items": (ITEM_DTYPE, (items,)),
        "item_topics": (np.float64, (items, topics)),
    }
    # One row where nobody sees it: looking writes every row.
    shown = genres if sizes["reveal"] else 1
    obs = {
        "genres": (np.int64, (candidates,)),
        "quality": (np.float32, (candidates,)),
        "topics": (np.float32, (candidates * topics,)),
        "shown": (np.float32, (candidates,)),
        "clicked": (np.float32, (candidates,)),
        "slate": (np.int64, (slate,)),
        "answers": (np.int64, (slate,)),
        "signals": (np.float32, (len(SIGNALS),)),
        "exposures": (np.float32, (genres,)),
        "rates": (np.float32, (genres,)),
        "told": (np.int64, (max(sizes["asks"], 1),)),
        "preferences": (np.float32, (shown,)),
        "tastes": (np.float32, (topics if sizes["reveal"] else 1,)),
        "satiation": (np.float32, (shown,)),
        "chances": (np.float32, (candidates if sizes["reveal"] else 1,)),
    }
    return Layout(
        num_agents=1,
        num_actions=sizes["slates"] + sizes["asks"],
        action=(np.int32, ()),
        state=(State, state),
        levels=(Levels, levels),
        obs=(Obs, obs),
        scratch=(Scratch, {"plan": (np.int32, (slate,)), "asked": (np.int32, (1,))}),
        metrics=METRICS_DTYPE,
    )


def observation_space(sizes: Structure) -> spaces.Dict:
    """The observation space.

    Of each candidate, newest first: ``genres`` its genre plus one (0 for none), ``quality`` in
    [0, 1], ``topics`` four numbers in [-1, 1], ``shown`` how often it was, ``clicked`` 1 once it
    was. Of each place of the last slate: ``slate`` the genre plus one, ``answers`` 0 for nothing
    shown, 1 for no click, 2 for a click, 3 for not looked at. ``signals`` (3,) in [0, 1]: no step
    yet, share of the time gone, slates in a row without a click (of 100). Of each genre:
    ``exposures`` its share of all that was shown, ``rates`` its clicks an exposure. Where the user
    can be asked: ``told`` (4 + genres,) 0 for nothing yet, 1 for no, 2 for yes, of each topic and
    then of each genre. Where the world reveals them: ``preferences``, ``tastes`` (4,),
    ``satiation``, and ``chances`` of a click on each candidate that is looked at.
    """
    genres, candidates, slate = sizes["genres"], sizes["candidates"], sizes["slate"]
    parts: dict[str, spaces.Space[Any]] = {
        "genres": spaces.MultiDiscrete([genres + 1] * candidates),
        "quality": _box(0.0, 1.0, candidates),
        "topics": _box(-1.0, 1.0, candidates * codes.MAX_TOPICS),
        "shown": _box(0.0, codes.MAX_CANDIDATES, candidates),
        "clicked": _box(0.0, 1.0, candidates),
        "slate": spaces.MultiDiscrete([genres + 1] * slate),
        "answers": spaces.MultiDiscrete([len(codes.ANSWERS)] * slate),
        "signals": _box(0.0, 1.0, len(SIGNALS)),
        "exposures": _box(0.0, 1.0, genres),
        "rates": _box(0.0, 1.0, genres),
    }
    if sizes["asks"]:
        parts["told"] = spaces.MultiDiscrete([len(codes.TOLD)] * sizes["asks"])
    if sizes["reveal"]:
        parts["preferences"] = _box(-1.0, 1.0, genres)
        parts["satiation"] = _box(0.0, codes.MAX_SHOWN, genres)
        parts["chances"] = _box(0.0, 1.0, candidates)
        parts["tastes"] = _box(-1.0, 1.0, codes.MAX_TOPICS)
    return spaces.Dict(parts)


def _box(low: float, high: float, count: int) -> spaces.Box:
    return spaces.Box(low, high, (count,), np.float32)


def action_space(sizes: Structure) -> spaces.Discrete:
    """The action space: every ordered slate, then a question a topic and a question a genre."""
    return spaces.Discrete(sizes["slates"] + sizes["asks"])


def masked(rules: Rules, sizes: Structure) -> bool:
    """Whether an action can be invalid: too old, asked before, or another world's alone."""
    action = rules.action
    old = rules.catalogue.recency < action.candidates
    fewer = slates(action.candidates, action.slate) < sizes["slates"]
    return old or fewer or sizes["asks"] > 0


def reported(rules: Rules) -> tuple[str, ...]:
    """The measures worth reporting."""
    asked = ("questions",) if rules.action.ask else ()
    return (*asked, "clicks", "retention", "welfare", "quality", "diversity", "entropy", "gini")


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (rows, 1, ...): views, no copies."""
    names = PLAIN + REVEALED if sizes["reveal"] else PLAIN
    names = (*names, "told") if sizes["asks"] else names
    return {name: getattr(obs, name) for name in names}
