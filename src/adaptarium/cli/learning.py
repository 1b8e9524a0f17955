"""``train``, ``evaluate`` and ``report``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adaptarium.cli.console import (
    JsonOption,
    SeedOption,
    SetOption,
    parse_settings,
    print_json,
    print_table,
    progress,
)
from adaptarium.cli.cross_play import play_cross
from adaptarium.envs.core.errors import FactorError, ShiftError

if TYPE_CHECKING:
    from adaptarium.wrappers.spec import ShiftPlan

Threads = Annotated[int, typer.Option("--threads", min=0, help="CPU threads; 0: one a core.")]


def train_command(
    world: Annotated[
        str,
        typer.Argument(help="World id or world file; for fast-ppo several with commas between."),
    ],
    settings: SetOption = None,
    algo: Annotated[
        str,
        typer.Option(
            help="ppo, a2c, dqn, recurrent-ppo, maskable-ppo, fast-ppo, qmix, q-learning or "
            "model-based."
        ),
    ] = "ppo",
    steps: Annotated[
        int, typer.Option(min=1, help="Environment steps at most; whole rollouts are played.")
    ] = 500_000,
    num_envs: Annotated[int, typer.Option(min=1, help="Environments side by side.")] = 64,
    seed: SeedOption = 0,
    out: Annotated[Path, typer.Option(help="The run's folder; an unfinished run goes on.")] = Path(
        "runs/latest"
    ),
    split: Annotated[str, typer.Option(help="Levels to learn on.")] = "train",
    hyper: Annotated[
        list[str] | None,
        typer.Option("--hyper", metavar="NAME=VALUE", help="A hyper-parameter; repeatable."),
    ] = None,
    shift: Annotated[
        Path | None, typer.Option(metavar="FILE", help="How the world changes: a shift file.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto (CUDA where there is one), cpu or cuda.")] = (
        "auto"
    ),
    log_every: Annotated[
        int, typer.Option(min=1, help="Steps between rows of progress, in whole rollouts.")
    ] = 2_000,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write TensorBoard events too.")
    ] = False,
    diagnostics: Annotated[
        bool, typer.Option("--diagnostics", help="Measure the network's plasticity too.")
    ] = False,
    threads: Threads = 1,
    as_json: JsonOption = False,
) -> None:
    """Train an agent; a run that was killed goes on from its last checkpoint."""
    from adaptarium.commands.train import train

    with progress(f"train {world}", steps) as update:
        result = train(
            world,
            overrides=parse_settings(settings),
            algo=algo,
            steps=steps,
            num_envs=num_envs,
            seed=seed,
            out=out,
            split=split,
            device=device,
            log_every=log_every,
            tensorboard=tensorboard,
            diagnostics=diagnostics,
            hyperparameters=parse_settings(hyper, "--hyper"),
            shift=shift,
            num_threads=threads,
            listener=lambda row: update(row["step"], _remark(row, steps)),
        )
    for note in result["notes"]:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        print_json(result)
        return
    counters, last = result["counters"], result["last"]
    if result["resumed_from"]:
        typer.echo(f"went on from step {result['resumed_from']:,}")
    typer.echo(
        f"{_counted(counters['steps'], steps, result['rollout'])}; "
        f"{counters['episodes']:,} episodes in {counters['seconds']:.0f} s"
    )
    if "return_mean" in last:
        typer.echo(
            f"last rollout: return {last['return_mean']:.3f}, success {last['success']:.1%}"
            if "success" in last
            else f"last rollout: return {last['return_mean']:.3f}"
        )
    typer.echo(f"run: {result['run']}")


def _counted(done: int, steps: int, rollout: int) -> str:
    """The steps that were played, and why they are fewer than asked for."""
    if done >= steps:
        return f"{done:,} steps"
    return f"{done:,} of {steps:,} steps: whole rollouts of {rollout:,}"


def _remark(row: Mapping[str, Any], steps: int) -> str:
    """Rate, time left and how well it goes, for the progress bar."""
    left = timedelta(seconds=round((steps - row["step"]) / max(row["fps"], 1)))
    told = f"{row['step']:,} steps  {row['fps']:,} steps/s  {left} left"
    if row["return_mean"] is None:
        return told
    return f"{told}  return {row['return_mean']:.3f}  success {row['success']:.0%}"


_LANGUAGE: Any = {"rich_help_panel": "Language models"}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _seeds(text: str) -> list[int]:
    try:
        return [int(word) for word in _names(text)]
    except ValueError:
        raise FactorError(
            f"--seeds {text!r}: expected whole numbers with commas, for example 0,1,2"
        ) from None


def _shift(words: list[str] | None) -> dict[str, Any] | ShiftPlan:
    """The changes by name, or the plan of a shift file or of its JSON."""
    from adaptarium.wrappers.spec import ShiftPlan

    word = words[0] if words and len(words) == 1 else ""
    if word.startswith("{"):
        try:
            return ShiftPlan.from_data(json.loads(word))
        except ValueError as problem:
            raise ShiftError(f"--shift {word[:60]}: {problem}; expected JSON") from None
    if word.endswith((".toml", ".json")) and "=" not in word:
        return ShiftPlan.load(word)
    return parse_settings(words, "--shift")


def _reference_return(words: list[str] | None) -> float | dict[str, float] | None:
    """One number, or numbers by the names of the environments that they are for."""
    found: dict[str, float] = {}
    for word in words or ():
        name, _, number = word.rpartition("=")
        if name in found or (words and len(words) > 1 and not name):
            raise FactorError(
                f"--reference-return {word}: expected WORLD=X, once for each foreign environment"
            )
        try:
            found[name] = float(number)
        except ValueError:
            raise FactorError(
                f"--reference-return {word!r}: expected a number, for example 500"
            ) from None
    return found.get("", found) if found else None


def evaluate_command(
    worlds: Annotated[
        str, typer.Option(help="World ids, files, gym:ID, pettingzoo:MODULE; commas between.")
    ] = "",
    agents: Annotated[
        str | None,
        typer.Option(
            help="random, reference, mcts, explorer, bargainer, coached, run folders, agent files "
            "(TOML), module:factory, llm:MODEL@BASE_URL; commas between. NAME=RUN+RUN makes several "
            "training runs one algorithm. In a stream also learners: ppo (if none is named), "
            "dqn ..., the file's own, module:factory."
        ),
    ] = None,
    stream: Annotated[
        Path | None,
        typer.Option(help="Instead of worlds: a stream file, whose tasks are learnt in turn."),
    ] = None,
    cross_play: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...", help="Instead of --agents: each with each other at every seat."
        ),
    ] = None,
    settings: SetOption = None,
    split: Annotated[str, typer.Option(help="Levels to play.")] = "test",
    episodes: Annotated[int, typer.Option(min=1, help="Episodes a cell.")] = 200,
    shift: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE|FILE",
            help="A change the agents never saw; repeatable. Each episode follows a shift file "
            "from its own beginning: counts of episodes stay at 0.",
        ),
    ] = None,
    seed: SeedOption = 0,
    seeds: Annotated[
        str | None, typer.Option(help="Several seeds with commas, instead of --seed.")
    ] = None,
    reference_return: Annotated[
        list[str] | None,
        typer.Option(metavar="X|WORLD=X", help="Good play's return on a foreign environment."),
    ] = None,
    max_steps: Annotated[
        int | None,
        typer.Option(min=1, help="Cut a foreign environment's episodes after so many steps."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The results folder; finished cells are kept.")] = Path(
        "results/latest"
    ),
    pictures: Annotated[bool, typer.Option(help="Draw some of the levels.")] = True,
    humans: Annotated[
        Path | None,
        typer.Option(help="People's games (play --record), beside the agents as human."),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Episodes at once, over all workers.", **_LANGUAGE)
    ] = 4,
    timeout: Annotated[
        float,
        typer.Option(min=0.001, max=86_400.0, help="Seconds a request may take.", **_LANGUAGE),
    ] = 60.0,
    retries: Annotated[
        int, typer.Option(min=0, help="How often a failed request is repeated.", **_LANGUAGE)
    ] = 5,
    history: Annotated[
        int, typer.Option(min=0, help="Earlier steps that are sent along.", **_LANGUAGE)
    ] = 8,
    prices: Annotated[
        str | None,
        typer.Option(
            metavar="PROMPT,COMPLETION",
            help="US dollars for a million tokens; without it no cost is told.",
            **_LANGUAGE,
        ),
    ] = None,
    request: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="A request field (temperature=0); repeatable.", **_LANGUAGE
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=0, max=1024, help="Worker processes; 0: none. By default one a core."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Play held-out levels and score agents between random play and the reference."""
    from adaptarium.agents.language import Prices, Settings
    from adaptarium.commands.evaluate import aggregates, evaluate

    language = Settings(
        concurrency=concurrency,
        timeout=timeout,
        retries=retries,
        history=history,
        request=parse_settings(request, "--request"),
        prices=None if prices is None else Prices.read(prices),
    )
    terms: dict[str, Any] = {
        "overrides": parse_settings(settings),
        "split": split,
        "episodes": episodes,
        "shift": _shift(shift),
        "seed": seed,
        "seeds": None if seeds is None else _seeds(seeds),
        "reference_return": _reference_return(reference_return),
        "max_steps": max_steps,
        "out": out,
        "language": language,
        "workers": (os.cpu_count() or 1) if workers is None else workers,
        "on_failure": lambda what: typer.echo(f"adaptarium: failed: {what}", err=True),
    }
    if stream is None and (agents is None) == (cross_play is None):
        raise FactorError(
            "expected either --agents or --cross-play, for example --agents random,reference"
        )
    if stream is not None and cross_play is not None:
        raise FactorError("expected either --stream or --cross-play, got both")
    if humans is not None and cross_play is not None:
        raise FactorError("expected either --humans or --cross-play, got both")
    if cross_play is not None:
        play_cross(_names(worlds), _names(cross_play), as_json, **terms)
        return
    with progress("evaluate") as update:
        cells = evaluate(
            _names(worlds),
            _names(agents or ""),
            stream=stream,
            pictures=pictures,
            humans=humans,
            listener=lambda what: update(0, what),
            **terms,
        )
    if stream is not None:
        _print_stream(cells, out, as_json)
        return
    if as_json:
        print_json({"results": str(out), "cells": cells, "aggregates": aggregates(out)})
        return
    columns: tuple[str, ...] = (
        "world",
        "agent",
        "seed",
        "shift",
        "score",
        "score 95 %",
        "return",
        "return 95 %",
        "solved",
        "levels",
        "episodes",
    )
    rows = [_row(cell) for cell in cells]
    if any(cell["score"]["true_return"] is not None for cell in cells):
        columns = (*columns[:8], "true return", *columns[8:])
        rows = [_with_truth(row, cell["score"]) for row, cell in zip(rows, cells, strict=True)]
    print_table(columns, rows)
    _print_measures(cells)
    for note in dict.fromkeys(note for cell in cells for note in cell["notes"]):
        typer.echo(note)
    typer.echo(f"results: {out}")


