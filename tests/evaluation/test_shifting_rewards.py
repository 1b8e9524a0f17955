"""Evaluations under shifted rewards and partners: the true return scores, what is told is kept."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.cli.app import app
from adaptarium.commands.cross_play import cross_play
from adaptarium.envs.core.errors import ResultsError, ShiftError, UnknownNameError
from adaptarium.evaluation.foreign import foreign_world, play_foreign
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.report import report
from adaptarium.evaluation.results import Results
from adaptarium.wrappers.spec import ShiftPlan

DEAR = {"kind": "reward.scale", "factor": -2.0, "offset": 1.0}
ICY = {"kind": "factors", "to": {"transition.slip": 0.9}}
MATES = {"kind": "partners", "pool": ["random", "noop_agent:still"], "seats": ["player_1"]}
TEAM = adaptarium.world("Foraging-v0", size=8, **{"episode.max_steps": 9})

NOOP = """
import numpy as np


class Still:
    batched = True

    def __init__(self):
        self.firsts, self.seen = [], {}

    def act(self, observation, info):
        self.firsts += zip(info["seed"], info["step"], info["first"], strict=True)
        self.seen = {name: np.array(part) for name, part in observation.items()}
        return np.zeros(np.shape(info["mask"])[:-1], np.int64)


made = []


def still():
    made.append(Still())
    return made[-1]
