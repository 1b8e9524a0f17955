"""Learners under shifts of the interface: what they see, and that going on is exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import data_equivalence

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.agents.rl.settings import ALGORITHMS, TrainingPlan, settings_for
from adaptarium.agents.rl.shifts import Follower
from adaptarium.agents.rl.view import View, make_view
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AgentError, RunError, ShiftError, SnapshotError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.playing import play_episodes
from adaptarium.wrappers.spec import ShiftPlan

WHATS: dict[str, dict[str, Any]] = {
    "noise": {"kind": "observation.noise", "sigma": 1.0},
    "late": {"kind": "observation.delay", "steps": 2},
    "sticky": {"kind": "action.sticky", "rate": 0.3},
    "judge": {"kind": "judge.noisy", "error": 0.3},
    "told": {"kind": "signal"},
    "icy": {"kind": "factors", "to": {"transition.slip": 0.5}},
}
MARKOV = {"kind": "markov", "stay": 0.8, "every": 3}
DRIVEN = {"kind": "progress", "threshold": -100.0, "stages": 3}
SMALL: dict[str, dict[str, Any]] = {
    "ppo": {"n_steps": 8, "batch_size": 32, "n_epochs": 1},
    "a2c": {},
    "dqn": {"learning_starts": 32, "buffer_size": 96, "target_update_interval": 48},
    "recurrent-ppo": {"n_steps": 8, "batch_size": 32, "n_epochs": 1, "lstm_size": 8},
    "maskable-ppo": {"n_steps": 8, "batch_size": 32, "n_epochs": 1},
    "fast-ppo": {"n_steps": 8, "batch_size": 32, "n_epochs": 1, "memory": 8},
    "q-learning": {"n_steps": 8},
    "model-based": {"n_steps": 8},
    "qmix": {"learning_starts": 32, "train_freq": 8, "batch_size": 2, "memory": 8},
}
BARE = ("q-learning", "model-based", "qmix")  # which begin episodes themselves
THROUGH_A_VIEW = [algo for algo in ALGORITHMS if algo not in BARE]


def plan_of(when: dict[str, Any] = MARKOV, **whats: dict[str, Any]) -> ShiftPlan:
    shifts = [{"name": name, "what": what, "when": when} for name, what in whats.items()]
    return ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": shifts})


def training(plan: ShiftPlan | None, world: str = "Empty-v0", num_envs: int = 3) -> TrainingPlan:
    small = {"size": 5} if world == "Empty-v0" else {}
    made = adaptarium.world(world, **{"episode.max_steps": 7}, **small)
    settings = settings_for("ppo", made.family.name, {})
    return TrainingPlan(made, "ppo", 64, num_envs, 0, settings, plan)


# ---- what is seen ----


def test_a_learner_is_shown_what_the_vector_face_shows() -> None:
    plan = plan_of(**WHATS)
    run = training(plan)
    env = BatchVecEnv([run.world], 3, seed=5, view=make_view(run, 3))
    face = adaptarium.shifted(run.world, plan, num_envs=3, autoreset_mode="SameStep")
    seen, (theirs, _) = env.reset(), face.reset(seed=5)
    ends = 0
    for row in np.random.default_rng(0).integers(0, 7, (40, 3)):
        assert np.array_equal(seen, env.encoding(theirs))
        seen, rewards, ended, infos = env.step(row)
        theirs, paid, terminated, truncated, told = face.step(row)
        assert np.array_equal(rewards, paid.astype(np.float32))
        assert np.array_equal(ended, terminated | truncated)
        for i in np.flatnonzero(ended):
            ends += 1
            last = {name: np.asarray(part)[None] for name, part in told["final_obs"][i].items()}
            assert np.array_equal(infos[i]["terminal_observation"], env.encoding(last)[0])
    assert ends > 9


def test_masks_move_with_the_actions() -> None:
    run = training(
        plan_of({"kind": "step", "at": 0}, off={"kind": "action.disable", "actions": [2]})
    )
    env = BatchVecEnv([run.world], 3, view=make_view(run, 3))
    env.reset()
    assert not env.action_masks()[:, 2].any()
    assert env.action_masks()[:, :2].all()


# ---- going on ----


def train(algo: str, out: Path, steps: int, plan: ShiftPlan) -> dict[str, Any]:
    return adaptarium.train(
        "Empty-v0",
        overrides={"size": 5, "episode.max_steps": 9},
        algo=algo,
        steps=steps,
        num_envs=4,
        out=out,
        device="cpu",
        log_every=32,
        hyperparameters=SMALL[algo],
        shift=plan,
    )


def state_of(run: Path) -> dict[str, Any]:
    state = RunFolder(run).load_checkpoint()
    assert state is not None
    state["counters"].pop("seconds")
    return state


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def view_of(run: Path) -> View:
    """What the learner of a run sees."""
    info = RunFolder(run).info()
    world, plan = World.from_data(info["world_data"]), ShiftPlan.from_data(info["shift"])
    settings = settings_for(info["algo"], "grid", info["hyperparameters"])
    return make_view(TrainingPlan(world, info["algo"], 160, 4, 0, settings, plan), 4)


def saved_view(run: Path) -> View:
    """The same, as its last checkpoint left it."""
    state, view = state_of(run), view_of(run)
    saved = state.get("collector", state)
    view.restore(saved["environment"].numpy().tobytes())
    return view


def check_alike(one: View, other: View) -> None:
    """Two views go on alike."""
    for row in np.random.default_rng(3).integers(0, 7, (40, 4, 1)):
        assert data_equivalence(dict(one.obs), dict(other.obs), exact=True)
        one.step(row)
        other.step(row)
        assert np.array_equal(one.reward, other.reward)


CASES = [(algo, when) for algo in THROUGH_A_VIEW for when in (MARKOV, DRIVEN)]
BRIEF = [("ppo", MARKOV), ("fast-ppo", MARKOV)]


@pytest.mark.parametrize(
    ("algo", "when"),
    [*BRIEF, *(pytest.param(*one, marks=pytest.mark.full) for one in CASES if one not in BRIEF)],
)
def test_an_interrupted_run_ends_with_the_same_weights(
    algo: str, when: dict[str, Any], tmp_path: Path
) -> None:
    plan = plan_of(when, **WHATS)
    train(algo, tmp_path / "whole", 160, plan)
    train(algo, tmp_path / "parts", 96, plan)
    assert train(algo, tmp_path / "parts", 160, plan)["resumed_from"] == 96
    whole, parts = state_of(tmp_path / "whole"), state_of(tmp_path / "parts")
    for state in (whole, parts):  # how far schedules have been worked out ahead may differ
        del (state["collector"] if algo == "fast-ppo" else state)["environment"]
    assert [name for name in whole if not same(whole[name], parts[name])] == []
    check_alike(saved_view(tmp_path / "whole"), saved_view(tmp_path / "parts"))
    train(algo, tmp_path / "bare", 160, plan_of(when, icy=WHATS["icy"]))
    assert not same(whole["policy"], state_of(tmp_path / "bare")["policy"])
    agent = load_agent(str(tmp_path / "whole"))
    world = adaptarium.world("Empty-v0", size=5, **{"episode.max_steps": 9})
    assert len(play_episodes(world, agent, range(3), shift=plan)) == 3
    with pytest.raises(
        AgentError, match="'change'.* none of that name"
    ):  # it was told, and is not told here
        play_episodes(world, agent, range(3))


@pytest.mark.full
@pytest.mark.parametrize("algo", BARE)
def test_learners_without_a_view_follow_shifts_of_the_world_exactly(
    algo: str, tmp_path: Path
) -> None:
    plan = plan_of(MARKOV, icy=WHATS["icy"])
    train(algo, tmp_path / "whole", 480, plan)
    for steps in (240, 480):
        train(algo, tmp_path / "parts", steps, plan)
    whole, parts = state_of(tmp_path / "whole"), state_of(tmp_path / "parts")
    assert same(whole["policy"], parts["policy"])


@pytest.mark.parametrize("algo", BARE)
def test_learners_without_a_view_refuse_shifts_of_the_interface(algo: str, tmp_path: Path) -> None:
    with pytest.raises(ShiftError, match=f"'late' are between world and agent; {algo} follows"):
        train(algo, tmp_path / "run", 64, plan_of(late=WHATS["late"], icy=WHATS["icy"]))
    assert not (tmp_path / "run").exists()


def test_progress_drives_the_shifts_of_the_interface_too(tmp_path: Path) -> None:
    plan = plan_of(DRIVEN, noise=WHATS["noise"], icy=WHATS["icy"])
    train("fast-ppo", tmp_path / "run", 160, plan)
    view = saved_view(tmp_path / "run")
    with pytest.raises(SnapshotError):
        View(Batch(view.batch.worlds, 4, autoreset="same_step")).restore(view.save())
    moves = {name: [position for _, position in track.switches(0)]
             for name, track in view.tracks().items()}  # fmt: skip
    assert moves["noise"] == moves["icy"]
    assert moves["noise"][-1] == 1.0


def test_rows_without_an_episode_move_nothing() -> None:
    plan = plan_of(DRIVEN, noise=WHATS["noise"], icy=WHATS["icy"])
    view = make_view(training(plan), 3)
    view.reset(0)
    follower = Follower(plan, view, 3)
    rows = [{"step": "3", "return_mean": ""}]
    follower.follow(rows)
    assert all(not track.switches(0) for track in view.tracks().values())
    follower.follow([*rows, *({"step": str(k), "return_mean": "0.0"} for k in range(6, 90, 3))])
    assert all(track.switches(0) for track in view.tracks().values())


def test_what_cannot_be_trained_under_is_refused_before_there_is_a_folder(tmp_path: Path) -> None:
    partners = plan_of(mates={"kind": "partners", "pool": ["random", "noop"]})
    with pytest.raises(ShiftError, match=r"'mates' swaps partners.*interface\.seated"):
        train("ppo", tmp_path / "run", 64, partners)
    unfit = plan_of(it={"kind": "observation.noise", "sigma": 1.0, "entries": ["speed"]})
    with pytest.raises(ShiftError, match="speed"):
        train("ppo", tmp_path / "run", 64, unfit)
    assert not (tmp_path / "run").exists()


def test_another_plan_is_another_run(tmp_path: Path) -> None:
    train("fast-ppo", tmp_path / "run", 32, plan_of(noise=WHATS["noise"]))
    with pytest.raises(RunError, match="shift"):
        train("fast-ppo", tmp_path / "run", 64, plan_of(late=WHATS["late"]))
