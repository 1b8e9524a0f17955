"""References: the best response found on the kernel, and the most that all can have together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.banks import bank_of
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.reference import Solver, by_values, placed
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.level import read
from adaptarium.envs.negotiation.lookahead import is_certain, lookahead
from adaptarium.envs.negotiation.players import play_kind
from adaptarium.envs.negotiation.reference import policy, solve
from adaptarium.envs.negotiation.rules import curve

MANY = 10_000  # domains of the thorough test, over all kinds and discounts


def random_level(rng: np.random.Generator, outcomes: int = 5, kind: str = "linear") -> Any:
    def party() -> dict[str, Any]:
        utilities = (rng.integers(0, 101, outcomes) / 100).tolist()
        return {"utilities": utilities, "reservation": rng.integers(0, 60) / 100, "kind": kind}

    first = int(rng.integers(2))
    return {"issues": [outcomes], "parties": [party(), party()], "first": first, "max_steps": 256}


def best_against_a_curve(level: Any, exponent: float, rounds: int, discount: float) -> float:
    """The best response to a time-dependent player, by what it takes and asks at each turn.

    At its turn j the player takes any outcome worth its demand, and else offers the cheapest such.
    """
    mine, theirs = level["parties"]
    demands = curve(exponent, rounds) * max(theirs["utilities"]) / codes.UNIT
    demands = np.maximum(np.floor(demands * codes.UNIT + 1e-6) / codes.UNIT, theirs["reservation"])
    hopeless = max(theirs["utilities"]) < theirs["reservation"]
    best = mine["reservation"] * discount ** (level["first"] == 1)  # walking away at its first turn
    for j, demand in enumerate(demands):
        takes = [o for o, u in enumerate(theirs["utilities"]) if u >= demand - 1e-9]
        turn = 2 * j + (level["first"] == 0)
        if level["first"] == 0 or j > 0:  # it answers an offer that was made a turn before
            offered = [mine["utilities"][o] for o in takes]
            best = max([best, *(value * discount**turn for value in offered)])
        if not hopeless and turn + 1 < 2 * rounds:  # its own offer, taken a turn later
            asked = min(takes, key=lambda o: (theirs["utilities"][o], -o))
            best = max(best, mine["utilities"][asked] * discount ** (turn + 1))
    return best


@pytest.mark.parametrize("kind", ["boulware", "linear", "conceder"])
@pytest.mark.parametrize("discount", [1.0, 0.9])
def test_the_best_response_to_a_time_dependent_player(kind: str, discount: float) -> None:
    rng = np.random.default_rng(0)
    exponent = dict(zip(("boulware", "linear", "conceder"), codes.EXPONENTS, strict=True))[kind]
    for _ in range(12):
        level = random_level(rng, kind=kind)
        changes = {"transition.deadline": 4, "transition.discount": discount}
        world = adaptarium.world("Price-v0", records=(level,), **changes).alone()
        found = solve(world, level)
        assert found.method == "exact"
        expected = best_against_a_curve(level, exponent, 4, discount)
        assert found.return_ == pytest.approx(expected), level


@pytest.mark.full
@pytest.mark.parametrize("kind", ["boulware", "linear", "conceder"])
@pytest.mark.parametrize("discount", [1.0, 0.9])
def test_best_responses_on_many_domains(kind: str, discount: float) -> None:
    rng = np.random.default_rng(1)
    exponent = dict(zip(("boulware", "linear", "conceder"), codes.EXPONENTS, strict=True))[kind]
    levels = tuple(random_level(rng, kind=kind) for _ in range(MANY // 6 + 1))
    changes = {"transition.deadline": 4, "transition.discount": discount}
    world = adaptarium.world("Price-v0", records=levels, **changes).alone()
    bank = bank_of(world)
    assert bank is not None
    solver = Solver(world, bank)
    for row, level in enumerate(levels):
        expected = best_against_a_curve(level, exponent, 4, discount)
        assert by_values(solver, row).return_ == pytest.approx(expected), level


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"transition.discount": 0.5},
        {"transition.breakdown": 0.4},
        {"reward.deal": 0.1, "reward.outside": 3.0},
        {"reward.deal": 0.1, "reward.no_deal": 3.0, "transition.discount": 0.8},
        {"episode.max_steps": 1},
    ],
)
def test_all_together_have_what_a_search_of_joint_actions_finds(changes: dict[str, Any]) -> None:
    rng = np.random.default_rng(1)
    for _ in range(4):
        level = random_level(rng, outcomes=3)
        world = adaptarium.world(
            "Price-v0", records=(level,), **{"transition.deadline": 2, **changes}
        )
        there, bank, row = placed(world, level)
        searched = by_values(Solver(there, bank), row)
        assert solve(world, level).return_ == pytest.approx(searched.return_)


def test_no_kind_beats_the_best_response() -> None:
    world = adaptarium.world("Price-v0", num_levels=20, **{"transition.deadline": 8}).alone()
    batch = Batch([world], 20, autoreset="disabled")
    batch.reset(seed=list(range(20)))
    best = np.array([solve(world, (batch.w, int(k))).return_ for k in batch.w.core["level"]])
    for kind in ("boulware", "linear", "conceder", "tough", "nice", "micro"):
        played = Batch([world.override(**{"players.proxy": kind})], 20, autoreset="disabled")
        played.reset(seed=list(range(20)))
        while not played.w.core["ended"].all():
            played.step()
        assert (played.w.final_returns[:, 0] <= best + 1e-9).all(), kind


@pytest.mark.parametrize("kind", ["micro", "boulware"])
def test_the_player_of_a_reference_reaches_it(kind: str) -> None:
    level = random_level(np.random.default_rng(5), outcomes=40, kind=kind)
    world = adaptarium.world("Price-v0", records=(level,)).alone()
    best = solve(world, level)
    assert (best.method == "exact") == (kind == "boulware")
    there, bank, row = placed(world, level)
    player = policy(there, bank, row)
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core[0]["ended"]:
        batch.w.actions[0] = player.act(batch.w, 0)
        batch.step()
    assert batch.w.final_returns[0, 0] == pytest.approx(best.return_)


def issues_world(level: Any, **changes: Any) -> Any:
    return adaptarium.world("MultiIssue-v0", records=(level,), **changes).alone()


@pytest.mark.parametrize("kind", ["linear", "nice tit-for-tat", "micro", "frequency"])
def test_a_beam_of_every_plan_finds_the_best_response(kind: str) -> None:
    rng = np.random.default_rng(3)
    for _ in range(4):
        level = random_level(rng, outcomes=4, kind=kind) | {"issues": [2, 2]}
        world = issues_world(level, **{"transition.deadline": 3, "transition.discount": 0.9})
        exact = solve(world, level)
        assert exact.method == "exact"
        assert lookahead(world, level, width=400).return_ == pytest.approx(exact.return_)
        assert lookahead(world, level, width=4).return_ <= exact.return_ + 1e-9


@pytest.mark.parametrize("kind", ["micro", "frequency", "nice tit-for-tat"])
def test_a_search_of_a_large_level_replays_its_plan_and_beats_every_kind(kind: str) -> None:
    knobs = {"opponents": (kind,), "num_levels": 1}
    world = adaptarium.world("MultiIssue-v0", **knobs).alone()
    batch = Batch([world.override(**{"episode.inner_episodes": 2})], 1, autoreset="disabled")
    batch.reset(seed=0)
    row = int(batch.w.core["level"][0])
    found = solve(batch.worlds[0], (batch.w, row))
    assert found.method == "search"
    for action in found.actions or []:
        batch.w.actions[0] = action
        batch.step()
    assert batch.w.core[0]["ended"]
    assert batch.w.final_returns[0, 0] == pytest.approx(found.return_)
    level = read(batch.w, row)
    for name in codes.SELF_WILLED:
        assert play_kind(world, level, name, 2)[0].mean() <= found.return_ / 2 + 1e-9


def test_where_chance_decides_there_is_no_fixed_plan() -> None:
    level = random_level(np.random.default_rng(5), outcomes=40, kind="micro")
    assert is_certain(adaptarium.world("Price-v0").alone(), level)
    for changes in (
        {"transition.breakdown": 0.1},
        {"players.built_in": "random"},
        {"traits.confusion": 1},
        {"traits.incoherence": 3},
    ):
        assert not is_certain(adaptarium.world("Price-v0", **changes).alone(), level)
