"""Rounds in which all act at once, and the player that models others by frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import Solver, by_values, placed
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.equilibrium import equilibrium
from adaptarium.envs.negotiation.reference import solve

SHARES = (1.0, 0.8, 0.5, 0.1)


def level(kind: str = "tough", parties: int = 2, **changes: Any) -> dict[str, Any]:
    """Four outcomes, the first best for player_0 and the last for all others."""
    utilities = [SHARES, *[SHARES[::-1]] * (parties - 1)]
    seats = [{"utilities": list(u), "reservation": 0.2, "kind": kind} for u in utilities]
    return {"issues": [4], "parties": seats, "first": 0, "max_steps": 256, **changes}


def world(one: dict[str, Any] | None = None, **changes: Any) -> World:
    factors = {"transition.offers": "at once", "transition.deadline": 5, **changes}
    return adaptarium.world("Price-v0", records=(one or level(),), **factors)


def rounds(there: World, *said: list[int]) -> Batch:
    batch = Batch([there], 1, autoreset="disabled")
    batch.reset(seed=0)
    for joint in said:
        batch.w.actions[0] = joint
        batch.step()
    return batch


def offer(outcome: int) -> int:
    return codes.FIRST_OFFER + outcome


def deal(batch: Batch) -> int:
    """The outcome of the deal; negative while there is none."""
    return int(batch.w.metrics[0]["outcome"]) - 1


def test_the_same_offer_of_all_is_the_deal() -> None:
    batch = rounds(world(), [offer(1), offer(1)])
    assert deal(batch) == 1
    assert batch.w.final_returns[0].tolist() == [0.8, 0.5]


def test_an_accepted_offer_is_one_of_an_earlier_round() -> None:
    first = [offer(0), offer(3)]
    assert deal(rounds(world(), first)) == -1
    assert deal(rounds(world(), first, [offer(1), codes.ACCEPT])) == 0
    assert deal(rounds(world(), first, [codes.WALK, codes.ACCEPT])) == 0  # an offer binds
    assert deal(rounds(world(), first, [codes.ACCEPT, offer(0)])) in (0, 3)
    assert deal(rounds(world(), [codes.ACCEPT, offer(1)])) == -1  # nothing was on the table


def test_chance_picks_one_of_two_accepted_offers() -> None:
    batch = Batch([world()], 400, autoreset="disabled")
    batch.reset(seed=0)
    for joint in ([offer(0), offer(3)], [codes.ACCEPT, codes.ACCEPT]):
        batch.w.actions[:] = joint
        batch.step()
    found = batch.w.metrics["outcome"] - 1
    assert set(found.tolist()) == {0, 3}
    assert 150 < (found == 0).sum() < 250


def test_a_round_is_one_turn_for_discount_and_the_deadline_counts_rounds() -> None:
    waits = [[codes.WAIT, codes.WAIT]] * 5
    batch = rounds(world(**{"transition.discount": 0.5}), *waits)
    assert batch.w.core[0]["ended"]
    assert batch.w.final_returns[0].tolist() == [0.2 * 0.5**5] * 2
    assert batch.w.final_metrics[0]["turns"] == 10


def test_all_who_walk_away_have_their_outside_option() -> None:
    there = world(**{"reward.outside": 3.0})
    both = rounds(there, [codes.WALK, codes.WALK])
    assert both.w.final_returns[0] == pytest.approx([0.6, 0.6])
    one = rounds(there, [codes.WAIT, codes.WALK])
    assert one.w.final_returns[0] == pytest.approx([0.2, 0.6])
    assert one.w.final_metrics[0]["walked"] == 2


def test_three_parties_accept_the_best_for_each() -> None:
    there = world(level(parties=3))
    offers = [offer(1), offer(2), offer(3)]
    # The others' best for player_1 is 3, for player_2 it is 2: no outcome has all of them.
    assert deal(rounds(there, offers, [codes.WAIT, codes.ACCEPT, codes.ACCEPT])) == -1
    assert deal(rounds(there, offers, [offer(3), codes.ACCEPT, codes.WAIT])) == 3


@pytest.mark.parametrize("kind", ["linear", "nice tit-for-tat", "frequency"])
def test_no_fixed_reply_beats_the_best_response(kind: str) -> None:
    there = world(level(kind), **{"transition.discount": 0.9}).alone()
    best = solve(there, level(kind))
    assert best.method == "exact"
    returns = []
    for asked in range(4):
        said: list[list[int]] = [[offer(asked)]] * 5
        for wait in range(5):
            batch = rounds(there, *said[:wait])
            while not batch.w.core[0]["ended"]:
                batch.w.actions[0] = codes.ACCEPT
                batch.step()
            returns.append(float(batch.w.final_returns[0, 0]))
    assert max(returns) <= best.return_ + 1e-9
    assert best.return_ > 0.2


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"transition.discount": 0.7, "transition.breakdown": 0.2},
        {"reward.deal": 0.1, "reward.outside": 2.0},
        {"reward.deal": 0.0, "reward.no_deal": 2.0},
        {"episode.max_steps": 1, "reward.deal": 0.0},
    ],
)
def test_all_together_have_what_a_search_of_joint_actions_finds(changes: dict[str, Any]) -> None:
    there = world(**{"transition.deadline": 2, **changes})
    alone, bank, row = placed(there, level())
    searched = by_values(Solver(alone, bank), row)
    assert solve(there, level()).return_ == pytest.approx(searched.return_)


def test_there_is_no_equilibrium_of_turns() -> None:
    with pytest.raises(LevelError, match="'at once': expected 'in turn'"):
        equilibrium(level(), world().rules)


# ---- majorities ----


def said_in_turn(there: World, *said: int) -> Batch:
    """What the parties say one after the other, from player_0 on."""
    joints = []
    for turn, action in enumerate(said):
        joints.append([action if turn % 3 == p else codes.WAIT for p in range(3)])
    return rounds(there, *joints)


def test_more_than_half_decide_for_all() -> None:
    changes = {"transition.offers": "in turn", "transition.consent": "majority"}
    few = said_in_turn(world(level(parties=3), **changes), offer(1), codes.ACCEPT)
    assert deal(few) == 1
    assert few.w.final_returns[0].tolist() == [0.8, 0.5, 0.5]
    everyone = world(level(parties=3), **{"transition.offers": "in turn"})
    assert deal(said_in_turn(everyone, offer(1), codes.ACCEPT)) == -1
    assert deal(said_in_turn(everyone, offer(1), codes.ACCEPT, codes.ACCEPT)) == 1


def test_four_need_three_and_who_waits_takes_consent_back() -> None:
    there = world(
        level(parties=4), **{"transition.offers": "in turn", "transition.consent": "majority"}
    )
    # player_0 offers, player_1 accepts, the others wait; in the next round player_1 waits.
    waits = [codes.WAIT] * 4
    one = [codes.WAIT, codes.ACCEPT, codes.WAIT, codes.WAIT]
    start = [[offer(1), *waits[1:]], one, waits, waits, waits]
    third = [codes.WAIT, codes.WAIT, codes.ACCEPT, codes.WAIT]
    batch = rounds(there, *start, waits)
    assert batch.obs["consents"][0, 0].tolist() == [1, 0, 0, 0]
    assert deal(rounds(there, *start, waits, third)) == -1
    still = rounds(there, *start)
    assert still.obs["consents"][0, 1].tolist() == [1, 0, 0, 1]
    assert deal(rounds(there, *start, one, third)) == 1


def test_nothing_ends_before_somebody_from_outside_has_had_a_turn() -> None:
    one = level("nice", parties=3, first=1)
    risky = {"transition.offers": "in turn", "transition.breakdown": 1.0}
    assert rounds(world(one, **risky).alone()).w.state.now[0, 0]["over"] == 0
    change = {"transition.offers": "in turn", "transition.consent": "majority"}
    batch = rounds(world(one, **change).alone())
    # player_1 has offered what player_2 would take, but player_0 has its turn first.
    assert deal(batch) == -1
    assert batch.w.state.now[0, 0]["mover"] == 0
    batch.w.actions[0] = codes.ACCEPT
    batch.step()
    assert batch.w.core[0]["ended"]
    assert deal(batch) >= 0


def test_at_once_a_majority_may_consent_to_two_things() -> None:
    there = world(level(parties=3), **{"transition.consent": "majority"})
    offers = [offer(1), offer(2), offer(3)]
    assert deal(rounds(there, offers, [codes.WAIT, codes.ACCEPT, codes.WAIT])) == 3
    assert deal(rounds(there, [offer(2), offer(2), offer(3)])) == 2


# ---- frequencies ----


def test_the_frequency_player_offers_what_was_asked_most_often() -> None:
    # Two issues of three values. All outcomes with value 0 of the first issue are worth 1 to
    # player_1, so that at first it may choose among them.
    mine = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0]
    theirs = [1.0, 1.0, 1.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
    seats = [{"utilities": u, "reservation": 0.0, "kind": "frequency"} for u in (mine, theirs)]
    one = {"issues": [3, 3], "parties": seats, "first": 0, "max_steps": 256}
    there = adaptarium.world("MultiIssue-v0", records=(one,), **{"players.exponent": 100.0})
    batch = Batch([there.alone()], 1, autoreset="disabled")
    batch.reset(seed=0)
    answers = []
    for asked in (7, 4, 7, 8, 8, 8):
        batch.w.actions[0] = offer(asked)
        batch.step()
        answers.append(int(batch.w.state.now[0, 0]["standing"]))
    # Its answer has the second value that was asked most; of equals the later in its order.
    assert answers == [1, 1, 1, 1, 1, 2]
    assert batch.w.state.counts[0, 1].tolist() == [0, 1, 5, 0, 3, 3]


def test_terms_hold_the_offer_on_the_table_by_its_values() -> None:
    batch = Batch([adaptarium.world("DealOrNoDeal-v0")], 8, autoreset="disabled")
    batch.reset(seed=0)
    level = batch.w.core["level"]
    sizes = batch.w.levels.issues[level]
    assert (batch.obs["issues"] == sizes[:, None]).all()
    assert not batch.obs["terms"].any()
    said = np.arange(8) % batch.w.levels.head[level]["num_outcomes"]
    batch.w.actions[:] = codes.WAIT
    batch.w.actions[np.arange(8), batch.w.state.now[:, 0]["mover"]] = codes.FIRST_OFFER + said
    batch.step()
    for i in range(8):
        values = np.array(np.unravel_index(said[i], sizes[i]))
        assert (batch.obs["terms"][i, 0] == values + 1).all()
        assert (batch.obs["terms"][i, 1] == sizes[i] - values).all()  # the share of the other one
