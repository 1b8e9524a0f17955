"""Writes ``lifelong_answers.json``: what l2metrics says about ``lifelong_record.jsonl``.

l2metrics is not on a package index and its logger is a second package, so neither is among the
requirements of the tests. The answers are those of l2metrics 3.1.0 (commit 5df0731) with l2logger
1.8.2 (commit e73dfac), both of github.com/lifelong-learning-systems, in an environment of its own::

    pip install 'pandas<2.3' 'numpy<2' scipy matplotlib seaborn tabulate tqdm pyarrow
    pip install --no-deps ./l2logger ./l2metrics
    L2DATA=$(mktemp -d) python tests/evaluation/make_lifelong_answers.py

The record is a made-up life: three tasks in nine blocks whose lengths differ, evaluations of all
tasks between them, a noisy approach to each task's best, and four experts (two of one task).
"""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
from l2metrics import util
from l2metrics.report import MetricsReport

HERE = Path(__file__).parent
METHODS = {
    "preprocessed": {"clamp_outliers": True},
    "raw": {"smoothing_method": "none", "normalization_method": "none"},
}


def of_life(lines, kind, **wanted):
    """The lines of a kind with these entries."""
    return [x for x in lines if x["kind"] == kind and all(x[k] == v for k, v in wanted.items())]


def life_rows(lines):
    """(block, type, task, performance) of the learner, in order."""
    own = [line for line in lines if line["role"] == "learner"]
    rows = [(0, "test", e["task"], e["score"]) for e in of_life(own, "evaluation", step=0)]
    for block in of_life(own, "block"):
        number = 2 * block["number"] + 1
        points = of_life(own, "training", task=block["task"])
        rows += [
            (number, "train", point["task"], point["score"])
            for point in points
            if block["begin"] < point["step"] <= block["end"]
        ]
        after = of_life(own, "evaluation", step=block["end"])
        rows += [(number + 1, "test", e["task"], e["score"]) for e in after]
    return rows


def write_log(name, rows):
    """A log as l2logger writes it."""
    folder = Path(os.environ["L2DATA"]) / "made" / name
    (folder / "0" / "0").mkdir(parents=True)
    info = {"metrics_columns": ["performance"], "log_format_version": "1.1"}
    (folder / "logger_info.json").write_text(json.dumps(info))
    scenario = {"complexity": "1-low", "difficulty": "1-easy", "scenario_type": "custom"}
    (folder / "scenario_info.json").write_text(json.dumps(scenario))
    table = pd.DataFrame(rows, columns=["block_num", "block_type", "task_name", "performance"])
    table["exp_num"] = range(len(rows))
    table["timestamp"] = [f"20210415T145944.{k:06d}" for k in range(len(rows))]
    constants = {"worker_id": "0", "block_subtype": "wake", "task_params": "{}"}
    table.assign(**constants, exp_status="complete").to_csv(
        folder / "0" / "0" / "data-log.tsv", sep="\t", index=False
    )
    return folder.resolve()


def plain(value):
    """JSON's types; NaN becomes null."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(part) for part in value]
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return int(value) if isinstance(value, np.integer) else value


def answers(log, **method):
    """What the report says, and the values that it was computed from."""
    report = MetricsReport(
        log_dir=log,
        perf_measure="performance",
        maintenance_method="both",
        transfer_method="both",
        **method,
    )
    report.calculate()
    return plain(
        {
            "lifetime": report.lifetime_metrics_df.iloc[0].to_dict(),
            "tasks": report.ll_metrics_dict["task_metrics"],
            "terminal": report.regime_metrics_df["term_perf"].to_list(),
            "saturation": report.regime_metrics_df["saturation"].to_list(),
            "values": report._log_data["performance"].to_list(),
        }
    )


if __name__ == "__main__":
    text = (HERE / "lifelong_record.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    (Path(os.environ["L2DATA"]) / "taskinfo").mkdir()
    for expert in dict.fromkeys((x["task"], x["seed"]) for x in lines if x["role"] == "expert"):
        task, seed = expert
        curve = of_life(lines, "training", role="expert", task=task, seed=seed)
        log = write_log(f"{task}-{seed}", [(0, "train", task, point["score"]) for point in curve])
        util.store_ste_data(log, "w" if seed == 0 else "a")
    life = write_log("life", life_rows(lines))
    found = {name: answers(life, **method) for name, method in METHODS.items()}
    path = HERE / "lifelong_answers.json"
    path.write_text(json.dumps(found) + "\n", encoding="utf-8")