"""


def plan(*whats: Mapping[str, Any], when: Mapping[str, Any] | None = None) -> ShiftPlan:
    shifts = [
        {"name": f"s{k}", "what": dict(what), "when": dict(when or {"kind": "step", "at": 4})}
        for k, what in enumerate(whats)
    ]
    return ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": shifts})


class Listens:
    """Plays one action and keeps what it is told."""

    def __init__(self, action: int = 2, seats: int = 1) -> None:
        self.action, self.seats = action, seats
        self.told: list[Any] = []

    def act(self, observation: Any, info: Mapping[str, Any]) -> Any:
        self.told.append(info["reward"])
        return self.action if self.seats == 1 else np.full(self.seats, self.action)


def test_the_true_return_is_scored_and_what_is_told_is_kept() -> None:
    world = adaptarium.world(
        "DoorKey-v0", size=5, **{"episode.max_steps": 9, "reward.step_cost": 0.25}
    )
    agent, bare = Listens(), Listens()
    (shifted,) = play_episodes(world, agent, [3], shift=plan(DEAR))
    (plain,) = play_episodes(world, bare, [3])
    assert plain.told_return is None
    assert (shifted.episode_return, shifted.length) == (plain.episode_return, plain.length)
    steps = np.array([*bare.told[1:], plain.episode_return - sum(bare.told)])
    expected = np.where(np.arange(len(steps)) < 4, steps, 1 - 2 * steps)
    assert agent.told == pytest.approx([0.0, *expected[:-1]])
    assert shifted.told_return == pytest.approx(expected.sum())


def test_several_seats_are_told_a_reward_each() -> None:
    agent = Listens(2, seats=2)
    (episode,) = play_episodes(TEAM, agent, [3], shift=plan(DEAR, when={"kind": "step", "at": 0}))
    assert np.shape(agent.told[1]) == (2,)
    assert episode.told_return == pytest.approx(2 * episode.length - 2 * episode.episode_return)


def test_results_do_not_depend_on_who_plays_beside() -> None:
    shifts = plan({"kind": "judge.noisy", "error": 0.4}, when={"kind": "markov", "stay": 0.5})
    together = play_episodes(TEAM, load_agent("random"), range(5), shift=shifts)
    apart = [play_episodes(TEAM, load_agent("random"), [s], shift=shifts)[0] for s in range(5)]
    assert together == apart
    bare = play_episodes(TEAM, load_agent("random"), range(5))
    assert [e.episode_return for e in bare] == [e.episode_return for e in together]
    assert [e.told_return for e in together] != [e.episode_return for e in together]


def test_of_strangers_the_true_return_counts_too() -> None:
    world, agent = foreign_world("gym:CartPole-v1"), Listens(1)
    (episode,) = play_foreign(world, agent, [5], shift=plan(DEAR))
    assert episode.episode_return == episode.length
    assert episode.told_return == 4 - (episode.length - 4)
    assert agent.told == [0.0, 1.0, 1.0, 1.0, 1.0, *[-1.0] * (episode.length - 5)]


@pytest.mark.parametrize("module", ["simple_spread_v3", "simple_adversary_v3"])
def test_of_strangers_of_several_agents_too(module: str) -> None:
    pytest.importorskip("mpe2")
    world = foreign_world(f"pettingzoo:mpe2.{module}").override(max_cycles=7)
    agent = load_agent("random")
    now = plan(DEAR, when={"kind": "step", "at": 0})
    (bare,), (shifted,) = (
        play_foreign(world, agent, [5]),
        play_foreign(world, agent, [5], shift=now),
    )
    assert shifted.episode_return == bare.episode_return
    assert shifted.told_return == pytest.approx(7 * 3 - 2 * bare.episode_return, rel=1e-5)


def test_cells_and_their_report_tell_both(tmp_path: Path) -> None:
    terms: dict[str, Any] = {"split": "all", "episodes": 6, "pictures": False}
    (cell,) = adaptarium.evaluate(
        "Empty-v0", "random", shift=plan(DEAR), out=tmp_path / "told", **terms
    )
    (bare,) = adaptarium.evaluate("Empty-v0", "random", out=tmp_path / "bare", **terms)
    assert cell["score"] == bare["score"]
    assert "told_return" not in bare
    value, low, high = cell["told_return"]
    assert low <= value <= high
    assert value != cell["score"]["mean_return"]
    (note,) = [note for note in cell["notes"] if "was told" in note]
    assert note.replace("'", "&#39;") in report(tmp_path / "told").read_text()
    kept = Results(tmp_path / "told").cells()[0]
    assert np.mean([e.told_return for e in kept.episodes]) == pytest.approx(value)


# ---- partners ----


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "noop_agent.py").write_text(NOOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "noop_agent", raising=False)
    return tmp_path


class Watches:
    """Always goes on, and keeps what the other seat sees and did."""

    batched = True

    def __init__(self) -> None:
        self.positions: list[Any] = []

    def act(self, observation: Any, info: Any) -> Any:
        assert all(not np.any(part[:, 1]) for part in observation.values())  # its own seat alone
        return np.full(np.shape(info["mask"])[:-1], 2)


@pytest.mark.parametrize("at", [0, 4, 1000])
def test_partners_take_seats_by_the_schedule(at: int, pool: Path) -> None:
    made: list[Any] = importlib.import_module("noop_agent").made
    shifts = plan(MATES, when={"kind": "step", "at": at})
    together = play_episodes(TEAM, Watches(), range(4), shift=shifts)
    (still,) = made
    first = {(int(seed), int(step)) for seed, step, first in still.firsts if first}
    assert first == ({(seed, at) for seed in range(4)} if at < 9 else set())  # and knows nothing
    assert len(still.firsts) == 4 * max(0, 9 - at)
    assert all(not np.any(part[:, 0]) for part in still.seen.values())
    assert together == [play_episodes(TEAM, Watches(), [k], shift=shifts)[0] for k in range(4)]


def test_partners_stay_for_an_episode_where_the_shift_says_so(pool: Path) -> None:
    made: list[Any] = importlib.import_module("noop_agent").made
    play_episodes(TEAM, Watches(), range(4), shift=plan({**MATES, "at_episode": True}))
    assert made[0].firsts == []


def test_partners_are_part_of_a_cell(pool: Path, tmp_path: Path) -> None:
    terms: dict[str, Any] = {
        "split": "all",
        "episodes": 3,
        "pictures": False,
        "out": tmp_path / "o",
    }
    (cell,) = adaptarium.evaluate(TEAM, "random", shift=plan(MATES), **terms)
    assert any("'s0' gave seats to partners" in note for note in cell["notes"])
    (pool / "noop_agent.py").write_text(NOOP.replace("zeros", "ones"))
    with pytest.raises(ResultsError, match="was changed"):
        adaptarium.evaluate(TEAM, "random", shift=plan(MATES), **terms)


@pytest.mark.parametrize(
    ("world", "what", "error", "told"),
    [
        ("Empty-v0", MATES, ShiftError, "has one seat"),
        ("Foraging-v0", {**MATES, "seats": ["player_7"]}, ShiftError, "player_7"),
        ("Foraging-v0", {**MATES, "seats": ["player_0", "player_1"]}, ShiftError, "all seats"),
        ("Foraging-v0", {**MATES, "pool": ["random", "randm"]}, UnknownNameError, "'random'"),
        ("pettingzoo:mpe2.simple_spread_v3", MATES, ShiftError, "environment of others"),
    ],
)
def test_partners_without_a_place_are_refused_before_anything_is_played(
    world: str, what: Any, error: type[Exception], told: str, pool: Path, tmp_path: Path
) -> None:
    if world.startswith("pettingzoo"):
        pytest.importorskip("mpe2")
    with pytest.raises(error, match=told):
        adaptarium.evaluate(world, "random", shift=plan(what), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ---- cross-play ----


def test_cross_play_notes_what_was_never_in_force(tmp_path: Path) -> None:
    shifts = ShiftPlan.from_data(
        {
            "schema": "adaptarium-shift/1",
            "shift": [
                {"name": "icy", "what": ICY, "when": {"kind": "step", "at": 3}},
                {"name": "later", "what": DEAR, "when": {"kind": "step", "at": 5000}},
            ],
        }
    )
    small = TEAM.override(size=5, food=1, num_levels=1)
    (table,) = cross_play(
        small, ["random", "reference"], episodes=3, split="all", shift=shifts, out=tmp_path
    )
    (note,) = table["notes"]
    assert note.startswith("Shift 'later' was never in force")
    assert "&#39;later&#39; was never in force" in report(tmp_path).read_text()


def test_cross_play_swaps_no_partners(pool: Path, tmp_path: Path) -> None:
    plan(MATES).save(tmp_path / "mates.toml")
    words = ["evaluate", "--worlds", "Foraging-v0", "--cross-play", "random,reference",
             "--shift", str(tmp_path / "mates.toml"), "--out", str(tmp_path / "out")]  # fmt: skip
    result = CliRunner().invoke(app, words)
    assert result.exit_code != 0
    assert "cross-play seats every agent" in result.output.replace("\n", " ")
    assert not (tmp_path / "out").exists()
