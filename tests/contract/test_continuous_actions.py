"""Continuous actions through the core: searches, agents, text, shifts, sampling, the bench."""

from __future__ import annotations

import json
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from corridor.rules import Rules
from gliding import CHOICES, COMPONENTS, FAMILY

from adaptarium.agents.scripted.random import RandomAgent
from adaptarium.agents.scripted.reference import ReferenceAgent
from adaptarium.commands import bench
from adaptarium.envs.core import registry, sampling
from adaptarium.envs.core.answers import Invalid, parse_vector, told
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import ActionError
from adaptarium.envs.core.outcomes import outcomes
from adaptarium.envs.core.reference import Solver, TooLargeError, random_return
from adaptarium.envs.core.skinned import SkinnedText
from adaptarium.envs.core.world import LevelSource, World
from adaptarium.evaluation.playing import play_episodes
from adaptarium.testing import check_world
from adaptarium.wrappers.faces.text import ShiftedText

WORLD = World("Gliding-v0", FAMILY, Rules(), LevelSource(generator="corridor", knobs={"size": 8}))
BLOCKED = {"pick": (0.5, -0.25), "stay": (0.0, 0.0)}


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_FAMILIES", {**registry._FAMILIES, FAMILY.name: FAMILY})


def test_the_contract_is_kept() -> None:
    report = check_world(WORLD)
    assert {outcome.status for outcome in report.outcomes.values()} <= {"kept", "skipped"}


def test_random_play_uses_the_whole_box() -> None:
    mean, error, _ = random_return(WORLD, (generate_levels(WORLD, 0, 1), 0), 400, 1)
    returns = [one.episode_return for one in play_episodes(WORLD, RandomAgent(), [0] * 2)]
    assert 0.0 < mean <= 1.0
    assert error > 0.0
    assert all(np.isfinite(returns))
    space = gym.spaces.Box(np.float32([-1, 0]), np.float32([1, 4]))
    info = {"mask": np.zeros((500, 3, 0), bool), "action_space": space, "step": np.arange(500)}
    drawn = RandomAgent().act({}, {**info, "seed": np.arange(500)})
    assert drawn.shape == (500, 3, 2)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean((0, 1)), [0, 2], atol=0.1)
    np.testing.assert_allclose(drawn.std((0, 1)), [2 / 12**0.5, 4 / 12**0.5], atol=0.1)
    assert abs(np.corrcoef(drawn.reshape(-1, 2).T)[0, 1]) < 0.1


def test_there_is_no_graph_of_continuous_actions() -> None:
    solver = Solver(WORLD, generate_levels(WORLD, 0, 1))
    solver.start(0)
    assert solver.joints == 0
    with pytest.raises(TooLargeError, match=r"Gliding-v0: its actions are continuous"):
        solver.explore()


def test_an_action_has_its_outcomes() -> None:
    batch = Batch([WORLD], 2)
    batch.reset(seed=0)
    (only,) = outcomes(batch, 1, [0.9])
    assert only.probability == 1.0
    batch.w.actions[:] = 0.9
    batch.step()
    state = np.concatenate([part[1] for part in batch.w.rows])
    np.testing.assert_array_equal(only.state, state)
    with pytest.raises(ActionError, match=r"expected an array of shape \(1, 1\)"):
        outcomes(batch, 1, [[1.0, 2.0]])


def test_the_reference_plays_itself() -> None:
    played = play_episodes(WORLD, ReferenceAgent(), range(5))
    assert all(one.solved and one.episode_return == 1.0 for one in played)


def test_a_drawn_world_is_judged_by_the_family_itself() -> None:
    sampling.check_playable(WORLD.override(**{"reward.step_cost": 0.1}))
    space = Batch([WORLD], 1).action_space
    drawn = sampling.random_actions(space, np.random.default_rng(0), 50, 1)
    assert space.contains(drawn[0, 0])
    assert drawn.shape == (50, 1, 1)
    assert drawn.min() < -0.8 < 0.8 < drawn.max()


def test_a_bench_measures_it() -> None:
    rows = bench.bench(WORLD, num_envs=8, seconds=0.01)
    assert all(row["value"] > 0 for row in rows if row["name"].startswith("batch"))


# ---- text ----


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("rudder 0.5", [0.5]),
        ("Think: left?\nAction: rudder = -0.25.", [-0.25]),
        ("[1]", [1.0]),
        ("**[ -1e-3 ]**", [-0.001]),
        ("go east", [1.0]),
        ("0", [-1.0]),
    ],
)
def test_numbers_and_words_are_actions(answer: str, meant: list[float]) -> None:
    found = FAMILY.module("text").Text(WORLD).parse(answer)
    assert WORLD.gym().action_space.contains(found)
    np.testing.assert_array_equal(found, np.float32(meant))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("rudder 1.5", "rudder = 1.5: expected -1 to 1; the nearest valid is 1."),
        ("rudder 1..5", "rudder = '1..5' is no number."),
        ("rudder 1 rudder 0.5", "Expected each of rudder once with a number."),
        ("[1, 0.5]", "The answer gives 2 numbers, expected 1."),
        ("[east]", "rudder = 'east' is no number."),
        ("eastt", "'eastt' is no action here. Did you mean 'east'?"),
        (3.5, "Expected text, got float."),
    ],
)
def test_a_malformed_answer_is_told_why(answer: object, reason: str) -> None:
    found = parse_vector(answer, CHOICES, COMPONENTS)
    assert isinstance(found, Invalid)
    assert found.reason == reason
    assert "rudder 0.5" in found.expected


def test_parts_come_in_any_order() -> None:
    parsed = parse_vector("y -0.5, x: 1", BLOCKED, ("x", "y"))
    np.testing.assert_array_equal(parsed, np.float32([1, -0.5]))
    assert told(parsed, list(BLOCKED)) == "[1.0, -0.5]"
    assert isinstance(parse_vector("x 0.5", BLOCKED, ("x", "y")), Invalid)


def test_a_transcript_holds_actions_as_numbers() -> None:
    env = WORLD.text()
    env.reset(seed=0)
    env.step("rudder 0.5")
    last = json.loads(env.transcript().splitlines()[-1])
    assert last["action"] == {"player_0": [0.5]}


def test_words_and_arrays_play_the_same_episode() -> None:
    env, twin = WORLD.text(), WORLD.gym()
    env.reset(seed=3)
    twin.reset(seed=3)
    for value in np.random.default_rng(0).uniform(-1, 1, 6).astype(np.float32):
        said = env.step(told([value], env.menu()))
        assert (said.reward, said.terminated, said.truncated) == twin.step([value])[1:4]


def test_skins_and_shifts_keep_the_meaning() -> None:
    plain: Any = FAMILY.module("text").Text(WORLD)
    skinned = SkinnedText(plain, {"east": "west", "west": "east"}, {})
    assert skinned.parse("west") == plain.parse("east")
    swap = {"name": "mirror", "what": {"kind": "action.remap"}, "when": {"kind": "step", "at": 0}}
    mirrored = ShiftedText(WORLD.text(), {"schema": "adaptarium-shift/1", "shift": [swap]})
    other = WORLD.text()
    mirrored.reset(seed=1)
    other.reset(seed=1)
    assert mirrored.step("rudder 0.75").text == other.step("rudder -0.75").text
