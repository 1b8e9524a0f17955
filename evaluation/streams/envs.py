"""The environments that a stream's tasks are learnt in: rows of Gymnasium, whatever the task is.

Every task, ours or anybody's, shifted or not, becomes one Gymnasium vector environment in mode
``SameStep``. A row of it is one seat: of a world of several the seats of a slot are rows together,
which one policy learns from. Where a shift gives the other seats to partners, the one that is left
is the learner's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space
from typing_extensions import override

from adaptarium.agents.loading import load_agent
from adaptarium.agents.protocol import is_batched
from adaptarium.agents.scripted.reference import ReferenceAgent
from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import SEEDS, ForeignWorld
from adaptarium.evaluation.partners import check_partners, partner_shifts, pool_names
from adaptarium.wrappers.apply import apply, split_plan
from adaptarium.wrappers.interface import seated, wrap
from adaptarium.wrappers.physics import is_physics
from adaptarium.wrappers.spec import ShiftPlan

MODE = AutoresetMode.SAME_STEP


class Spaces(NamedTuple):
    """What one agent of a task observes and does, and how many there are.

    Attributes:
        observations: Its observation space, as its shifts leave it.
        actions: Its action space.
        seats: Agents of a slot, each of which is a row.
    """

    observations: gymnasium.Space[Any]
    actions: gymnasium.Space[Any]
    seats: int


Env = VectorEnv[Any, Any, Any]


def make_env(world: World | ForeignWorld, num_envs: int, plan: ShiftPlan | None = None) -> Env:
    """Many environments of a task side by side; an episode begins in the step in which one ends.

    Args:
        world: The task's world.
        num_envs: Slots.
        plan: Shifts that they follow.

    Returns:
        An environment of ``num_envs`` rows, times the seats of the world. It has ``save_state`` and
        ``restore_state``; those of an environment of others hold its shifts alone.

    Raises:
        AdaptariumError: the plan does not fit the world, in its several kinds.
    """
    if isinstance(world, ForeignWorld):
        return _foreign(world, num_envs, plan)
    if partner_shifts(plan) and plan is not None:
        return _partnered(world, num_envs, plan)
    env: Any
    if plan is None:
        env = world.vec(num_envs, autoreset_mode=MODE)
    else:
        env = apply(world, plan, face="vec", num_envs=num_envs, autoreset_mode=MODE)
    return env if isinstance(env, VectorEnv) else SeatRows(env)


def spaces_of(world: World | ForeignWorld, plan: ShiftPlan | None = None) -> Spaces:
    """The spaces of a task, found by making one environment of it.

    Raises:
        AdaptariumError: the plan does not fit the world, in its several kinds.
    """
    env = make_env(world, 1, plan)
    try:
        return Spaces(env.single_observation_space, env.single_action_space, seats_of(env))
    finally:
        env.close()


def seats_of(env: Env) -> int:
    """Rows of each slot."""
    return env.seats if isinstance(env, SeatRows) else 1


def single_env(world: ForeignWorld) -> gymnasium.Env[Any, Any]:
    """One environment of somebody else's."""
    name = world.id.partition(":")[2]
    return gymnasium.make(name, disable_env_checker=True, **world.settings)


def _partnered(world: World, num_envs: int, plan: ShiftPlan) -> Env:
    """The learner's seat of a world whose other seats a pool of agents plays."""
    check_partners(world, plan)
    (shift, *more) = partner_shifts(plan)
    others = [one for one in plan if one is not shift]
    for one in (*more, *others):
        if not is_physics(one):
            raise ShiftError(
                f"shift {one.name!r} of kind {one.what.kind!r} beside partners: expected shifts of "
                "the physics alone, which learner and partners meet alike"
            )
    pool = {name: load_agent(name) for name in pool_names(plan)}
    for name, agent in pool.items():
        if not is_batched(agent) or isinstance(agent, ReferenceAgent):
            raise ShiftError(
                f"shift {shift.name!r}: partner {name!r} cannot play beside a learner; expected "
                "random, a run folder, or an agent that is batched"
            )
    inner = make_env(world, num_envs, ShiftPlan(shift=tuple(others)) if others else None)
    if not isinstance(inner, SeatRows):
        raise ShiftError(f"{world.id} has one seat; expected two or more")
    try:
        seat: Env = seated(inner.env, ShiftPlan(shift=(shift,)), pool)
    except ShiftError:
        inner.close()
        raise
    return seat


