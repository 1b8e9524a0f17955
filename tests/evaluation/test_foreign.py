"""Environments of others are evaluated as they are, and nothing about them is made up."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from typer.testing import CliRunner

import adaptarium
from adaptarium.cli.app import app
from adaptarium.envs.core.errors import AgentError, FactorError, ResultsError, UnknownNameError
from adaptarium.evaluation.failures import EvaluationError
from adaptarium.evaluation.foreign import SEEDS, foreign_world, play_foreign, random_episodes
from adaptarium.evaluation.results import Results

POLICY = """
class Lean:
    def act(self, observation, info):
        return int(observation[2] + observation[3] > 0)

make = Lean
"""

TAG = '''
"""Two agents; each is paid for the action that its mask allows, and one leaves before the other."""
import gymnasium
import numpy as np
from pettingzoo import ParallelEnv


class Tag(ParallelEnv):
    metadata = {"name": "tag"}
    possible_agents = ["early", "late"]

    def __init__(self, pay=1.0):
        self.pay = pay

    def action_space(self, agent):
        return gymnasium.spaces.Discrete(3)

    def observation_space(self, agent):
        mask = gymnasium.spaces.MultiBinary(3)
        return gymnasium.spaces.Dict(
            {"clock": gymnasium.spaces.Discrete(9), "action_mask": mask}
        )

    def reset(self, seed=None, options=None):
        self.agents, self.clock = list(self.possible_agents), 0
        self.allowed = np.random.default_rng(seed).integers(3)
        return self.seen(), {name: {} for name in self.agents}

    def seen(self):
        mask = np.eye(3, dtype=np.int8)[self.allowed]
        return {name: {"clock": self.clock, "action_mask": mask} for name in self.agents}

    def step(self, actions):
        assert set(actions) == set(self.agents)
        rewards = {name: self.pay * (action == self.allowed) for name, action in actions.items()}
        self.clock += 1
        over = {name: self.clock >= (2 if name == "early" else 4) for name in self.agents}
        seen, infos = self.seen(), {name: {} for name in self.agents}
        self.agents = [name for name in self.agents if not over[name]]
        return seen, rewards, over, {name: False for name in over}, infos


def parallel_env(**settings):
    return Tag(**settings)
'''


TURNS = '''
"""Two agents in turn: each is paid its own action; the first one leaves after two turns."""
import gymnasium
from pettingzoo import AECEnv


class Turns(AECEnv):
    metadata = {"name": "turns", "is_parallelizable": False}
    possible_agents = ["a", "b"]

    def action_space(self, agent):
        return gymnasium.spaces.Discrete(3)

    def observation_space(self, agent):
        return gymnasium.spaces.Discrete(99)

    def observe(self, agent):
        return self.clock

    def reset(self, seed=None, options=None):
        self.agents, self.clock, self.agent_selection = ["a", "b"], 0, "a"
        for name in ("rewards", "_cumulative_rewards", "terminations", "truncations", "infos"):
            empty = {} if name == "infos" else False if name[0] == "t" else 0
            setattr(self, name, dict.fromkeys(self.agents, empty))

    def step(self, action):
        mine = self.agent_selection
        if self.terminations[mine]:
            self._was_dead_step(action)
            self.agent_selection = self.agents[0] if self.agents else mine
            return
        self.clock += 1
        self._cumulative_rewards[mine] = 0
        self.rewards = {name: action if name == mine else 0 for name in self.agents}
        self._accumulate_rewards()
        self.terminations[mine] = self.clock >= (3 if mine == "a" else 7)
        others = [name for name in self.agents if name != mine]
        self.agent_selection = (others or [mine])[0]


def env():
    return Turns()
'''


class Told:
    """Pushes the cart to the left and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def act(self, observation: Any, info: Mapping[str, Any]) -> int:
        self.told.append({"observation": observation, **info})
        return 0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a policy and a PettingZoo environment of a user."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    (tmp_path / "five_lines.py").write_text(POLICY, encoding="utf-8")
    (tmp_path / "tag_env.py").write_text(TAG, encoding="utf-8")
    return tmp_path


