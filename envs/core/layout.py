"""The arrays of a batch: what every family shares, and how a family declares its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.draws import SCRIPT_DEPTH

Spec = tuple[Any, tuple[int, ...]]  # dtype and the shape of one row


class ShiftArrays(NamedTuple):
    """The physics shifts of a batch: ``J`` tracks, ``K`` keyframes; both 0 without a plan."""

    now: npt.NDArray[np.int32]  # (n,) joint state of the tracks, 0 unshifted
    played: npt.NDArray[np.int32]  # (n,) that of the step that ended an episode (SAME_STEP)
    base: npt.NDArray[np.int64]  # (n,) first keyframe of the slot's world
    first: npt.NDArray[np.int64]  # (n, J) tick of the timeline's first entry
    timeline: npt.NDArray[np.uint16]  # (J, ticks, n) state at each tick; slots side by side
    every: npt.NDArray[np.int64]  # (J,) counts a tick
    stride: npt.NDArray[np.int64]  # (J,) of the track in the joint state
    episodic: npt.NDArray[np.uint8]  # (J,) the track counts episodes, not steps
    rules: npt.NDArray[np.uint64]  # (K, words) rule records
    knobs: npt.NDArray[np.uint64]  # (K, words) records of generator knobs
    frames: npt.NDArray[Any]  # (K,) FRAME_DTYPE
    span: npt.NDArray[np.int64]  # (5,) what differs: first word, end of rules; of knobs; any frame


class Workspace(NamedTuple):
    """Everything a kernel sees, one row a slot unless said. ``A`` is the agent capacity."""

    core: npt.NDArray[Any]  # (n,) CORE_DTYPE
    script: npt.NDArray[Any]  # (n,) SCRIPT_DTYPE, the chance hooks of solvers
    source: npt.NDArray[Any]  # (n,) SOURCE_DTYPE, where levels come from
    rules: npt.NDArray[Any]  # (n,) family record: the live factors
    knobs: npt.NDArray[Any]  # (n,) generator knobs
    info: npt.NDArray[Any]  # (k,) INFO_DTYPE, one row a level
    levels: Any  # family NamedTuple of (k, ...) arrays
    state: Any  # family NamedTuple of (n, ...) arrays
    scratch: Any  # family NamedTuple of (n, ...) arrays, no meaning between calls
    obs: Any  # family NamedTuple of (n or 2 n, A, ...) arrays
    mask: npt.NDArray[np.bool_]  # (n, A, number of actions), 0 where they are continuous
    actions: npt.NDArray[Any]  # (n, A, ...)
    alive: npt.NDArray[np.uint8]  # (n, A rounded up to 8)
    acting: npt.NDArray[np.uint8]  # (n, A rounded up to 8)
    reward: npt.NDArray[np.float64]  # (n, A)
    terminated: npt.NDArray[np.bool_]  # (n, A)
    truncated: npt.NDArray[np.bool_]  # (n, A)
    returns: npt.NDArray[np.float64]  # (n, A), of the running episode
    final_returns: npt.NDArray[np.float64]  # (n, A), of the episode that ended last
    inner_from: npt.NDArray[np.float64]  # (n, A), `returns` when the inner episode began
    inner_returns: npt.NDArray[np.float64]  # (n, A), of the inner episode that ended last
    metrics: npt.NDArray[Any]  # (n,) family record: measures of the running inner episode
    final_metrics: npt.NDArray[Any]  # (n,) the same of the inner episode that ended last
    measures: tuple[npt.NDArray[np.uint64], ...]  # the bytes of both as (n, words)
    out: npt.NDArray[Any]  # (n,) OUT_DTYPE
    rows: tuple[npt.NDArray[np.uint64], ...]  # the bytes of state, alive, acting as (n, words)
    live: tuple[npt.NDArray[np.uint64], ...]  # the bytes of rules, knobs as (n, words)
    shift: ShiftArrays
    units: npt.NDArray[np.uint64]  # (generators,) addresses of compiled generators, 0 for none


CORE_DTYPE = np.dtype(
    [
        ("seed", np.int64),
        ("episode", np.int64),
        ("lived", np.int64),  # own steps since the last reset with a seed
        ("until", np.int64),  # `lived` at which a schedule may change next
        ("key_dynamics", np.uint64),
        ("key_observation", np.uint64),
        ("key_partners", np.uint64),
        ("key_level", np.uint64),  # of the level being generated
        ("level_name", np.uint64),  # of the level being generated
        ("level", np.int64),  # row of the current level
        ("clock", np.int32),  # steps since the episode (trial) began
        ("elapsed", np.int32),  # steps since the inner episode began
        ("limit", np.int32),  # time limit of the inner episode
        ("inner", np.int32),  # index of the inner episode
        ("seats", np.int32),  # seats taken so far in this episode, under shifts
        ("coming", np.int32),  # agents to join after this step, or to leave where negative
        ("renewed", np.int32),  # agents to replace after this step
        ("first", np.uint8),  # no step yet in this inner episode
        ("ended", np.uint8),  # the episode is over and not yet begun anew
        ("restart", np.uint8),  # OP_RESET begins this slot
        ("scripted", np.uint8),  # chance nodes follow `script`
        ("failed", np.uint8),  # no level of the wanted split was found
    ],
    align=True,
)

SCRIPT_DTYPE = np.dtype(
    [
        ("probability", np.float64),
        ("depth", np.int32),
        ("choice", np.int16, (SCRIPT_DEPTH,)),
        ("width", np.int16, (SCRIPT_DEPTH,)),
    ],
    align=True,
)

SOURCE_DTYPE = np.dtype(
    [("kind", np.int32), ("split", np.int32), ("first", np.int64), ("count", np.int64)],
    align=True,
)

INFO_DTYPE = np.dtype(
    [
        ("name", np.uint64),
        ("content", np.uint64),
        ("split", np.int32),
        ("attempts", np.int32),
        ("max_steps", np.int32),
    ],
    align=True,
)

FRAME_DTYPE = np.dtype(
    [
        ("split", np.int32),
        ("more", np.int32),  # agents beyond those whom the level seats
        ("renewed", np.int32),  # agents replaced when `turn` changes
        ("turn", np.int32),
    ],
    align=True,
)

OUT_DTYPE = np.dtype(
    [
        ("level_name", np.uint64),
        ("level_hash", np.uint64),
        ("level", np.int64),
        ("length", np.int32),
        ("inner_length", np.int32),
        ("inner_end", np.uint8),
        ("final", np.uint8),
    ],
    align=True,
)


@dataclass(frozen=True)
class Layout:
    """The arrays one family needs for one structure.

    Attributes:
        num_agents: Agent capacity ``A``.
        num_actions: Size of the mask, per agent; 0 where actions are continuous.
        action: dtype and shape of one agent's action: ``(np.int32, ())``, or, for continuous
            actions, which lie in [-1, 1], ``(np.float32, (components,))``.
        state, levels, obs, scratch: NamedTuple class and the specs of its fields. State, levels
            and scratch specs are per row; observation specs are per agent.
        metrics: dtype of the measures of an inner episode, a multiple of 8 bytes; must have a
            ``success`` field.
    """

    num_agents: int
    num_actions: int
    action: Spec
    state: tuple[type, Mapping[str, Spec]]
    levels: tuple[type, Mapping[str, Spec]]
    obs: tuple[type, Mapping[str, Spec]]
    scratch: tuple[type, Mapping[str, Spec]]
    metrics: np.dtype[Any]
    extra: Mapping[str, int] = field(default_factory=dict)


def allocate_words(rows: int, dtype: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """An array of ``rows`` rows and the same memory as (rows, words) uint64.

    The last dimension is rounded up until a row is whole words, so that rows can be copied,
    hashed and compared word by word.
    """
    dtype, dims = np.dtype(dtype), list(shape or (1,))
    while int(np.prod(dims)) * dtype.itemsize % 8:
        dims[-1] += 1
    words = int(np.prod(dims)) * dtype.itemsize // 8
    memory = np.zeros((rows, max(words, 1)), dtype=np.uint64)
    array = memory.view(np.uint8)[:, : words * 8].view(dtype).reshape((rows, *dims))
    return array, memory


def allocate(kind: tuple[type, Mapping[str, Spec]], rows: int, *lead: int) -> Any:
    """The NamedTuple of zeroed arrays of shape (rows, *lead, *spec shape)."""
    cls, specs = kind
    return cls(**{k: np.zeros((rows, *lead, *shape), dtype) for k, (dtype, shape) in specs.items()})


def slot_bytes(layout: Layout, copies: int) -> int:
    """About the bytes of one slot: those of its arrays that grow with the structure.

    Args:
        layout: The family's arrays.
        copies: Observations that are kept of the slot.
    """
    own, seen = (
        sum(
            math.prod(shape) * np.dtype(dtype).itemsize
            for _, specs in kinds
            for dtype, shape in specs.values()
        )
        for kinds in ((layout.state, layout.levels, layout.scratch), (layout.obs,))
    )
    dtype, shape = layout.action
    action = math.prod(shape) * np.dtype(dtype).itemsize
    # Beside the observation each agent has its mask, its action, two flags to be told that it is
    # out, and seven more numbers: rewards and returns.
    return own + layout.num_agents * (copies * seen + layout.num_actions + action + 60)


def allocate_workspace(
    layout: Layout,
    n: int,
    level_rows: int,
    obs_rows: int,
    rules: Any,
    knobs: Any,
    generators: int = 0,
) -> Workspace:
    """Every array of a batch of ``n`` slots, zeroed.

    Args:
        layout: The family's arrays.
        n: Number of slots.
        level_rows: Rows of the level arrays (fresh rows first, then banks).
        obs_rows: ``n``, or ``2 * n`` where final observations are kept.
        rules: dtype of the rule record.
        knobs: dtype of the generator knobs record.
        generators: How many generators there are to call; 0 where no level is generated.
    """
    agents = layout.num_agents
    cls, specs = layout.state
    state, rows = {}, []
    for name, (dtype, shape) in specs.items():
        state[name], words = allocate_words(n, dtype, shape)
        rows.append(words)
    seats = []
    for _ in range(2):
        array, words = allocate_words(n, np.uint8, (agents,))
        seats.append(array)
        rows.append(words)
    live, live_words = zip(*(allocate_words(n, one, ()) for one in (rules, knobs)), strict=True)
    metrics, measures = allocate_words(n, layout.metrics, ())
    final_metrics, final_measures = allocate_words(n, layout.metrics, ())
    zeros = np.zeros
    return Workspace(
        core=zeros(n, CORE_DTYPE),
        script=zeros(n, SCRIPT_DTYPE),
        source=zeros(n, SOURCE_DTYPE),
        rules=live[0][:, 0],
        knobs=live[1][:, 0],
        info=zeros(level_rows, INFO_DTYPE),
        levels=allocate(layout.levels, level_rows),
        state=cls(**state),
        scratch=allocate(layout.scratch, n),
        obs=allocate(layout.obs, obs_rows, agents),
        mask=zeros((n, agents, layout.num_actions), np.bool_),
        actions=zeros((n, agents, *layout.action[1]), layout.action[0]),
        alive=seats[0],
        acting=seats[1],
        reward=zeros((n, agents)),
        terminated=zeros((n, agents), np.bool_),
        truncated=zeros((n, agents), np.bool_),
        returns=zeros((n, agents)),
        final_returns=zeros((n, agents)),
        inner_from=zeros((n, agents)),
        inner_returns=zeros((n, agents)),
        metrics=metrics[:, 0],
        final_metrics=final_metrics[:, 0],
        measures=(measures, final_measures),
        out=zeros(n, OUT_DTYPE),
        rows=tuple(rows),
        live=live_words,
        shift=allocate_shift(n, 0, 0, 0, tuple(words.shape[1] for words in live_words)),
        units=zeros(generators, np.uint64),
    )


def allocate_shift(n: int, tracks: int, ticks: int, frames: int, words: Any) -> ShiftArrays:
    """The arrays of a plan, zeroed: nothing is shifted.

    Args:
        n: Number of slots.
        tracks: Number of schedules.
        ticks: Length of a timeline.
        frames: Number of keyframes.
        words: Words of a rule record and of a knobs record.
    """
    zeros = np.zeros
    return ShiftArrays(
        now=zeros(n, np.int32),
        played=zeros(n, np.int32),
        base=zeros(n, np.int64),
        first=zeros((n, tracks), np.int64),
        timeline=zeros((tracks, ticks, n), np.uint16),
        every=np.ones(tracks, np.int64),
        stride=zeros(tracks, np.int64),
        episodic=zeros(tracks, np.uint8),
        rules=zeros((frames, words[0]), np.uint64),
        knobs=zeros((frames, words[1]), np.uint64),
        frames=zeros(frames, FRAME_DTYPE),
        span=zeros(5, np.int64),
    )
