"""Memory cards: the known theory, and a player that gets what the dynamic programme says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world
from adaptarium.envs.puzzle.codes import CLOSED, OPEN
from adaptarium.envs.puzzle.concentration import Rememberer, Stakes, optimum
from adaptarium.envs.puzzle.playing import play
from adaptarium.envs.puzzle.reference import solve_many

LEVEL = {"board": ["11", "22"], "colours": 3, "values": 3, "max_steps": 40}


def batch_on(**factors: Any) -> Batch:
    world = load_world("MemoryCards-v0", **factors).override(records=(LEVEL,))
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def flip(batch: Batch, cell: int) -> float:
    batch.w.actions[0] = cell
    batch.step()
    return float(batch.w.reward[0, 0])


def test_equal_cards_stay_and_others_are_turned_down_by_the_next_step() -> None:
    batch = batch_on(**{"reward.mismatch_cost": 0.25, "reward.solved_decay": 0.0})
    cover = batch.w.state.cover[0]
    assert flip(batch, 0) == 0.0
    assert not batch.masks()[0, 0, 0], "an open card is not turned up again"
    assert flip(batch, 2) == -0.25
    assert cover[:4].tolist() == [OPEN, CLOSED, OPEN, CLOSED]
    assert batch.masks()[0, 0, :4].all(), "both go down before the next one comes up"
    flip(batch, 0)
    assert cover[:4].tolist() == [OPEN, CLOSED, CLOSED, CLOSED]
    flip(batch, 1)
    flip(batch, 2)
    assert cover[:4].tolist() == [OPEN, OPEN, OPEN, CLOSED]
    assert flip(batch, 3) == 1.0


def test_cards_that_differ_may_change_places() -> None:
    batch = batch_on(**{"transition.swap": 1.0})
    for cell in (0, 2, 1):
        flip(batch, cell)
    assert batch.w.state.board[0, :4].tolist() == [2, 1, 1, 2]


@pytest.mark.parametrize("pairs", [8, 16])
def test_the_best_play_takes_as_many_turns_as_is_known(pairs: int) -> None:
    """Velleman & Warrington, 2013: (3 - 2 ln 2) n + 7/8 - 2 ln 2 turns, nearly."""
    stakes = Stakes(pairs, 100 * pairs, 1.0, 1.0, 0.0, 0.0, 0.0)
    steps = optimum(stakes).value(0, (0, 0, 2 * pairs))[1]
    turns = (3 - 2 * math.log(2)) * pairs + 7 / 8 - 2 * math.log(2)
    assert steps / 2 == pytest.approx(turns, abs=0.05)


def test_two_pairs_by_hand() -> None:
    """The second card matches one time of three; else a third decides, and all is known."""
    stakes = Stakes(2, 1000, 0.0, 0.0, 0.0, 1.0, 0.0)
    value, steps, _ = optimum(stakes).value(0, (0, 0, 4))
    assert steps == pytest.approx(1 / 3 * 4 + 2 / 3 * 6)
    assert value == pytest.approx(-steps)


@pytest.mark.parametrize(
    "factors",
    [{}, {"reward.mismatch_cost": 0.1, "reward.progress": 0.5, "episode.max_steps": 14}],
)
def test_the_player_gets_what_the_dynamic_programme_says(factors: dict[str, float]) -> None:
    world = load_world("MemoryCards-v0", **factors)
    bank = generate_levels(world, 0, 1)
    best = solve_many(world, bank, [0])[0]
    assert best.method == "exact"
    limit = int(factors.get("episode.max_steps", bank.info["max_steps"][0]))
    player = Rememberer(Stakes.of(world.rules, 6, limit))  # type: ignore[arg-type]
    returns, _ = play(world, bank, 0, player, 1000)
    error = returns.std() / np.sqrt(len(returns))
    assert abs(returns.mean() - best.return_) < 4 * error


def test_swaps_and_trials_are_measured() -> None:
    for factors in ({"transition.swap": 0.5}, {"episode.inner_episodes": 2}):
        world = load_world("MemoryCards-v0", height=2, width=4, **factors)
        one = solve_many(world, generate_levels(world, 0, 1), [0])[0]
        assert one.method == "policy"
        assert one.low < one.return_ < one.high


def test_a_trial_is_played_from_memory() -> None:
    once, twice = (
        load_world("MemoryCards-v0", **{"episode.inner_episodes": rounds}) for rounds in (1, 2)
    )
    bank = generate_levels(once, 0, 1)
    first = solve_many(once, bank, [0])[0]
    both = solve_many(twice, bank, [0])[0]
    assert both.return_ > 2 * first.return_ + 0.05, "the second try knows every card"
