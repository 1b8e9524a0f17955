"""Cross-play: who sits where, what is counted for whom, and that nothing is played twice."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from adaptarium.cli.app import app
from adaptarium.commands.cross_play import cross_play
from adaptarium.envs.core.errors import AgentError, FactorError, ResultsError
from adaptarium.envs.core.world import resolve_world
from adaptarium.evaluation.cross_play import (
    Match,
    Matches,
    cross_play_tables,
    seatings,
)
from adaptarium.evaluation.cross_play_teams import NamedTeam, Team
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.report import report
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, score_world

WORLD = {"size": 5, "food": 1, "num_levels": 1, "episode.max_steps": 12}

DUEL = '''
"""Two or more players name a number; everyone is paid what the others have named."""
import gymnasium
from pettingzoo import ParallelEnv


class Duel(ParallelEnv):
    metadata = {"name": "duel"}

    def __init__(self, players=2):
        self.possible_agents = [f"p{k}" for k in range(players)]

    def action_space(self, agent):
        return gymnasium.spaces.Discrete(9)

    def observation_space(self, agent):
        return gymnasium.spaces.Discrete(9)

    def reset(self, seed=None, options=None):
        self.agents = list(self.possible_agents)
        return {name: 0 for name in self.agents}, {name: {} for name in self.agents}

    def step(self, actions):
        names, total = list(self.agents), sum(actions.values())
        self.agents = []
        rewards = {name: float(total - actions[name]) for name in names}
        return (
            {name: 0 for name in names},
            rewards,
            {name: True for name in names},
            {name: False for name in names},
            {name: {} for name in names},
        )


def parallel_env(**settings):
    return Duel(**settings)


class Names:
    def __init__(self, number):
        self.number = number

    def act(self, observation, info):
        assert set(observation) == set(info["action_space"])
        return {seat: self.number for seat in observation}


def one():
    return Names(1)


def two():
    return Names(2)


def three():
    return Names(3)
'''


@pytest.fixture
def duel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "duel_game.py").write_text(DUEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "duel_game", raising=False)
    return tmp_path


class Told:
    """Keeps what it is shown and always answers the same."""

    def __init__(self, name: str, action: int, batched: bool) -> None:
        self.name, self.action, self.batched = name, action, batched
        self.seen: list[Mapping[str, Any]] = []

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        self.seen.append({name: np.array(part) for name, part in observation.items()})
        return np.full(np.shape(info["mask"])[:-1], self.action)


def test_two_seats_have_a_seating_for_each_pair() -> None:
    assert seatings("AB", 2) == [("A", "A"), ("A", "B"), ("B", "A"), ("B", "B")]


def test_of_three_seats_one_is_the_focal_agents() -> None:
    found = seatings("AB", 3)
    assert len(found) == len(set(found)) == 2 + 2 * 3
    assert ("A", "B", "B") in found
    assert ("B", "A", "B") in found
    assert len(seatings("ABC", 3)) == 3 + 6 * 3


@pytest.mark.parametrize("batched", [(True, True), (False, False), (True, False)])
def test_members_see_their_own_seats_and_act_for_them(batched: tuple[bool, bool]) -> None:
    world = resolve_world("Foraging-v0").override(**WORLD)
    first, second = (Told(n, k, b) for n, k, b in zip("AB", (0, 1), batched, strict=True))
    actions = []

    class Watched(Team):
        def act(self, observation: Any, info: Any) -> Any:
            actions.append(super().act(observation, info))
            return actions[-1]

    team = Watched({"A": first, "B": second}, ("A", "B"))
    play_episodes(world, team, [3, 4])
    assert all((step[..., 0] == 0).all() and (step[..., 1] == 1).all() for step in actions)
    for agent, own in ((first, 0), (second, 1)):
        for seen in agent.seen:
            for part in seen.values():
                rows = part if agent.batched else part[None]
                assert not rows[:, 1 - own].any(), "another seat's observation"
        assert any(part.any() for part in agent.seen[0].values())


def test_a_team_of_one_agent_plays_as_that_agent() -> None:
    from adaptarium.agents.scripted.random import RandomAgent

    world = resolve_world("Foraging-v0").override(**WORLD)
    returns: dict[int, Any] = {}
    team = Team({"random": RandomAgent()}, ("random", "random"))
    found = play_episodes(world, team, range(8), on_seats=returns.__setitem__)
    assert found == play_episodes(world, RandomAgent(), range(8))
    assert [sum(returns[e.seed]) for e in found] == pytest.approx([e.episode_return for e in found])


def test_answers_of_another_shape_are_refused() -> None:
    class Wrong(Told):
        def act(self, observation: Any, info: Any) -> Any:
            return np.zeros(7)

    world = resolve_world("Foraging-v0").override(**WORLD)
    team = Team({"A": Told("A", 0, True), "B": Wrong("B", 0, True)}, ("A", "B"))
    with pytest.raises(AgentError, match="agent B gave .*expected 2 seats"):
        play_episodes(world, team, [3])


def play_duel(out: Path, players: int = 2, agents: str = "one two", **options: Any) -> Any:
    return cross_play(
        "pettingzoo:duel_game",
        [f"duel_game:{name}" for name in agents.split()],
        overrides={"players": players},
        episodes=4,
        out=out,
        **options,
    )[0]


def test_payoffs_by_hand(duel: Path) -> None:
    """Everyone is paid what the other names: the column decides."""
    found = play_duel(duel / "out")
    assert found["seats"] == ["p0", "p1"]
    assert found["payoffs"] == [[[[1.0] * 3, [2.0] * 3], [[1.0] * 3, [2.0] * 3]]] * 2
    first, second = found["partnerships"]
    assert (first["self_play"][0], first["held_out"][0], first["gap"][0]) == (1, 2, -1)
    assert (second["self_play"][0], second["held_out"][0], second["gap"][0]) == (2, 1, 1)
    assert first["score"]["score"] is None
    assert first["score"]["mean_return"] == 3


def test_held_out_partners_of_three_agents_at_three_seats(duel: Path) -> None:
    """One with two twos or two threes: 4 or 6 at every seat."""
    found = play_duel(duel / "out", 3, "one two three")
    assert np.array(found["payoffs"])[..., 0].tolist() == [[[2, 4, 6]] * 3] * 3
    assert [one["held_out"][0] for one in found["partnerships"]] == [5, 4, 3]
    assert [one["self_play"][0] for one in found["partnerships"]] == [2, 4, 6]


def test_what_was_killed_goes_on_and_ends_with_the_same_file(duel: Path) -> None:
    path = duel / "out" / "cross_play.jsonl"
    whole = play_duel(duel / "out", seeds=[0, 1])
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 8
    path.write_bytes(lines[5] + lines[0] + lines[2][:50])
    told: list[str] = []
    assert play_duel(duel / "out", seeds=[0, 1], listener=told.append) == whole
    assert sum("4 of 4 episodes" in what for what in told) == 6
    again = [json.loads(line) | {"wall_seconds": 0} for line in path.read_bytes().splitlines()]
    assert again == [json.loads(line) | {"wall_seconds": 0} for line in lines]


def test_matches_of_other_terms_are_refused(duel: Path) -> None:
    play_duel(duel / "out")
    (duel / "duel_game.py").write_text(DUEL + "\n")
    with pytest.raises(ResultsError, match="before something was changed"):
        play_duel(duel / "out")


def test_a_reference_return_gives_a_score_and_is_a_term(duel: Path) -> None:
    found = play_duel(duel / "out", reference_return=20.0)
    assert found["partnerships"][0]["score"]["score"] < 0, "3 is less than random play returns"
    with pytest.raises(ResultsError, match="reference return"):
        play_duel(duel / "out", reference_return=30.0)


def test_worlds_of_one_seat_and_lone_agents_are_refused(duel: Path) -> None:
    with pytest.raises(FactorError, match="cross-play on Empty-v0: it has one seat"):
        cross_play("Empty-v0", ["random", "reference"], out=duel / "out")
    with pytest.raises(AgentError, match="at least two agents"):
        cross_play("Foraging-v0", ["random"], out=duel / "out")
    with pytest.raises(AgentError, match="named twice"):
        cross_play("Foraging-v0", ["random", "random"], out=duel / "out")
    assert not (duel / "out").exists()


def test_a_failure_keeps_the_other_matches(duel: Path) -> None:
    (duel / "duel_game.py").write_text(DUEL + "\n\ndef wrong():\n    return Names('many')\n")
    failures: list[str] = []
    with pytest.raises(RuntimeError, match="the same command plays what is missing"):
        play_duel(duel / "out", agents="one wrong", on_failure=failures.append)
    assert len(failures) == 3
    (kept,) = Matches(duel / "out").read().values()
    assert kept.seating == ("duel_game:one", "duel_game:one")


def test_agents_that_join_late_are_told_that_it_is_their_first_step() -> None:
    """In games of turns the second agent first acts at step 1; two random ones draw apart."""
    told: list[tuple[str, bool, int]] = []

    class Told:
        def __init__(self, name: str) -> None:
            self.name = name

        def act(self, observation: Any, info: Any) -> Any:
            told.append((self.name, info["first"], info["seed"]))
            return dict.fromkeys(observation, 0)

    team = NamedTeam({"A": Told("A"), "B": Told("B")}, ("A", "B"), ("p", "q"))
    for step, seat in enumerate("pqpq"):
        assert team.act({seat: 0}, {"first": step == 0, "seed": 7}) == {seat: 0}
    assert [first for _, first, _ in told] == [True, True, False, False]
    seeds = {name: seed for name, _, seed in told}
    assert seeds["A"] != seeds["B"]


def test_the_command_prints_and_the_report_shows_it(duel: Path) -> None:
    words = ["evaluate", "--cross-play", "duel_game:one,duel_game:two", "--workers", "0"]
    words += ["--worlds", "pettingzoo:duel_game", "--episodes", "4", "--out", "out"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "return at seat p1 (row)" in done.output
    as_json = CliRunner().invoke(app, [*words, "--json"])
    assert json.loads(as_json.stdout)["cross_play"][0]["agents"][1] == "duel_game:two"
    page = report("out").read_text()
    assert "<caption>Return at seat <b>p0</b></caption>" in page
    assert '<th scope="col">with duel_game:two</th>' in page
    assert "--depth: 100" in page
    assert "4 matches of <code>cross_play.jsonl</code>" in page


def test_either_agents_or_cross_play_is_expected() -> None:
    for words in ([], ["--agents", "random", "--cross-play", "random,reference"]):
        done = CliRunner().invoke(app, ["evaluate", "--worlds", "Foraging-v0", *words])
        assert done.exit_code != 0
        assert "either --agents or --cross-play" in done.output + str(done.exception)


def made(seating: str, seed: int, returns: list[tuple[float, float]]) -> Match:
    """A match whose reference is worth 2 and random play 0."""
    episodes = tuple(EpisodeResult(f"{k}", k, sum(r), 5, True, None) for k, r in enumerate(returns))
    levels = tuple(LevelReference(f"{k}", 2.0, "exact", 0.0, 0.01, 64) for k in range(len(returns)))
    score = score_world(episodes, levels, resamples=10)
    return Match(
        "Pair-v0", {}, tuple(seating), ("p", "q"), "test", None, seed, episodes,
        tuple(returns), levels, score, 1.0,
    )  # fmt: skip


def test_only_seeds_that_every_seating_has_count() -> None:
    first = [made(s, 0, [(1.0, 0.0), (0.5, 0.5)]) for s in ("AA", "AB", "BA", "BB")]
    (table,) = cross_play_tables([*first, made("AB", 1, [(9.0, 9.0)])])
    assert table.payoffs[0][0][1].value == 0.75
    assert table.payoffs[1][0][1].value == 0.25, "A at the second seat, with B at the first"
    assert table.partnerships[0].held_out.value == 0.5
    assert table.partnerships[0].score.score == pytest.approx(0.5)
    assert cross_play_tables(first[:3]) == []
