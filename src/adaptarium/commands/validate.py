"""``adaptarium validate``: is a level file whole, true and solvable?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Listener = Callable[[int, str], None]


def validate(
    path: str | Path,
    *,
    humans: str | Path | None = None,
    listener: Listener = lambda _done, _note: None,
) -> dict[str, Any]:
    """Check a level file: format, hashes, splits, duplicates, solvability, recorded numbers.

    Args:
        path: The file, JSON Lines or a bank (``.npz``).
        humans: A file of people's games (``adaptarium play --record``): those on levels of the file
            are replayed, and told beside its references and random play.
        listener: Told the number of levels checked, and a note.

    Returns:
        ``valid``, ``levels``, ``solved``, ``replayed``, ``idle``, ``unseparated``, ``problems``;
        with ``humans`` a table of that name: ``games``, ``levels``, and over those games the mean
        ``human``, ``reference`` and ``random`` returns (None where there is none).

    Raises:
        LevelError: the file is malformed.
        ResultsError: the file of games is malformed.
    """
    from adaptarium.generators.core.validation import validate_file

    found = validate_file(path, listener).as_data()
    if humans is not None:
        found["humans"] = _beside_levels(path, humans, found["problems"])
        found["valid"] = not found["problems"]
    return found


def _beside_levels(path: str | Path, humans: str | Path, problems: list[str]) -> dict[str, Any]:
    """What people got on the levels of a file; a game that comes out otherwise is a problem."""
    from adaptarium.envs.core.errors import ResultsError
    from adaptarium.evaluation.humans import games_of, read_games, replay
    from adaptarium.generators.core.files import read_levels

    file = read_levels(path)
    records = {record.hash: record for record in file.records}
    played = []
    for number, game in enumerate(games_of(file.world, read_games(humans)), start=1):
        if game.level_hash not in records:
            continue
        try:
            replay(file.world, game, f"{Path(humans).name}, game {number}")
        except ResultsError as problem:
            problems.append(str(problem))
            continue
        played.append((game, records[game.level_hash]))
    return {
        "games": len(played),
        "levels": len({record.hash for _, record in played}),
        "human": _mean([game.episode_return for game, _ in played]),
        "reference": _mean([one.reference.return_ for _, one in played if one.reference]),
        "random": _mean([one.random.mean for _, one in played if one.random]),
    }


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
