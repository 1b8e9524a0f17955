"""``adaptarium sample``: worlds that nobody wrote, as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from adaptarium.envs.core import registry
from adaptarium.envs.core.arguments import checked_seed, positive
from adaptarium.envs.core.sampling import describe_draw, sample_world

Listener = Callable[[int, str], None]


def sample(
    *,
    count: int = 1,
    seed: int = 0,
    family: str = "grid",
    out: str | Path = "worlds",
    listener: Listener = lambda _done, _id: None,
) -> list[dict[str, Any]]:
    """Draw worlds and write one world file each.

    Args:
        count: How many.
        seed: World ``k`` is ``World.sample(family, seed + k)``.
        family: The family to draw from.
        out: The folder of the files; ``World.load`` and every command that takes a world read them.
        listener: Called with the number of worlds that are written and the id of the last.

    Returns:
        One table a world: ``id``, ``path``, ``description``, ``generator``, ``knobs``.

    Raises:
        UnknownNameError: there is no such family.
        FactorError: ``count`` is no positive number, or a seed is out of range. Nothing has been
            written then.
    """
    registry.family(family)
    count, seed = positive("count", count), checked_seed(seed)
    checked_seed(seed + count - 1, "seed of the last world")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(count):
        world = sample_world(family, seed + number)
        path = folder / f"{world.id}.toml"
        world.save(path)
        rows.append({**describe_draw(world), "path": str(path)})
        listener(number + 1, world.id)
    return rows
