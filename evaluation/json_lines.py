"""Files of JSON lines that survive a kill: whole lines count, a torn last line does not."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.strictjson import loads


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def typed(kind: Any, text: bytes, what: str) -> Any:
    """Strict JSON of the declared types, or a ``ResultsError`` that names the first difference."""
    loads(text, what=what, error=ResultsError)
    try:
        return _adapter(kind).validate_json(text, strict=True)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ResultsError(f"{what}: {where}: {first['msg']}") from None


def whole_lines(path: Path) -> list[bytes]:
    """Every line of a file that was written to its end; none where there is no file."""
    if not path.exists():
        return []
    *lines, last = path.read_bytes().split(b"\n")
    if last and _is_whole(last):  # an editor may have removed the final line break
        lines.append(last)
    return lines


def append_lines(path: Path, text: bytes) -> None:
    """Add lines and wait until they are on the disk; a torn line before them is cut off."""
    _cut_torn_line(path)
    with path.open("ab") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _cut_torn_line(path: Path) -> None:
    """Make the file end with a line break, so that the next line stands on its own."""
    if not path.exists():
        return
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return
        file.seek(-1, os.SEEK_END)
        if file.read(1) == b"\n":
            return
    content = path.read_bytes()
    last = content[content.rfind(b"\n") + 1 :]
    with path.open("r+b") as file:
        if _is_whole(last):
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
        else:
            file.truncate(len(content) - len(last))


def _is_whole(line: bytes) -> bool:
    """No proper prefix of a JSON object is JSON, so a line that parses was not torn."""
    try:
        loads(line, what="last line", error=ResultsError)
    except ResultsError:
        return False
    return True
