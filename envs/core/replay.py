"""Replays: an episode as its world, its seed and its actions, from which it is played again.

A replay file is JSON, one object: ``schema``, ``world`` (the plain data of a world file), ``seed``,
``actions`` (one list of the agents' actions a step) and ``end``, a digest of the state at the end.
The same actions from the same seed give the same episode, bit for bit: :meth:`Replay.check` says
whether they still do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import ReplayError
from adaptarium.envs.core.world import World
from adaptarium.envs.core.worldfile import read_world_file, write_world_file

SCHEMA = "adaptarium-replay/1"
_KEYS = ("schema", "world", "seed", "actions", "end")


@dataclass(frozen=True, eq=False)
class Replay:
    """One episode.

    Attributes:
        world: The world.
        seed: The seed of the slot that it was played in.
        actions: (steps, agents, ...) what every agent did.
        end: Digest of the state after the last step.
    """

    world: World
    seed: int
    actions: npt.NDArray[Any]
    end: str

    @classmethod
    def record(cls, world: World, seed: int, act: Callable[[Batch], Any]) -> Replay:
        """Play an episode and keep it.

        Args:
            world: The world.
            seed: Its seed.
            act: Gives the actions of all agents, (agents, ...), for slot 0 of the batch.
        """
        batch, given = _begun(world, seed), []
        while not batch.w.core["ended"][0]:
            batch.w.actions[0] = act(batch)
            given.append(batch.w.actions[0].copy())
            batch.step()
        found = cls(world, seed, np.array(given), digest(batch))
        batch.close()
        return found

    @classmethod
    def load(cls, path: str | Path) -> Replay:
        """Read a replay file; it is not played yet.

        Raises:
            ReplayError: the file is none.
            WorldFileError: it cannot be read, or does not describe a world.
        """
        data = read_world_file(path)
        if not is_replay(data) or {*data} != {*_KEYS}:
            raise ReplayError(f"{path}: expected a replay, an object of {', '.join(_KEYS)}")
        world, seed, end = World.from_data(data["world"]), data["seed"], data["end"]
        if not isinstance(seed, int) or isinstance(seed, bool) or not isinstance(end, str):
            raise ReplayError(f"{path}: expected an integer seed and an end in words")
        return cls(world, seed, _actions(path, data["actions"], world), end)

    def save(self, path: str | Path) -> None:
        """Write the replay as JSON, whole or not at all; the name ends in ``.json``.

        Raises:
            WorldFileError: it cannot be written there.
        """
        data = {
            "schema": SCHEMA,
            "world": self.world.to_data(),
            "seed": self.seed,
            "actions": self.actions.tolist(),
            "end": self.end,
        }
        write_world_file(path, data)

    def states(self) -> Iterator[Batch]:
        """The same batch of one slot at the start and after every step.

        Raises:
            ReplayError: the episode ends before the actions do.
        """
        batch = _begun(self.world, self.seed)
        yield batch
        for step, actions in enumerate(self.actions):
            if batch.w.core["ended"][0]:
                raise ReplayError(f"the episode ended after {step} of {len(self.actions)} steps")
            batch.w.actions[0] = actions
            batch.step()
            yield batch

    def check(self) -> Batch:
        """Play it to its end.

        Returns:
            The batch of one slot there.

        Raises:
            ReplayError: it comes to another end than the one recorded.
        """
        *_, batch = self.states()
        if (found := digest(batch)) != self.end:
            raise ReplayError(f"the replay ends in state {found}, expected {self.end}")
        return batch


def digest(batch: Batch, i: int = 0) -> str:
    """A digest of everything that outlives a step of slot ``i``."""
    rows = (np.ascontiguousarray(row[i]).tobytes() for row in batch.w.rows)
    return hashlib.blake2b(b"".join(rows), digest_size=16).hexdigest()


def is_replay(data: Mapping[str, Any]) -> bool:
    """Whether plain data says that it is a replay."""
    return data.get("schema") == SCHEMA


def _begun(world: World, seed: int) -> Batch:
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=seed)
    return batch


def _actions(path: str | Path, data: Any, world: World) -> npt.NDArray[Any]:
    """The actions of a file, as the batch takes them."""
    wanted = Batch([world], 1, autoreset="disabled").w.actions[0]
    try:
        found = np.array(data, np.float64)
    except (TypeError, ValueError):
        found = np.zeros(0)
    if found.shape[1:] != wanted.shape or not np.array_equal(found.astype(wanted.dtype), found):
        raise ReplayError(f"{path}: expected actions of shape {wanted.shape} in each step")
    return found.astype(wanted.dtype)
