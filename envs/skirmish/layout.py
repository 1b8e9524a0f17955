"""The arrays of the skirmish family.

Armies are pools: how many bodies of a kind there are at a place, and the life that they have
together. Places of a player are the sites of the map, then its groups (``codes.GROUPS``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.layout import Layout
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.rules import Rules

Structure = Mapping[str, int]

STATUS = (
    ("start", "time", "minerals", "gas", "supply used", "supply cap", "workers", "army supply")
    + ("larvae", "energy", "mineral income", "gas income", "orders left", "race", "enemy race")
)  # fmt: skip
STATUS_SCALES = (1, 600, 1000, 1000, 400, 400, 100, 400, 20, 200, 1000, 1000, 5, 1, 1)
NODE_FIELDS = ("owner", "minerals", "gas", "distance", "own force", "enemy force", "fighting")
NODE_SCALES = (2, 10_000, 5000, 250, 400, 400, 1)
FORCE_FIELDS = ("bodies", "supply", "order", "place", "goal", "moving", "life")
FORCE_SCALES = (50, 400, 4, 16, 16, 1, 100)
# What an entry of the other arrays is divided by: a whole number, so that text can be exact.
COUNT_SCALE, PERCENT, AGE_SCALE, DONE_SCALE, REASON_SCALE = 20, 100, 600, 128, 16
HIGHEST = 100.0  # of any entry


class State(NamedTuple):
    """What a step changes, one row a slot."""

    now: npt.NDArray[Any]  # (n, 1) NOW_DTYPE
    players: npt.NDArray[Any]  # (n, 2) PLAYER_DTYPE
    counts: npt.NDArray[np.int16]  # (n, 2, places, bodies)
    life: npt.NDArray[np.int32]  # (n, 2, places, bodies), hundredths, of all together
    total: npt.NDArray[np.int16]  # (n, 2, things): everywhere
    coming: npt.NDArray[np.int16]  # (n, 2, things): under way
    able: npt.NDArray[np.int16]  # (n, 2, things): how many count as one
    busy: npt.NDArray[np.int16]  # (n, 2, things): productions that occupy one
    up: npt.NDArray[np.int16]  # (n, 2, bodies, effects): what upgrades have added
    pending: npt.NDArray[Any]  # (n, 2, queue) PENDING_DTYPE
    groups: npt.NDArray[Any]  # (n, 2, groups) GROUP_DTYPE
    seen: npt.NDArray[np.int16]  # (n, 2, bodies): most of the enemy's seen together of late
    seen_at: npt.NDArray[np.int32]  # (n, 2, bodies): when
    looked: npt.NDArray[np.int32]  # (n, 2, nodes): when a node was in view last, -1 for never
    spotted: npt.NDArray[np.int16]  # (n, 2, nodes): an enemy base was there
    sites: npt.NDArray[Any]  # (n, sites) SITE_DTYPE
    contact: npt.NDArray[np.int16]  # (n, nodes): seconds for which there has been a fight
    done: npt.NDArray[np.int16]  # (n, 2, orders): orders of this decision, plus one


class Levels(NamedTuple):
    """Maps and opponents, one row each."""

    head: npt.NDArray[Any]  # (k,) HEAD_DTYPE
    spots: npt.NDArray[np.int16]  # (k, nodes, 3): x, y in cells, width
    edges: npt.NDArray[np.int16]  # (k, nodes, nodes): length of an edge in cells, 0 for none
    hop: npt.NDArray[np.int16]  # (k, nodes, nodes): next node on the shortest way
    far: npt.NDArray[np.int16]  # (k, nodes, nodes): length of the shortest way
    order: npt.NDArray[np.int16]  # (k, 2, nodes): nodes from a player's start outwards
    players: npt.NDArray[Any]  # (k, 2) BUILT_IN_DTYPE


class Obs(NamedTuple):
    """Observations of one agent."""

    status: npt.NDArray[np.float32]  # (rows, A, 15)
    own: npt.NDArray[np.float32]  # (rows, A, things)
    planned: npt.NDArray[np.float32]  # (rows, A, things)
    progress: npt.NDArray[np.float32]  # (rows, A, things)
    enemy: npt.NDArray[np.float32]  # (rows, A, bodies)
    sighted: npt.NDArray[np.float32]  # (rows, A, bodies)
    nodes: npt.NDArray[np.float32]  # (rows, A, nodes, fields)
    forces: npt.NDArray[np.float32]  # (rows, A, groups, fields)
    given: npt.NDArray[np.float32]  # (rows, A, orders)
    reasons: npt.NDArray[np.float32]  # (rows, A, actions)


class Scratch(NamedTuple):
    """Working memory, no meaning between calls."""

    here: npt.NDArray[np.int64]  # (n, 2, bodies): who stands at the node of a fight
    pool: npt.NDArray[np.int64]  # (n, 2, bodies): their life
    hurt: npt.NDArray[np.int64]  # (n, 2, bodies): what they lose
    kinds: npt.NDArray[np.int64]  # (n, 2, bodies): the kinds there, listed
    many: npt.NDArray[np.int64]  # (n, 2): how many kinds
    go: npt.NDArray[np.int64]  # (n, 1): time goes on in this step


NOW_DTYPE = np.dtype(
    [("time", np.int32), ("over", np.int32), ("winner", np.int32), ("num_nodes", np.int32)],
    align=True,
)
PLAYER_DTYPE = np.dtype(
    [
        ("tech", np.int64),  # a bit for everything that there is
        *(
            (name, np.int32)
            for name in (
                *("minerals", "gas", "income_minerals", "income_gas", "energy"),  # thousandths
                *("larva_clock", "num_pending", "next_due", "orders_left"),
                *("supply_used", "supply_cap", "army", "workers", "halls", "assets"),
                *("last_decision", "style", "level", "fought", "issued"),
            )
        ),
    ],
    align=True,
)
PENDING_DTYPE = np.dtype(
    [
        ("finish", np.int32),  # codes.NEVER while it waits for its producer
        ("hastened", np.int32),  # until when
        ("ordered", np.int32),  # its place among all orders
        ("thing", np.int16),
        ("producer", np.int16),  # that it occupies, -1 for none
        ("place", np.int16),
        ("makes", np.int16),
    ],
    align=True,
)
GROUP_DTYPE = np.dtype(
    [
        *((name, np.int32) for name in ("left", "size")),  # hundredths of cells; bodies
        *((name, np.int16) for name in ("node", "next", "goal", "order", "speed")),
    ],
    align=True,
)
SITE_DTYPE = np.dtype(
    [(name, np.int32) for name in ("owner", "near", "far", "gas")],  # thousandths of minerals
    align=True,
)
HEAD_DTYPE = np.dtype(
    [("num_nodes", np.int32), ("num_sites", np.int32), ("start", np.int32, (2,))], align=True
)
BUILT_IN_DTYPE = np.dtype([("level", np.int32), ("style", np.int32)], align=True)
METRICS_DTYPE = np.dtype(
    [
        ("pbr", np.float64),  # share of the time with no supply left: population block ratio
        ("rur", np.float64),  # unspent minerals and gas, on average: resource utilisation
        ("apu", np.float64),  # used share of the supply, on average
        ("tr", np.float64),  # share of all structures and upgrades that there have been
        ("apm", np.float64),  # orders a minute
        ("destroyed", np.float64),  # minerals and gas that the enemy lost
        ("lost", np.float64),  # minerals and gas that the player lost
        ("success", np.int32),  # player_0 has won
        ("seconds", np.int32),
        ("blocked", np.int32),
        ("orders", np.int32),
        ("floated", np.int64),
        ("used", np.float64),
        ("decisions", np.int32),
        ("techs", np.int32),
    ],
    align=True,
)


def structure(rules: Rules, needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        needs: ``nodes``, which its levels may have at most.
    """
    return {
        "nodes": needs["nodes"],
        "seats": rules.players.outside,
        "reasons": int(rules.observation.reasons),
    }


