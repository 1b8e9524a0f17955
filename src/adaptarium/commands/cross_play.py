"""``adaptarium evaluate --cross-play``: agents with each other at the seats of a world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adaptarium.agents.language import Settings
from adaptarium.agents.locks import locked
from adaptarium.agents.protocol import Agent
from adaptarium.commands.evaluate import plan_of, shift_data
from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.cross_play import CrossPlay, cross_play_tables
from adaptarium.evaluation.cross_play_running import CrossPlayRun
from adaptarium.evaluation.cross_play_teams import member_names
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.evaluation.results import Results
from adaptarium.wrappers.spec import ShiftPlan

Listener = Callable[[str], None]


def cross_play(
    worlds: Sequence[World | ForeignWorld | str] | World | ForeignWorld | str,
    agents: Sequence[Agent | str],
    *,
    overrides: Mapping[str, Any] | None = None,
    split: str = "test",
    episodes: int = 200,
    shift: Mapping[str, Any] | str | Path | ShiftPlan | None = None,
    seed: int = 0,
    seeds: Sequence[int] | None = None,
    reference_return: float | Mapping[str, float] | None = None,
    max_steps: int | None = None,
    out: str | Path = "results/latest",
    language: Settings | None = None,
    workers: int = 0,
    listener: Listener = lambda _what: None,
    on_failure: Listener = lambda _what: None,
) -> list[dict[str, Any]]:
    """Let every agent play with every other at every seat.

    Matches that the folder holds already are not played again, so a run that was killed goes on.

    Args:
        worlds: Worlds of two seats or more, ours or PettingZoo's, as in
            :func:`adaptarium.evaluate`.
        agents: At least two, by name or as objects. In our own worlds an agent sees its own seats.
        overrides: Generator knobs by name, factors by dotted name.
        split: The levels that are played.
        episodes: Episodes of each seating and seed.
        shift: As for :func:`adaptarium.evaluate`.
        seed: Decides levels and chance.
        seeds: Several of them, instead of ``seed``.
        reference_return: What good play returns on a foreign environment, all seats together, or a
            mapping from names to that; without it there is no score.
        max_steps: Steps after which an episode of a foreign environment is cut.
        out: The results folder; matches go to its ``cross_play.jsonl``.
        language: How language models are asked; their transcripts lie in ``out/transcripts``, one a
            match and model.
        workers: Worker processes; 0 plays in this process.
        listener: Told what is being done.
        on_failure: Told of each match that fails, at once; the others go on.

    Returns:
        A table for each world: ``payoffs[seat][row][column]`` is the mean return of agent ``row``
        at that seat with agent ``column`` at all others, and ``partnerships`` hold each agent's
        return with itself and with held-out partners. Numbers are ``[value, low, high]``.

    Raises:
        UnknownNameError, FactorError, AgentError: a name or a value does not exist, or a world has
            one seat.
        ResultsError: the folder holds these matches played under other terms.
        EvaluationError: some matches failed; the others are finished and kept.
    """
    member_names(agents)
    plan = plan_of(
        worlds,
        agents,
        overrides=overrides,
        split=split,
        episodes=episodes,
        shift=shift_data(shift),
        seed=seed,
        seeds=seeds,
        reference_return=reference_return,
        max_steps=max_steps,
        language=language,
        workers=workers,
    )
    run = CrossPlayRun(plan, out, listener, on_failure)
    with locked(out, ResultsError):
        Results(out).record_invocation(seeds=plan.seeds)
        matches = run.carry_out(workers)
    return [as_data(table) for table in cross_play_tables(matches)]


def as_data(table: CrossPlay) -> dict[str, Any]:
    """A table as plain data; an interval is ``[value, low, high]``."""
    return {
        "world": table.world,
        "overrides": dict(table.overrides),
        "split": table.split,
        "shift": None if table.shift is None else dict(table.shift),
        "agents": list(table.agents),
        "seats": list(table.seats),
        "episodes": table.episodes,
        "notes": list(table.notes),
        "payoffs": [
            [[[cell.value, cell.low, cell.high] for cell in row] for row in seat]
            for seat in table.payoffs
        ],
        "partnerships": [
            {
                "agent": one.agent,
                **{
                    name: [found.value, found.low, found.high]
                    for name, found in (
                        ("self_play", one.self_play),
                        ("held_out", one.held_out),
                        ("gap", one.gap),
                    )
                },
                "score": asdict(one.score),
            }
            for one in table.partnerships
        ],
    }
