"""The arrays of creator markets.

An item lives in the slot ``(round % window) * creators + creator`` of its upload, and what users
were shown in the row ``round % window`` of their log: both are kept for ``window`` rounds. An entry
of the log is ``2 * slot + 1`` for an item that was passed, one more for a click, 0 for none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.layout import Layout
from adaptarium.envs.creators import codes
from adaptarium.envs.creators.rules import Rules

Structure = Mapping[str, int]

SIGNALS = ("start", "elapsed", "users", "creators", "clicks", "shown")
GENRE_FIELDS = ("items", "exposures", "clicks")
CREATOR_FIELDS = ("present", "items", "exposures", "clicks", "fruitless")
OWN_FIELDS = ("start", "elapsed", "active", "items", "clicks", "last", "fruitless")
WORK_FIELDS = ("skill", "made", "clicks")
MARKET_FIELDS = ("interest", "clicks")
HIGHEST = 1000.0  # of any entry


class State(NamedTuple):
    """What a step changes, one row a slot."""

    now: npt.NDArray[Any]  # (n, 1) NOW_DTYPE
    users: npt.NDArray[Any]  # (n, users) USER_DTYPE
    likes: npt.NDArray[np.float32]  # (n, users, genres)
    sated: npt.NDArray[np.float32]  # (n, users, genres)
    log: npt.NDArray[np.int16]  # (n, users, window, slate)
    items: npt.NDArray[Any]  # (n, window * creators) ITEM_DTYPE
    creators: npt.NDArray[Any]  # (n, creators) CREATOR_DTYPE
    aims: npt.NDArray[np.float32]  # (n, creators, genres): where cfd and lbr look
    made: npt.NDArray[np.int32]  # (n, creators, genres): own items
    liked: npt.NDArray[np.int32]  # (n, creators, genres): clicks on them
    genres: npt.NDArray[Any]  # (n, genres) GENRE_DTYPE
    user_factors: npt.NDArray[np.float32]  # (n, 2, users, factors + 1): of mf, bpr; bias last
    item_factors: npt.NDArray[np.float32]  # (n, 2, window * creators, factors + 1): own part
    genre_factors: npt.NDArray[np.float32]  # (n, 2, genres, factors + 1): of all its items
    creator_factors: npt.NDArray[np.float32]  # (n, 2, creators, factors + 1): of all its items
    inverse: npt.NDArray[np.float32]  # (n, users, features, features): of linucb
    moment: npt.NDArray[np.float32]  # (n, users, features)


class Levels(NamedTuple):
    """Users and creators, one row each; numbers are thousandths."""

    head: npt.NDArray[Any]  # (k,) HEAD_DTYPE
    users: npt.NDArray[Any]  # (k, users) USER_LEVEL_DTYPE
    likes: npt.NDArray[np.int16]  # (k, users, genres)
    tastes: npt.NDArray[np.int16]  # (k, users, topics)
    creators: npt.NDArray[Any]  # (k, creators) CREATOR_LEVEL_DTYPE
    skills: npt.NDArray[np.int16]  # (k, creators, genres)
    styles: npt.NDArray[np.int16]  # (k, creators, topics)


class Obs(NamedTuple):
    """Observations of one agent."""

    signals: npt.NDArray[np.float32]  # (rows, A, 6)
    genres: npt.NDArray[np.float32]  # (rows, A, genres, 3)
    creators: npt.NDArray[np.float32]  # (rows, A, creators, 5)
    choice: npt.NDArray[np.int64]  # (rows, A, 2)
    own: npt.NDArray[np.float32]  # (rows, A, 7)
    work: npt.NDArray[np.float32]  # (rows, A, genres, 3)
    market: npt.NDArray[np.float32]  # (rows, A, genres, 2)


class Scratch(NamedTuple):
    """Working memory, no meaning between calls; ``open`` numbers the items that can be shown."""

    work: npt.NDArray[np.int32]  # (n, creators): what each creator does
    awake: npt.NDArray[np.int32]  # (n, 1 + users): how many users are active, then which
    open: npt.NDArray[np.int32]  # (n, 1 + items): how many items are open, then their slots
    place: npt.NDArray[np.int32]  # (n, items): number of an open item by its slot
    genre: npt.NDArray[np.int32]  # (n, items): genre of each open item
    owner: npt.NDArray[np.int32]  # (n, items): creator of each open item
    topics: npt.NDArray[np.float32]  # (n, topics, items)
    length: npt.NDArray[np.float32]  # (n, items): of the features (genre, topics)
    factors: npt.NDArray[np.float32]  # (n, factors + 1, items)
    whole: npt.NDArray[np.float32]  # (n, 2, factors + 1): of two items, while a model learns
    push: npt.NDArray[np.float32]  # (n, factors + 1): what they move by
    scores: npt.NDArray[np.float32]  # (n, users, items)
    slates: npt.NDArray[np.int32]  # (n, users, slate): numbers of open items, -1 for none
    left: npt.NDArray[np.float32]  # (n, items): of mmr and dpp
    columns: npt.NDArray[np.float32]  # (n, slate, items): of dpp
    stock: npt.NDArray[np.float64]  # (n, creators): open items of each creator
    given: npt.NDArray[np.float64]  # (n, creators): exposure of each creator in this round
    bonus: npt.NDArray[np.float64]  # (n, creators): added to scores
    dual: npt.NDArray[np.float64]  # (n, 2, creators): of p-mmf, and its gradient
    tally: npt.NDArray[np.int32]  # (n, genres): of apdr
    vector: npt.NDArray[np.float32]  # (n, features)


NOW_DTYPE = np.dtype(
    [
        ("num_users", np.int32),
        ("num_creators", np.int32),
        ("num_genres", np.int32),
        ("time", np.int32),  # rounds
        ("taste", np.int32),  # by which the preferences have been turned
        ("scorer", np.int32),
        ("reranker", np.int32),
        ("users", np.int32),  # who stay
        ("creators", np.int32),  # who stay
        ("clicks", np.int32),  # of the last round
        ("shown", np.int32),
        ("trained", np.int32, (len(codes.SCORERS),)),  # round of the last training; -1 for none
    ],
    align=True,
)
USER_DTYPE = np.dtype([("left", np.int16), ("fruitless", np.int16)], align=True)
ITEM_DTYPE = np.dtype(
    [
        ("popularity", np.float32),  # as of the last training
        ("weighted", np.float32),  # clicks over the chance to look
        ("born", np.int32),  # round of the upload; -1 for no item
        ("serial", np.int32),  # of its creator's items
        ("clicks", np.int32),
        ("shown", np.int32),
        ("genre", np.int16),
        ("quality", np.int16),  # thousandths
        ("topics", np.int16, (codes.TOPICS,)),  # thousandths
    ],
    align=True,
)
CREATOR_DTYPE = np.dtype(
    [
        ("shown", np.int64),  # exposures of all its items
        ("clicks", np.int64),
        ("items", np.int32),  # made
        ("left", np.int16),
        ("active", np.int16),  # can act in the coming round
        ("new_shown", np.int32),  # of the last round
        ("new_clicks", np.int32),
        ("recent", np.int32, (codes.MAX_STREAK,)),  # clicks of its last items, by serial number
    ],
    align=True,
)
GENRE_DTYPE = np.dtype(
    [
        ("made", np.int32),  # items
        ("clicks", np.int32),
        ("shown", np.int32),
        ("new_shown", np.int32),  # of the last round
        ("new_clicks", np.int32),
    ],
    align=True,
)
HEAD_DTYPE = np.dtype(
    [("num_users", np.int32), ("num_creators", np.int32), ("num_genres", np.int32)], align=True
)
USER_LEVEL_DTYPE = np.dtype([("patience", np.int16), ("activity", np.int16)], align=True)
CREATOR_LEVEL_DTYPE = np.dtype(
    [(name, np.int16) for name in ("activity", "cost", "effort", "kind")], align=True
)
METRICS_DTYPE = np.dtype(
    [
        ("engagement", np.float64),  # clicks, divided by the users
        ("user_retention", np.float64),  # share of users who stay
        ("creator_retention", np.float64),  # share of creators who stay
        ("user_welfare", np.float64),  # sum of v over clicks, divided by the users
        ("creator_welfare", np.float64),  # rewards of creators, divided by their number
        ("exposure_gini", np.float64),  # of the exposures of creators
        ("fairness", np.float64),  # least exposure of a creator as a share of the mean one
        ("content_entropy", np.float64),  # of the genres shown, 1 where all are alike
        ("diversity", np.float64),  # mean over slates: share of pairs with different genres
        ("supply_gap", np.float64),  # divergence of the genres made from the users' interest
        ("early_clicks", np.int32),  # of the first half
        ("late_clicks", np.int32),
        ("clicks", np.int32),
        ("shown", np.int32),
        ("slates", np.int32),
        ("success", np.int32),  # the market has lasted
    ],
    align=True,
)


def structure(rules: Rules, needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        needs: ``users``, ``creators`` and ``genres`` its levels may have.
    """
    outside = rules.players.outside
    return {
        **{name: needs[name] for name in ("users", "creators", "genres")},
        "window": rules.catalogue.window,
        "slate": rules.catalogue.slate,
        "factors": rules.platform.factors,
        "choices": 0 if outside == "creator" else codes.CHOICES,
        "works": 0 if outside == "platform" else 1 + needs["genres"] * len(codes.EFFORTS),
        "seats": 1 + needs["creators"] if outside == "all" else 1,
    }