def layout(sizes: Structure) -> Layout:
    """The arrays for these structural sizes."""
    two, nodes = codes.PLAYERS, sizes["nodes"]
    things, bodies = (two, codes.THINGS), (two, codes.BODIES)
    pools, groups = (two, codes.PLACES, codes.BODIES), len(codes.GROUPS)
    state = {
        "now": (NOW_DTYPE, (1,)),
        "players": (PLAYER_DTYPE, (two,)),
        "counts": (np.int16, pools),
        "life": (np.int32, pools),
        "total": (np.int16, things),
        "coming": (np.int16, things),
        "able": (np.int16, things),
        "busy": (np.int16, things),
        "up": (np.int16, (*bodies, len(codes.EFFECTS))),
        "pending": (PENDING_DTYPE, (two, codes.QUEUE)),
        "groups": (GROUP_DTYPE, (two, groups)),
        "seen": (np.int16, bodies),
        "seen_at": (np.int32, bodies),
        "looked": (np.int32, (two, nodes)),
        "spotted": (np.int16, (two, nodes)),
        "sites": (SITE_DTYPE, (codes.SITES,)),
        "contact": (np.int16, (nodes,)),
        "done": (np.int16, (two, codes.MOST_ORDERS)),
    }
    levels = {
        "head": (HEAD_DTYPE, ()),
        "spots": (np.int16, (nodes, 3)),
        **dict.fromkeys(("edges", "hop", "far"), (np.int16, (nodes, nodes))),
        "order": (np.int16, (two, nodes)),
        "players": (BUILT_IN_DTYPE, (two,)),
    }
    obs = {name: (np.float32, shape) for name, shape in _shapes(sizes).items()}
    obs.setdefault("reasons", (np.float32, (1,)))
    scratch = dict.fromkeys(("here", "pool", "hurt", "kinds"), (np.int64, bodies))
    pairs = dict.fromkeys(("many",), (np.int64, (two,)))
    return Layout(
        num_agents=sizes["seats"],
        num_actions=codes.ACTIONS,
        action=(np.int32, ()),
        state=(State, state),
        levels=(Levels, levels),
        obs=(Obs, obs),
        scratch=(Scratch, {**scratch, **pairs, "go": (np.int64, (1,))}),
        metrics=METRICS_DTYPE,
    )


