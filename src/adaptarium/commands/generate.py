"""``adaptarium generate``: a file of distinct levels with their references."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adaptarium.envs.core.world import resolve_world

DEFAULT_COUNT = 100

Listener = Callable[[int, str], None]


def generate(
    world: Any,
    *,
    count: int | None = None,
    seed: int = 0,
    difficulty: float | None = None,
    split: str = "all",
    overrides: Mapping[str, Any] | None = None,
    out: str | Path = "levels.jsonl",
    listener: Listener = lambda _done, _note: None,
) -> dict[str, Any]:
    """Write a level file.

    Args:
        world: A world's id, file or object.
        count: How many distinct levels; without it 100, or all that a world with explicit levels
            (such as a Sokoban collection, ``.xsb`` or ``.sok``) has.
        seed: The same seed gives the same file; a run that was killed is continued.
        difficulty: Requested difficulty in [0, 1]; 0.5 is the generator's own distribution.
        split: ``"all"``, ``"train"``, ``"validation"`` or ``"test"``.
        overrides: Generator knobs and factors.
        out: The file: a bank of arrays where its name ends in ``.npz``, else JSON Lines.
        listener: Told the number of levels written, and a note.

    Returns:
        ``path``, ``world``, ``levels``, ``seed``, ``split``, ``knobs``.

    Raises:
        UnknownNameError, FactorError: a name or value does not exist.
        LevelError: the world has fewer distinct levels than asked for, or ``out`` cannot be a file.
        SplitError: the split holds no level.
    """
    from adaptarium.generators.core.produce import produce

    settings = dict(overrides or {})
    if difficulty is not None:
        settings["difficulty"] = difficulty
    if split != "all":
        settings["split"] = split
    made = resolve_world(world, **settings)
    if count is None:
        count = len(made.levels.records) or DEFAULT_COUNT
    path = produce(made, settings, count, seed, out, listener)
    knobs = made.knobs().model_dump(mode="json") if made.levels.generator else {}
    return {
        "path": str(path),
        "world": made.id,
        "levels": count,
        "seed": seed,
        "split": split,
        "knobs": knobs,
    }