def layout(sizes: Structure) -> Layout:
    """The arrays for these structural sizes."""
    return Layout(
        num_agents=sizes["seats"],
        num_actions=_actions(sizes),
        action=(np.int32, ()),
        state=(State, _state(sizes)),
        levels=(Levels, _levels(sizes)),
        obs=(Obs, _observed(sizes)),
        scratch=(Scratch, _scratch(sizes)),
        metrics=METRICS_DTYPE,
    )


def _actions(sizes: Structure) -> int:
    return sizes["choices"] + sizes["works"]


def _state(sizes: Structure) -> dict[str, Any]:
    users, creators, genres = sizes["users"], sizes["creators"], sizes["genres"]
    items, width = sizes["window"] * creators, sizes["factors"] + 1
    features = codes.TOPICS + genres
    models = codes.FACTORISED
    return {
        "now": (NOW_DTYPE, (1,)),
        "users": (USER_DTYPE, (users,)),
        "likes": (np.float32, (users, genres)),
        "sated": (np.float32, (users, genres)),
        "log": (np.int16, (users, sizes["window"], sizes["slate"])),
        "items": (ITEM_DTYPE, (items,)),
        "creators": (CREATOR_DTYPE, (creators,)),
        "aims": (np.float32, (creators, genres)),
        "made": (np.int32, (creators, genres)),
        "liked": (np.int32, (creators, genres)),
        "genres": (GENRE_DTYPE, (genres,)),
        "user_factors": (np.float32, (models, users, width)),
        "item_factors": (np.float32, (models, items, width)),
        "genre_factors": (np.float32, (models, genres, width)),
        "creator_factors": (np.float32, (models, creators, width)),
        "inverse": (np.float32, (users, features, features)),
        "moment": (np.float32, (users, features)),
    }


