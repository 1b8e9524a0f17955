"""Evaluations follow plans of shifts: each episode from its own beginning, whoever plays beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.cli.app import app
from adaptarium.envs.core.errors import AdaptariumError, ShiftError
from adaptarium.evaluation.foreign import foreign_world, play_foreign
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.report.commands import evaluation_commands
from adaptarium.evaluation.results import Results
from adaptarium.wrappers.spec import ShiftPlan

EMPTY = adaptarium.world("Empty-v0", size=6)
SLIP = {"kind": "factors", "to": {"transition.slip": 0.9}}
NOISE = {"kind": "observation.noise", "sigma": 3.0}
STUCK = {"kind": "action.remap", "mapping": [1, 0, 2, 3, 4, 5, 6]}
TERMS: dict[str, Any] = {"split": "all", "episodes": 6, "pictures": False}


def plan(*parts: tuple[Mapping[str, Any], Mapping[str, Any]]) -> ShiftPlan:
    shifts = [
        {"name": f"s{k}", "what": dict(what), "when": dict(when)}
        for k, (what, when) in enumerate(parts)
    ]
    return ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": shifts})


def at(count: int, unit: str = "step") -> dict[str, Any]:
    return {"kind": "step", "at": count, "unit": unit}


class Eyes:
    """Plays one after the other and remembers what it saw."""

    def __init__(self, actions: int = 3) -> None:
        self.actions = actions
        self.seen: list[Any] = []
        self.begun: list[int] = []

    def act(self, observation: Any, info: Mapping[str, Any]) -> int:
        if info["step"] == 0:
            self.begun.append(len(self.seen))
        part = observation["image"] if isinstance(observation, Mapping) else observation
        self.seen.append(np.array(part, np.float64))
        return (int(info["step"]) + int(info["seed"])) % self.actions


@pytest.mark.parametrize("what", [SLIP, NOISE, STUCK], ids=["physics", "observation", "action"])
def test_a_schedule_counts_from_the_beginning_of_each_episode(what: Mapping[str, Any]) -> None:
    plain, late, early = Eyes(), Eyes(), Eyes()
    before = play_episodes(EMPTY, plain, [3, 4])
    assert play_episodes(EMPTY, late, [3, 4], shift=plan((what, at(100_000)))) == before
    play_episodes(EMPTY, early, [3, 4], shift=plan((what, at(5))))
    assert all(np.array_equal(*pair) for pair in zip(plain.seen, late.seen, strict=True))
    for here, there in zip(plain.begun, early.begun, strict=True):
        pairs = zip(plain.seen[here : here + 6], early.seen[there : there + 6], strict=True)
        assert all(np.array_equal(*pair) for pair in pairs)
    changed = [not np.array_equal(*pair) for pair in zip(plain.seen, early.seen, strict=False)]
    assert any(changed)


def test_results_do_not_depend_on_who_plays_beside() -> None:
    shifts = plan(
        (SLIP, {"kind": "markov", "stay": 0.5, "every": 2}),
        ({"kind": "action.noise", "rate": 0.5}, at(4)),
    )
    together = play_episodes(EMPTY, load_agent("random"), range(7), shift=shifts)
    apart = [
        play_episodes(EMPTY, load_agent("random"), [seed], shift=shifts)[0] for seed in range(7)
    ]
    assert together == apart
    assert together != play_episodes(EMPTY, load_agent("random"), range(7))


def test_the_trace_is_that_of_a_shifted_environment() -> None:
    shifts = plan((SLIP, at(3)), (NOISE, at(5)), ({"kind": "signal", "of": ["s0"]}, at(0)))
    eyes = Eyes()
    (episode,) = play_episodes(EMPTY, eyes, [8], shift=shifts)
    env = adaptarium.shifted(EMPTY, shifts)
    observation, _ = env.reset(seed=8)
    for step, seen in enumerate(eyes.seen):
        assert np.array_equal(observation["image"], seen)
        observation, *_ = env.step((step + 8) % 3)
    assert len(eyes.seen) == episode.length


def test_strangers_are_wrapped() -> None:
    world, plain, noisy = foreign_world("gym:CartPole-v1"), Eyes(2), Eyes(2)
    play_foreign(world, plain, [5, 6])
    play_foreign(world, noisy, [5, 6], shift=plan((NOISE, at(4))))
    changed = [not np.array_equal(*pair) for pair in zip(plain.seen, noisy.seen, strict=True)]
    assert changed[:6] == [False] * 5 + [True]


def test_a_shift_of_levels_decides_the_level_that_an_episode_begins_on(tmp_path: Path) -> None:
    small = {"kind": "levels", "to": {"size": 5}}
    cells = {}
    for name, shift in {
        "now": plan((small, at(0))),
        "same": {"size": 5},
        "later": plan((small, at(50))),
        "none": None,
    }.items():
        (cells[name],) = adaptarium.evaluate(
            "Empty-v0", "random", shift=shift, out=tmp_path / name, **TERMS
        )
    assert cells["now"]["score"] == cells["same"]["score"]
    assert cells["later"]["score"] == cells["none"]["score"] != cells["now"]["score"]
    (note,) = [note for note in cells["later"]["notes"] if "never in force" in note]
    assert "'s0'" in note


def test_cells_record_the_plan_and_the_report_repeats_it(tmp_path: Path) -> None:
    shifts = plan((SLIP, at(3)), (NOISE, at(5)))
    shifts.save(tmp_path / "shift.toml")
    out, again = tmp_path / "out", tmp_path / "again"
    words = ["evaluate", "--worlds", "Empty-v0", "--agents", "random", "--split", "all",
             "--episodes", "4", "--no-pictures", "--workers", "0"]  # fmt: skip
    told = CliRunner().invoke(
        app, [*words, "--shift", str(tmp_path / "shift.toml"), "--out", str(out)]
    )
    assert told.exit_code == 0, told.output
    assert "shift s0 (factors, step)" in told.output
    (cell,) = Results(out).cells()
    assert cell.shift is not None
    assert ShiftPlan.from_data(cell.shift) == shifts
    (command,) = evaluation_commands([cell])
    assert "--shift" in command
    result = CliRunner().invoke(
        app, [*words, "--shift", json.dumps(cell.shift), "--out", str(again)]
    )
    assert result.exit_code == 0, result.output
    assert Results(again).cells()[0].episodes == cell.episodes


@pytest.mark.parametrize(
    ("world", "what", "match"),
    [
        ("Empty-v0", {"kind": "reward.shaping", "entry": "speed"}, "speed"),
        ("Empty-v0", {"kind": "partners", "pool": ["a", "b"]}, "has one seat"),
        ("Empty-v0", {"kind": "factors", "to": {"transition.slp": 0.1}}, "transition.slip"),
        ("gym:CartPole-v1", SLIP, "'s0'"),
    ],
)
def test_what_no_episode_can_show_is_refused_first(
    world: str, what: Mapping[str, Any], match: str, tmp_path: Path
) -> None:
    with pytest.raises(AdaptariumError, match=match):
        adaptarium.evaluate(world, "random", shift=plan((what, at(0))), out=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_slots_are_refused(tmp_path: Path) -> None:
    (shift,) = plan((SLIP, at(0)))
    some = shift.model_dump(mode="json") | {"slots": {"modulo": 2, "remainders": [1]}}
    shifts = ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": [some]})
    with pytest.raises(ShiftError, match="slots"):
        adaptarium.evaluate("Empty-v0", "random", shift=shifts, out=tmp_path / "none")


def test_matches_of_cross_play_follow_a_plan_too(tmp_path: Path) -> None:
    terms: dict[str, Any] = {"split": "all", "episodes": 2}
    names = ["random", "reference"]
    payoffs = {}
    for name, count in (("never", 100_000), ("always", 0)):
        idle = {"kind": "action.remap", "mapping": [1, 2, 3, 4, 5, 0]}
        shifts = plan((idle, at(count)))
        (table,) = adaptarium.cross_play(
            "Foraging-v0", names, shift=shifts, out=tmp_path / name, **terms
        )
        payoffs[name] = table["payoffs"]
        assert table["shift"] == shifts.to_data()
    (bare,) = adaptarium.cross_play("Foraging-v0", names, out=tmp_path / "bare", **terms)
    assert payoffs["never"] == bare["payoffs"] != payoffs["always"]


def test_agents_that_read_words_are_refused_where_observations_shift(tmp_path: Path) -> None:
    with pytest.raises(ShiftError, match="reads the text of a world"):
        adaptarium.evaluate(
            "Empty-v0", "llm:m@http://127.0.0.1:9", shift=plan((NOISE, at(0))), out=tmp_path / "x"
        )