def _shapes(sizes: Structure) -> dict[str, tuple[int, ...]]:
    """The observation's arrays, without an agent's axis."""
    shapes: dict[str, tuple[int, ...]] = {
        "status": (len(STATUS),),
        **dict.fromkeys(("own", "planned", "progress"), (codes.THINGS,)),
        **dict.fromkeys(("enemy", "sighted"), (codes.BODIES,)),
        "nodes": (sizes["nodes"], len(NODE_FIELDS)),
        "forces": (len(codes.GROUPS), len(FORCE_FIELDS)),
        "given": (codes.MOST_ORDERS,),
    }
    if sizes["reasons"]:
        shapes["reasons"] = (codes.ACTIONS,)
    return shapes


def observation_space(sizes: Structure) -> spaces.Dict:
    """The observation space of one agent: float32, whole numbers over the scales of this module.

    ``status``: (15,) by ``STATUS``; supply in halves. ``own``, ``planned``: (62,) how many of each
    thing of the own race there are, and are under way; ``progress``: (62,) how far the nearest of
    these is, in percent. ``enemy``: (40,) how many of each kind of body of the enemy's race were
    seen together of late; ``sighted``: (40,) how many seconds ago. ``nodes``: (nodes, 7) by
    ``NODE_FIELDS``, from the own start outwards; the owner is 0 for nobody known, 1 for the player,
    2 for the enemy. ``forces``: (4, 7) by ``FORCE_FIELDS``; places are rows of ``nodes`` plus one.
    ``given``: (5,) the orders of this decision so far, as actions plus one. ``reasons``: (70,) why
    an action is not possible, as a number of ``codes.REASONS``, where the world adds them.
    """
    return spaces.Dict(
        {
            name: spaces.Box(0.0, HIGHEST, shape, np.float32)
            for name, shape in _shapes(sizes).items()
        }
    )


def action_space(sizes: Structure) -> spaces.Discrete:
    """The action space of one agent: ``codes.COMMON``, then one action for each thing."""
    return spaces.Discrete(codes.ACTIONS)


def masked(rules: Rules, sizes: Structure) -> bool:
    """Most actions are impossible most of the time."""
    return True


def reported(rules: Rules) -> tuple[str, ...]:
    """The measures worth reporting."""
    return ("pbr", "rur", "apu", "tr", "apm", "destroyed", "lost", "seconds")


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (rows, A, ...): views, no copies."""
    return {name: getattr(obs, name) for name in _shapes(sizes)}
