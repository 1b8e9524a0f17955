"""World files: the plain data of a world as TOML or JSON, chosen by the file's suffix."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli_w

from adaptarium.envs.core.errors import WorldFileError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps, loads

MAX_BYTES = 64 * 1024 * 1024
"""Largest world file that is read: explicit levels included."""


def _read_toml(text: str, what: str) -> Any:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise WorldFileError(f"{what}: nested too deeply") from None
    except ValueError as problem:  # also integers of thousands of digits
        raise WorldFileError(f"{what}: not valid TOML: {problem}") from None


def _read_json(text: str, what: str) -> Any:
    return loads(text, what=what, error=WorldFileError)


def _write_toml(data: dict[str, Any]) -> str:
    return tomli_w.dumps(data)


def _write_json(data: dict[str, Any]) -> str:
    return dumps(data, indent=2) + "\n"


_READERS: dict[str, Callable[[str, str], Any]] = {".toml": _read_toml, ".json": _read_json}
_WRITERS: dict[str, Callable[[dict[str, Any]], str]] = {".toml": _write_toml, ".json": _write_json}


def _suffix(path: Path) -> str:
    if path.suffix not in _READERS:
        raise WorldFileError(f"{path}: expected a file that ends in {' or '.join(_READERS)}")
    return path.suffix


def read_world_file(path: str | Path) -> dict[str, Any]:
    """The plain data of a world file, not yet validated.

    Raises:
        WorldFileError: the file cannot be read, is too large, or is not one TOML or JSON table.
    """
    path = Path(path)
    suffix = _suffix(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise WorldFileError(f"{path}: {size} bytes, expected at most {MAX_BYTES}")
        text = path.read_bytes().decode("utf-8")
    except OSError as problem:
        raise WorldFileError(f"{path}: {problem.strerror or problem}") from None
    except UnicodeDecodeError as problem:
        raise WorldFileError(f"{path}: not UTF-8 text at byte {problem.start}") from None
    data = _READERS[suffix](text, str(path))
    if not isinstance(data, dict):
        raise WorldFileError(f"{path}: expected one table of a world, got {type(data).__name__}")
    return data


def write_world_file(path: str | Path, data: dict[str, Any]) -> None:
    """Write the plain data of a world; the file appears whole or not at all.

    Folders on the way are made.

    Raises:
        WorldFileError: the suffix is neither ``.toml`` nor ``.json``, the format cannot hold a
            value, the text is larger than :data:`MAX_BYTES`, or the file cannot be written.
    """
    path = Path(path)
    suffix = _suffix(path)
    try:
        content = _WRITERS[suffix](data).encode("utf-8")
    except (TypeError, ValueError) as problem:
        raise WorldFileError(f"{path}: cannot hold this world: {problem}") from None
    if len(content) > MAX_BYTES:
        raise WorldFileError(f"{path}: {len(content)} bytes, expected at most {MAX_BYTES}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as problem:
        raise WorldFileError(f"{path}: {problem.strerror or problem}") from None
