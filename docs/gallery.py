"""Draws one picture a registered world into docs/gallery: run by ``make gallery``."""

from __future__ import annotations

from pathlib import Path

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core import registry
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.rendering import level_picture
from adaptarium.envs.core.world import load_world

FOLDER = Path(__file__).resolve().parent / "gallery"
LEVEL = 3


def draw(folder: Path = FOLDER, level: int = LEVEL) -> list[Path]:
    """Write ``<id>.png`` for every registered world; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for spec in registry.world_specs():
        path = folder / f"{spec.id}.png"
        write_atomically(path, level_picture(load_world(spec.id), level))
        paths.append(path)
    return paths


if __name__ == "__main__":
    for picture in draw():
        print(picture)
