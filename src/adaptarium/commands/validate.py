"""``adaptarium validate``: is a level file whole, true and solvable?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Listener = Callable[[int, str], None]


def validate(path: str | Path, *, listener: Listener = lambda _done, _note: None) -> dict[str, Any]:
    """Check a level file: format, hashes, splits, duplicates, solvability, recorded numbers.

    Args:
        path: The file, JSON Lines or a bank (``.npz``).
        listener: Told the number of levels checked, and a note.

    Returns:
        ``valid``, ``levels``, ``solved``, ``replayed``, ``idle``, ``unseparated``, ``problems``.

    Raises:
        LevelError: the file is malformed.
    """
    from adaptarium.generators.core.validation import validate_file

    return validate_file(path, listener).as_data()
