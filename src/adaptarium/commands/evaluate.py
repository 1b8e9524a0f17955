"""``adaptarium evaluate``: agents on held-out levels, scored against random play and reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import AgentError, MissingExtraError, unknown_name
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.world import SPLITS, World, resolve_world
from adaptarium.evaluation.protocol import Task, play_cell, prepare
from adaptarium.evaluation.results import Cell, Results, cell_key

NUM_PICTURES = 6

Listener = Callable[[str], None]


def evaluate(
    worlds: Sequence[World | str] | World | str,
    agents: Sequence[Agent | str] | Agent | str,
    *,
    overrides: Mapping[str, Any] | None = None,
    split: str = "test",
    episodes: int = 200,
    shift: Mapping[str, Any] | None = None,
    seed: int = 0,
    out: str | Path = "results/latest",
    pictures: bool = True,
    listener: Listener = lambda _what: None,
) -> list[dict[str, Any]]:
    """Evaluate every agent on every world and add the cells to a results folder.

    Cells that the folder holds already are not played again, so a run that was killed goes on.

    Args:
        worlds: Worlds, registered ids or world files.
        agents: Names (see :func:`adaptarium.agents.loading.load_agent`) or objects that can act.
        overrides: Generator knobs by name, factors by dotted name.
        split: The levels that are played: those that training did not see, by default.
        episodes: Episodes a cell, each on a level of its own while there are enough.
        shift: Changes on top of ``overrides`` that the agents were not trained under.
        seed: Decides levels and chance.
        out: The results folder.
        pictures: Draw some of the levels and an episode of each agent, where pygame is installed.
        listener: Told what is being done.

    Returns:
        One table a cell, without its single episodes and references.

    Raises:
        UnknownNameError, FactorError, AgentError: a name or a value does not exist.
        ResultsError: the folder is damaged.
    """
    chosen_worlds = [resolve_world(world) for world in _several(worlds)]
    chosen_agents = _several(agents)
    _check(chosen_worlds, chosen_agents)
    for world in chosen_worlds:
        world.override(**{**(overrides or {}), **(shift or {})})
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    results = Results(out, create=True)
    results.record_invocation(seeds=(seed,))
    wanted = []
    for world in chosen_worlds:
        settings = {
            "overrides": overrides,
            "shift": shift,
            "split": split,
            "episodes": episodes,
            "seed": seed,
        }
        wanted += _evaluate_world(results, world, chosen_agents, settings, pictures, listener)
    cells = {cell.key: cell for cell in results.cells()}
    return [summary(cells[key]) for key in wanted]


def _several(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]


def _check(worlds: Sequence[World], agents: Sequence[Agent | str]) -> None:
    """Refuse unknown agents before anything is played or written."""
    if not worlds or not agents:
        raise AgentError("nothing to evaluate: expected at least one world and one agent")
    for agent in agents:
        load_agent(agent)


def _evaluate_world(
    results: Results,
    world: World,
    agents: Sequence[Agent | str],
    settings: Mapping[str, Any],
    pictures: bool,
    listener: Listener,
) -> list[Any]:
    """Play the missing cells of one world; the keys of all of its cells."""
    overrides, shift = dict(settings["overrides"] or {}), settings["shift"] or None
    split, seed = settings["split"], settings["seed"]
    keys = [
        cell_key(world.id, overrides, agent_name(agent), split, shift, seed) for agent in agents
    ]
    done = results.done_cells()
    if all(key in done for key in keys):
        return keys
    task = prepare(world, listener=listener, **settings)
    if pictures:
        _draw(results, task)
    for key, agent in zip(keys, agents, strict=True):
        if key not in done:
            results.append(play_cell(task, agent, listener, results.folder if pictures else None))
            done.add(key)
    return keys


def _draw(results: Results, task: Task) -> None:
    """Pictures of the first levels, where the means to draw are installed."""
    from adaptarium.envs.core.rendering import level_picture

    folder = results.folder / "pictures" / task.world.id
    folder.mkdir(parents=True, exist_ok=True)
    known = {level.level_hash: level for level in task.references}
    for number, name in enumerate(task.levels.names[:NUM_PICTURES]):
        path = folder / f"{task.split}_{name}.png"
        if path.exists():
            continue
        try:
            write_atomically(path, level_picture(task.levels.world, number))
        except MissingExtraError:
            return
        level = known[name]
        caption = (
            f"{task.split} level {name[:8]}: reference {level.reference_return:.3f} "
            f"({level.method}), random {level.random_return:.3f}"
        )
        write_atomically(path.with_suffix(".json"), dumps({"caption": caption}) + "\n")


def summary(cell: Cell) -> dict[str, Any]:
    """A cell as plain data without its episodes and references."""
    data = asdict(cell)
    del data["episodes"], data["references"]
    methods = sorted({reference.method for reference in cell.references})
    return {**data, "reference_methods": methods, "notes": list(cell.notes)}
