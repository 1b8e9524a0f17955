"""One process at a time in a folder; a lock ends with its process, however that ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from adaptarium.envs.core.errors import AdaptariumError

try:
    import fcntl
except ImportError:  # pragma: no cover
    fcntl = None  # type: ignore[assignment]  # Windows: folders are not locked there

LOCK_NAME = ".lock"


@contextmanager
def locked(folder: str | Path, error: type[AdaptariumError]) -> Iterator[None]:
    """Hold a folder, which is made where it is missing.

    The operating system gives the lock back when its process ends, so the file that a killed
    process leaves behind locks nothing.

    Args:
        folder: The folder.
        error: Raised where another process holds it.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise error(f"{folder} is a file; expected a folder") from None
    if fcntl is None:  # pragma: no cover
        yield
        return
    path = Path(folder) / LOCK_NAME
    with _taken(path, folder, error) as file:
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _taken(path: Path, folder: str | Path, error: type[AdaptariumError]) -> IO[str]:
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with file:
                file.seek(0)
                holder = file.read(20).strip()
            by = f" (process {holder})" if holder.isdecimal() else ""
            raise error(
                f"{folder} is in use by another process{by}; wait until it has ended, or take "
                "another folder"
            ) from None
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()  # whoever held it has removed it in between
