"""The commands that play a results folder's cells again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from adaptarium.envs.core.strictjson import dumps
from adaptarium.evaluation.groups import spelled
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.shifting import plan_in


def _settings(option: str, settings: Mapping[str, Any] | None) -> tuple[str, ...]:
    """A mapping as options, from which the command line reads the same values."""
    words = []
    for name, value in sorted((settings or {}).items()):
        words += [option, f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    return tuple(words)


def _shift(shift: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Changes by name as options, a plan as the JSON of a shift file."""
    if plan_in(shift) is None:
        return _settings("--shift", shift)
    return ("--shift", dumps(shift, sort_keys=True))


def _names(cells: Sequence[Cell]) -> tuple[str, ...]:
    """The agents as ``--agents`` takes them, the members of a group together."""
    players: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        key = (cell.group, "") if cell.group else ("", cell.agent)
        players.setdefault(key, []).append(cell.agent)
    return tuple(
        spelled(group, members) if group else members[0] for (group, _), members in players.items()
    )


def evaluation_commands(cells: Sequence[Cell]) -> list[str]:
    """``adaptarium evaluate`` for every cell: one command for all that share their options.

    Worlds and agents that came as Python objects stand there by the names that results give them.
    """
    agents: dict[tuple[str, tuple[str, ...]], list[Cell]] = {}
    for cell in cells:
        options = (
            *_settings("--set", cell.overrides),
            *("--split", cell.split),
            *("--episodes", str(len(cell.episodes))),
            *_shift(cell.shift),
            *("--seed", str(cell.seed)),
        )
        agents.setdefault((cell.world, options), []).append(cell)
    worlds: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (world, options), of_world in agents.items():
        worlds.setdefault((options, _names(of_world)), []).append(world)
    commands = []
    for (options, names), of_worlds in worlds.items():
        who = ("--worlds", ",".join(of_worlds), "--agents", ",".join(names))
        commands.append(
            shlex.join(["adaptarium", "evaluate", *who, *options, "--out", "results/again"])
        )
    return commands