def plain(page: Path) -> str:
    text = page.read_text(encoding="utf-8").partition("</style>")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_a_five_line_policy_reaches_the_report(here: Path) -> None:
    words = "evaluate --worlds gym:CartPole-v1 --agents five_lines:make,random --episodes 20"
    done = CliRunner().invoke(app, [*words.split(), "--out", "cart", "--json"])
    assert done.exit_code == 0, done.output
    lean, random = (cell["score"] for cell in json.loads(done.stdout)["cells"])
    assert 300 < lean["return_low"] <= lean["mean_return"] <= lean["return_high"] <= 500
    assert 15 < random["mean_return"] < 30
    assert {lean[name] for name in ("score", "low", "high", "success_rate")} == {None}
    shown = CliRunner().invoke(app, ["report", "cart"])
    assert shown.exit_code == 0, shown.output
    text = plain(here / "cart" / "report.html")
    assert "gym:CartPole-v1 has no reference: returns are given as they are" in text
    assert "references: none; random play returns 2" in text
    assert f"five_lines:make \u2013 {lean['mean_return']:.1f} [" in text
    assert "An arrow marks" not in text  # there is no score to draw


def test_a_reference_that_is_given_makes_the_score(here: Path) -> None:
    from five_lines import Lean

    cell = adaptarium.evaluate(
        "gym:CartPole-v1", Lean(), episodes=20, reference_return=500, out="scored"
    )[0]
    (kept,) = Results("scored").cells()
    random = np.mean([e.episode_return for e in random_episodes(foreign_world("gym:CartPole-v1"))])
    assert {level.random_return for level in kept.references} == {float(random)}
    expected = (cell["score"]["mean_return"] - random) / (500 - random)
    assert cell["score"]["score"] == pytest.approx(expected)
    assert cell["score"]["low"] < cell["score"]["score"] < cell["score"]["high"]
    assert cell["reference_methods"] == ["given"]
    text = plain(adaptarium.report("scored"))
    assert "references: a return of 500.00 as given; random play returns" in text
    with pytest.raises(ResultsError, match=r"reference return 500\.0, not None"):
        adaptarium.evaluate("gym:CartPole-v1", Lean(), episodes=20, out="scored")
    with pytest.raises(ResultsError, match="with episodes 20, not 30; expected 20, or another"):
        adaptarium.evaluate(
            "gym:CartPole-v1", Lean(), episodes=30, reference_return=500, out="scored"
        )


def test_what_an_agent_is_told(here: Path) -> None:
    agent = Told()
    first, second = play_foreign(foreign_world("gym:CartPole-v1"), agent, [5, 6])
    again = play_foreign(foreign_world("gym:CartPole-v1"), Told(), [6])
    assert again == [second]
    assert [told["first"] for told in agent.told].count(True) == 2
    assert [told["step"] for told in agent.told[: first.length]] == list(range(first.length))
    assert {told["seed"] for told in agent.told[first.length :]} == {6}
    assert agent.told[0]["action_space"] == gymnasium.spaces.Discrete(2)
    assert "gym:CartPole-v1" in agent.told[0]["mission"]
    assert "mask" not in agent.told[0]
    env = gymnasium.make("CartPole-v1")
    np.testing.assert_array_equal(agent.told[0]["observation"], env.reset(seed=5)[0])
    assert (first.terminated, first.solved) == (True, None)


def test_a_mask_and_a_success_are_passed_on() -> None:
    class Door(gymnasium.Env):
        observation_space = gymnasium.spaces.Discrete(1)
        action_space = gymnasium.spaces.Discrete(4)

        def reset(self, *, seed: Any = None, options: Any = None) -> Any:
            self.open = (seed or 0) % 4
            return 0, {"action_mask": np.eye(4, dtype=np.int8)[self.open]}

        def step(self, action: Any) -> Any:
            won = action == self.open
            return 0, float(won), False, True, {"is_success": won}

    gymnasium.register("AdaptariumDoor-v0", entry_point=Door)
    try:
        world = foreign_world("gym:AdaptariumDoor-v0")
        assert {episode.episode_return for episode in random_episodes(world)} == {1.0}
        episodes = play_foreign(world, Told(), range(8))
    finally:
        gymnasium.registry.pop("AdaptariumDoor-v0")
    assert [episode.solved for episode in episodes] == [True, False, False, False] * 2


def test_a_pettingzoo_environment(here: Path) -> None:
    class Both:
        """Plays what the mask allows, and knows that it is gone when it is gone."""

        def act(self, observation: Any, info: Mapping[str, Any]) -> dict[str, int]:
            assert observation.keys() == info["mask"].keys() == info["action_space"].keys()
            assert list(observation) == (["early", "late"] if info["step"] < 2 else ["late"])
            return {name: int(mask.argmax()) for name, mask in info["mask"].items()}

    world = "pettingzoo:tag_env"
    cells = adaptarium.evaluate(
        world, [Both(), "random"], overrides={"pay": 2.0}, episodes=4, out="tag"
    )
    # Six actions of two each; the mask leaves random play no other action either.
    assert [cell["score"]["mean_return"] for cell in cells] == [12.0, 12.0]
    (episode, *_) = Results("tag").cells()[0].episodes
    assert (episode.length, episode.terminated, episode.solved) == (4, True, None)
    text = plain(adaptarium.report("tag"))
    assert "pettingzoo:tag_env pay=2.0" in text


