"""``evaluate --cross-play`` on the command line: the matches, and their tables in print."""

from __future__ import annotations

from typing import Any

import typer

from adaptarium.cli.console import print_json, print_table, progress


def play_cross(worlds: list[str], agents: list[str], as_json: bool, **terms: Any) -> None:
    """Play the matches and print who earned what with whom.

    Args:
        worlds: World names.
        agents: Agent names.
        as_json: Print JSON instead of tables.
        terms: As :func:`adaptarium.commands.cross_play.cross_play` takes them.
    """
    from adaptarium.commands.cross_play import cross_play

    with progress("cross-play") as update:
        tables = cross_play(worlds, agents, listener=lambda what: update(0, what), **terms)
    if as_json:
        print_json({"results": str(terms["out"]), "cross_play": tables})
        return
    for table in tables:
        for seat, payoffs in zip(table["seats"], table["payoffs"], strict=True):
            typer.echo(f"{table['world']}: return at seat {seat} (row) with the column elsewhere")
            rows = [
                (agent, *(_interval(cell) for cell in row))
                for agent, row in zip(table["agents"], payoffs, strict=True)
            ]
            print_table(("agent", *table["agents"]), rows)
        typer.echo(f"{table['world']}: with itself and with held-out partners")
        print_table(
            ("agent", "self-play", "held-out", "gap", "score, held-out"),
            [_partnership(one) for one in table["partnerships"]],
        )
    typer.echo(f"results: {terms['out']}")


def _interval(found: list[float]) -> str:
    value, low, high = found
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _partnership(one: dict[str, Any]) -> tuple[Any, ...]:
    figures = (_interval(one[name]) for name in ("self_play", "held_out", "gap"))
    score = one["score"]
    told = [score["score"], score["low"], score["high"]]
    return (one["agent"], *figures, "" if None in told else _interval(told))
