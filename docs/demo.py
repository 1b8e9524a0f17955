"""From a generated level to a trained agent and a report, in a few minutes: ``make demo``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from adaptarium.commands.evaluate import evaluate
from adaptarium.commands.generate import generate
from adaptarium.commands.report import report
from adaptarium.commands.train import train
from adaptarium.commands.validate import validate

OUT = Path("runs/demo")
SIZE = {"size": 6}
STEPS = 400_000


def say(text: str) -> None:
    """One line with the time since the start."""
    print(f"[{time.perf_counter() - START:5.0f} s] {text}", flush=True)


START = time.perf_counter()

for world in ("Maze-v0", "DoorKey-v0", "LavaCrossing-v0"):
    path = OUT / "levels" / f"{world}.jsonl"
    generate(world, count=100, difficulty=0.7, seed=3, out=path)
    checked = validate(path)
    verdict = "all valid" if checked["valid"] else f"problems: {checked['problems'][:3]}"
    say(f"{path}: {checked['levels']} levels, {checked['solved']} solved again, {verdict}")
    if not checked["valid"]:
        sys.exit(1)

say(f"training PPO on DoorKey-v0, 6x6, train split, up to {STEPS:,} steps ...")
run = OUT / "doorkey"
train("DoorKey-v0", overrides=SIZE, algo="ppo", steps=STEPS, num_envs=64, seed=0, out=run)
say(f"trained: {run}")

agents = ["random", "reference", str(run)]
results = OUT
for shift in (None, {"transition.slip": 0.2}):
    under = "as trained" if shift is None else "under slip 0.2"
    rows = evaluate(
        "DoorKey-v0", agents, overrides=SIZE, split="test", episodes=200, shift=shift, out=results
    )
    for row in rows:
        score = row["score"]
        say(
            f"{under}: {row['agent']:<18} score {score['score']:.3f} "
            f"[{score['low']:.3f}, {score['high']:.3f}], solved {score['success_rate']:.0%}"
        )

say(f"report: {report(results)}")
