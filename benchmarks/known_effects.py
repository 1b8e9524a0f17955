"""Two known effects of continual learning, with intervals: the streams and measures can see them.

1. **Stability gap** (De Lange, van de Ven & Tuytelaars, ICLR 2023): when a task changes, the score
   on the earlier one drops at once, and recovers at least in part. A room is learnt, then its tiles
   change their looks (``observation.skin``) and it is learnt anew. Two remedies are tried, alone
   and together: replay, and a smaller step size from the shift on. Depth = score before the shift
   - lowest score after it; area = score before the shift - mean score after it; recovery = score at
   the end - lowest score. Who learns more slowly also loses more slowly, so depth and area are
   taken a second time *until the new look is learnt* (its score reaches ``LEARNT``), and the steps
   until then are shown beside them.

   All learners with the same memory and seed live the same life up to the shift, bit for bit: they
   are compared from one level of performance. The smaller step size is chosen on pilot seeds that
   no figure comes from, and not by the gap: it is the smallest candidate with which every pilot
   life still learns the new look.
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
RATE, SMALLER = 1e-3, (5e-4, 2e-4, 1e-4)  # the step size, and candidates for the smaller one
ENDS = 3  # evaluations whose mean is the score before the shift, and at the end
LEARNT = 0.8  # the score at which the new look counts as learnt
SHIFT_STEPS, VISIT_STEPS, VISITS = 16_000, 800, 60
EVALUATE_EVERY = 800
ABSENCE = 5 * VISIT_STEPS
FIRST_SEED = 100  # of the lives that figures come from
PILOT_SEEDS = range(1_000, 1_004)


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
    after, new = scores[steps > SHIFT_STEPS], curve(record, "b")[1][steps > SHIFT_STEPS]
    learnt = np.flatnonzero(new >= LEARNT)
    until = after[: learnt[0] + 1] if len(learnt) else np.full(1, np.nan)
    return {
        "before": before,
        "depth": before - float(after.min()),
        "area": before - float(after.mean()),
        "recovery": float(after[-ENDS:].mean() - after.min()),
        "new look": float(new[-ENDS:].mean()),
        "steps till learnt": float(learnt[0] + 1) * EVALUATE_EVERY if len(learnt) else np.nan,
        "depth till learnt": before - float(until.min()),
        "area till learnt": before - float(until.mean()),
    }


def learner_of(name: str, memory: int, rate: float = RATE) -> SmallDQN:
    """A learner whose step size is ``rate`` from the shift on."""
    return SmallDQN(name, memory=memory, rate=RATE, later=(rate, SHIFT_STEPS))


def smaller_rate() -> float:
    """The smallest candidate with which every pilot life learns the new look; else the largest."""
    for rate in sorted(SMALLER):
        pilot = (
            gap(learner_of("pilot", memory, rate), seed)
            for memory in (LONG, SHORT)
            for seed in PILOT_SEEDS
        )
        if all(row["new look"] >= LEARNT for row in pilot):
            return rate
    return max(SMALLER)


def gaps(seeds: Sequence[int]) -> Rows:
    """The rows of every learner, by seed."""
    rate = smaller_rate()
    print(f"smaller step size, from pilot seeds {PILOT_SEEDS}: {rate:g}", flush=True)
    learners = {
        "short memory": (SHORT, RATE),
        "replay": (LONG, RATE),
        f"short, rate {rate:g}": (SHORT, rate),
        f"replay, rate {rate:g}": (LONG, rate),
    }
    return {
        name: [gap(learner_of(name, *options), seed) for seed in seeds]
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


def recurrences(seeds: Sequence[int]) -> Rows:
    """The rows of both orders, by seed."""
    return {
        name: [forgetting(orders(seed)[name], seed) for seed in seeds]
        for name in ("blocks", "power-law gaps")
    }


# ---- figures ----


def figures(rows: Rows, baselines: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every measure with its interval, and its paired difference from the group's baseline.

    A life in which a measure is not defined (never learnt, never absent) is left out of it.
    """
    found = []
    for name, own in rows.items():
        for measure in own[0]:
            values = np.array([row[measure] for row in own])
            entry = {"group": name, "measure": measure, **interval(values)}
            if name in baselines:
                base = np.array([row[measure] for row in rows[baselines[name]]])
                entry |= {"baseline": baselines[name], "difference": interval(values - base)}
            found.append(entry)
    return found


def interval(values: NDArray[np.float64]) -> dict[str, Any]:
    """Mean over the seeds at which it is defined, and its 95 % bootstrap interval."""
    known = values[np.isfinite(values)]
    if not len(known):
        return {"mean": None, "low": None, "high": None, "seeds": 0}
    found = bootstrap_interval(known, mean)
    return {"mean": found.value, "low": found.low, "high": found.high, "seeds": len(known)}


def shown(entry: Mapping[str, Any]) -> str:
    """One cell of the table."""
    if not entry["seeds"]:
        return f"{'never':^33}"
    low, high = entry["low"], entry["high"]
    return f"{entry['mean']:9.3f} [{low:9.3f}, {high:9.3f}] {entry['seeds']:2d}"


def finite(rows: Rows) -> dict[str, list[dict[str, float | None]]]:
    """The rows as JSON can hold them: None where a measure is not defined."""
    return {
        name: [{key: v if np.isfinite(v) else None for key, v in row.items()} for row in own]
        for name, own in rows.items()
    }


def baselines(rows: Rows) -> dict[str, str]:
    """What each group is compared with: the first one, or the one with the same memory."""
    first, *others = rows
    return {name: "replay" if name.startswith("replay,") else first for name in others}


EXPERIMENTS = {"stability gap": gaps, "recurrence": recurrences}


def main() -> None:
    """Run both experiments, print the tables and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--only", choices=sorted(EXPERIMENTS), help="one of the two")
    parser.add_argument("--out", type=Path, default=Path("results/known_effects.json"))
    options = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + options.seeds)
    begun, result = time.process_time(), {"seeds": list(seeds)}
    for title, run in EXPERIMENTS.items():
        if options.only not in {None, title}:
            continue
        rows = run(seeds)
        table = figures(rows, baselines(rows))
        result[title] = {"figures": table, "lives": finite(rows)}
        print(f"\n{title:<20} {'measure':<18} {'mean, interval, seeds':^36} paired difference")
        for entry in table:
            line = f"{entry['group']:<20} {entry['measure']:<18} {shown(entry)}"
            if "difference" in entry:
                line += f" {shown(entry['difference'])} from {entry['baseline']}"
            print(line, flush=True)
    result["processor_seconds"] = time.process_time() - begun
    print(f"\n{result['processor_seconds']:.0f} s of processor time; {options.out}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(options.out, dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
