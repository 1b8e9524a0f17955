"""The arrays of the negotiation family.

A level holds the outcomes of a domain in the **rank order of each party's utility**, beside the
utilities themselves. A built-in player is then a pointer into its own order: to concede is to move
it down, to judge an offer is one comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.layout import Layout, Workspace
from adaptarium.envs.negotiation import codes, measures
from adaptarium.envs.negotiation.rules import Rules

Structure = Mapping[str, int]
# The measures that evaluations show; the others are correlates of these.
JUDGED = (
    ("agreement", "utility", "advantage", "surplus_share", "welfare", "surplus_efficiency")
    + ("pareto", "nash", "kalai_smorodinsky", "advantage_gap", "relative_rounds", "concession")
    + ("monotonic",)
)
SOCIAL = ("goal", "relationship", "secret", "norms", "benefit")  # where there are messages
SIGNALS = ("start", "elapsed", "worth", "turn", "acceptable", "reservation", "standing")


class State(NamedTuple):
    """What a step changes, one row a slot."""

    now: npt.NDArray[Any]  # (n, 1) NOW_DTYPE
    parties: npt.NDArray[Any]  # (n, parties) PARTY_STATE_DTYPE
    # (n, parties, words): the outcomes offered to a party, a bit each; kept for the kind MiCRO.
    heard: npt.NDArray[np.int32]
    # (n, parties, values): how often a party was offered each value of each issue; kept for the
    # kind that models by frequencies.
    counts: npt.NDArray[np.int16]


class Levels(NamedTuple):
    """Domains, one row each."""

    head: npt.NDArray[Any]  # (k,) HEAD_DTYPE
    issues: npt.NDArray[np.int32]  # (k, issues): values of each
    parties: npt.NDArray[Any]  # (k, parties) PARTY_DTYPE
    utilities: npt.NDArray[np.int16]  # (k, parties, outcomes), fixed point
    order: npt.NDArray[Any]  # (k, parties, outcomes) RANKED_DTYPE, from the best to the worst


class Obs(NamedTuple):
    """Observations of one agent."""

    offers: npt.NDArray[np.int64]  # (rows, A, 1 + parties): on the table, own last, others' last
    signals: npt.NDArray[np.float32]  # (rows, A, 7), by the names of SIGNALS
    utilities: npt.NDArray[np.float32]  # (rows, A, outcomes): the own ones
    others: npt.NDArray[np.float32]  # (rows, A, (parties - 1) outcomes)
    issues: npt.NDArray[np.int64]  # (rows, A, issues)
    terms: npt.NDArray[np.int64]  # (rows, A, issues)
    consents: npt.NDArray[np.int64]  # (rows, A, parties)
    talk: npt.NDArray[np.float32]  # (rows, A, 2 + 3 (parties - 1))


class Scratch(NamedTuple):
    """Working memory, no meaning between calls."""

    choice: npt.NDArray[np.int32]  # (n, parties): the actions of those whose turn it is
    shares: npt.NDArray[np.int32]  # (n, parties, values): generators' utilities of single values
    buckets: npt.NDArray[np.int32]  # (n, 1 + outcomes): generators' counts while they sort


NOW_DTYPE = np.dtype(
    [
        ("worth", np.float64),  # what is left of a payment
        ("num_parties", np.int32),
        ("num_outcomes", np.int32),
        ("turn", np.int32),  # turns taken
        ("round", np.int32),  # rounds that are over: in each every party has one turn
        ("turns", np.int32),  # turns until the deadline
        ("mover", np.int32),  # whose turn it is
        ("standing", np.int32),  # outcome on the table; -1 for none
        ("proposer", np.int32),  # who put it there
        ("accepts", np.int32),  # a bit for each party that has accepted it
        ("at_once", np.int32),  # whether all act, as the rules said when the last step ended
        ("opening", np.int32),  # nobody from outside has had a turn yet: nothing can end
        ("over", np.int32),
    ],
    align=True,
)
PARTY_STATE_DTYPE = np.dtype(
    [
        ("last", np.int32),  # its last offer plus one; 0 for none
        ("rank", np.int32),  # place in its order to which it has come down
        ("first_heard", np.int32),  # own utility of the first offer it had, plus one; 0 for none
        ("heard", np.int32),  # the same of the last, or of the best for who forgives
        ("num_heard", np.int32),  # different offers it had
        ("doubts", np.int32),  # its turns in a row at which it could have accepted
        ("said", np.int32),  # its last message, counted from 1; 0 for none
        ("spoke", np.int32),  # it has said one in this turn
        ("claim", np.int32),  # what it says that no deal is worth to it, plus one; 0 for nothing
        ("swayed", np.int32),  # what messages have taken from its demands
        ("threat", np.int32),  # 1 while its threat stands, 2 once one was empty
    ],
    align=True,
)
HEAD_DTYPE = np.dtype(
    [
        ("num_issues", np.int32),
        ("num_parties", np.int32),
        ("num_outcomes", np.int32),
        ("first", np.int32),  # the party that has the first turn
    ],
    align=True,
)
# The utility beside its outcome: who follows the order finds both in one place of memory.
RANKED_DTYPE = np.dtype([("outcome", np.int16), ("utility", np.int16)], align=True)
PARTY_DTYPE = np.dtype(
    [
        ("reservation", np.int32),
        ("kind", np.int32),
        ("best", np.int32),  # its utility of its best outcome
    ],
    align=True,
)
METRICS_DTYPE = np.dtype(
    [
        ("welfare", np.float64),  # sum of the parties' utilities of the deal, or reservation values
        ("gains", np.float64),  # sum of utility minus reservation value; 0 without a deal
        ("utility", np.float64),  # of the first party, its reservation value without a deal
        ("success", np.int32),  # there is a deal
        ("turns", np.int32),
        ("outcome", np.int32),  # of the deal, plus one
        ("walked", np.int32),  # the party that walked away, plus one
        # What the first party asked for: utilities to itself, and how many offers it made.
        ("first_offer", np.float64),
        ("last_offer", np.float64),
        ("asked", np.float64),  # their sum
        ("asked_squared", np.float64),  # the sum of their squares
        ("offers", np.int32),
        ("retreats", np.int32),  # offers that asked for more than the one before
        ("their_offers", np.int32),  # the same of all other parties
        ("their_retreats", np.int32),
        # What the first party said.
        ("messages", np.int32),
        ("lies", np.int32),
        ("secrets", np.int32),  # it told its reservation value
        ("threats", np.int32),
        ("empty_threats", np.int32),
    ],
    align=True,
)


def structure(rules: Rules, needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        needs: ``issues``, ``outcomes``, ``parties`` its levels may have, and ``values`` of all
            issues together.
    """
    return {
        **{name: needs[name] for name in ("issues", "outcomes", "parties", "values")},
        "seats": min(rules.players.outside, needs["parties"]),
        "reveal": int(rules.observation.reveal),
        "speech": int(rules.speech.allowed),
    }


