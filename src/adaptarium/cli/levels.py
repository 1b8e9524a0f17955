"""``generate``, ``validate`` and ``sample``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adaptarium.cli.console import (
    JsonOption,
    SeedOption,
    print_json,
    print_table,
    progress,
)


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
