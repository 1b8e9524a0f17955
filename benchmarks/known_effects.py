"""Two known effects of continual learning, with intervals: the streams and measures can see them.

1. **Stability gap** (De Lange, van de Ven & Tuytelaars, ICLR 2023): when a task changes, the score
   on the earlier one drops at once, and recovers at least in part. It shrinks with replay or with a
   smaller step size. A room is learnt, then its tiles change their looks (``observation.skin``) and
   it is learnt anew. Depth = score before the shift - lowest score after it; area = score before
   the shift - mean score after it; recovery = score at the end - lowest score.
2. **Recurrence**: tasks that come again after gaps of a power law are forgotten less than the same
   tasks in blocks. Both orders hold the same steps of every task. Forgetting is Continual World's F
   (score at the end of a task's own learning - score at the end of all); absence drop compares like
   with like: how much a task's score falls over an absence of the same length, in the second half.

Scores: 0 is random play, 1 the optimum. The learner is :class:`small_dqn.SmallDQN`. Differences are
paired by seed; 95 % intervals by bootstrap over seeds (the same seed: the same task order).

    OMP_NUM_THREADS=1 python benchmarks/known_effects.py [--seeds 12] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from small_dqn import SmallDQN

from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps
from adaptarium.evaluation.measures.record import Record, read_record
from adaptarium.evaluation.statistics import bootstrap_interval, mean
from adaptarium.evaluation.streams.order import Recurring, recurring_order
from adaptarium.evaluation.streams.plan import load_stream
from adaptarium.evaluation.streams.running import StreamRun, run_stream

Row = dict[str, float]
Rows = Mapping[str, Sequence[Row]]

EMPTY, WALL, GOAL = 1, 2, 8
LOOKS = {  # what floor, wall and goal look like in each task
    "a": (EMPTY, WALL, GOAL),
    "b": (WALL, GOAL, EMPTY),
    "c": (GOAL, EMPTY, WALL),
    "d": (WALL, EMPTY, GOAL),
}
SHORT, LONG = 2_000, 100_000  # steps that are remembered: hardly any replay, and all of it
ENDS = 3  # evaluations whose mean is the score before the shift, and at the end
SHIFT_STEPS, VISIT_STEPS, VISITS = 16_000, 800, 60
EVALUATE_EVERY = 800
ABSENCE = 5 * VISIT_STEPS


def stream(name: str, tasks: Sequence[str], blocks: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """A stream of small rooms that differ in their looks alone."""
    return {
        "schema": "adaptarium-stream/1",
        "name": name,
        "evaluate_every": EVALUATE_EVERY,
        "episodes": 50,
        "num_envs": 16,
        "task": [
            {
                "name": task,
                "world": "Empty-v0",
                "set": {
                    "size": 5,
                    "episode.max_steps": 50,
                    "action.vocabulary": ["left", "right", "forward"],
                    "observation.skin": skin(*LOOKS[task]),
                },
            }
            for task in tasks
        ],
        "block": [{"learn": task, "steps": steps} for task, steps in blocks],
    }


def skin(empty: int, wall: int, goal: int) -> list[int]:
    """The permutation of tile codes that gives these three tiles these looks."""
    codes = list(range(16))
    codes[EMPTY], codes[WALL], codes[GOAL] = empty, wall, goal
    return codes


def lived(data: Mapping[str, Any], learner: SmallDQN, seed: int) -> Record:
    """The record of one life."""
    with tempfile.TemporaryDirectory() as folder:
        run_stream(StreamRun(load_stream(data), (learner,), (seed,)), folder)
        return read_record(folder)


def curve(record: Record, task: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Steps and scores of a task's evaluations."""
    found = [line for line in record.evaluations if line.task == task]
    return np.array([line.step for line in found]), np.array([line.score for line in found])


# ---- the stability gap ----


def gap(learner: SmallDQN, seed: int) -> Row:
    """Depth, area and recovery of the first task's score after the shift."""
    blocks = [("a", SHIFT_STEPS), ("b", SHIFT_STEPS)]
    record = lived(stream("gap", ("a", "b"), blocks), learner, seed)
    steps, scores = curve(record, "a")
    before = float(scores[steps <= SHIFT_STEPS][-ENDS:].mean())
    after = scores[steps > SHIFT_STEPS]
    return {
        "before": before,
        "depth": before - float(after.min()),
        "area": before - float(after.mean()),
        "recovery": float(after[-ENDS:].mean() - after.min()),
        "new task": float(curve(record, "b")[1][-ENDS:].mean()),
    }


