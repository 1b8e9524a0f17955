"""The application: the commands in the order in which they are used."""

from __future__ import annotations

from typing import Annotated

import typer

from adaptarium._version import __version__
from adaptarium.cli import learning, levels, worlds
from adaptarium.cli.console import Commands

app = typer.Typer(
    name="adaptarium",
    cls=Commands,
    help="Procedural worlds for adaptive agents: generate, play, train, evaluate, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Procedural worlds for adaptive agents: generate, play, train, evaluate, report."""


app.command("list")(worlds.list_command)
app.command("show")(worlds.show_command)
app.command("play")(worlds.play_command)
app.command("generate")(levels.generate_command)
app.command("validate")(levels.validate_command)
app.command("sample")(levels.sample_command)
app.command("train")(learning.train_command)
app.command("evaluate")(learning.evaluate_command)
app.command("report")(learning.report_command)
app.command("bench")(worlds.bench_command)
