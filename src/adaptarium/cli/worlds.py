"""``list``, ``show``, ``play`` and ``bench``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

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

WorldArgument = Annotated[str, typer.Argument(help="World id or world file.")]
SkinOption = Annotated[str, typer.Option(help="What things are called, where there are skins.")]


def list_command(
    family: Annotated[str | None, typer.Option(help="Only this family.")] = None,
    factors: Annotated[bool, typer.Option(help="List the factors too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the worlds; --json also says which factor is live and which is structural."""
    from adaptarium.commands.list import list_worlds

    found = list_worlds(family)
    if as_json:
        print_json(found)
        return
    rows = [
        (world["id"], world["family"], world["seats"], world["summary"])
        for world in found["worlds"]
    ]
    print_table(("world", "family", "seats", "description"), rows)
    for one in found["families"] if factors else ():
        print_table(*_factor_table(one["factors"], "default"), title=f"factors of {one['name']}")


def _factor_table(factors: list[dict[str, Any]], shown: str) -> tuple[Any, Any]:
    columns = ("factor", "kind", shown, "meaning")
    return columns, [(row["name"], row["kind"], row[shown], row["doc"]) for row in factors]


def show_command(
    world: WorldArgument,
    settings: SetOption = None,
    seed: SeedOption = 0,
    png: Annotated[Path | None, typer.Option(help="Draw the level into this file.")] = None,
    factors: Annotated[bool, typer.Option(help="List every factor and knob.")] = False,
    skin: SkinOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show a world (its manual and the level of a seed), the shifts of a file, or a replay."""
    from adaptarium.commands.show import is_replay_file, is_shift_file, show, show_shift

    if is_shift_file(world):
        shifts = show_shift(world)
        if as_json:
            print_json(shifts)
        else:
            typer.echo("\n\n".join(map(_shift_lines, shifts)))
        return
    if is_replay_file(world):
        _show_replay(world, png, as_json)
        return
    colour = sys.stdout.isatty() and not as_json
    found = show(
        world, overrides=parse_settings(settings), seed=seed, png=png, skin=skin, colour=colour
    )
    if as_json:
        print_json(found)
        return
    levels = found["distinct_levels"]
    typer.echo(f"{found['id']} ({found['family']}): {found['description']}")
    typer.echo(f"source: {found['source']}")
    typer.echo(f"distinct levels: {'10,000 or more' if levels is None else f'{levels:,}'}\n")
    typer.echo(f"the level of seed {seed}:\n{found['picture']}\n")
    typer.echo(found["manual"])
    if factors:
        print_table(*_factor_table(found["factors"], "value"), title="factors")
        rows = [(knob["name"], knob["value"], knob["doc"]) for knob in found["knobs"]]
        print_table(("knob", "value", "meaning"), rows, title="generator knobs")
    if found["png"]:
        typer.echo(f"picture: {found['png']}")


def _show_replay(path: str, png: Path | None, as_json: bool) -> None:
    """A replay, played to its end."""
    from adaptarium.commands.show import show_replay

    found = show_replay(path, png=png)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['world']}, seed {found['seed']}: {found['steps']} steps, to the same end")
    returns = ", ".join(f"{value:g}" for value in found["returns"])
    typer.echo(f"returns: {returns}{'; solved' if found['success'] else ''}")
    for name, value in found["measures"].items():
        typer.echo(f"{name}: {value:g}")
    typer.echo(f"\n{found['picture']}")
    if found["png"]:
        typer.echo(f"picture: {found['png']}")


def _shift_lines(shift: dict[str, Any]) -> str:
    """One shift by its four fields, those that are at their defaults left out of each."""
    fields = ("what", "when", "adaptation", "success")
    lines = [f"shift {shift['name']}"]
    for field in fields:
        told = {name: value for name, value in shift[field].items() if value not in (None, [], {})}
        kind = [told.pop("kind")] if "kind" in told else []
        words = [*kind, *(f"{name} {value}" for name, value in told.items())]
        lines.append(f"  {field:11}{', '.join(words)}")
    if shift["slots"] != {"modulo": 1, "remainders": [0]}:
        lines.append(f"  {'slots':11}{shift['slots']}")
    return "\n".join(lines)


def play_command(
    world: WorldArgument,
    settings: SetOption = None,
    seed: SeedOption = 0,
    record: Annotated[
        Path | None, typer.Option(help="Add every finished game to this file of human references.")
    ] = None,
    name: Annotated[str, typer.Option(help="The player's name in that file.")] = "",
) -> None:
    """Play a world with the keyboard, and keep the games as human references."""
    from adaptarium.cli.play import play

    play(world, overrides=parse_settings(settings), seed=seed, record=record, name=name)


def bench_command(
    world: Annotated[str, typer.Argument(help="World id or world file.")] = "DoorKey-v0",
    settings: SetOption = None,
    num_envs: Annotated[int, typer.Option(min=1, help="Slots of the batch.")] = 1024,
    seconds: Annotated[float, typer.Option(min=0.01, help="Time for each measurement.")] = 1.0,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure the speed of this machine, beside MiniGrid where it is installed."""
    from adaptarium.commands.bench import bench

    with progress("measure") as update:
        rows = bench(
            world,
            overrides=parse_settings(settings),
            num_envs=num_envs,
            seconds=seconds,
            seed=seed,
            listener=lambda what: update(0, what),
        )
    if as_json:
        print_json(rows)
        return
    shown = [(row["name"], f"{row['value']:,.0f}", row["unit"]) for row in rows]
    print_table(("what", "figure", "unit"), shown)
