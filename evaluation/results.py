"""The results folder: one line of strict JSON a cell, and what is needed to run it again.

``results.jsonl`` grows by one line whenever a cell (a world, an agent, a split, a shift and a seed)
is finished, and each line is on the disk before the next is written: a run killed at any moment
loses at most the cells that were being played. ``meta.json`` holds every invocation's command line
and versions. One process writes to a folder at a time: an evaluation locks it.

Two evaluations of the same cells give the same lines but for ``wall_seconds``: leave it out when
you compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.provenance import command_line, package_versions, platform_line
from adaptarium.envs.core.strictjson import dumps
from adaptarium.evaluation.json_lines import append_lines, typed, whole_lines
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, WorldScore

RESULTS_NAME = "results.jsonl"
META_NAME = "meta.json"
SCHEMA = 1

TIMING_FIELD = "wall_seconds"
"""The only field of a cell that differs between two evaluations of the same."""

CellKey = tuple[str, str, str, str, str, int]
"""World, overrides, agent, split, shift (the mappings as canonical JSON) and seed."""


def _canonical(value: Mapping[str, Any] | None) -> str:
    return dumps(None if value is None else dict(value), sort_keys=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """One finished piece of an evaluation.

    Attributes:
        world: The world's id, for example ``"DoorKey-v0"``.
        overrides: Knobs and factors that differ from the registered world.
        agent: The agent as it was named on the command line.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        shift: Knobs and factors changed on top of ``overrides``, or the data of the plan of shifts
            that each episode followed (told by its ``schema``); ``None`` without a shift.
        seed: Seed of the cell.
        episodes: The episodes played.
        references: One for each level that occurs in them.
        score: The score computed from both.
        wall_seconds: Time taken.
        notes: Remarks that belong beside the score, for example that the world is unsplit.
        world_version: Digest of the whole world, which may change under one name.
        agent_version: Digest of what is known of the agent beside its name.
        group: The algorithm whose training run the agent is, where it was named as one of a
            :class:`~adaptarium.evaluation.groups.Group`; empty for an agent by itself.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    world: str
    overrides: dict[str, Any]
    agent: str
    split: str
    shift: dict[str, Any] | None
    seed: int
    episodes: tuple[EpisodeResult, ...]
    references: tuple[LevelReference, ...]
    score: WorldScore
    wall_seconds: float
    notes: tuple[str, ...] = ()
    world_version: str = ""
    agent_version: str = ""
    group: str = ""

    @property
    def player(self) -> str:
        """Whom the cell says something about: the group, or the agent by itself."""
        return self.group or self.agent

    @property
    def key(self) -> CellKey:
        """What tells this cell from the others of its folder."""
        return cell_key(self.world, self.overrides, self.agent, self.split, self.shift, self.seed)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One start of an evaluation that wrote to a folder."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    command: str
    versions: dict[str, str]
    platform: str
    seeds: tuple[int, ...]
    started: str


@dataclass(frozen=True, slots=True)
class Meta:
    """The content of ``meta.json``: the invocations, first to last."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    schema_version: int
    invocations: tuple[Invocation, ...]


def cell_key(
    world: str,
    overrides: Mapping[str, Any],
    agent: str,
    split: str,
    shift: Mapping[str, Any] | None,
    seed: int,
) -> CellKey:
    """The key of a cell that may not have been run yet; compare with :meth:`Results.done_cells`."""
    return (world, _canonical(overrides), agent, split, _canonical(shift), seed)


class Results:
    """A results folder.

    Args:
        folder: The folder.
        create: Make the folder if it is missing; otherwise a missing folder is refused.

    Raises:
        ResultsError: The folder is missing or is a file.
    """

    def __init__(self, folder: str | Path, create: bool = False) -> None:
        self.folder = Path(folder)
        if create and not self.folder.exists():
            self.folder.mkdir(parents=True)
        if not self.folder.is_dir():
            raise ResultsError(f"{self.folder} is not a results folder; expected a directory")
        self.path = self.folder / RESULTS_NAME

    def cells(self) -> list[Cell]:
        """The finished cells in the order they were written.

        A last line that was torn by a kill is left out.

        Raises:
            ResultsError: Another line is damaged, or a cell occurs twice.
        """
        cells: dict[CellKey, Cell] = {}
        for number, line in enumerate(whole_lines(self.path), start=1):
            what = f"{self.path}, line {number}"
            cell = typed(Cell, line, what)
            if cells.setdefault(cell.key, cell) is not cell:
                raise ResultsError(f"{what}: the cell {cell.key} was already on an earlier line")
        return list(cells.values())

    def done_cells(self) -> set[CellKey]:
        """The keys of the finished cells; an evaluation that resumes skips them."""
        return {cell.key for cell in self.cells()}

    def append(self, cell: Cell) -> None:
        """Add a cell and wait until it is on the disk.

        Raises:
            ValueError: A number of the cell is NaN or infinite.
        """
        line = dumps(asdict(cell)).encode("utf-8") + b"\n"
        append_lines(self.path, line)

    def arrange(self, keys: Sequence[CellKey]) -> None:
        """Put the cells of ``keys`` into that order, on the lines that they have among them.

        Lines of other cells stay where they are. The file is replaced as a whole, and only where
        the order is another.
        """
        lines = whole_lines(self.path)
        place = {cell.key: number for number, cell in enumerate(self.cells())}
        wanted = [place[key] for key in dict.fromkeys(keys) if key in place]
        arranged = list(lines)
        for target, source in zip(sorted(wanted), wanted, strict=True):
            arranged[target] = lines[source]
        if arranged != lines:
            write_atomically(self.path, b"".join(line + b"\n" for line in arranged))

    def record_invocation(
        self, seeds: Sequence[int] = (0,), argv: Sequence[str] | None = None
    ) -> None:
        """Add the running command to ``meta.json``, unless the last one recorded is the same."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        new = Invocation(
            command_line(argv), package_versions(), platform_line(), tuple(seeds), started
        )
        earlier = self.meta().invocations
        if earlier and asdict(earlier[-1]) | {"started": started} == asdict(new):
            return
        text = dumps(asdict(Meta(SCHEMA, (*earlier, new))), indent=2)
        write_atomically(self.folder / META_NAME, text + "\n")

    def meta(self) -> Meta:
        """What ``meta.json`` holds; no invocations where there is no such file yet.

        Raises:
            ResultsError: The file is damaged or of another schema version.
        """
        path = self.folder / META_NAME
        if not path.exists():
            return Meta(SCHEMA, ())
        meta: Meta = typed(Meta, path.read_bytes(), str(path))
        if meta.schema_version != SCHEMA:
            raise ResultsError(f"{path}: schema_version {meta.schema_version}; expected {SCHEMA}")
        return meta
