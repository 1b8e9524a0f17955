"""Interface shifts over many sub-environments at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import AutoresetMode, VectorWrapper
from gymnasium.vector.utils import batch_space
from typing_extensions import override

from adaptarium.envs.core.vector import MultiAgentVector
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.effects import Bools, Floats, Outcome
from adaptarium.wrappers.faces.seat import entry_of, plain
from adaptarium.wrappers.faces.shared import (
    OFFERED,
    Driven,
    Record,
    interface_plan,
    offered,
    seeds_given,
    seeds_within,
)
from adaptarium.wrappers.leaves import Leaves
from adaptarium.wrappers.side import NO_LEAVES, Side

ALL = slice(None)


class _Shifted(Driven):
    """What both shifted batches share; the face within is ``self.env``."""

    env: Any

    def _start(self, env: Any, shifts: Any, seats: int) -> None:
        self.plan = interface_plan(shifts)
        n = self._n = int(env.num_envs)
        self.clock = Clock(self.plan.shifts, n)
        self.side = Side(
            self.clock, range(seats), env.single_observation_space, env.single_action_space
        )
        self._mode = env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        self._lead: tuple[int, ...] = (n,) if seats == 1 else (n, seats)
        self._over = np.zeros(n, np.bool_)
        # What the observations seen last were made with, to look at them once more.
        self._seen = np.zeros((len(self.clock.names), n))
        self._ticks = np.zeros(n, np.int64)
        own = {"over": self._over, "seen": self._seen, "ticks": self._ticks}
        self._record = Record(self.clock, {"": self.side}, own)

    # ---- reset ----

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Begin episodes; as the environment within."""
        mask = (options or {}).get("reset_mask")
        inner_options = dict(options) if isinstance(options, Mapping) else options
        observation, infos = self.env.reset(seed=seed, options=inner_options)
        slots = np.arange(self._n) if mask is None else np.flatnonzero(mask)
        self._seed(seed, slots)
        self.clock.episodes[slots] += 1
        self._over[slots] = False
        positions = self.clock.positions()
        self._seen[:, slots] = positions[:, slots]
        self._ticks[slots] = (self.clock.steps + self.clock.episodes)[slots]
        leaves = self.side.leaves(observation, len(self._lead))
        self._begin(slots, leaves)
        after = self._look(slots, leaves, infos)
        observation = self.side.handed(observation, leaves, after, self._shaped)
        self._tell(infos, positions, slots)
        return observation, infos

    def _seed(self, seed: Any, slots: npt.NDArray[np.int64]) -> None:
        given = seeds_given(seed, self._n)
        drawn: list[int] = []
        for i in slots.tolist():
            if given[i] is None and not self.clock.seeded[i]:
                drawn = drawn or seeds_within(self.env, self._n)
                given[i] = drawn[i]
        anew = [i for i in slots.tolist() if given[i] is not None]
        if anew:
            chosen = np.array(anew, np.int64)
            self.clock.begin(chosen, [int(given[i] or 0) for i in anew])
            self.side.anew(chosen)

    def _look(
        self, slots: npt.NDArray[np.int64], leaves: Leaves, infos: Mapping[str, Any]
    ) -> Leaves:
        """The observations of a reset: new in ``slots``, as they were in the others."""
        if len(slots) == self._n:
            return self._observe(ALL, self._seen, leaves, infos, np.ones(self._n, np.bool_))
        others = np.setdiff1d(np.arange(self._n), slots)
        mine, rest = self.side.rows_of(slots), self.side.rows_of(others)
        begun = np.ones(len(slots), np.bool_)
        new = self._observe(slots, self._seen, _some(leaves, mine), infos, begun)
        old = self._observe(others, self._seen, _some(leaves, rest), infos, None, fresh=False)
        whole = {}
        for name, part in new.items():
            whole[name] = np.empty((self.side.rows, *part.shape[1:]), part.dtype)
            whole[name][mine] = part
            whole[name][rest] = old[name]
        return whole

    def _begin(self, slots: npt.NDArray[np.int64], leaves: Leaves) -> None:
        rows = self.side.rows_of(slots)
        self.side.begin(rows, _some(leaves, rows) if self.side.looks else NO_LEAVES)

    # ---- step ----

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Play one step in every sub-environment; as the environment within."""
        clock, side = self.clock, self.side
        begun = self._over.copy() if self._over.any() else None
        if begun is not None:
            clock.episodes[begun] += 1
        try:
            positions = clock.positions()
            spread, rows = side.spread(positions), self._live(begun)
            ticks = side.spread(clock.steps)
            inner = self._act(actions, spread, rows, ticks)
            observation, reward, terminated, truncated, infos = self.env.step(inner)
        except BaseException:
            if begun is not None:  # a refused step has begun nothing
                clock.episodes[begun] -= 1
            raise
        leaves = side.leaves(observation, len(self._lead)) if self._needs_leaves else NO_LEAVES
        if begun is not None:
            self._begin(np.flatnonzero(begun), leaves)
        ended = np.asarray(terminated) | np.asarray(truncated)
        over = self._ended(ended)
        final = self._final(over, infos)
        if side.acts or side.rewards:
            outcome = Outcome(
                self._last(leaves, over, final), actions, np.asarray(terminated), ended
            )
            reward = self._reward(spread, rows, ticks, reward, outcome)
        clock.steps += 1 if begun is None else ~begun
        observation = self._seen_after(positions, begun, over, final, observation, leaves, infos)
        return observation, reward, terminated, truncated, infos

    @property
    def _needs_leaves(self) -> bool:
        return self.side.observes or self.side.looks

    def _live(self, begun: Bools | None) -> Any:
        """The rows that play this step."""
        return ALL if begun is None else np.flatnonzero(~begun)

    def _ended(self, ended: Bools) -> Bools:
        """(n,) bool: whose episode is over with this step."""
        return ended

    def _act(self, actions: Any, positions: Floats, rows: Any, ticks: Any) -> Any:
        if not self.side.acts:
            return actions
        array = np.asarray(actions)
        space = self.side.action_space
        if array.shape != (*self._lead, *(space.shape or ())) or array.dtype.kind not in "iuf":
            return actions  # the environment will refuse it
        flat = array.reshape(-1, *(space.shape or ()))
        found = self.side.act(positions[:, rows], rows, ticks[rows], flat[rows])
        if not isinstance(rows, slice):
            whole = flat.copy()
            whole[rows] = found
            found = whole
        return found.reshape(array.shape)

    def _reward(
        self, positions: Floats, rows: Any, ticks: Any, reward: Any, outcome: Outcome
    ) -> Any:
        flat = np.asarray(reward, np.float64).reshape(-1)
        part = Outcome(
            {name: array[rows] for name, array in outcome.leaves.items()},
            outcome.actions,
            outcome.terminated.reshape(-1)[rows],
            outcome.ended.reshape(-1)[rows],
        )
        found = self.side.reward(positions[:, rows], rows, ticks[rows], flat[rows], part)
        if not isinstance(rows, slice):
            whole = flat.copy()
            whole[rows] = found
            found = whole
        return found.reshape(self._lead)

    def _final(self, over: Bools, infos: dict[str, Any]) -> tuple[Any, Leaves] | None:
        """In mode SAME_STEP, the slots whose episode ended and their last observations."""
        if self._mode != AutoresetMode.SAME_STEP or not over.any() or "final_obs" not in infos:
            return None
        slots = np.flatnonzero(over)
        if not self._needs_leaves:
            return slots, NO_LEAVES
        return slots, self.side.stacked([infos["final_obs"][i] for i in slots.tolist()])

    def _last(self, leaves: Leaves, over: Bools, final: tuple[Any, Leaves] | None) -> Leaves:
        """The observations that the step led to, before any new episode began."""
        if not self.side.looks or final is None:
            return leaves
        rows = self.side.rows_of(final[0])
        whole = {}
        for name, array in leaves.items():
            whole[name] = array.copy()
            whole[name][rows] = final[1][name]
        return whole

    def _seen_after(
        self,
        positions: Floats,
        begun: Bools | None,
        over: Bools,
        final: tuple[Any, Leaves] | None,
        observation: Any,
        leaves: Leaves,
        infos: dict[str, Any],
    ) -> Any:
        """The observations as they go out, and the ground truth in ``infos``."""
        clock, side = self.clock, self.side
        np.add(clock.steps, clock.episodes, out=self._ticks)
        self._seen[...] = positions
        if self._mode == AutoresetMode.NEXT_STEP:
            self._over[...] = over
        elif final is not None:
            self._put_final(final, positions, infos)
            slots = final[0]
            clock.episodes[slots] += 1
            self._ticks[slots] += 1
            self._seen[:, slots] = clock.positions()[:, slots]
            begun = over
            self._begin(slots, leaves)
        if side.observes:
            rows_begun = None if begun is None else begun
            after = self._observe(ALL, self._seen, leaves, infos, rows_begun)
            observation = side.handed(observation, leaves, after, self._shaped)
        self._tell(infos, self._seen, None)
        return observation

    def _put_final(
        self, final: tuple[Any, Leaves], positions: Floats, infos: dict[str, Any]
    ) -> None:
        slots, leaves = final
        ended = infos.setdefault("final_info", {})
        infos.setdefault("_final_info", np.zeros(self._n, np.bool_))[slots] = True
        after = self._observe(slots, positions, leaves, ended, None)  # reads what is told within
        self._tell(ended, positions, slots)
        if not self.side.observes:
            return
        shown = infos["final_obs"].copy()
        for j, i in enumerate(slots.tolist()):
            seats = len(self.side.seats)

            def one(name: str, array: Any, j: int = j, seats: int = seats, i: int = i) -> Any:
                mine = array[j] if seats == 1 else array[j * seats : (j + 1) * seats]
                return plain(entry_of(shown[i], name), mine)

            shown[i] = self.side.handed(shown[i], leaves, after, one)
        infos["final_obs"] = shown

    def _observe(
        self,
        slots: Any,
        positions: Floats,
        leaves: Leaves,
        infos: Mapping[str, Any],
        begun: Bools | None,
        fresh: bool = True,
    ) -> Leaves:
        """The entries of ``slots``; ``leaves`` and ``begun`` are theirs alone."""
        side, rows = self.side, slots
        if not isinstance(slots, slice):
            rows = side.rows_of(slots)
        told = self._told(positions, infos, slots) if side.tells else None
        return side.observe(
            side.spread(positions[:, slots]),
            rows,
            side.spread(self._ticks[slots]),
            leaves,
            begun=None if begun is None else side.spread(begun),
            fresh=fresh,
            told=told,
        )

    def _told(
        self, positions: Floats, infos: Mapping[str, Any], slots: Any
    ) -> dict[str, npt.NDArray[np.float64]]:
        """The positions of all shifts but change signals, those of inner layers too."""
        found = {
            name: np.asarray(value, np.float64)
            for name, value in infos.get("shift", {}).items()
            if not name.startswith("_")
        }
        for k, shift in enumerate(self.plan):
            if shift.what.kind != "signal":
                found[shift.name] = positions[k]
        return {name: self.side.spread(value[slots]) for name, value in found.items()}

    def _shaped(self, _name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return array.reshape(*self._lead, *array.shape[1:])

    def _tell(self, infos: dict[str, Any], positions: Floats, slots: Any) -> None:
        """Write the positions into ``infos``, as Gymnasium gathers those of single ones."""
        everywhere = slots is None or len(slots) == self._n
        held = np.zeros(self._n, np.bool_)
        held[ALL if everywhere else slots] = True
        truth: dict[str, Any] = dict(infos.get("shift", {}))
        for k, name in enumerate(self.clock.names):
            truth[name] = positions[k].copy() if everywhere else np.where(held, positions[k], 0.0)
            truth[f"_{name}"] = held.copy()
        infos["shift"], infos["_shift"] = truth, held

    # ---- the rest ----

    def _action_masks(self) -> Bools:
        """Which actions are valid now; as the environment within, moved with the actions."""
        masks = np.asarray(self.env.action_masks())
        flat = masks.reshape(self.side.rows, -1)
        positions = self.side.spread(self.clock.positions())
        return self.side.masked(positions, flat).reshape(masks.shape)

    def _copy(self, src: Any, dst: Any) -> None:
        """Make slots ``dst`` copies of slots ``src``; as the environment within.

        Args:
            src: Index or indices of slots.
            dst: As many indices; none that is also in ``src``.

        Raises:
            AdaptariumError: the indices do not pair up. Nothing has changed then.
        """
        sources, targets = (np.atleast_1d(np.asarray(slots, np.int64)) for slots in (src, dst))
        self.env.copy(src, dst)
        self.clock.copy(sources, targets)
        self.side.copy(sources, targets)
        self._seen[:, targets] = self._seen[:, sources]
        for array in (self._over, self._ticks):
            array[targets] = array[sources]

    def _save_state(self) -> bytes:
        """The state of every sub-environment, of the schedules and of what the shifts remember."""
        return self._record.save(self.env.save_state())

    def _restore_state(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: the bytes are damaged, or of another environment or other shifts.
        """
        self._record.restore(state, self.env.restore_state)