def _print_measures(cells: list[dict[str, Any]]) -> None:
    """What worlds report beside returns: a row a measure."""
    rows = [
        (*_row(cell)[:4], name, value, f"{low:.4g} to {high:.4g}")
        for cell in cells
        for name, (value, low, high) in cell.get("measures", {}).items()
    ]
    if rows:
        print_table(("world", "agent", "seed", "shift", "measure", "mean", "95 %"), rows)


def _with_truth(row: tuple[Any, ...], score: dict[str, Any]) -> tuple[Any, ...]:
    """A row with what the episodes were truly worth after what they paid."""
    true = "" if score["true_return"] is None else score["true_return"]
    return (*row[:8], true, *row[8:])


def _print_stream(rows: list[dict[str, Any]], out: Path, as_json: bool) -> None:
    """The last evaluation of each learner on each task."""
    if as_json:
        print_json({"results": str(out), "last_evaluations": rows})
        return
    columns = ("learner", "seed", "role", "task", "step", "score", "mean_return", "success_rate")
    print_table(columns, [[row[name] for name in columns] for row in rows])
    typer.echo(f"results: {out}")
    if (out / "report.html").is_file():
        typer.echo(f"report: {out / 'report.html'}")


def _row(cell: dict[str, Any]) -> tuple[Any, ...]:
    from adaptarium.evaluation.report.tables import shift_text

    score = cell["score"]
    shift = ", ".join(shift_text(cell["shift"]))
    return (
        cell["world"],
        f"{cell['group']}: {cell['agent']}" if cell["group"] else cell["agent"],
        cell["seed"],
        shift,
        score["score"],
        "" if score["score"] is None else f"{score['low']:.2f} to {score['high']:.2f}",
        score["mean_return"],
        f"{score['return_low']:.4g} to {score['return_high']:.4g}",
        "" if score["success_rate"] is None else f"{score['success_rate']:.1%}",
        score["num_levels"],
        score["num_episodes"],
    )


def report_command(
    results: Annotated[Path, typer.Argument(help="A results folder.")],
    out: Annotated[Path | None, typer.Option(help="File or folder to write to.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write report.html: scores, intervals, learning curves and levels on one page."""
    from adaptarium.commands.report import report

    path = report(results, out)
    if as_json:
        print_json({"report": str(path)})
    else:
        typer.echo(f"report: {path}")
