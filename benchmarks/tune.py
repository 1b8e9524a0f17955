"""Tunes fast-ppo for a family: the hyper-parameters that succeed soonest.

What counts is processor time until a row of progress reaches a threshold (the share of episodes
that succeed, or the mean return), not steps a second: larger minibatches make more steps, and need
more.
Each trial is as slow as the slowest of its seeds; one that takes its budget without success is as
bad as the budget, and the worse the further it was from success. The first trial is what
``agents/rl/hyper.toml`` has now; the best one is written there if it is another.

    python benchmarks/tune.py --world DoorKey-v0 --set size=8 --threshold 0.9 --trials 40
"""

from __future__ import annotations

import argparse
import math
import re
import tempfile
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

import adaptarium
from adaptarium.agents.rl.settings import settings_for
from adaptarium.cli.console import parse_settings
from adaptarium.envs.core.errors import DivergenceError, missing_extra
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.world import World

try:
    import optuna
except ImportError:
    raise SystemExit(str(missing_extra("optuna", "tune"))) from None

HYPER = Path(__file__).resolve().parents[1] / "agents" / "rl" / "hyper.toml"
ENOUGH = 500  # episodes
TUNED = "# Tuned: "
SPACE: Mapping[str, tuple[Any, ...]] = {  # the present values are added to these
    "learning_rate": (0.0005, 0.001, 0.0015, 0.002, 0.003),
    "n_steps": (16, 32, 64, 128),
    "batch_size": (1_024, 2_048, 4_096, 8_192, 16_384),
    "n_epochs": (1, 2, 3, 4, 6, 8),
    "gamma": (0.98, 0.99, 0.995),
    "gae_lambda": (0.9, 0.95, 0.98),
    "clip_range": (0.1, 0.2, 0.3),
    "ent_coef": (0.001, 0.003, 0.01, 0.02),
    "activation": ("Tanh", "ReLU"),
}


class _OverError(Exception):
    """A run has succeeded, or taken its time."""


class _Recent:
    """The mean over at least ``ENOUGH`` episodes that ended last."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, float]] = []
        self._counted = 0

    def add(self, episodes: int, value: float | None) -> None:
        """A row of progress: all episodes so far, and the mean of those since the last row."""
        if value is not None:
            self._rows.append((episodes - self._counted, float(value)))
            self._counted = episodes
        while sum(count for count, _ in self._rows[1:]) >= ENOUGH:
            self._rows.pop(0)

    @property
    def mean(self) -> float:
        """Minus infinity before there are enough."""
        count = sum(count for count, _ in self._rows)
        if count < ENOUGH:
            return -math.inf
        return sum(count * value for count, value in self._rows) / count


def seconds_to_success(
    world: World, hyper: Mapping[str, Any], seed: int, chosen: argparse.Namespace
) -> float:
    """Processor seconds until a row of progress reaches the threshold."""
    begun, recent = time.process_time(), _Recent()

    def listen(row: Mapping[str, Any]) -> None:
        recent.add(row["episodes"], row[chosen.measure])
        if recent.mean >= chosen.threshold or time.process_time() - begun > chosen.budget:
            raise _OverError

    with tempfile.TemporaryDirectory() as folder:
        try:
            adaptarium.train(
                world,
                algo="fast-ppo",
                steps=10**9,
                num_envs=chosen.num_envs,
                seed=seed,
                out=folder,
                device="cpu",
                log_every=1,
                hyperparameters=hyper,
                listener=listen,
            )
        except _OverError:
            pass
        except DivergenceError:
            return 2.0 * chosen.budget
    taken = time.process_time() - begun
    if recent.mean >= chosen.threshold:
        return taken
    missing = min((chosen.threshold - recent.mean) / abs(chosen.threshold), 1.0)
    return float(chosen.budget * (1.0 + missing))


def search(world: World, chosen: argparse.Namespace) -> tuple[dict[str, Any], float, float]:
    """The best hyper-parameters, their seconds, and those of the present ones."""
    present = settings_for("fast-ppo", world.family.name)
    now = {name: getattr(present, name) for name in SPACE}
    choices = {name: list(dict.fromkeys([now[name], *values])) for name, values in SPACE.items()}

    def objective(trial: optuna.Trial) -> float:
        hyper = {name: trial.suggest_categorical(name, each) for name, each in choices.items()}
        slowest = 0.0
        for seed in range(chosen.seeds):
            slowest = max(slowest, seconds_to_success(world, hyper, seed, chosen))
            trial.report(slowest, seed)
            if trial.number and slowest > study.best_value:
                break  # no later seed makes it better
        print(f"{slowest:8.1f} s  {hyper}", flush=True)
        return slowest

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=chosen.seed))
    study.enqueue_trial(now)
    study.optimize(objective, n_trials=chosen.trials)
    changed = {name: value for name, value in study.best_params.items() if value != now[name]}
    return changed, study.best_value, float(study.trials[0].value or 0.0)


def with_row(text: str, family: str, values: Mapping[str, Any], remark: str) -> str:
    """The text of ``hyper.toml`` with new values in the family's table of fast-ppo."""
    head = f"[fast-ppo.{family}]\n"
    pattern = re.compile(r"((?:^#.*\n)*)^" + re.escape(head) + r"((?:^[^\[#\n].*\n)*)", re.M)
    known = pattern.search(text)
    kept = {} if known is None else tomllib.loads(known.group(2))
    row = f"{TUNED}{remark}\n{head}{tomli_w.dumps({**kept, **values})}"
    if known is not None:
        told = known.group(1).splitlines(keepends=True)
        row = "".join(words for words in told if not words.startswith(TUNED)) + row
        return text[: known.start()] + row + text[known.end() :]
    before = text.index("[fast-ppo.default]")
    end = text.find("\n\n", before)
    return f"{text[:end]}\n\n{row}{text[end + 1 :]}" if end >= 0 else f"{text.rstrip()}\n\n{row}"


def main() -> None:
    """Search, print, and write what was found."""
    parser = argparse.ArgumentParser(description="Tunes fast-ppo by time to success.")
    parser.add_argument("--world", default="DoorKey-v0")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--measure", choices=["success", "return_mean"], default="success")
    parser.add_argument("--threshold", type=float, default=0.9)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=2, help="runs of a trial")
    parser.add_argument("--budget", type=float, default=120.0, help="seconds of a run at most")
    parser.add_argument("--num-envs", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=0, help="of the search")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    chosen = parser.parse_args()
    world = adaptarium.world(chosen.world, **parse_settings(chosen.set), split="train")
    changed, best, first = search(world, chosen)
    print(f"best {best:.1f} s, before {first:.1f} s: {changed or 'as it was'}")
    if changed and not chosen.dry:
        settings = " ".join(chosen.set)
        remark = f"{chosen.world} {settings}: {chosen.measure} {chosen.threshold} in {best:.0f} s"
        text = with_row(HYPER.read_text("utf-8"), world.family.name, changed, remark)
        write_atomically(HYPER, text)


if __name__ == "__main__":
    main()