def _levels(sizes: Structure) -> dict[str, Any]:
    users, creators, genres = sizes["users"], sizes["creators"], sizes["genres"]
    return {
        "head": (HEAD_DTYPE, ()),
        "users": (USER_LEVEL_DTYPE, (users,)),
        "likes": (np.int16, (users, genres)),
        "tastes": (np.int16, (users, codes.TOPICS)),
        "creators": (CREATOR_LEVEL_DTYPE, (creators,)),
        "skills": (np.int16, (creators, genres)),
        "styles": (np.int16, (creators, codes.TOPICS)),
    }


def _observed(sizes: Structure) -> dict[str, Any]:
    shapes = _shapes(sizes)
    kinds = {"choice": np.int64}
    return {name: (kinds.get(name, np.float32), shape) for name, shape in shapes.items()}


def _shapes(sizes: Structure) -> dict[str, tuple[int, ...]]:
    """The observation's arrays, without an agent's axis."""
    genres = sizes["genres"]
    return {
        "signals": (len(SIGNALS),),
        "genres": (genres, len(GENRE_FIELDS)),
        "creators": (sizes["creators"], len(CREATOR_FIELDS)),
        "choice": (2,),
        "own": (len(OWN_FIELDS),),
        "work": (genres, len(WORK_FIELDS)),
        "market": (genres, len(MARKET_FIELDS)),
    }


