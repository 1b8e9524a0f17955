"""The equilibrium of two parties: Rubinstein's shares, and play on the kernel."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.equilibrium import DIGITS, Equilibrium, equilibrium
from adaptarium.envs.negotiation.solutions import rubinstein


def cake(steps: int, first: int = 0, least: float = 0.0) -> dict[str, Any]:
    """A cake of so many slices, each worth 0.005; player_0 gets the outcome's number of them."""
    shares = [round(o * 0.005, 4) for o in range(steps + 1)]
    parties = [
        {"utilities": shares, "reservation": least, "kind": "tough"},
        {"utilities": shares[::-1], "reservation": least, "kind": "tough"},
    ]
    return {"issues": [steps + 1], "parties": parties, "first": first, "max_steps": 256}


def first_offer(steps: int, discount: float) -> tuple[int, Equilibrium]:
    """Slices that player_0 asks for at the first turn, with a far deadline."""
    changes = {"transition.discount": discount, "transition.deadline": 64}
    found = equilibrium(cake(steps), adaptarium.world("Price-v0", **changes).rules)
    return int(found.actions[0, -1]) - codes.FIRST_OFFER, found


# Cakes that Rubinstein's shares cut between two slices.
@pytest.mark.parametrize(("discount", "steps"), [(0.5, 60), (0.8, 90), (0.9, 190)])
def test_shares_are_rubinsteins_to_one_slice(discount: float, steps: int) -> None:
    slices, found = first_offer(steps, discount)
    assert slices == pytest.approx(steps * rubinstein((discount, discount))[0], abs=1)
    # The offer is taken a turn later.
    expected = [discount * 0.005 * slices, discount * 0.005 * (steps - slices)]
    assert found.returns == pytest.approx(expected)


@pytest.mark.parametrize("discount", [0.5, 0.8, 0.9])
@pytest.mark.parametrize("steps", [50, 99, 200])
def test_other_cakes_are_off_by_what_is_lost_to_whole_slices(discount: float, steps: int) -> None:
    # At most a slice is lost at each own turn, and counts the less the later it is.
    slices, _ = first_offer(steps, discount)
    exact = steps * rubinstein((discount, discount))[0]
    assert slices == pytest.approx(exact, abs=1 / (1 - discount**2))


def play(level: dict[str, Any], world: Any, strategies: Equilibrium, swap: Any = None) -> Any:
    """(2,) returns of both playing the equilibrium, but for one action at one turn."""
    batch = Batch([world.override(records=(level,))], 1, autoreset="disabled")
    batch.reset(seed=0)
    outcomes = level["issues"][0]
    while not batch.w.core[0]["ended"]:
        now = batch.w.state.now[0, 0]
        turn, mover, table = (int(now[name]) for name in ("turn", "mover", "standing"))
        state = int(now["proposer"]) * outcomes + table if table >= 0 else -1
        action = int(strategies.actions[turn, state])
        batch.w.actions[0] = codes.WAIT
        batch.w.actions[0, mover] = swap[1] if swap and swap[0] == turn else action
        batch.step()
    return batch.w.final_returns[0].copy()


@pytest.mark.parametrize("first", [0, 1])
def test_nobody_gains_by_another_action_on_the_kernel(first: int) -> None:
    rng = np.random.default_rng(first)
    changes = {"transition.deadline": 3, "transition.discount": 0.8, "reward.outside": 1.5}
    world = adaptarium.world("Price-v0", **changes)
    for _ in range(3):
        level = cake(4, first)
        for party in level["parties"]:
            party["utilities"] = (rng.integers(0, 101, 5) / 100).tolist()
            party["reservation"] = rng.integers(0, 40) / 100
        found = equilibrium(level, world.rules)
        assert play(level, world, found) == pytest.approx(found.returns)
        for turn in range(6):
            mover = (first + turn) % 2
            for action in range(codes.FIRST_OFFER + 5):
                returns = play(level, world, found, (turn, action))
                assert returns[mover] <= found.returns[mover] + 1e-9


def by_every_continuation(
    level: dict[str, Any], terms: dict[str, Any], turn: int = 0, table: Any = None
) -> tuple[float, float]:
    """Both parties' values, of payments from this turn on, by playing out every course of it.

    ``table`` is the offer on it and who made it. In the order in which the indifferent prefer: to
    accept, to offer, to wait, to walk away.
    """
    mover = (level["first"] + turn) % 2
    least = [party["reservation"] for party in level["parties"]]

    def paid(outcome: int) -> tuple[float, float]:
        one, other = (party["utilities"][outcome] for party in level["parties"])
        return one, other

    def after(found: Any) -> tuple[float, float]:
        last = turn + 1 == 2 * terms["transition.deadline"]
        risk = 1.0 if last else terms["transition.breakdown"]
        going = (0.0, 0.0) if last else by_every_continuation(level, terms, turn + 1, found)
        one, other = (
            terms["transition.discount"] * (risk * least[p] + (1 - risk) * going[p])
            for p in range(2)
        )
        return one, other

    choices = [paid(table[0])] if table is not None and table[1] != mover else []
    choices += [after((outcome, mover)) for outcome in range(level["issues"][0])]
    choices.append(after(table))
    walked = [least[0], least[1]]
    walked[mover] *= terms["reward.outside"]
    choices.append((walked[0], walked[1]))
    return max(choices, key=lambda both: round(both[mover], DIGITS))


def check_equilibria(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for number in range(count):
        outcomes = int(rng.integers(1, 4))
        level = cake(outcomes - 1, int(rng.integers(2)))
        for party in level["parties"]:
            party["utilities"] = (rng.integers(0, 11, outcomes) / 10).tolist()
            party["reservation"] = int(rng.integers(0, 6)) / 10
        terms = {
            "transition.deadline": 1 + number % 2,
            "transition.discount": (1.0, 0.75)[number // 2 % 2],
            "transition.breakdown": (0.0, 0.25)[number // 4 % 2],
            "reward.outside": (1.0, 1.5)[number // 8 % 2],
        }
        found = equilibrium(level, rules_of(tuple(terms.items())))
        assert found.returns == pytest.approx(by_every_continuation(level, terms)), (level, terms)


@functools.cache
def rules_of(terms: tuple[tuple[str, Any], ...]) -> Any:
    return adaptarium.world("Price-v0", **dict(terms)).rules


def test_equilibria_are_what_every_continuation_gives() -> None:
    check_equilibria(160, seed=0)


@pytest.mark.full
def test_equilibria_are_what_every_continuation_gives_on_many_domains() -> None:
    check_equilibria(10_000, seed=1)


def test_what_has_no_equilibrium_here_is_refused() -> None:
    rules = adaptarium.world("Price-v0", **{"reward.deal": 0.0}).rules
    with pytest.raises(LevelError, match="more than 0"):
        equilibrium(cake(4), rules)