def _foreign(world: ForeignWorld, num_envs: int, plan: ShiftPlan | None) -> Env:
    physics, interface = (None, None) if plan is None else split_plan(plan)
    if partners := partner_shifts(plan):
        raise ShiftError(f"shift {partners[0].name!r} swaps partners; {world.id} has one seat")
    if physics is not None:
        names = ", ".join(repr(shift.name) for shift in physics)
        raise ShiftError(
            f"shifts {names} change the physics of a world, which {world.id} does not have; "
            "expected shifts of observations, actions or rewards"
        )
    makers: list[Callable[[], Any]] = [partial(single_env, world)] * num_envs
    env = Unsaved(SyncVectorEnv(makers, autoreset_mode=MODE))
    if interface is None:
        return env
    try:
        shifted: Env = wrap(env, interface)
    except ShiftError:
        env.close()
        raise
    return shifted


class Unsaved(VectorWrapper[Any, Any, Any, Any, Any]):
    """Environments of others, whose state is not known: nothing of it is saved or restored.

    Attributes:
        rewards: (num_envs,) float64, what they gave in the last step.
    """

    def __init__(self, env: Env) -> None:
        super().__init__(env)
        self.rewards = np.zeros(env.num_envs)

    @override
    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Play one step."""
        result = self.env.step(actions)
        self.rewards = np.asarray(result[1], np.float64).copy()
        return result

    @override
    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Begin episodes, from seeds that old generators take too."""
        return self.env.reset(seed=None if seed is None else seed % SEEDS, options=options)

    def save_state(self) -> bytes:
        """Nothing."""
        return b""

    def restore_state(self, state: bytes) -> None:
        """Nothing."""


class SeatRows(VectorEnv[Any, Any, Any]):
    """A batch of worlds of several seats with a row for each seat, those of a slot together.

    A seat that is out before its slot is over keeps its row: it earns nothing until then, and what
    it does has no effect.

    Args:
        env: A :class:`~adaptarium.envs.core.vector.MultiAgentVector`, or one that is shifted, in
            mode ``SameStep``.
    """

    def __init__(self, env: Any) -> None:
        self.env, self.seats = env, int(env.num_agents)
        self.num_envs = env.num_envs * self.seats
        self.metadata = env.metadata
        self.single_observation_space = env.single_observation_space
        self.single_action_space = env.single_action_space
        self.observation_space = batch_space(env.single_observation_space, self.num_envs)
        self.action_space = batch_space(env.single_action_space, self.num_envs)

    @override
    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Begin episodes; as the batch within."""
        observation, infos = self.env.reset(seed=seed, options=options)
        return self._merged(observation), infos

    @override
    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Play one step; ``final_obs`` holds the last observation of every row that ended."""
        given = np.asarray(actions)
        whole = given.reshape(-1, self.seats, *given.shape[1:])
        observation, reward, terminated, truncated, infos = self.env.step(whole)
        rows = self._merged(observation)
        ended = terminated | truncated
        if ended.any():
            infos["final_obs"] = self._last(rows, ended.reshape(-1), infos.get("final_obs"))
        parts = (part.reshape(-1) for part in (reward, terminated, truncated))
        return (rows, *parts, infos)

    def _merged(self, observation: Any) -> Any:
        if isinstance(observation, dict):
            return {name: self._merged(part) for name, part in observation.items()}
        return observation.reshape(self.num_envs, *observation.shape[2:])

    def _last(
        self, rows: Any, ended: npt.NDArray[np.bool_], final: npt.NDArray[Any] | None
    ) -> npt.NDArray[Any]:
        """The last observation of each row that ended: the present one where its slot goes on."""
        found = np.empty(self.num_envs, dtype=object)
        over = self.over
        for row in np.flatnonzero(ended).tolist():
            slot, seat = divmod(row, self.seats)
            if over[slot] and final is not None:
                found[row] = _part(final[slot], seat)
            else:
                found[row] = _part(rows, row)
        return found

    @property
    def over(self) -> npt.NDArray[np.bool_]:
        """(slots,) bool: whose episode ended with the last step."""
        return np.asarray(self.env.ended)

    @property
    def alive(self) -> npt.NDArray[np.bool_]:
        """(rows,) bool: whose agent plays."""
        return np.asarray(self.env.alive).reshape(-1)

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(rows, actions) bool: which actions are valid now."""
        masks = np.asarray(self.env.action_masks())
        return masks.reshape(self.num_envs, *masks.shape[2:])

    def save_state(self) -> bytes:
        """As the batch within."""
        state: bytes = self.env.save_state()
        return state

    def restore_state(self, state: bytes) -> None:
        """As the batch within."""
        self.env.restore_state(state)

    @override
    def close_extras(self, **_options: Any) -> None:
        """Stop the threads of the batch."""
        self.env.close()


def _part(observation: Any, place: int) -> Any:
    if isinstance(observation, dict):
        return {name: _part(part, place) for name, part in observation.items()}
    return observation[place].copy()