def _some(leaves: Leaves, rows: npt.NDArray[np.int64]) -> Leaves:
    return {name: array[rows] for name, array in leaves.items()}


class ShiftedVector(_Shifted, VectorWrapper[Any, Any, Any, Any, Any], RecordConstructorArgs):
    """Interface shifts over any Gymnasium vector environment.

    Sub-environment ``i`` gives the trace of the single environment under the same shifts and seed,
    in every autoreset mode. ``infos["shift"]`` holds the positions by name, (num_envs,) float64.

    Args:
        env: The vector environment.
        shifts: A plan of interface shifts in any form.

    Raises:
        ShiftError: the shifts do not fit the environment's spaces, or are none of the interface.
    """

    def __init__(self, env: gymnasium.vector.VectorEnv[Any, Any, Any], shifts: Any) -> None:
        plan = interface_plan(shifts)
        RecordConstructorArgs.__init__(self, shifts=plan.to_data())
        VectorWrapper.__init__(self, env)
        self._start(env, plan, 1)
        if self.side.observation_space != env.single_observation_space:
            self.single_observation_space = self.side.observation_space
            self.observation_space = batch_space(self.side.observation_space, env.num_envs)

    def __getattr__(self, name: str) -> Any:
        return offered(self, name)


class ShiftedMultiAgentVector(_Shifted):
    """Interface shifts over a batch of worlds of several seats, for every seat alike.

    Args:
        env: The batch.
        shifts: A plan of interface shifts in any form.

    Raises:
        ShiftError: the shifts do not fit the spaces, or are none of the interface.
    """

    def __init__(self, env: MultiAgentVector, shifts: Any) -> None:
        self.env = env
        self._start(env, shifts, env.num_agents)
        self.single_observation_space = self.side.observation_space
        self.single_action_space = self.side.action_space
        team = batch_space(self.single_observation_space, env.num_agents)
        self.observation_space = batch_space(team, env.num_envs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "env":
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return offered(self, name) if name in OFFERED else getattr(self.env, name)

    @override
    def _live(self, begun: Bools | None) -> Any:
        alive = self.env.alive
        if begun is not None:
            alive = alive & ~begun[:, None]
        return ALL if alive.all() else np.flatnonzero(alive.reshape(-1))

    @override
    def _ended(self, ended: Bools) -> Bools:
        return np.asarray(self.env.ended)
