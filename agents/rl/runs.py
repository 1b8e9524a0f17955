"""The folder of a training run: what was trained, how it went, and where to go on.

=================  ============================================================================
file               holds
=================  ============================================================================
``run.json``       the plan (world, algorithm, sizes, seed, hyper-parameters), the device, whether
                   going on is exact, the command and the versions
``progress.csv``   one row a rollout, or every ``log_every`` steps
``checkpoint.pt``  all that going on needs (see :mod:`adaptarium.agents.rl.checkpoint`): plain
                   tensors and values, read with ``weights_only``
``tensorboard/``   the same numbers and the losses as events, where asked for
=================  ============================================================================

Every file is replaced as a whole, except that ``progress.csv`` grows by lines: a run killed at any
moment goes on from its last checkpoint, and the rows after it are dropped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adaptarium.envs.core.errors import RunError, missing_extra
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps, loads

SCHEMA = 1
RUN_NAME = "run.json"
PROGRESS_NAME = "progress.csv"
CHECKPOINT_NAME = "checkpoint.pt"
COLUMNS = (
    "step",
    "episodes",
    "return_mean",
    "return_low",
    "return_high",
    "success",
    "fps",
    "seconds",
)
# What must be equal for a run to go on; `steps` may grow.
_SAME = ("world_data", "others", "algo", "num_envs", "seed", "hyperparameters", "shift")

Row = Mapping[str, float | int | None]


def is_run(path: str | Path) -> bool:
    """Whether ``path`` is the folder of a training run."""
    try:
        return (Path(path) / RUN_NAME).is_file()
    except OSError:  # for example a name too long for a path
        return False


class RunFolder:
    """One run's folder.

    Args:
        path: The folder.
        more: Columns of progress beyond :data:`COLUMNS`, which learners are to fill.
    """

    def __init__(self, path: str | Path, more: Sequence[str] = ()) -> None:
        self.path = Path(path)
        self.more = tuple(more)
        self._columns = (*COLUMNS, *more)

    def create(self, info: Mapping[str, Any]) -> None:
        """Make the folder and write ``run.json``.

        Raises:
            RunError: the folder holds other files already.
        """
        if self.path.exists() and (not self.path.is_dir() or self._holds_files()):
            raise RunError(f"{self.path} exists and is no training run; expected an empty folder")
        self.path.mkdir(parents=True, exist_ok=True)
        self._write_info({"schema_version": SCHEMA, **info})

    def _holds_files(self) -> bool:
        """Whether anything lies here but the temporary files of a killed run."""
        return any(not path.name.startswith(".") for path in self.path.iterdir())

    def info(self) -> dict[str, Any]:
        """The content of ``run.json``.

        Raises:
            RunError: it is missing or damaged.
        """
        path = self.path / RUN_NAME
        if not path.is_file():
            raise RunError(f"{self.path} is no training run: it has no {RUN_NAME}")
        info = loads(path.read_bytes(), what=str(path), error=RunError)
        if not isinstance(info, dict) or info.get("schema_version") != SCHEMA:
            raise RunError(f"{path}: expected an object with schema_version {SCHEMA}")
        return info

    def check_same(self, plan: Mapping[str, Any]) -> None:
        """Refuse to go on with another plan than the one that was begun.

        Raises:
            RunError: the first difference.
        """
        wanted = loads(dumps({name: plan[name] for name in _SAME}), what="plan", error=RunError)
        found = plan_difference(self.info(), wanted, _SAME)
        if found is not None:
            raise RunError(
                f"{self.path} holds a run with other {found}; expected the same, or a new folder"
            )

    def go_on(self, about: Mapping[str, Any]) -> None:
        """Write anew what may differ when a run goes on, and remove what a kill left half-written.

        Args:
            about: Entries of ``run.json``.
        """
        for path in self.path.glob(".*.tmp"):
            path.unlink(missing_ok=True)
        self._write_info({**self.info(), **about})

    def _write_info(self, info: Mapping[str, Any]) -> None:
        write_atomically(self.path / RUN_NAME, dumps(info, indent=2) + "\n")

    # ---- progress ----

    def rows(self) -> list[dict[str, str]]:
        """The whole rows of ``progress.csv``; a torn last line is left out."""
        path = self.path / PROGRESS_NAME
        if not path.is_file():
            return []
        text = path.read_text(encoding="utf-8", errors="replace")
        whole = text[: text.rfind("\n") + 1]
        rows = csv.DictReader(io.StringIO(whole))
        return [row for row in rows if None not in row.values() and row.get("step", "").isdigit()]

    def append(self, row: Row) -> None:
        """Add one row."""
        with (self.path / PROGRESS_NAME).open("a", encoding="utf-8", newline="") as file:
            file.write(",".join(_cell(row.get(name)) for name in self._columns) + "\n")

    def drop_after(self, step: int) -> None:
        """Remove the rows beyond ``step``, and what a kill has torn; add columns that are new."""
        self._write_progress([row for row in self.rows() if int(row["step"]) <= step])

    def _write_progress(self, rows: list[dict[str, str]]) -> None:
        # What an earlier part of the run has measured keeps its columns.
        earlier = [name for row in rows[:1] for name in row if name not in COLUMNS]
        self._columns = (*COLUMNS, *dict.fromkeys([*earlier, *self.more]))
        table = [",".join(row.get(name, "") for name in self._columns) for row in rows]
        lines = [",".join(self._columns), *table]
        write_atomically(self.path / PROGRESS_NAME, "\n".join(lines) + "\n")

    # ---- checkpoints ----

    def save_checkpoint(self, state: Mapping[str, Any]) -> None:
        """Replace the checkpoint: tensors and plain numbers only."""
        import torch

        buffer = io.BytesIO()
        torch.save({"schema_version": SCHEMA, **state}, buffer)
        write_atomically(self.path / CHECKPOINT_NAME, buffer.getvalue())

    def clear(self) -> None:
        """Forget all but the plan: the run begins anew."""
        for name in (CHECKPOINT_NAME, PROGRESS_NAME):
            (self.path / name).unlink(missing_ok=True)

    def load_checkpoint(self) -> dict[str, Any] | None:
        """The last checkpoint, or None where the run was killed before its first.

        Raises:
            RunError: the file is damaged or holds something else.
            MissingExtraError: torch is not installed.
        """
        path = self.path / CHECKPOINT_NAME
        if not path.is_file():
            return None
        try:
            import torch
        except ImportError:
            raise missing_extra("torch", "train") from None
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch has no common type for damaged files
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise RunError(f"{path} is damaged: {first[:120]}") from None
        if not isinstance(state, dict) or state.get("schema_version") != SCHEMA:
            raise RunError(f"{path}: expected a checkpoint of schema_version {SCHEMA}")
        return state


def _cell(value: float | int | None) -> str:
    if value is None or value != value:  # a gap
        return ""
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def plan_difference(
    known: Mapping[str, Any], wanted: Mapping[str, Any], names: Sequence[str]
) -> str | None:
    """The first of ``names`` in which two contents of ``run.json`` differ, and how; else None."""
    for name in names:
        if known.get(name) != wanted.get(name):
            where = _difference(known.get(name), wanted.get(name))
            return f"{name.replace('_', ' ')} ({where})"
    return None


def _difference(known: Any, wanted: Any) -> str:
    """Where two plans part first, in words."""
    if isinstance(known, Mapping) and isinstance(wanted, Mapping):
        for name in sorted({*known, *wanted}):
            if known.get(name) != wanted.get(name):
                deeper = _difference(known.get(name), wanted.get(name))
                return (
                    f"{name}.{deeper}"
                    if isinstance(known.get(name), Mapping)
                    else (f"{name}: {deeper}")
                )
    return f"{_shown(known)}, not {_shown(wanted)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