def test_a_pettingzoo_environment_of_turns(here: Path) -> None:
    (here / "turns_env.py").write_text(TURNS, encoding="utf-8")

    class Counting:
        def __init__(self) -> None:
            self.order = ""

        def act(self, observation: Any, info: Mapping[str, Any]) -> dict[str, int]:
            (name,) = observation
            assert list(info["action_space"]) == [name]
            self.order += name
            return {name: 1 if name == "a" else 2}

    agent = Counting()
    (episode,) = play_foreign(foreign_world("pettingzoo:turns_env"), agent, [3])
    # a, b, a (who then leaves), and b alone to its seventh step of the clock.
    assert agent.order == "abab" + "bbb"
    assert (episode.length, episode.episode_return, episode.terminated) == (7, 2 + 2 * 5, True)
    cells = adaptarium.evaluate("pettingzoo:turns_env", "random", episodes=3, out="turns")
    assert cells[0]["score"]["num_episodes"] == 3


@pytest.mark.full
def test_a_classic_game_of_pettingzoo(here: Path) -> None:
    pytest.importorskip("pettingzoo.classic.tictactoe_v3")
    (cell,) = adaptarium.evaluate(
        "pettingzoo:pettingzoo.classic.tictactoe_v3", "random", episodes=5, out="tictactoe"
    )
    assert cell["score"]["mean_return"] == 0  # what one wins the other loses


ENDLESS = """
import gymnasium


class Endless(gymnasium.Env):
    observation_space = action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {}

    def step(self, action):
        return 0, 1.0, False, False, {}


gymnasium.register("Endless-v0", Endless)
gymnasium.register("Limited-v0", Endless, max_episode_steps=30)
"""


