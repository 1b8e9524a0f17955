"""``generate``, ``validate`` and ``sample``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from adaptarium.cli.console import (
    JsonOption,
    SeedOption,
    SetOption,
    SplitOption,
    parse_settings,
    print_json,
    print_table,
    progress,
)


def generate_command(
    world: Annotated[
        str, typer.Argument(help="A world's id or file, or a Sokoban collection (.xsb, .sok).")
    ],
    count: Annotated[
        int | None,
        typer.Option(min=1, help="How many distinct levels; 100, or all of explicit ones."),
    ] = None,
    seed: SeedOption = 0,
    difficulty: Annotated[
        float | None, typer.Option(min=0, max=1, help="0 is easy, 0.5 as published, 1 hard.")
    ] = None,
    split: SplitOption = "all",
    settings: SetOption = None,
    out: Annotated[
        Path, typer.Option(help="The level file: a bank of arrays (.npz) or JSON Lines.")
    ] = Path("levels.jsonl"),
    as_json: JsonOption = False,
) -> None:
    """Write a file of distinct levels, each with its reference."""
    from adaptarium.commands.generate import generate

    with progress("generate", count) as update:
        made = generate(
            world,
            count=count,
            seed=seed,
            difficulty=difficulty,
            split=split,
            overrides=parse_settings(settings),
            out=out,
            listener=update,
        )
    if as_json:
        print_json(made)
        return
    typer.echo(f"{made['path']}: {made['levels']} distinct levels of {made['world']}")


def validate_command(
    path: Annotated[Path, typer.Argument(help="A level file: JSON Lines or a bank (.npz).")],
    humans: Annotated[
        Path | None, typer.Option(help="People's games on these levels (play --record).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a level file: format, hashes, splits, solvability, recorded numbers."""
    from adaptarium.commands.validate import validate

    with progress("validate") as update:
        found = validate(path, humans=humans, listener=update)
    if as_json:
        print_json(found)
    else:
        for problem in found["problems"][:20]:
            typer.echo(problem, err=True)
        verdict = "valid" if found["valid"] else f"{len(found['problems'])} problems"
        typer.echo(
            f"{path}: {verdict}; {found['levels']} levels, {found['solved']} solved again, "
            f"{found['replayed']} replayed to their reference"
        )
        if found.get("humans"):
            print_table(("who", "mean return", "n"), _returns(found["humans"]))
    if not found["valid"]:
        raise typer.Exit(1)


def _returns(humans: dict[str, Any]) -> list[tuple[Any, ...]]:
    """People's games beside what the same levels are worth."""
    return [
        (who, "" if humans[who] is None else humans[who], humans["games"])
        for who in ("human", "reference", "random")
    ]


def sample_command(
    count: Annotated[int, typer.Option(min=1, help="How many worlds.")] = 1,
    seed: SeedOption = 0,
    family: Annotated[str, typer.Option(help="The family to draw from.")] = "grid",
    out: Annotated[Path, typer.Option(help="The folder of the world files.")] = Path("worlds"),
    as_json: JsonOption = False,
) -> None:
    """Draw whole worlds at random, each tried before it is written."""
    from adaptarium.commands.sample import sample

    with progress("sample", count) as update:
        rows = sample(count=count, seed=seed, family=family, out=out, listener=update)
    if as_json:
        print_json(rows)
        return
    print_table(("world", "file", "description"), [_sampled(row) for row in rows])


def _sampled(row: dict[str, str]) -> tuple[str, str, str]:
    return row["id"], row["path"], row["description"]
