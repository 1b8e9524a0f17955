"""Episode strips: moments of the first episode that an agent played, as small pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.loading import agent_name
from adaptarium.agents.protocol import Agent, is_batched
from adaptarium.envs.core.errors import MissingExtraError
from adaptarium.envs.core.files import write_atomically
from adaptarium.evaluation.report.formatting import count, fixed
from adaptarium.evaluation.report.pictures import Picture, read_picture
from adaptarium.evaluation.report.tables import agent_label, condition_text
from adaptarium.evaluation.results import Cell, CellKey

STRIPS_NAME = "strips"
NUM_FRAMES = 8
MAX_STRIPS = 24
SIDE = 144
"""Pixels of a frame's longer side, where the smallest tile allows it."""
SMALLEST_TILE = 6


class Camera:
    """An agent that plays as another one does, and pictures its first episode while it plays.

    Of a long episode only every second, fourth ... step is kept, so its length need not be known.
    Where there is nothing to draw (another's environment, no pygame) nothing is kept.

    Args:
        agent: The agent that decides; not one that plays several episodes in flight.
    """

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.batched = is_batched(agent)
        self.name = agent_name(agent)
        self._frames: dict[int, npt.NDArray[np.uint8]] = {}
        self._stride = 1
        self._step = 0
        self._world: Any = None
        self._batch: Any = None
        self._over = False

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        """The agent's own answer."""
        if not self._over and "batch" in info and np.ravel(info["slots"])[0] == 0:
            self._world, self._batch = info["world"], info["batch"]
            self._step = int(np.ravel(info["step"])[0])
            self._keep()
            self._step += 1
        return self.agent.act(observation, info)

    def finish(self) -> None:
        """Picture the end: to be called when the episode is over and the next has not begun."""
        if not self._over and self._batch is not None:
            self._stride = 1
            self._keep()
        self._over = True

    def _keep(self) -> None:
        if self._step % self._stride:
            return
        frame = self._world.family.module("render").frame
        try:
            sides = frame(self._batch, 0, 1).shape[:2]
            tile = max(SMALLEST_TILE, SIDE // max(sides))
            self._frames[self._step] = frame(self._batch, 0, tile)
        except MissingExtraError:
            self._over = True
            return
        if len(self._frames) > 4 * NUM_FRAMES:
            self._stride *= 2
            self._frames = {k: f for k, f in self._frames.items() if k % self._stride == 0}

    def save(self, results: Path, key: CellKey) -> None:
        """Write the beginning, the end and evenly spread moments between, a PNG each."""
        from adaptarium.envs.core.drawing import png

        steps = sorted(self._frames)
        chosen = np.linspace(0, len(steps) - 1, NUM_FRAMES).round().astype(int) if steps else ()
        for place in dict.fromkeys(chosen):
            path = strip_folder(results, key) / f"{steps[place]:06d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, png(self._frames[steps[place]]))


def strip_folder(results: Path, key: CellKey) -> Path:
    """Where the pictures of a cell's first episode lie."""
    return results / STRIPS_NAME / hashlib.sha256(repr(key).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Strip:
    """The pictured episode of one agent under one condition."""

    agent: str
    color: str
    world: str
    details: tuple[str, ...]
    outcome: str
    frames: tuple[Picture, ...]


def find_strips(cells: Sequence[Cell], folder: Path, colors: Mapping[str, str]) -> list[Strip]:
    """The strips of the cells that have one, each agent or group once a condition."""
    strips: dict[tuple[Any, ...], Strip] = {}
    for cell in cells:
        paths = sorted(strip_folder(folder, cell.key).glob("*.png"))[:NUM_FRAMES]
        world, overrides, _, split, shift, _ = cell.key
        once = (world, overrides, cell.player, split, shift)
        if paths and once not in strips:
            strips[once] = Strip(
                agent=agent_label(cell.player),
                color=colors[cell.player],
                world=cell.world,
                details=condition_text(cell),
                outcome=_outcome(cell),
                frames=tuple(_frame(path) for path in paths),
            )
    return list(strips.values())[:MAX_STRIPS]


def _frame(path: Path) -> Picture:
    return replace(read_picture(path), caption=f"step {path.stem.lstrip('0') or '0'}")


def _outcome(cell: Cell) -> str:
    episode = cell.episodes[0]
    ending = "solved" if episode.solved else "not solved"
    return f"{ending} in {count(episode.length, 'step')}, return {fixed(episode.episode_return, 3)}"
