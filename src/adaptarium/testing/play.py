"""Playing batches so that their episodes compare, whatever the autoreset mode or padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.driver import MODE_DISABLED, MODE_SAME_STEP

Draws = npt.NDArray[np.int64]
Garbage = Any


@dataclass(frozen=True)
class Moment:
    """What one agent-visible event of a slot gave.

    Attributes:
        kind: ``"begin"`` (the first observation of an episode) or ``"step"``.
        fields: Copies of the outputs; agents first.
    """

    kind: str
    fields: dict[str, npt.NDArray[Any]]


def draw_streams(batch: Batch, seeds: Sequence[int], length: int) -> Draws:
    """Random numbers that become actions: (n, length, A, components), a stream a seed and agent.

    A slot draws the same in any batch, however many slots, agents and components that has.
    """
    width = int(np.prod(batch.w.actions.shape[2:], dtype=int)) or 1
    agents = batch.w.actions.shape[1]
    return np.stack(
        [
            np.stack(
                [
                    np.random.default_rng((seed, a)).integers(0, 2**31, (width, length)).T
                    for a in range(agents)
                ],
                axis=1,
            )
            for seed in seeds
        ]
    )


def actions_from(batch: Batch, draws: Draws) -> npt.NDArray[Any]:
    """Actions for every slot from one draw each: (n, A, …) as ``batch.w.actions``.

    Discrete actions are drawn from the valid ones by rank, so that padding does not move them.
    """
    space, shape = batch.action_space, batch.w.actions.shape
    if isinstance(space, spaces.Discrete):
        return _ranked(batch.masks(), draws[..., 0], int(space.n))
    if isinstance(space, spaces.MultiDiscrete):
        return (draws % np.asarray(space.nvec).reshape(-1)).reshape(shape)
    if isinstance(space, spaces.Box):
        low, high = (np.asarray(end, float).reshape(-1) for end in (space.low, space.high))
        return (low + (high - low) * (draws / 2.0**31)).reshape(shape)
    raise TypeError(f"{space!r}: expected Discrete, MultiDiscrete or Box actions")


def _ranked(mask: npt.NDArray[np.bool_], draws: Draws, count: int) -> npt.NDArray[np.int64]:
    """The ``draws % valid``-th valid action of each agent; any of ``count`` where none is valid."""
    valid = mask.sum(-1)
    rank = draws % np.maximum(valid, 1)
    reached = mask.cumsum(-1) > rank[..., None]
    return np.where(valid > 0, reached.argmax(-1), draws % count)


def play(
    batch: Batch, seed: int | Sequence[int], steps: int, poison: Garbage = None
) -> list[list[Moment]]:
    """Play every slot with its own stream of actions and record what an agent sees.

    The records of the three autoreset modes are alike: an ignored step leaves none, and a final
    observation belongs to the step that ended the episode.

    Args:
        batch: Any batch; it is reset.
        seed: As in :meth:`Batch.reset`.
        steps: Rounds.
        poison: Called with the batch before every reset and step.
    """
    n = batch.num_envs
    seeds = [seed + i for i in range(n)] if isinstance(seed, int) else list(seed)
    draws = draw_streams(batch, seeds, steps)
    taken = np.zeros(n, np.int64)
    if poison:
        poison(batch)
    batch.reset(seed=seeds)
    records = [[_begin(batch, i)] for i in range(n)]
    for _ in range(steps):
        over = batch.w.core["ended"].astype(bool)
        if batch.mode == MODE_DISABLED and over.any():
            batch.reset(mask=over)
            for i in np.flatnonzero(over).tolist():
                records[i].append(_begin(batch, i))
            over[:] = False
        batch.w.actions[:] = actions_from(batch, draws[np.arange(n), taken])
        if poison:
            poison(batch)
        batch.step()
        for i, record in enumerate(records):
            record.extend(_moments(batch, i, bool(over[i])))
        taken += ~over
    return records


def _moments(batch: Batch, i: int, ignored: bool) -> Iterator[Moment]:
    """What one step gave slot ``i``; ``ignored`` where it only began the next episode."""
    if not ignored:
        yield _step(batch, i)
    if ignored or (batch.mode == MODE_SAME_STEP and batch.w.out[i]["final"]):
        yield _begin(batch, i)


def _begin(batch: Batch, i: int) -> Moment:
    fields = {f"obs.{name}": array[i].copy() for name, array in batch.obs.items()}
    return Moment("begin", fields)


def _step(batch: Batch, i: int) -> Moment:
    w = batch.w
    final = batch.mode == MODE_SAME_STEP and w.out[i]["final"]
    views = batch.final_obs if final else batch.obs
    fields = {f"obs.{name}": array[i].copy() for name, array in views.items()}
    for name in ("reward", "terminated", "truncated"):
        fields[name] = getattr(w, name)[i].copy()
    names = ["inner_end", "final", *(("length", "level_hash") if w.out[i]["final"] else ())]
    fields.update({f"out.{name}": np.array(w.out[i][name]) for name in names})
    return Moment("step", fields)


def difference(expected: list[Moment], found: list[Moment]) -> str | None:
    """Where two records part, in words; None when they agree as far as both go.

    ``found`` may be padded: a larger array must hold the expected one in its first corner.
    """
    for number, (one, other) in enumerate(zip(expected, found, strict=False)):
        if one.kind != other.kind:
            return f"event {number} is a {other.kind}, expected a {one.kind}"
        for name, value in one.fields.items():
            if name not in other.fields:
                return f"event {number} ({one.kind}) has no {name}"
            if not np.array_equal(value, corner(other.fields[name], value.shape)):
                return f"{name} differs at event {number} ({one.kind})"
    return None


def padding(expected: list[Moment], found: list[Moment]) -> str | None:
    """Where the padding of ``found`` is not zero, in words; None when all of it is."""
    for number, (one, other) in enumerate(zip(expected, found, strict=False)):
        for name, value in one.fields.items():
            rest = other.fields[name].copy()
            rest[tuple(slice(0, size) for size in value.shape)] = 0
            if rest.any():
                return f"{name} holds {rest[rest != 0][0]} in its padding at event {number}"
    return None


def corner(array: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The first corner of ``array`` of at most this shape."""
    return array[tuple(slice(0, size) for size in shape)]
