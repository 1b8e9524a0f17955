"""Built-in players: what they demand, offer and accept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.rules import curve

SPLIT = 101  # outcomes of a cake that is split in hundredths


def cake(first: int = 1, least: tuple[float, float] = (0.0, 0.0), kind: str = "linear") -> Any:
    """The readable level in which player_0 gets so many hundredths."""
    shares = [o / 100 for o in range(SPLIT)]
    parties = [
        {"utilities": shares, "reservation": least[0], "kind": kind},
        {"utilities": shares[::-1], "reservation": least[1], "kind": kind},
    ]
    return {"issues": [SPLIT], "parties": parties, "first": first, "max_steps": 256}


def against(kind: str, n: int = 1, **level: Any) -> Batch:
    """player_0 from outside against one built-in player on the cake."""
    world = adaptarium.world("Price-v0", records=(cake(kind=kind, **level),))
    batch = Batch([world.alone()], n, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def say(batch: Batch, action: int) -> None:
    batch.w.actions[:, 0] = action
    batch.step()


def demands(kind: str, said: list[int]) -> list[int]:
    """What a built-in player that has the first turn asks for itself, turn by turn."""
    batch, found = against(kind), []
    for action in said:
        found.append(100 - int(batch.w.state.now[0, 0]["standing"]))
        say(batch, action)
    return found


def offer(outcome: int) -> int:
    return codes.FIRST_OFFER + outcome


@pytest.mark.parametrize(
    ("kind", "exponent"), [("boulware", 4.0), ("linear", 1.0), ("conceder", 0.25)]
)
def test_a_time_dependent_player_follows_its_formula(kind: str, exponent: float) -> None:
    t = np.arange(20) / 19
    expected = np.ceil(100 * (1 - t**exponent) - 0.005)  # the cheapest share worth the demand
    assert demands(kind, [codes.WAIT] * 20) == expected.astype(int).tolist()


def test_a_curve_is_tabulated_in_fixed_point() -> None:
    assert curve(4.0, 3).tolist() == [10_000, 9_375, 0]
    assert curve(1.0, 1).tolist() == [10_000]


def test_tough_and_nice_players_do_not_move() -> None:
    assert demands("tough", [codes.WAIT] * 5) == [100] * 5
    assert demands("nice", [codes.WAIT] * 5) == [0] * 5


def test_naive_tit_for_tat_concedes_as_much_as_it_is_conceded() -> None:
    said = [offer(100), offer(90), offer(70), offer(95)]
    assert demands("naive tit-for-tat", [*said, codes.WAIT]) == [100, 100, 90, 70, 95]


def test_nice_tit_for_tat_forgives() -> None:
    said = [offer(100), offer(90), offer(70), offer(95)]
    assert demands("nice tit-for-tat", [*said, codes.WAIT]) == [100, 100, 90, 70, 70]


def test_micro_concedes_a_step_for_each_new_offer() -> None:
    said = [offer(100), offer(90), offer(90), offer(100), offer(80)]
    assert demands("micro", [*said, codes.WAIT]) == [100, 99, 98, 98, 98, 97]


def test_nobody_accepts_less_than_its_reservation_value() -> None:
    batch = against("nice", least=(0.0, 0.4), first=0)
    say(batch, offer(61))
    assert not batch.w.metrics[0]["success"]
    assert int(batch.w.state.now[0, 0]["standing"]) == 60
    say(batch, offer(60))
    assert batch.w.final_metrics[0]["success"]
    assert batch.w.final_returns[0, 0] == pytest.approx(0.6)


def test_a_random_players_demands_are_rational_and_spread() -> None:
    batch = against("random", n=400, least=(0.0, 0.5))
    say(batch, codes.WAIT)
    asked = 100 - batch.w.state.now[:, 0]["standing"]
    assert asked.min() >= 50
    assert len(np.unique(asked)) > 40


@pytest.mark.parametrize(("action", "paid"), [(codes.WALK, 3 * 0.2), (codes.WAIT, 0.5 * 0.2)])
def test_no_deal_pays_the_reservation_value(action: int, paid: float) -> None:
    level = cake(kind="tough", least=(0.2, 0.0))
    changes = {"reward.no_deal": 0.5, "reward.outside": 3.0, "transition.deadline": 2}
    world = adaptarium.world("Price-v0", records=(level,), **changes)
    batch = Batch([world.alone()], 1, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core[0]["ended"]:
        say(batch, action)
    assert batch.w.final_returns[0, 0] == pytest.approx(paid)


def test_payments_are_discounted_by_every_turn() -> None:
    world = adaptarium.world("Price-v0", records=(cake(first=0),), **{"transition.discount": 0.9})
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    for actions in ([codes.WAIT, 0], [0, offer(30)], [codes.ACCEPT, 0]):
        batch.w.actions[0] = actions
        batch.step()
    assert batch.w.final_returns[0].tolist() == pytest.approx([0.3 * 0.81, 0.7 * 0.81])


def test_breakdowns_come_as_often_as_the_rules_say() -> None:
    world = adaptarium.world("Price-v0", **{"transition.breakdown": 0.3})
    batch = Batch([world], 4_000, autoreset="disabled")
    batch.reset(seed=0)
    batch.w.actions[:] = codes.WAIT
    batch.step()
    assert batch.w.core["ended"].mean() == pytest.approx(0.3, abs=0.03)