def layout(sizes: Structure) -> Layout:
    """The arrays for these structural sizes."""
    parties, outcomes = sizes["parties"], sizes["outcomes"]
    words = -(-outcomes // codes.WORD)
    state = {
        "now": (NOW_DTYPE, (1,)),
        "parties": (PARTY_STATE_DTYPE, (parties,)),
        "heard": (np.int32, (parties, words)),
        "counts": (np.int16, (parties, sizes["values"])),
    }
    levels = {
        "head": (HEAD_DTYPE, ()),
        "issues": (np.int32, (sizes["issues"],)),
        "parties": (PARTY_DTYPE, (parties,)),
        "utilities": (np.int16, (parties, outcomes)),
        "order": (RANKED_DTYPE, (parties, outcomes)),
    }
    # What a world does not show has no room, so that nothing is spent on it.
    others = (parties - 1) * outcomes if sizes["reveal"] else 0
    issues = sizes["issues"] if sizes["issues"] > 1 else 0
    obs = {
        "offers": (np.int64, (1 + parties,)),
        "signals": (np.float32, (len(SIGNALS),)),
        "utilities": (np.float32, (outcomes,)),
        "others": (np.float32, (others,)),
        "issues": (np.int64, (issues,)),
        "terms": (np.int64, (issues,)),
        "consents": (np.int64, (parties if parties > 2 else 0,)),
        "talk": (np.float32, (talk_size(parties) if sizes["speech"] else 0,)),
    }
    scratch = {
        "choice": (np.int32, (parties,)),
        "shares": (np.int32, (parties, sizes["values"])),
        "buckets": (np.int32, (1 + outcomes,)),
    }
    return Layout(
        num_agents=sizes["seats"],
        num_actions=codes.FIRST_OFFER + outcomes,
        action=(np.int32, ()),
        state=(State, state),
        levels=(Levels, levels),
        obs=(Obs, obs),
        scratch=(Scratch, scratch),
        metrics=METRICS_DTYPE,
    )


def talk_size(parties: int) -> int:
    """Numbers that tell of messages: see :func:`observation_space`."""
    return 2 + 3 * (parties - 1)


def observation_space(sizes: Structure) -> spaces.Dict:
    """The observation space of one agent.

    ``offers``: (1 + parties,) integers, outcomes plus one, 0 for none: the offer on the table, the
    own last one, those of the parties after this one, in the order of their turns. ``signals``:
    (7,) float32 in [0, 1]: no step yet, share of the turns gone, what is left of a payment, it is
    the own turn, the offer on the table can be accepted, own reservation value, own utility of the
    offer on the table. ``utilities``: (outcomes,) float32 in [0, 1], the own ones. Where the world
    reveals them: ``others`` ((parties - 1) outcomes,), in the same order. Where it has several
    issues: ``issues`` (issues,) integers, how many values each has, and ``terms`` (issues,), the
    values of the offer on the table plus one, 0 for none. Where it has more than two parties:
    ``consents`` (parties,), 1 where a party, from this one on, consents to the offer on the table.
    Where there are messages: ``talk``
    (2 + 3 (parties - 1),) float32 in [0, 1]: a message has been said in this turn, an own threat
    was empty; then of each party after this one its last message (eighths, by the order of
    ``codes.MESSAGES`` from 1 on), whether it has claimed a reservation value, and which.
    """
    outcomes, parties = sizes["outcomes"], sizes["parties"]
    parts: dict[str, spaces.Space[Any]] = {
        "offers": spaces.MultiDiscrete([outcomes + 1] * (1 + parties)),
        "signals": spaces.Box(0.0, 1.0, (len(SIGNALS),), np.float32),
        "utilities": spaces.Box(0.0, 1.0, (outcomes,), np.float32),
    }
    if sizes["reveal"]:
        parts["others"] = spaces.Box(0.0, 1.0, ((parties - 1) * outcomes,), np.float32)
    if sizes["issues"] > 1:
        parts["issues"] = spaces.MultiDiscrete([sizes["values"] + 1] * sizes["issues"])
        parts["terms"] = spaces.MultiDiscrete([sizes["values"] + 1] * sizes["issues"])
    if parties > 2:
        parts["consents"] = spaces.MultiDiscrete([2] * parties)
    if sizes["speech"]:
        parts["talk"] = spaces.Box(0.0, 1.0, (talk_size(parties),), np.float32)
    return spaces.Dict(parts)


def action_space(sizes: Structure) -> spaces.Discrete:
    """The action space: wait, accept, walk away, messages, then an offer of each outcome."""
    return spaces.Discrete(codes.FIRST_OFFER + sizes["outcomes"])


def masked(rules: Rules, sizes: Structure) -> bool:
    """Some action can always be invalid: to accept where nothing is offered."""
    return True


def reported(rules: Rules) -> tuple[str, ...]:
    """The measures worth reporting."""
    return ("turns",)


def judged(w: Workspace, i: int) -> dict[str, float]:
    """The measures of the negotiation of slot ``i`` that ended last; see :mod:`.measures`."""
    names = (*JUDGED, *SOCIAL) if w.rules[i]["speech"] else JUDGED
    return {name: value for name, value in measures.judged(w, i).items() if name in names}


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (rows, A, ...): views, no copies."""
    views: dict[str, npt.NDArray[Any]] = {
        "offers": obs.offers,
        "signals": obs.signals,
        "utilities": obs.utilities,
    }
    if sizes["reveal"]:
        views["others"] = obs.others
    if sizes["issues"] > 1:
        views["issues"], views["terms"] = obs.issues, obs.terms
    if sizes["parties"] > 2:
        views["consents"] = obs.consents
    if sizes["speech"]:
        views["talk"] = obs.talk
    return views