def parts(sizes: Structure) -> tuple[str, ...]:
    """The parts of an observation that the seats of a world have."""
    platform = ("signals", "genres", "creators", "choice") if sizes["choices"] else ()
    return (*platform, *(("own", "work", "market") if sizes["works"] else ()))


def _scratch(sizes: Structure) -> dict[str, Any]:
    users, creators, genres = sizes["users"], sizes["creators"], sizes["genres"]
    items, slate = sizes["window"] * creators, sizes["slate"]
    whole, single = np.int32, np.float32
    return {
        "work": (whole, (creators,)),
        "awake": (whole, (1 + users,)),
        "open": (whole, (1 + items,)),
        **dict.fromkeys(("place", "genre", "owner"), (whole, (items,))),
        "topics": (single, (codes.TOPICS, items)),
        "length": (single, (items,)),
        "factors": (single, (sizes["factors"] + 1, items)),
        "whole": (single, (2, sizes["factors"] + 1)),
        "push": (single, (sizes["factors"] + 1,)),
        "scores": (single, (users, items)),
        "slates": (whole, (users, slate)),
        "left": (single, (items,)),
        "columns": (single, (slate, items)),
        **dict.fromkeys(("stock", "given", "bonus"), (np.float64, (creators,))),
        "dual": (np.float64, (2, creators)),
        "tally": (whole, (genres,)),
        "vector": (single, (codes.TOPICS + genres,)),
    }


def observation_space(sizes: Structure) -> spaces.Dict:
    """The observation space of one agent: what the platform sees, then what a creator sees.

    Where the world has both, the part of the other role is zero. Float32 unless said; tables are
    flat, row after row.

    ``signals``: (6,) by ``SIGNALS``: no round yet, share of the time gone, shares of users and of
    creators who stay, clicks and exposures of the last round divided by the users. ``genres``:
    (genres, 3) by ``GENRE_FIELDS``: share of the items made so far, of the exposures of the last
    round, and its clicks an exposure. ``creators``: (creators, 5) by ``CREATOR_FIELDS``: stays,
    items made divided by the rounds, shares of the exposures and clicks of the last round, and how
    many of its last items have no click (tenths, 1 at most). ``choice``: (2,) integers, numbers of
    ``codes.BUILT_IN_SCORERS`` and ``codes.RERANKERS`` of the last round. ``own``: (7,) by
    ``OWN_FIELDS``: no round yet, share of the time gone, can act in the coming round, items made
    (hundreds), clicks of the last round and of the last item, divided by the users there are for
    each creator, and how many of the last items have no click (tenths). ``work``: (genres, 3) by
    ``WORK_FIELDS``: own skill, own items made (hundreds), clicks an own item, divided by the users
    there are for each creator. ``market``: (genres, 2) by ``MARKET_FIELDS``: mean preference of the
    users who stay, from -1 to 1, and clicks an item in the same unit; zero where creators know
    nothing but their own.
    """
    shapes = _shapes(sizes)
    found: dict[str, spaces.Space[Any]] = {}
    for name in parts(sizes):
        if name == "choice":
            numbers = [len(codes.BUILT_IN_SCORERS), len(codes.RERANKERS)]
            found[name] = spaces.MultiDiscrete(numbers)
        else:
            low = -1.0 if name == "market" else 0.0
            size = math.prod(shapes[name])
            found[name] = spaces.Box(low, HIGHEST, (size,), np.float32)
    return spaces.Dict(found)


def action_space(sizes: Structure) -> spaces.Discrete:
    """The action space of every agent: the platform's choices, then what a creator can do."""
    return spaces.Discrete(_actions(sizes))


def masked(rules: Rules, sizes: Structure) -> bool:
    """Whether an action can be invalid: not for a platform alone."""
    return sizes["works"] > 0


def reported(rules: Rules) -> tuple[str, ...]:
    """The measures worth reporting."""
    names = METRICS_DTYPE.names or ()
    return tuple(name for name in names if name not in ("shown", "slates", "success"))


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (rows, A, numbers): views, no copies."""
    found = {name: getattr(obs, name) for name in parts(sizes)}
    return {name: array.reshape(*array.shape[:2], -1) for name, array in found.items()}
