"""Pictures of levels, embedded into the page."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.strictjson import loads

PICTURES_NAME = "pictures"
MAX_BYTES = 4 * 2**20
MAX_PER_WORLD = 24
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG as a data address, with its size in pixels."""

    data: str
    width: int
    height: int
    caption: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures of one world; ``left_out`` counts those beyond the limit."""

    world: str
    pictures: tuple[Picture, ...]
    left_out: int


def _caption(path: Path) -> str:
    """The caption beside a picture: JSON text, or an object with a ``caption``; else its name."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return path.stem.replace("_", " ")
    value = loads(beside.read_bytes(), what=str(beside), error=ResultsError)
    text = value.get("caption") if isinstance(value, dict) else value
    if not isinstance(text, str):
        raise ResultsError(f"{beside}: no caption; expected text or an object with 'caption'")
    return text


def read_picture(path: Path) -> Picture:
    """One picture.

    Raises:
        ResultsError: The file is no PNG or larger than 4 MiB, or its caption is malformed.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ResultsError(f"{path} has {size:,} bytes; expected at most {MAX_BYTES:,}")
    content = path.read_bytes()
    if not content.startswith(_SIGNATURE) or content[12:16] != b"IHDR" or len(content) < 24:
        raise ResultsError(f"{path} is not a PNG file")
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    data = "data:image/png;base64," + base64.b64encode(content).decode("ascii")
    return Picture(data, width, height, _caption(path))


def find_galleries(folder: Path) -> list[Gallery]:
    """The pictures under ``<folder>/pictures/<world>/``, by world and file name."""
    root = folder / PICTURES_NAME
    galleries = []
    for world in sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []:
        found = sorted(path for path in world.glob("*.png") if path.is_file())
        pictures = tuple(read_picture(path) for path in found[:MAX_PER_WORLD])
        if pictures:
            galleries.append(Gallery(world.name, pictures, len(found) - len(pictures)))
    return galleries
