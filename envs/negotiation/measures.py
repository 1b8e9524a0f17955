"""Measures of finished negotiations, exact, with the solutions of their domains.

Those of NegMAS (Mohammad et al., 2021) that outcomes and offers decide, and of the dimensions of
SOTOPIA (Zhou et al., ICLR 2024), on its scales, what rules can decide. ``u`` is a party's utility
of the deal, or its reservation value ``r`` where there is none; payments' discount is left out.

======================  ============================================================================
measure                 formula
======================  ============================================================================
``agreement``           1 with a deal, 0 without
``utility``             ``u`` of player_0
``advantage``           ``u - r`` of player_0
``surplus_share``       ``(u - r) / sum(u_j - r_j)`` of player_0; 0 where nothing is gained
``dominance``           sign of its advantage minus the largest one of another party
``irrational``          1 if a deal is worth less to player_0 than its reservation value
``welfare``             ``sum(u_j)``
``gains``               ``sum(u_j - r_j)``, the gains from trade
``surplus_efficiency``  gains over the largest gains that any outcome brings; 0 if those are not > 0
``welfare_ratio``       welfare over that of the utilitarian outcome
``nash_product``        product of ``u_j - r_j``; 0 where a party loses
``utility_gap``         largest less smallest ``u_j``
``advantage_gap``       largest less smallest ``u_j - r_j``: 0 is fair
``pareto``              ``max(0, 1 - d / diagonal)``; ``d`` is the Euclidean distance between the
                        utilities of the deal and the nearest efficient ones, the diagonal that of
                        the box of all utilities; 0 without a deal
``nash``                the same of the Nash point; so ``kalai_smorodinsky``, ``egalitarian``
                        (Kalai's point); without a point (no outcome is rational) 0
``relative_rounds``     turns taken over turns until the deadline
``speed``               1 less that with a deal, else 0
``first_offer``         own utility of player_0's first offer, 0 if it made none
``concession``          that less the own utility of its last offer
``concession_rate``     the same over the number of its later offers
``monotonic``           share of its later offers that asked for no more than the one before
``variability``         standard deviation of the own utilities of its offers
``goal``                10 times the share of what player_0 can gain that it gains, at least 0
``relationship``        -1 for each of its threats, -5 at most
``secret``              -1 each time it tells its reservation value truthfully, -10 at most
``norms``               -1 for each lie, empty threat or offer that takes a concession back, -10 at
                        most
``benefit``             5 times its advantage
======================  ============================================================================
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.solutions import pareto, points

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]

BREACHES = ("lies", "empty_threats", "retreats")
POINTS = ("nash", "kalai_smorodinsky", "egalitarian")


@dataclass(frozen=True)
class Domain:
    """What deals of a domain are compared with.

    Attributes:
        utilities: (parties, outcomes) in [0, 1].
        reservation: (parties,) in [0, 1].
        frontier: (parties, efficient outcomes) their utilities.
        points: (parties,) utilities of each solution point that exists.
        diagonal: Of the box of all utilities.
    """

    utilities: Floats
    reservation: Floats
    frontier: Floats
    points: Mapping[str, Floats]
    diagonal: float


def domain(utilities: Integers, reservation: Integers) -> Domain:
    """Solve a domain.

    Args:
        utilities: (parties, outcomes) in fixed point.
        reservation: (parties,) in the same.
    """
    values = np.asarray(utilities) / codes.UNIT
    return Domain(
        utilities=values,
        reservation=np.asarray(reservation) / codes.UNIT,
        frontier=values[:, pareto(utilities)],
        points={name: values[:, o] for name, o in points(utilities, reservation).items()},
        diagonal=float(np.linalg.norm(np.ptp(values, axis=1))),
    )


def judge(found: Domain, outcome: int | None) -> dict[str, float]:
    """The measures that the domain and its deal decide.

    Args:
        found: The domain.
        outcome: The deal; None where there is none.
    """
    least = found.reservation
    got = least if outcome is None else found.utilities[:, outcome]
    advantages, best = got - least, (found.utilities - least[:, None]).sum(axis=0).max()
    total, others = float(advantages.sum()), float(advantages[1:].max())
    return {
        "agreement": float(outcome is not None),
        "utility": float(got[0]),
        "advantage": float(advantages[0]),
        "surplus_share": float(advantages[0]) / total if total > 0 else 0.0,
        "dominance": float(np.sign(round(float(advantages[0]) - others, 9))),
        "irrational": float(advantages[0] < 0),
        "welfare": float(got.sum()),
        "gains": total,
        "surplus_efficiency": total / float(best) if best > 0 else 0.0,
        "welfare_ratio": _ratio(got.sum(), found.points["utilitarian"].sum()),
        "nash_product": float(np.prod(advantages)) if (advantages >= 0).all() else 0.0,
        "utility_gap": float(np.ptp(got)),
        "advantage_gap": float(np.ptp(advantages)),
        "goal": 10.0 * _goal(found, float(advantages[0])),
        "benefit": 5.0 * float(advantages[0]),
        "pareto": _near(found, outcome, found.frontier),
        **{name: _near_point(found, outcome, name) for name in POINTS},
    }


def _goal(found: Domain, advantage: float) -> float:
    """The share of the most that player_0 could gain in a deal that is worse for nobody."""
    gains = found.utilities - found.reservation[:, None]
    rational = (gains >= 0).all(axis=0)
    most = float(gains[0, rational].max()) if rational.any() else 0.0
    return min(max(advantage / most, 0.0), 1.0) if most > 0 else 0.0


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 1.0


def _near_point(found: Domain, outcome: int | None, name: str) -> float:
    there = found.points.get(name)
    return 0.0 if there is None else _near(found, outcome, there[:, None])


def _near(found: Domain, outcome: int | None, wanted: Floats) -> float:
    """How near a deal is to the nearest of some points, 1 at best."""
    if outcome is None:
        return 0.0
    distance = np.linalg.norm(wanted - found.utilities[:, outcome, None], axis=0).min()
    return max(0.0, 1.0 - float(distance) / found.diagonal) if found.diagonal > 0 else 1.0


def conduct(record: Any, turns: int) -> dict[str, float]:
    """The measures that the course of a negotiation decides.

    Args:
        record: A row of ``METRICS_DTYPE`` of a finished negotiation.
        turns: Turns until its deadline.
    """
    offers, elapsed = int(record["offers"]), int(record["turns"]) / turns
    later, count = max(offers - 1, 1), max(offers, 1)
    concession = float(record["first_offer"] - record["last_offer"])
    average = float(record["asked"]) / count
    return {
        "relative_rounds": elapsed,
        "speed": 1.0 - elapsed if record["success"] else 0.0,
        "first_offer": float(record["first_offer"]),
        "concession": concession,
        "concession_rate": concession / later,
        "monotonic": 1.0 - int(record["retreats"]) / later,
        "relationship": -min(float(record["threats"]), 5.0),
        "secret": -min(float(record["secrets"]), 10.0),
        "norms": -min(float(sum(record[name] for name in BREACHES)), 10.0),
        "variability": float(
            np.sqrt(max(float(record["asked_squared"]) / count - average**2, 0.0))
        ),
    }


def judged(w: Workspace, i: int) -> dict[str, float]:
    """Every measure of the negotiation of slot ``i`` that ended last.

    Its level must still be there: of a batch with autoreset ``disabled``, or of a bank.
    """
    k, record = int(w.core[i]["level"]), w.final_metrics[i]
    parties, outcomes = int(w.levels.head[k]["num_parties"]), int(w.levels.head[k]["num_outcomes"])
    found = _known_domain(
        w.levels.utilities[k, :parties, :outcomes].tobytes(),
        w.levels.parties[k, :parties]["reservation"].tobytes(),
    )
    outcome = int(record["outcome"]) - 1 if record["success"] else None
    return {**judge(found, outcome), **conduct(record, int(w.state.now[i, 0]["turns"]))}


@functools.lru_cache(maxsize=256)
def _known_domain(utilities: bytes, reservation: bytes) -> Domain:
    """The domain of a level's arrays: many negotiations are about few levels."""
    least = np.frombuffer(reservation, np.int32)
    return domain(np.frombuffer(utilities, np.int16).reshape(len(least), -1), least)


def measures(w: Workspace) -> dict[str, Floats]:
    """(n,) each measure of the last negotiation of every slot; as :func:`judged`."""
    rows = [judged(w, i) for i in range(len(w.core))]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
