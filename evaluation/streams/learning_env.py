"""What a learner of a stream is given: environments with so many steps left, and where they stand.

The schedules of a task's shifts count the steps and episodes of each environment while the task is
learnt. Between two of its blocks they stand still: when the task comes back its environments begin
new episodes, and the schedules count on from where they were left.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import AgentError
from adaptarium.evaluation.streams.envs import Env, Unsaved, seats_of
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.spec import ShiftPlan

Episode = tuple[float, int]
"""Return by the world's own rewards, of all seats together, and length."""

Arrays = dict[str, npt.NDArray[Any]]


class LearningEnv(gymnasium.vector.VectorWrapper[Any, Any, Any, Any, Any]):
    """So many steps of some environments, from a seed that is decided here.

    Args:
        env: The environments (:func:`~adaptarium.evaluation.streams.envs.make_env`).
        seed: Slot ``i`` begins its first episode with ``seed + i``, whatever ``reset`` is told.
        plan: The shifts that they follow.

    Attributes:
        steps_left: Steps of all rows together that may be taken.
        finished: Return and length of the episodes that ended.
        seats: Rows of a slot.
        clock: Where the shifts of every slot stand.
        over: (slots,) bool: whose episode ended with the last step.
    """

    def __init__(self, env: Env, seed: int, plan: ShiftPlan | None = None) -> None:
        super().__init__(env)
        self.steps_left, self.finished = 0, list[Episode]()
        self.seats = seats_of(env)
        self.clock = Clock(() if plan is None else plan.shifts, env.num_envs // self.seats)
        self._core = _innermost(env)
        self._seed: int | None = seed
        self._observation: Any = None
        self.over = np.zeros(len(self.clock.steps), np.bool_)
        self._returns = np.zeros(len(self.clock.steps))
        self._lengths = np.zeros(len(self.clock.steps), np.int64)

    @property
    def observation(self) -> Any:
        """What the next actions answer; the first episodes begin when it is looked at."""
        if self._observation is None:
            self.reset()
        return self._observation

    @property
    def alive(self) -> npt.NDArray[np.bool_]:
        """(rows,) bool: whose agent plays; always all of them in environments of one seat."""
        found = getattr(self.env, "alive", None)
        return np.ones(self.num_envs, np.bool_) if found is None else found

    @property
    def inner_end(self) -> npt.NDArray[np.bool_]:
        """(slots,) bool: where the last step ended an episode, or one within a trial of several."""
        if isinstance(self._core, Unsaved):
            return self.over
        return np.asarray(self._core.batch.w.out["inner_end"] != 0)

    @property
    def has_masks(self) -> bool:
        """Whether the environments tell which actions are valid."""
        return hasattr(self.env, "action_masks")

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(rows, …) bool: which actions are valid now."""
        masks: npt.NDArray[np.bool_] = self.env.action_masks()  # type: ignore[attr-defined]
        return masks

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin episodes in all slots; ``seed`` is ignored, so that runs can be repeated."""
        self._returns[:], self._lengths[:] = 0, 0
        first, self._seed = self._seed, None
        result = self.env.reset(seed=first, options=options)
        if first is not None:
            slots = np.arange(len(self._lengths))
            self.clock.begin(slots, [first + i for i in slots.tolist()])
        self.clock.episodes += 1
        self._observation = result[0]
        return result

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Take a step in every row.

        Raises:
            AgentError: no steps are left.
        """
        if self.steps_left < self.num_envs:
            raise AgentError("learn() takes more steps than it was given; see env.steps_left")
        if self._observation is None:
            self.reset()
        self.steps_left -= self.num_envs
        result = self.env.step(actions)
        self._observation, _, terminated, truncated, _ = result
        self._returns += self._rewards()
        self._lengths += 1
        self.clock.steps += 1
        self.over = np.asarray(getattr(self.env, "over", terminated | truncated))
        self._end(np.flatnonzero(self.over))
        return result

    def _rewards(self) -> npt.NDArray[np.float64]:
        """(slots,) what the world has given, whatever the learner is told."""
        if isinstance(self._core, Unsaved):
            return self._core.rewards
        return np.asarray(self._core.batch.w.reward.sum(axis=1))

    def _end(self, slots: npt.NDArray[np.int64]) -> None:
        for i in slots.tolist():
            self.finished.append((float(self._returns[i]), int(self._lengths[i])))
        self._returns[slots], self._lengths[slots] = 0, 0
        self.clock.episodes[slots] += 1

    def take_finished(self) -> list[Episode]:
        """The episodes that ended since this was asked last."""
        found, self.finished = self.finished, []
        return found

    def follow(self, name: str, position: float) -> None:
        """Move a shift that follows the learner's progress."""
        self.clock.reach(name, position)
        layer: Any = self.env
        while layer is not self._core:
            clock = vars(layer).get("clock")
            if clock is not None and name in clock.names:
                clock.reach(name, position)
                return
            layer = layer.env
        layer.batch.reach(name, position)

    # ---- saving ----

    def state(self) -> bytes:
        """The state, as an archive of arrays; of environments of others that of their shifts."""
        parts = {f"observation.{name}": part for name, part in named(self.observation).items()}
        inner = np.frombuffer(self.env.save_state(), np.uint8)  # type: ignore[attr-defined]
        buffer = io.BytesIO()
        arrays = {"inner": inner, "returns": self._returns, "lengths": self._lengths}
        np.savez(buffer, **arrays, **clock_arrays(self.clock), **parts)  # type: ignore[arg-type]
        return buffer.getvalue()

    def restore(self, data: bytes) -> None:
        """Go on from a state.

        Raises:
            SnapshotError: it is damaged or of another environment.
        """
        self.reset()  # some parts of a state have a place from the first observation on
        with np.load(io.BytesIO(data), allow_pickle=False) as saved:
            self.env.restore_state(saved["inner"].tobytes())  # type: ignore[attr-defined]
            self._returns, self._lengths = saved["returns"], saved["lengths"]
            restore_clock(self.clock, saved)
            parts = {name: saved[f"observation.{name}"] for name in named(self._observation)}
            self._observation = parts if isinstance(self._observation, Mapping) else parts[""]

    def come_back(self, data: bytes) -> None:
        """Take the schedules from a state; new episodes begin when they are looked at."""
        self.restore(data)
        self._observation = None


def _innermost(env: Any) -> Any:
    """The face of a batch, or the environments of others, that all wrappers are around."""
    while not isinstance(env, Unsaved) and "batch" not in vars(env):
        env = env.env
    return env


def clock_arrays(clock: Clock) -> Arrays:
    """A clock as arrays that :func:`restore_clock` reads."""
    facts = np.frombuffer(json.dumps(clock.to_data()).encode(), np.uint8)
    return {"clock": facts, **{f"clock.{name}": part for name, part in clock.arrays().items()}}


def restore_clock(clock: Clock, saved: Mapping[str, npt.NDArray[Any]]) -> None:
    """Let a clock of the same shifts stand where the one stood whose arrays these are."""
    for name, array in clock.arrays().items():
        array[...] = saved[f"clock.{name}"]
    clock.restore(json.loads(saved["clock"].tobytes()))


def named(observation: Any) -> Mapping[str, npt.NDArray[Any]]:
    """Observations by the names of their parts; a plain one has the empty name."""
    return observation if isinstance(observation, Mapping) else {"": np.asarray(observation)}
