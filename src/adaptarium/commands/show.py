"""``adaptarium show``: a world by its manual, factors and a picture of a level; a replay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.replay import SCHEMA as REPLAY_SCHEMA
from adaptarium.envs.core.replay import Replay
from adaptarium.envs.core.text import words_of
from adaptarium.envs.core.world import World, resolve_world
from adaptarium.envs.core.worldfile import read_world_file
from adaptarium.wrappers.spec import ShiftPlan, as_plan


def show(
    world: World | str,
    *,
    overrides: Mapping[str, Any] | None = None,
    seed: int = 0,
    png: str | Path | None = None,
    skin: str = "",
    colour: bool = False,
) -> dict[str, Any]:
    """Everything that can be said about a world, and its level of one seed.

    Args:
        world: A world, a registered id, or a world file.
        overrides: Generator knobs by name, factors by dotted name.
        seed: The seed whose level is drawn.
        png: A file to draw the level into.
        skin: What the manual calls things, where the family has skins; nothing for its own words.
        colour: Draw the text picture with ANSI colours.

    Returns:
        ``id``, ``family``, ``mission``, ``description``, ``source``, ``history``, ``seats``,
        ``manual``, ``factors``, ``knobs``, ``distinct_levels`` (None for 10,000 or more),
        ``picture`` and ``png`` (None where none was asked for).

    Raises:
        UnknownNameError, FactorError: a name or a value does not exist.
        MissingExtraError: a PNG was asked for and pygame-ce is not installed.
    """
    found = resolve_world(world, **(overrides or {}))
    batch = Batch([found], 1, autoreset="disabled")
    batch.reset(seed=seed)
    render = found.family.module("render")
    picture = render.ansi(batch, 0, colour=colour)
    if png is not None:
        from adaptarium.envs.core.drawing import png as as_png

        write_atomically(png, as_png(render.frame(batch, 0)))
    return {
        "id": found.id,
        "family": found.family.name,
        "mission": found.mission,
        "description": found.description,
        "source": found.source,
        "history": dict(found.history),
        "seats": found.seats,
        "manual": words_of(found, skin).manual(),
        "factors": _factors(found),
        "knobs": _knobs(found),
        "distinct_levels": found.distinct_levels(),
        "picture": picture,
        "png": None if png is None else str(png),
    }


def show_shift(plan: ShiftPlan | str | Path) -> list[dict[str, Any]]:
    """The shifts of a plan with their four fields, defaults filled in.

    Args:
        plan: A shift file, or a plan.

    Returns:
        One table a shift: ``name``, ``what``, ``when``, ``adaptation``, ``success``, ``slots``.

    Raises:
        ShiftError: the file cannot be read, or describes no plan.
    """
    return [shift.model_dump(mode="json") for shift in as_plan(plan)]


def show_replay(path: str | Path, *, png: str | Path | None = None) -> dict[str, Any]:
    """Play a replay to its end, and tell what it came to.

    Args:
        path: A replay file (:mod:`adaptarium.envs.core.replay`).
        png: A file to draw the end into.

    Returns:
        ``world``, ``seed``, ``steps``, ``returns`` (one an agent), ``success``, ``measures`` (those
        that the family reports), ``picture`` and ``png`` (None where none was asked for).

    Raises:
        ReplayError: the file is no replay, or it comes to another end.
        MissingExtraError: a PNG was asked for and pygame-ce is not installed.
    """
    replay = Replay.load(path)
    batch = replay.check()
    render = replay.world.family.module("render")
    if png is not None:
        from adaptarium.envs.core.drawing import png as as_png

        write_atomically(png, as_png(render.frame(batch, 0)))
    measures = replay.world.family.module("layout").reported(replay.world.rules)
    return {
        "world": replay.world.id,
        "seed": replay.seed,
        "steps": len(replay.actions),
        "returns": batch.w.returns[0].tolist(),
        "success": bool(batch.w.metrics[0]["success"]),
        "measures": {name: batch.w.metrics[0][name].item() for name in measures},
        "picture": render.ansi(batch, 0, colour=False),
        "png": None if png is None else str(png),
    }


def is_shift_file(path: str) -> bool:
    """Whether ``path`` is a file of shifts, and not of a world."""
    return _schema(path).startswith("adaptarium-shift/")


def is_replay_file(path: str) -> bool:
    """Whether ``path`` is a replay, and not a world."""
    return _schema(path) == REPLAY_SCHEMA


def _schema(path: str) -> str:
    """What a TOML or JSON file says that it is; nothing for any other name."""
    if not path.endswith((".toml", ".json")):
        return ""
    return str(read_world_file(path).get("schema", ""))


def _factors(world: World) -> list[dict[str, Any]]:
    values = world.rules.model_dump(mode="json")
    rows = []
    for factor in factors_of(type(world.rules)).values():
        group, leaf = factor.name.split(".", 1)
        rows.append(
            {
                "name": factor.name,
                "kind": factor.kind,
                "value": values[group][leaf],
                "default": factor.default,
                "doc": factor.doc,
            }
        )
    return rows


def _knobs(world: World) -> list[dict[str, Any]]:
    knobs = world.knobs()
    if knobs is None:
        return []
    values = knobs.model_dump(mode="json")
    return [
        {"name": name, "value": values[name], "default": field.default, "doc": field.description}
        for name, field in type(knobs).model_fields.items()
    ]
