"""A batch of worlds of several seats in which a pool of agents plays all seats but one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from adaptarium.envs.core.errors import ResetNeededError, ShiftError
from adaptarium.envs.core.vector import MultiAgentVector
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.faces.shared import Record, seeds_given, seeds_within
from adaptarium.wrappers.partners_faces import Pool, choices, seats_of, the_shift


class SeatedVector(gymnasium.vector.VectorEnv[Any, Any, Any]):
    """One seat of a batch of worlds of several, as a Gymnasium vector environment.

    Agents of the pool play whole batches: ``act`` is given (m, …) observations of one seat and
    entries of ``info`` of that length, of the m sub-environments that it plays in, and answers
    with (m, …) actions. ``first`` says where it has just come in.

    A slot's episode ends when all its seats are out, terminated where the learner's seat was: one
    that is out earlier earns nothing until then.

    Args:
        env: The batch.
        shift: A plan of one shift of kind ``"partners"``; seats are ``player_0`` ...
        pool: Agents by name.

    Raises:
        ShiftError: the shift is no such, leaves several seats, or does not fit.
    """

    def __init__(self, env: MultiAgentVector, shift: Any, pool: Pool) -> None:
        self.env = env
        self.shift, self._what = the_shift(shift, pool)
        self._agents = [pool[name] for name in self._what.pool]
        names = [f"player_{a}" for a in range(env.num_agents)]
        self.seats = tuple(names.index(name) for name in seats_of(self._what, names))
        left = [a for a in range(env.num_agents) if a not in self.seats]
        if len(left) != 1:
            raise ShiftError(
                f"partners: {len(left)} seats are left to the learner; a vector environment has one"
            )
        (self._seat,) = left
        self.num_envs = env.num_envs
        self.metadata = env.metadata
        self.render_mode = env.render_mode
        self.single_observation_space = env.single_observation_space
        self.single_action_space = env.single_action_space
        self.observation_space = batch_space(env.single_observation_space, env.num_envs)
        self.action_space = batch_space(env.single_action_space, env.num_envs)
        self.clock = Clock([self.shift], env.num_envs)
        n = env.num_envs
        self._chosen = np.zeros(n, np.int64)
        self._first = np.ones(n, np.bool_)
        self._seeds = np.zeros(n, np.uint64)
        self._steps = np.zeros(n, np.int64)
        self._over = np.zeros(n, np.bool_)
        self._terminated = np.zeros(n, np.bool_)
        self._seen: Any = None

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Begin episodes; as the batch within."""
        mask = (options or {}).get("reset_mask")
        observation, infos = self.env.reset(seed=seed, options=options)
        slots = np.arange(self.num_envs) if mask is None else np.flatnonzero(mask)
        seeds = seeds_within(self.env, self.num_envs)  # our batches tell every slot's
        given = seeds_given(seed, self.num_envs)
        known = self.clock.seeded
        anew = [i for i in slots.tolist() if given[i] is not None or not known[i]]
        if anew:
            self.clock.begin(np.array(anew), [seeds[i] for i in anew])
        self._seeds[:] = np.array(seeds, np.uint64)
        self._begin(slots)
        positions = self.clock.positions()[0]
        self._choose(positions)
        self._seen = observation
        self._tell(infos, positions)
        return self._mine(observation), infos

    def _begin(self, slots: npt.NDArray[np.int64]) -> None:
        self.clock.episodes[slots] += 1
        self._steps[slots] = 0
        self._first[slots] = True
        self._over[slots] = False
        self._terminated[slots] = False

    def _choose(self, positions: npt.NDArray[np.float64]) -> None:
        chosen = choices(positions, len(self._agents))
        if self._what.at_episode:
            chosen = np.where(self._steps == 0, chosen, self._chosen)
        self._first |= chosen != self._chosen
        self._chosen = chosen

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Play one step in every slot; as the batch within."""
        begun = np.flatnonzero(self._over)
        if len(begun):
            self._begin(begun)
        positions = self.clock.positions()[0]
        self._choose(positions)
        observation, reward, terminated, _, infos = self.env.step(self._everybody(actions))
        played = np.ones(self.num_envs, np.bool_)
        played[begun] = False
        self.clock.steps += played
        self._steps += played
        self._first[played] = False
        self._seen = observation
        self._terminated |= terminated[:, self._seat]
        ended = np.asarray(self.env.ended).copy()
        out = ended & self._terminated, ended & ~self._terminated
        if self.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP:
            self._begin(np.flatnonzero(ended))
        else:
            self._over = ended
        self._tell(infos, positions)
        return self._mine(observation), reward[:, self._seat].copy(), *out, infos

    def _tell(self, infos: dict[str, Any], positions: npt.NDArray[np.float64]) -> None:
        told = np.ones(self.num_envs, np.bool_)
        name = self.shift.name
        infos["shift"] = {**infos.get("shift", {}), name: positions, f"_{name}": told}
        infos["_shift"] = told
        if "final_obs" in infos:
            seat = self._seat
            for i in np.flatnonzero(infos["_final_obs"]).tolist():
                infos["final_obs"][i] = _part(infos["final_obs"][i], seat)

    def _everybody(self, actions: Any) -> npt.NDArray[Any]:
        """(n, seats, …) everybody's actions."""
        mine = np.asarray(actions)
        found = np.zeros((self.num_envs, self.env.num_agents, *mine.shape[1:]), mine.dtype)
        found[:, self._seat] = mine
        masks = self.env.action_masks()
        for number in np.unique(self._chosen).tolist():
            rows = np.flatnonzero(self._chosen == number)
            for seat in self.seats:
                info = {
                    "first": self._first[rows],
                    "step": self._steps[rows],
                    "seed": self._seeds[rows],
                    "mask": masks[rows, seat],
                }
                seen = _part(self._seen, (rows, seat))
                found[rows, seat] = self._agents[number].act(seen, info)
        return found

    def _mine(self, observation: Any) -> Any:
        return _part(observation, (slice(None), self._seat))

    def copy(self, src: Any, dst: Any) -> None:
        """Make slots ``dst`` copies of slots ``src``; as the batch within, which says what for.

        What the pool's agents remember of a slot is theirs.

        Args:
            src: Index or indices of slots.
            dst: As many indices; none that is also in ``src``.

        Raises:
            ResetNeededError: before the first ``reset``.
            AdaptariumError: the indices do not pair up. Nothing has changed then.
        """
        self._check_begun()
        sources, targets = (np.atleast_1d(np.asarray(slots, np.int64)) for slots in (src, dst))
        self.env.copy(src, dst)
        self.clock.copy(sources, targets)
        self._seen = _copied(self._seen)
        for array in self._arrays().values():
            array[targets] = array[sources]

    def save_state(self) -> bytes:
        """The state of every slot, and of who plays there; what the pool remembers is its own.

        Raises:
            ResetNeededError: before the first ``reset``.
        """
        self._check_begun()
        return Record(self.clock, {}, self._arrays()).save(self.env.save_state())

    def restore_state(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: the bytes are damaged, or of another batch or another shift.
        """
        if self._seen is None:
            self.reset(seed=0)  # what was seen takes its shape from a first look
        self._seen = _copied(self._seen)
        Record(self.clock, {}, self._arrays()).restore(state, self.env.restore_state)

    def _check_begun(self) -> None:
        if self._seen is None:
            raise ResetNeededError("no episode has begun; call reset() first")

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What goes on from step to step, (num_envs, …) each."""
        seen = self._seen if isinstance(self._seen, Mapping) else {"": self._seen}
        return {
            "chosen": self._chosen,
            "first": self._first,
            "seeds": self._seeds,
            "steps": self._steps,
            "over": self._over,
            "terminated": self._terminated,
            **{f"seen.{name}": part for name, part in seen.items()},
        }

    def close_extras(self, **_options: Any) -> None:
        """Stop the threads of the batch."""
        self.env.close()


def _copied(observation: Any) -> Any:
    if isinstance(observation, Mapping):
        return {name: np.array(part) for name, part in observation.items()}
    return np.array(observation)


def _part(observation: Any, where: Any) -> Any:
    if isinstance(observation, Mapping):
        return {name: array[where] for name, array in observation.items()}
    return observation[where]