def gaps(seeds: int) -> Rows:
    """The rows of every learner, by seed."""
    learners = {
        "short memory": {"memory": SHORT},
        "replay": {"memory": LONG},
        "small steps": {"memory": SHORT, "rate": 1e-4},
    }
    return {
        name: [gap(SmallDQN(name, **options), seed) for seed in range(seeds)]  # type: ignore[arg-type]
        for name, options in learners.items()
    }


# ---- recurrence ----


def orders(seed: int) -> dict[str, list[tuple[str, int]]]:
    """The same visits with power-law gaps, and gathered in blocks."""
    names = sorted(LOOKS)
    places = recurring_order(
        len(names), Recurring(blocks=VISITS, steps=VISIT_STEPS, exponent=1.5, seed=seed)
    )
    order = [names[place] for place in places]
    return {
        "power-law gaps": [(task, VISIT_STEPS) for task in order],
        "blocks": [(task, order.count(task) * VISIT_STEPS) for task in dict.fromkeys(order)],
    }


def forgetting(blocks: Sequence[tuple[str, int]], seed: int) -> Row:
    """Final score, F and the drop over an absence, as means over the tasks."""
    learner = SmallDQN("short memory", memory=SHORT)
    record = lived(stream("recurrence", sorted(LOOKS), blocks), learner, seed)
    final, lost, drops = [], [], []
    for task in sorted(LOOKS):
        steps, scores = curve(record, task)
        ends = [block.end for block in record.blocks if block.task == task]
        begins = [block.begin for block in record.blocks if block.task == task]
        final.append(scores[-1])
        lost.append(scores[steps == ends[-1]][0] - scores[-1])
        for end, back in zip(ends, [*begins[1:], steps[-1]], strict=True):
            if back - end >= ABSENCE and end >= steps[-1] / 2:
                drops.append(scores[steps == end][0] - scores[steps == end + ABSENCE][0])
    return {
        "final score": float(np.mean(final)),
        "forgetting": float(np.mean(lost)),
        "absence drop": float(np.mean(drops)) if drops else np.nan,
    }


def recurrences(seeds: int) -> Rows:
    """The rows of both orders, by seed."""
    return {
        name: [forgetting(orders(seed)[name], seed) for seed in range(seeds)]
        for name in ("blocks", "power-law gaps")
    }


# ---- figures ----


def figures(rows: Rows, baseline: str) -> list[dict[str, Any]]:
    """Every measure with its interval, and its paired difference from the baseline."""
    found = []
    for name, own in rows.items():
        for measure in own[0]:
            values = np.array([row[measure] for row in own])
            base = np.array([row[measure] for row in rows[baseline]])
            known = np.isfinite(values) & np.isfinite(base)
            entry = {"group": name, "measure": measure, **interval(values[known])}
            if name != baseline:
                entry["difference"] = interval((values - base)[known])
            found.append(entry)
    return found


def interval(values: NDArray[np.float64]) -> dict[str, Any]:
    """Mean over seeds and its 95 % bootstrap interval."""
    found = bootstrap_interval(values, mean)
    return {"mean": found.value, "low": found.low, "high": found.high, "seeds": len(values)}


def shown(entry: Mapping[str, Any]) -> str:
    """One line of the table."""
    return f"{entry['mean']:7.3f} [{entry['low']:6.3f}, {entry['high']:6.3f}]"


def main() -> None:
    """Run both experiments, print the tables and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--out", type=Path, default=Path("results/known_effects.json"))
    options = parser.parse_args()
    begun, result = time.process_time(), {"seeds": options.seeds}
    for title, run, baseline in (
        ("stability gap", gaps, "short memory"),
        ("recurrence", recurrences, "blocks"),
    ):
        rows = run(options.seeds)
        result[title] = {"figures": figures(rows, baseline), "lives": rows}
        print(f"\n{title:<16} {'measure':<13} {'mean':^25} difference from {baseline}")
        for entry in result[title]["figures"]:
            difference = shown(entry["difference"]) if "difference" in entry else ""
            print(f"{entry['group']:<16} {entry['measure']:<13} {shown(entry)} {difference}")
    result["processor_seconds"] = time.process_time() - begun
    print(f"\n{result['processor_seconds']:.0f} s of processor time; {options.out}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(options.out, dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
