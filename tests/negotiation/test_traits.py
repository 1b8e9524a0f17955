"""Traits: what each rule says, on hand-made negotiations, and with intensity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.negotiation import codes

SPLIT = 101


def against(kind: str, trait: str, intensity: int, n: int = 1, **changes: Any) -> Batch:
    """player_0 from outside against one built-in player of a trait, who has the first turn."""
    shares = [o / 100 for o in range(SPLIT)]
    parties = [
        {"utilities": shares, "reservation": 0.0, "kind": kind},
        {"utilities": shares[::-1], "reservation": 0.3, "kind": kind},
    ]
    level = {"issues": [SPLIT], "parties": parties, "first": 1, "max_steps": 256}
    changes = {"transition.deadline": 20, **changes, f"traits.{trait}": intensity}
    world = adaptarium.world("Price-v0", records=(level,), **changes)
    batch = Batch([world.alone()], n, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def say(batch: Batch, action: int) -> None:
    batch.w.actions[:, 0] = action
    batch.step()


def demand(batch: Batch, i: int = 0) -> int:
    return 100 - int(batch.w.state.now[i, 0]["standing"])


@pytest.mark.parametrize(("intensity", "turns"), [(1, 15), (2, 10), (3, 5)])
def test_the_impatient_concede_in_less_time_and_leave(intensity: int, turns: int) -> None:
    batch = against("linear", "impatience", intensity)
    asked = [demand(batch)]
    while not batch.w.core[0]["ended"]:
        say(batch, codes.WAIT)
        asked.append(demand(batch))
    assert asked[turns - 1] == 30  # all that it can concede, at its last turn
    assert batch.w.final_metrics[0]["walked"] == 2
    assert batch.w.final_metrics[0]["turns"] == 2 * turns + 1


@pytest.mark.parametrize("intensity", [0, 1, 3])
def test_the_sceptical_accept_what_was_good_enough_before(intensity: int) -> None:
    batch = against("nice", "scepticism", intensity)
    for _ in range(intensity):
        say(batch, codes.FIRST_OFFER)
        assert not batch.w.core[0]["ended"]
    say(batch, codes.FIRST_OFFER)
    assert batch.w.final_metrics[0]["success"]


def test_the_sceptical_doubt_anew_after_a_bad_offer() -> None:
    batch = against("tough", "scepticism", 1)
    for outcome in (0, 50, 0):
        say(batch, codes.FIRST_OFFER + outcome)
        assert not batch.w.core[0]["ended"]
    say(batch, codes.FIRST_OFFER)
    assert batch.w.final_metrics[0]["success"]


@pytest.mark.parametrize("intensity", [1, 2, 3])
def test_the_confused_take_what_they_should_not(intensity: int) -> None:
    batch = against("nice", "confusion", intensity, n=4_000)
    say(batch, codes.FIRST_OFFER + 100)  # worth nothing to the other, whose reservation is 0.3
    expected = intensity / 4 * 71 / SPLIT
    assert batch.w.final_metrics["success"].mean() == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("intensity", [1, 3])
def test_the_incoherent_offer_other_than_they_demand(intensity: int) -> None:
    batch = against("tough", "incoherence", intensity, n=4_000)
    assert (100 - batch.w.state.now[:, 0]["standing"] == 100).all()  # the first turn is coherent
    say(batch, codes.WAIT)
    asked = 100 - batch.w.state.now[:, 0]["standing"]
    assert asked.min() == 30
    assert (asked < 100).mean() == pytest.approx(intensity / 4 * 70 / 71, abs=0.03)


@pytest.mark.parametrize("trait", codes.TRAITS)
def test_who_is_played_from_outside_has_no_trait(trait: str) -> None:
    plain = adaptarium.world("Price-v0", num_levels=50, **{"players.proxy": "conceder"})
    returns = []
    for intensity in (0, 3):
        batch = Batch([plain.override(**{f"traits.{trait}": intensity})], 50, autoreset="disabled")
        batch.reset(seed=0)
        for _ in range(40):
            batch.w.actions[:] = codes.WAIT
            batch.step()
        returns.append(batch.w.final_returns.copy())
    assert np.array_equal(*returns)
