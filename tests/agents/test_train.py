"""Training: it learns, it survives a kill, and its policy plays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.runs import COLUMNS, RunFolder
from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import AgentError, FactorError, RunError, SplitError
from adaptarium.evaluation.playing import play_episodes

SMALL: dict[str, Any] = {"overrides": {"size": 5}, "num_envs": 16, "seed": 0}
# Rollouts of 16 x 8 steps, so that a short run has several checkpoints.
QUICK: dict[str, Any] = {
    **SMALL,
    "hyperparameters": {"n_steps": 8, "batch_size": 64},
    "log_every": 128,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "empty"
    adaptarium.train("Empty-v0", steps=16_384, out=out, **SMALL)
    return out


def test_it_learns_an_empty_room(trained: Path) -> None:
    rows = RunFolder(trained).rows()
    assert [int(row["step"]) for row in rows] == [2048 * k for k in range(1, 9)]
    assert tuple(rows[0]) == COLUMNS
    assert float(rows[-1]["success"]) > 0.95 > float(rows[0]["success"])
    assert float(rows[-1]["return_low"]) <= float(rows[-1]["return_mean"])
    assert sorted(p.name for p in trained.iterdir()) == [
        "checkpoint.pt",
        "progress.csv",
        "run.json",
    ]


def test_run_json_says_what_was_done(trained: Path) -> None:
    info = RunFolder(trained).info()
    assert info["world"] == "Empty-v0"
    assert info["world_data"]["levels"]["knobs"]["size"] == 5
    assert info["world_data"]["levels"]["split"] == "train"
    assert info["versions"]["adaptarium"] == adaptarium.__version__
    assert (info["seed"], info["num_envs"], info["algo"]) == (0, 16, "ppo")
    assert info["device"] in ("cpu", "cuda")
    assert info["exact_resume"] == (info["device"] == "cpu")
    assert info["hyperparameters"]["learning_rate"] == 0.001  # the family's table
    assert {"torch", "stable-baselines3", "sb3-contrib"} <= set(info["versions"])


def test_the_policy_plays_alike_alone_and_in_company(trained: Path) -> None:
    world = adaptarium.world("Empty-v0", size=5)
    together = play_episodes(world, load_agent(str(trained)), range(40))
    assert sum(episode.solved for episode in together) >= 38
    alone = [play_episodes(world, load_agent(str(trained)), [seed])[0] for seed in (0, 7, 39)]
    assert alone == [together[0], together[7], together[39]]


def test_a_policy_refuses_other_observations(trained: Path) -> None:
    world = adaptarium.world("Empty-v0", size=5, **{"observation.view_size": 5})
    with pytest.raises(AgentError, match=r"trained on observations 'image' of shape \(7, 7, 3\)"):
        play_episodes(world, load_agent(str(trained)), [0])


def test_a_finished_run_stays_as_it_is(trained: Path) -> None:
    before = (trained / "progress.csv").read_bytes()
    again = adaptarium.train("Empty-v0", steps=16_384, out=trained, **SMALL)
    assert again["resumed_from"] == 16_384
    assert (trained / "progress.csv").read_bytes() == before
    with pytest.raises(RunError, match=r"other seed \(0, not 1\)"):
        adaptarium.train("Empty-v0", steps=16_384, out=trained, **{**SMALL, "seed": 1})


TRAIN = (
    "import adaptarium, sys; adaptarium.train('Empty-v0', overrides={'size': 5}, num_envs=16,"
    " hyperparameters={'n_steps': 8, 'batch_size': 64}, device='cpu', log_every=128,"
    " steps=int(sys.argv[1]), out=sys.argv[2])"
)


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-c", TRAIN, str(10**8), str(out)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: len(RunFolder(out).rows()) >= 3, process)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    state = RunFolder(out).load_checkpoint()
    assert state is not None
    done = state["counters"]["steps"]
    assert done >= 128
    (out / ".checkpoint.pt.1.tmp").write_bytes(b"half")  # as a kill while writing leaves it
    result = adaptarium.train("Empty-v0", steps=done + 256, out=out, device="cpu", **QUICK)
    assert result["resumed_from"] == done
    assert result["counters"]["steps"] == done + 256
    steps = [int(row["step"]) for row in RunFolder(out).rows()]
    assert steps == [128 * k for k in range(1, done // 128 + 3)]
    assert not [path for path in out.iterdir() if path.name.endswith(".tmp")]
    whole = tmp_path / "whole"
    adaptarium.train("Empty-v0", steps=done + 256, out=whole, device="cpu", **QUICK)
    there, here = (RunFolder(path).load_checkpoint()["policy"] for path in (whole, out))
    assert all(np.array_equal(there[name], here[name]) for name in there)


def wait_for(happened: Any, process: subprocess.Popen[bytes], seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)


def test_too_few_steps_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FactorError, match="expected at least 2 in each of 16 rows; .* valid is 32"):
        adaptarium.train("Empty-v0", steps=20, out=tmp_path / "run", **SMALL)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_played_is_refused_before_the_folder_is_made(tmp_path: Path) -> None:
    levels = tmp_path / "levels.jsonl"
    adaptarium.generate("Maze-v0", count=120, split="train", overrides={"size": 7}, out=levels)
    with pytest.raises(SplitError, match="none of its levels is of split 'test'"):
        adaptarium.train(str(levels), steps=64, num_envs=4, split="test", out=tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["levels.jsonl"]


def test_steps_are_whole_rollouts(tmp_path: Path) -> None:
    made = adaptarium.train("Empty-v0", steps=1300, out=tmp_path / "run", **QUICK)
    assert made["rollout"] == 128
    assert made["counters"]["steps"] == 1280


# ---- the adaptor ----


def test_rows_end_and_begin_as_the_library_expects() -> None:
    world = adaptarium.world("Empty-v0", size=5, **{"episode.max_steps": 4})
    env = BatchVecEnv([world], 8, seed=3)
    rng = np.random.default_rng(0)
    first = env.reset()
    assert first.shape == (8, env.encoding.size)
    truncated = ended = 0
    for _ in range(40):
        obs, rewards, dones, infos = env.step(rng.integers(0, 3, 8))
        assert rewards.dtype == np.float32
        for row, info in enumerate(infos):
            assert dones[row] == ("terminal_observation" in info) == ("episode" in info)
            if not dones[row]:
                continue
            ended += 1
            truncated += info["TimeLimit.truncated"]
            assert info["terminal_observation"].shape == obs[row].shape
            assert info["episode"]["l"] <= 4
            assert (info["episode"]["r"] > 0) == info["is_success"]
            assert not (info["is_success"] and info["TimeLimit.truncated"])
    assert 0 < truncated < ended
    assert len(env.finished) == ended


def test_seeds_of_rows_are_the_batch_s() -> None:
    world = adaptarium.world("DoorKey-v0", size=6)
    env = BatchVecEnv([world], 4, seed=run_seed(5))
    env.reset()
    assert (env.batch.w.core["seed"] == run_seed(5) + np.arange(4)).all()


def test_the_library_finds_the_masks() -> None:
    env = BatchVecEnv([adaptarium.world("Foraging-v0")], 3)
    env.reset()
    assert env.has_attr("action_masks")
    masks = np.stack(env.env_method("action_masks"))
    assert masks.shape == (6, env.action_space.n)
    assert (masks == env.batch.masks().reshape(6, -1)).all()


def test_every_seat_is_a_row() -> None:
    env = BatchVecEnv([adaptarium.world("Foraging-v0")], 3)
    assert env.num_envs == 6
    assert env.reset().shape == (6, env.encoding.size)
    obs, rewards, dones, infos = env.step(np.zeros(6, np.int64))
    assert len(obs) == len(rewards) == len(dones) == len(infos) == 6