def test_an_episode_that_does_not_end_is_cut_and_said_to_be(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adaptarium.evaluation.foreign.MAX_STEPS", 50)
    (here / "endless_env.py").write_text(ENDLESS, encoding="utf-8")
    worlds = ["gym:endless_env:Endless-v0", "gym:endless_env:Limited-v0"]
    endless, limited = adaptarium.evaluate(worlds, "random", episodes=2, out="r")
    assert endless["score"]["mean_return"] == 50
    said = "2 of 2 episodes went on for 50 steps and were cut there by the evaluator"
    assert said in endless["notes"][-1]
    assert limited["score"]["mean_return"] == 30
    assert not any("cut there" in note for note in limited["notes"])
    cut, ended = ({(e.cut, e.terminated) for e in cell.episodes} for cell in Results("r").cells())
    assert (cut, ended) == ({(True, False)}, {(False, False)})
    adaptarium.report("r")
    assert said in plain(here / "r" / "report.html")
    with pytest.raises(ResultsError, match="from before gym:endless_env:Endless-v0 was changed"):
        adaptarium.evaluate(worlds, "random", episodes=2, max_steps=20, out="r")
    cells = adaptarium.evaluate(worlds, "random", episodes=2, max_steps=20, out="r20")
    assert [cell["score"]["mean_return"] for cell in cells] == [20, 20]


def test_ours_and_theirs_in_one_report(here: Path) -> None:
    cells = adaptarium.evaluate(
        ["gym:CartPole-v1", "Empty-v0"],
        "random",
        episodes=20,
        seeds=(0, 1),
        reference_return={"gym:CartPole-v1": 500.0},
        out="mixed",
    )
    assert [(cell["world"], cell["seed"]) for cell in cells] == [
        ("gym:CartPole-v1", 0),
        ("gym:CartPole-v1", 1),
        ("Empty-v0", 0),
        ("Empty-v0", 1),
    ]
    text = plain(adaptarium.report("mixed"))
    assert "Across worlds" in text
    assert "gym:CartPole-v1, Empty-v0" in text


def test_seeds_of_play_and_of_random_play_are_apart(here: Path) -> None:
    adaptarium.evaluate("gym:CartPole-v1", "random", episodes=5, seeds=(0, 1, 2), out="apart")
    seeds = [e.seed for cell in Results("apart").cells() for e in cell.episodes]
    assert len(set(seeds)) == 15
    assert max(seeds) < SEEDS
    first = random_episodes(foreign_world("gym:CartPole-v1"))
    assert min(episode.seed for episode in first) >= SEEDS


class Numb:
    """An agent whose answers are no actions."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def act(self, observation: Any, info: Mapping[str, Any]) -> Any:
        return self.answer


@pytest.mark.parametrize("answer", [2, -1, 0.5, None, "left", [0, 1]])
def test_what_is_no_action_is_named(answer: Any) -> None:
    with pytest.raises(AgentError) as caught:
        play_foreign(foreign_world("gym:CartPole-v1"), Numb(answer), [7])
    said = str(caught.value)
    assert said.startswith("episode seed 7, step 0: agent Numb gave ")
    assert repr(answer) in said
    assert "expected an action of Discrete(2)" in said


def test_actions_of_a_box_may_be_lists() -> None:
    world = foreign_world("gym:MountainCarContinuous-v0").override(max_episode_steps=3)
    assert play_foreign(world, Numb([0.5]), [0])[0].length == 3
    with pytest.raises(AgentError, match=r"gave \[5\.0\]; expected an action of Box"):
        play_foreign(world, Numb([5.0]), [0])


@pytest.mark.parametrize(
    ("answer", "said"),
    [(1, "gave 1; expected a dict"), ({"early": 0, "late": 9}, "gave 9; expected an action of")],
)
def test_what_is_no_answer_for_all_agents_is_named(here: Path, answer: Any, said: str) -> None:
    with pytest.raises(AgentError, match=re.escape(said)):
        play_foreign(foreign_world("pettingzoo:tag_env"), Numb(answer), [0])


REFUSED: list[tuple[str, str, dict[str, Any], type[Exception], str]] = [
    ("gym:CartPol-v1", "random", {}, UnknownNameError, "'CartPol-v1'; did you mean 'CartPole-v1'"),
    ("gmy:CartPole-v1", "random", {}, UnknownNameError, "'gmy:'; did you mean 'gym:'"),
    ("gym:", "random", {}, UnknownNameError, "unknown world 'gym:'; expected one of: gym:CartPole"),
    ("pettingzoo:no.such", "random", {}, EvaluationError, "No module named 'no'; expected a mod"),
    ("pettingzoo:json", "random", {}, EvaluationError, "has neither parallel_env() nor env(); f"),
    ("gym:CartPole-v1", "reference", {}, AgentError, "'reference' cannot play gym:CartPole-v1"),
    ("gym:CartPole-v1", "random", {"overrides": {"wheels": 4}}, FactorError, "{'wheels': 4}"),
    ("gym:CartPole-v1", "random", {"reference_return": np.nan}, FactorError, "nan; expected a fin"),
    ("gym:CartPole-v1", "random", {"reference_return": {"gym:C": 1}}, UnknownNameError, "'gym:C'"),
    ("Empty-v0", "random", {"reference_return": 1.0}, FactorError, "1.0 for 0 foreign environm"),
    ("gym:CartPole-v1", "random", {"seeds": (0, 0)}, FactorError, "seeds [0, 0]; expected differ"),
    ("gym:CartPole-v1", "random", {"max_steps": 0}, FactorError, "max_steps = 0; expected a posi"),
    ("Empty-v0", "random", {"max_steps": 9}, FactorError, "max_steps = 9, and no foreign environ"),
    ("gym:CartPole-v1", "random", {"seeds": ()}, FactorError, "seeds []; expected different"),
]


@pytest.mark.parametrize(("world", "agent", "settings", "kind", "said"), REFUSED)
def test_a_refusal_names_the_value_and_writes_nothing(
    tmp_path: Path,
    world: str,
    agent: str,
    settings: dict[str, Any],
    kind: type[Exception],
    said: str,
) -> None:
    with pytest.raises(kind, match=re.escape(said)):
        adaptarium.evaluate(world, agent, out=tmp_path / "r", **settings)
    assert list(tmp_path.iterdir()) == []


def test_a_reference_below_random_play_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="reference return 3 of gym:CartPole-v1: uniformly"):
        adaptarium.evaluate(
            "gym:CartPole-v1", "random", episodes=5, reference_return=3, out=tmp_path
        )
    assert Results(tmp_path).cells() == []


@pytest.fixture
def call(here: Path) -> Callable[..., Any]:
    return lambda *words: CliRunner().invoke(app, ["evaluate", "--agents", "random", *words])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seeds", "0,x"), "--seeds '0,x': expected whole numbers with commas"),
        (("--reference-return", "much"), "--reference-return 'much': expected a number"),
        (("--reference-return", "1", "--reference-return", "2"), "expected WORLD=X, once"),
        (("--workers", "-1"), "nearest valid is 0"),
    ],
)
def test_options_are_refused_in_one_line(
    call: Callable[..., Any], here: Path, words: tuple[str, ...], said: str
) -> None:
    result = call("--worlds", "gym:CartPole-v1", "--out", "none", *words)
    assert result.exit_code != 0
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr
    assert not (here / "none").exists()
