"""Hidden rules: the lamp, and a search for the rule that nothing beats in expectation."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world
from adaptarium.envs.puzzle.playing import play
from adaptarium.envs.puzzle.questions import Inquirer, Questions
from adaptarium.envs.puzzle.reference import solve_many

TRUTH = {
    "all": lambda met: all(met),
    "any": lambda met: any(met),
    "odd": lambda met: sum(met) % 2 == 1,
}


@pytest.mark.parametrize("logic", ["all", "any", "odd"])
def test_the_lamp_answers_for_the_hidden_rule(logic: str) -> None:
    world = load_world("Probe-v0", **{"transition.logic": logic, "transition.failure_ends": False})
    batch = Batch([world], 16, autoreset="disabled")
    batch.reset(seed=0)
    rng, seen = np.random.default_rng(0), set()
    for _ in range(20):
        for i in range(16):
            level = batch.w.levels.map[batch.w.core["level"][i]]
            asked = batch.obs["rules"][i, 0, int(level["answer"]), :, 0].tolist()
            board = (batch.obs["board"][i, 0, 0] - 5).tolist()
            met = [on == want - 1 for on, want in zip(board, asked, strict=True) if want]
            lamp = int(batch.obs["signals"][i, 0, 1])
            assert lamp == 1 + TRUTH[logic](met)
            seen.add(lamp)
        batch.w.actions[:, 0] = rng.integers(0, 4, 16)
        batch.step()
    assert seen == {1, 2}


def expected_by_recursion(ask: Questions, rules: Any, setting: int, left: int, time: int) -> float:
    """The optimum by plain recursion over what may be seen, as the definition says."""
    cost = rules.reward.step_cost

    @functools.cache
    def best(time: int, setting: int, left: int) -> float:
        if time == ask.limit:
            return 0.0
        size = left.bit_count()
        pays = rules.reward.solved / size - cost
        found = [pays]
        for press in range(len(ask.after)):
            after = int(ask.after[press, setting])
            total = 0.0
            for lit in (False, True):
                part = left & ask.consistent(after, lit)
                if part:
                    total += part.bit_count() / size * best(time + 1, after, part)
            found.append(total - cost)
        return max(found)

    return best(time, setting, left)


def test_the_table_is_what_the_definition_says() -> None:
    world = load_world("Probe-v0", switches=3, rules=4, **{"episode.max_steps": 6})
    bank = generate_levels(world, 0, 3)
    for row in range(3):
        ask = Questions(world, bank, row)
        values, _ = ask.table
        for setting in range(8):
            expected = expected_by_recursion(ask, world.rules, setting, ask.everything(), 0)
            assert values[0, setting, ask.everything()] == pytest.approx(expected)


def test_the_player_gets_in_the_mean_what_the_reference_says() -> None:
    world = load_world("Probe-v0")
    count = 24
    bank = generate_levels(world, 0, count)
    references = solve_many(world, bank, range(count))
    assert {one.method for one in references} == {"exact"}
    paid = [
        play(world, bank, row, Inquirer(Questions(world, bank, row), exact=True), 1)[0][0]
        for row in range(count)
    ]
    apart = np.array(paid) - [one.return_ for one in references]
    assert abs(apart.mean()) < 4 * apart.std() / np.sqrt(count)
    assert apart.std() > 0, "a single level may be lucky or not"


def test_a_good_question_is_nearly_as_good_where_the_table_is_too_large() -> None:
    world = load_world("Probe-v0", rules=12)
    bank = generate_levels(world, 0, 2)
    one = solve_many(world, bank, range(2))[0]
    assert one.method == "policy"
    small = load_world("Probe-v0")
    bank = generate_levels(small, 0, 25)
    best = np.mean([one.return_ for one in solve_many(small, bank, range(25))])
    asked = [
        play(small, bank, row, Inquirer(Questions(small, bank, row), exact=False), 1)[0][0]
        for row in range(25)
    ]
    assert best - 0.08 < np.mean(asked) < best + 0.08


def test_wrong_answers_are_not_given_twice() -> None:
    world = load_world("Probe-v0", **{"transition.failure_ends": False, "reward.step_cost": 0.0})
    bank = generate_levels(world, 0, 10)
    for row, one in enumerate(solve_many(world, bank, range(10))):
        returns, _ = play(world, bank, row, Inquirer(Questions(world, bank, row), exact=True), 1)
        assert returns[0] == pytest.approx(one.return_) == pytest.approx(1.0)
