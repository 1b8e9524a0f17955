"""Messages: what each does to a built-in player, what it costs, and what is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.measures import measures

SPLIT = 101
COSTS = {"message": 0.001, "secrets": 0.01, "norms": 0.1, "relationship": 0.03}


def against(kind: str = "tough", seats: int = 1, **changes: Any) -> Batch:
    """player_0 (limit 0.2) beside player_1 (limit 0.3), who has had the first turn."""
    shares = [o / 100 for o in range(SPLIT)]
    parties = [
        {"utilities": shares, "reservation": 0.2, "kind": kind},
        {"utilities": shares[::-1], "reservation": 0.3, "kind": kind},
    ]
    level = {"issues": [SPLIT], "parties": parties, "first": 1, "max_steps": 256}
    costs = {f"reward.{name}": cost for name, cost in COSTS.items()}
    world = adaptarium.world(
        "Haggle-v0", records=(level,), **{**costs, "players.outside": seats, **changes}
    )
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def say(batch: Batch, *actions: int, seat: int = 0) -> float:
    """What the seat was paid."""
    paid = 0.0
    for action in actions:
        batch.w.actions[0, seat] = action
        batch.step()
        paid += float(batch.w.reward[0, seat])
    return paid


def demand(batch: Batch) -> int:
    """What player_1 asks for itself, in hundredths."""
    return 100 - int(batch.w.state.now[0, 0]["standing"])


def offer(outcome: int) -> int:
    return codes.FIRST_OFFER + outcome


def test_a_message_takes_a_step_and_no_turn_and_is_said_once_a_turn() -> None:
    batch = against()
    assert batch.masks()[0, 0, codes.ASK : codes.THREATEN + 1].all()
    say(batch, codes.ARGUE)
    assert batch.w.state.now[0, 0]["turn"] == 1
    assert not batch.masks()[0, 0, codes.ASK : codes.THREATEN + 1].any()
    say(batch, codes.WAIT)
    assert batch.w.state.now[0, 0]["turn"] == 3
    assert batch.masks()[0, 0, codes.ASK]


@pytest.mark.parametrize(("honest", "claimed"), [(True, 0.3), (False, 0.65)])
def test_who_is_asked_tells_or_bluffs(honest: bool, claimed: float) -> None:
    batch = against(**{"speech.honest": honest})
    say(batch, codes.ASK)
    assert batch.obs["talk"][0, 0, 3:].tolist() == pytest.approx([1, claimed])


@pytest.mark.parametrize(("message", "left"), [(codes.INFORM, 20), (codes.BLUFF, 60)])
def test_a_claim_is_believed_and_used(message: int, left: int) -> None:
    batch = against("conceder")
    say(batch, message, offer(90))
    assert demand(batch) == 100 - left
    say(batch, codes.ACCEPT)
    assert batch.w.final_metrics[0]["utility"] == pytest.approx(left / 100)


def test_what_leaves_too_little_is_not_believed() -> None:
    shares = [o / 100 for o in range(SPLIT)]
    parties = [
        {"utilities": shares, "reservation": 0.6, "kind": "tough"},
        {"utilities": shares[::-1], "reservation": 0.3, "kind": "tough"},
    ]
    level = {"issues": [SPLIT], "parties": parties, "first": 1, "max_steps": 256}
    world = adaptarium.world("Haggle-v0", records=(level,), **{"players.outside": 1})
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    say(batch, codes.BLUFF, offer(90))  # claims 0.8; 0.7 is all that the other can leave
    assert demand(batch) == 100


def test_arguments_and_threats_move_and_empty_threats_do_not_again() -> None:
    batch = against()
    step = 70 / 20
    asked = []
    for message in (codes.ARGUE, codes.THREATEN, codes.THREATEN, codes.ARGUE):
        say(batch, message, codes.WAIT)
        asked.append(demand(batch))
    expected = [100 - step, 100 - 3 * step, 100 - 3 * step, 100 - 4 * step]
    assert asked == np.ceil(expected).astype(int).tolist()
    assert batch.obs["talk"][0, 0, 1] == 1


def test_a_sceptic_heeds_nothing() -> None:
    batch = against(**{"traits.scepticism": 1})
    for message in (codes.ARGUE, codes.THREATEN, codes.BLUFF):
        say(batch, message, codes.WAIT)
    assert demand(batch) == 100


def test_each_utterance_is_credited_at_once() -> None:
    batch = against()
    assert say(batch, codes.ASK) == pytest.approx(-0.001)
    assert say(batch, offer(80)) == 0
    assert say(batch, codes.INFORM) == pytest.approx(-0.011)
    assert say(batch, offer(90)) == pytest.approx(-0.1)  # takes a concession back
    assert say(batch, codes.BLUFF) == pytest.approx(-0.101)
    assert say(batch, codes.WAIT) == 0
    assert say(batch, codes.THREATEN) == pytest.approx(-0.031)
    assert say(batch, codes.WAIT) == pytest.approx(-0.1)
    assert say(batch, codes.WALK) == pytest.approx(0.2)
    found = {name: float(value[0]) for name, value in measures(batch.w).items()}
    assert (found["secret"], found["relationship"], found["norms"]) == (-1, -1, -3)
    assert (found["goal"], found["benefit"]) == (0, 0)
    assert batch.w.final_metrics[0]["messages"] == 4


@pytest.mark.parametrize("last", [codes.WALK, codes.ACCEPT])
def test_a_threat_that_ends_it_is_not_empty(last: int) -> None:
    batch = against()
    say(batch, codes.THREATEN, last)
    assert batch.w.final_metrics[0]["empty_threats"] == 0


@pytest.mark.parametrize("last", [codes.WAIT, codes.ACCEPT, -1])
def test_to_accept_where_nothing_is_offered_is_to_wait_and_leaves_a_threat_empty(last: int) -> None:
    batch = against(seats=2)  # player_1 has the first turn
    assert say(batch, codes.THREATEN, last, seat=1) == pytest.approx(-0.031 - 0.1)


def test_in_self_play_messages_reach_the_other_seat() -> None:
    batch = against(seats=2)
    say(batch, codes.BLUFF, seat=1)
    assert batch.obs["talk"][0, 0, 2:].tolist() == pytest.approx([3 / 8, 1, 0.65])
    assert batch.obs["talk"][0, 1, 0] == 1


def test_where_there_are_no_messages_they_are_no_actions() -> None:
    batch = Batch([adaptarium.world("Price-v0").alone()], 4, autoreset="disabled")
    batch.reset(seed=0)
    assert not batch.masks()[:, 0, codes.ASK : codes.THREATEN + 1].any()
    assert "talk" not in batch.obs
