"""What the commands share: options, output, progress, and errors as one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from adaptarium.envs.core.errors import AdaptariumError, FactorError

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A generator knob (size=6) or factor (transition.slip=0.2); repeatable.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, max=2**62, help="Same seed, same result.")
]
SplitOption = Annotated[
    str, typer.Option("--split", help="all, train, validation or test.", metavar="SPLIT")
]
OutOption = Annotated[Path | None, typer.Option("--out", help="Where to write.")]

_WORDS = "adaptarium.words"  # where a command's context keeps them

PIPE_WIDTH = 200
"""Columns of a table that goes into a file or a pipe."""


class Commands(TyperGroup):
    """A group whose commands answer a known failure with one line and exit status 1."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Keep the words, for a refusal to quote them."""
        ctx.meta[_WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except AdaptariumError as problem:
            _fail(str(problem))
        except OSError as problem:
            if isinstance(problem, BrokenPipeError):  # the reader has seen enough
                raise typer.Exit(141) from None
            where = f"{problem.filename}: " if problem.filename else ""
            _fail(f"{where}{problem.strerror or problem}")
        except Exception as problem:
            if not hasattr(problem, "format_message"):
                raise
            # An option that does not exist, or a value of the wrong type: typer's own complaint.
            message = _explained(problem, ctx.meta[_WORDS]) or problem.format_message()
            _fail(message, getattr(problem, "exit_code", 2))


def _explained(problem: Any, words: Sequence[str]) -> str | None:
    """Typer's complaint about an option's value with that value, and the nearest valid one."""
    option: Any = getattr(problem, "param", None)
    given = _given(words, getattr(option, "opts", ()))
    if given is None:
        return None
    complaint = problem.message[0].lower() + problem.message[1:]
    return f"{option.opts[0]} = {given!r:.100}: {complaint}{_nearest_valid(given, option)}"


def _given(words: Sequence[str], names: Sequence[str]) -> str | None:
    """The word that was given as the value of an option."""
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names and equals:
            return value
        if word in names and place + 1 < len(words):
            return words[place + 1]
    return None


def _nearest_valid(given: str, option: Any) -> str:
    """The bound that a number passed."""
    low, high = getattr(option, "min", None), getattr(option, "max", None)
    try:
        number = float(given)
    except ValueError:
        return ""
    if low is not None and number < low:
        return f"; the nearest valid is {low}"
    if high is not None and number > high:
        return f"; the nearest valid is {high}"
    return ""


def _fail(message: str, status: int = 1) -> NoReturn:
    line = " ".join(message.split())
    typer.echo(f"adaptarium: error: {line}", err=True)
    raise typer.Exit(status) from None


def parse_settings(words: Sequence[str] | None, option: str = "--set") -> dict[str, Any]:
    """``["size=6", "transition.slip=0.2"]`` as a mapping; values are JSON, or else text.

    Raises:
        FactorError: a word has no name or no value, or a name comes twice.
    """
    settings: dict[str, Any] = {}
    for word in words or ():
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals or not name:
            raise FactorError(f"{option} {word!r}: expected NAME=VALUE, for example size=6")
        if name in settings:
            raise FactorError(f"{option} {name} is given twice; expected each name once")
        settings[name] = _value(value.strip())
    return settings


def _value(text: str) -> Any:
    """A JSON value where the text is one, else the text itself."""
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def print_json(data: Any) -> None:
    """Data on stdout as indented JSON."""
    from adaptarium.envs.core.strictjson import dumps

    typer.echo(dumps(data, indent=2))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
    """A table on stdout; columns of numbers are aligned to the right."""
    from rich import box
    from rich.table import Table

    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for place, name in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_text(value) for value in row))
    stdout().print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, default=str)


def stdout() -> Any:
    """A rich console on stdout that takes text as it is."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(markup=False, highlight=False, width=width)


@contextmanager
def progress(title: str, total: float | None = None) -> Iterator[Callable[..., None]]:
    """A progress bar on stderr: call it with what is done and a remark. Silent off a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[remark]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=total, remark="")

        def update(done: float, remark: str = "") -> None:
            bar.update(task, completed=done, remark=remark)

        yield update
