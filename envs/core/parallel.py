"""The PettingZoo face: a world of several seats, all of whose agents act at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from pettingzoo import ParallelEnv

from adaptarium.envs.core import face, snapshot
from adaptarium.envs.core.arguments import checked_capacity
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import (
    ActionError,
    AdaptariumError,
    ResetNeededError,
    SnapshotError,
    unknown_name,
)
from adaptarium.envs.core.shift_infos import shift_info
from adaptarium.envs.core.shiftable import Shiftable
from adaptarium.envs.core.world import World, resolve_world

Observation = dict[str, Any]
Info = dict[str, Any]
Steps = tuple[
    dict[str, Observation],
    dict[str, float],
    dict[str, bool],
    dict[str, bool],
    dict[str, Info],
]


class ParallelFace(Shiftable, ParallelEnv[str, Observation, Any]):
    """A world as a PettingZoo parallel environment: one slot of a batch.

    ``reset(seed=s)`` begins the episode that slot 0 of a batch reset with ``s`` begins; without a
    seed it goes on to the next episode. The PettingZoo episode is the trial where a world has
    trials: an agent that is out before the last inner episode stays in ``agents``, its actions
    without effect, and is back when the next one begins. In the last one it leaves ``agents`` with
    the step in which it is terminated or truncated.

    An agent's info holds ``"action_mask"`` ((actions,) int8) where actions can be invalid, and with
    the last step of an inner episode ``"metrics"`` (its measures by name) and ``"episode"`` (the
    agent's return ``"r"`` and the length ``"l"`` of the inner episode). The mission is
    ``world.mission``: learners take infos for numbers.

    Args:
        world: A world of at least two seats, the id of a registered one, a world file or the plain
            data of one.
        render_mode: ``"human"``, ``"rgb_array"``, ``"ansi"`` or None.
        max_cycles: Time limit of an inner episode in steps, instead of the world's own.
        capacity: Spare structural sizes, as for :class:`~adaptarium.envs.core.batch.Batch`.
        **overrides: Generator knobs by name and factors by dotted name, as for
            :meth:`World.override`.

    Attributes:
        world: The world as it was made.
        batch: The batch of one slot behind it.
        possible_agents: ``player_0`` ..., one a seat.
        agents: Those that still play, in the order of their seats.
        state_space: Space of :meth:`state`; only where the family defines a global state.

    Raises:
        AdaptariumError: The world has one seat.
        UnknownNameError: There is no such world, render mode, factor or knob.
        WorldFileError: The file does not describe a world.
        FactorError: A value is outside its domain.
    """

    def __init__(
        self,
        world: World | str | os.PathLike[str] | Mapping[str, Any],
        *,
        render_mode: str | None = None,
        max_cycles: int | None = None,
        capacity: Mapping[str, int] | None = None,
        **overrides: Any,
    ) -> None:
        if max_cycles is not None:
            overrides["episode.max_steps"] = max_cycles
        self.render_mode = face.checked_render_mode(render_mode)
        self.world = resolve_world(world, **overrides)
        self._capacity = checked_capacity(capacity)
        self._make()
        self._make_spaces()
        self._bind()

    def _make(self) -> None:
        self.batch = Batch([self.world], 1, autoreset="disabled", capacity=self._capacity)
        seats = self.batch.w.reward.shape[1]
        if seats < 2:
            raise AdaptariumError(
                f"{self.world.id} has one seat, a PettingZoo environment has two or more: "
                "use World.gym() or World.vec()"
            )
        self.possible_agents = [f"player_{a}" for a in range(seats)]
        self.agents: list[str] = []
        self.metadata: dict[str, Any] = {
            "name": self.world.id,
            "render_modes": list(face.RENDER_MODES),
            "render_fps": face.RENDER_FPS,
            "is_parallelizable": True,
        }
        self._layout = self.world.family.module("layout")
        self._seat_of = {name: a for a, name in enumerate(self.possible_agents)}
        self._gone: set[str] = set()
        self._screen = face.Screen(self.batch, self.render_mode, self.world.id)

    def _make_spaces(self) -> None:
        """One space object an agent, so that each is seeded on its own."""
        names, sizes = self.possible_agents, self.batch.sizes
        make_observation, make_action = self._layout.observation_space, self._layout.action_space
        self._observation_spaces: dict[str, spaces.Space[Any]] = {
            name: make_observation(sizes) for name in names
        }
        self._action_spaces: dict[str, spaces.Space[Any]] = {
            name: make_action(sizes) for name in names
        }
        if hasattr(self._layout, "state_space"):
            self.state_space: spaces.Space[Any] = self._layout.state_space(sizes)

    def _bind(self) -> None:
        """Look up once what every step needs."""
        self._observe, self._check = {}, {}
        for name, a in self._seat_of.items():
            views = {key: view[0, a, ...] for key, view in self.batch.obs.items()}
            self._observe[name] = face.reader(views, self._observation_spaces[name], copy=True)
            target = np.zeros_like(self.batch.w.actions[0, a, ...])
            self._check[name] = face.ActionCheck(self._action_spaces[name], target), target

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """The observation space of ``agent``: the same object at every call."""
        return self._observation_spaces[self._known(agent)]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """The action space of ``agent``: the same object at every call."""
        return self._action_spaces[self._known(agent)]

    def _known(self, agent: str) -> str:
        if agent not in self._seat_of:
            raise unknown_name("agent", agent, self.possible_agents)
        return agent

    # ---- playing ----

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Observation], dict[str, Info]]:
        """Begin an episode.

        Args:
            seed: Its seed; None keeps the seed and goes on to the next episode.
            options: PettingZoo's own tests pass some; there are none, and they are ignored.

        Returns:
            Observations and infos by agent.

        Raises:
            FactorError: the seed is negative, or 2**63 or more, or ``options`` is no dict.
        """
        face.check_mapping(options)
        self.batch.reset(seed=seed)
        self._gone = set()
        self.agents = [name for name in self.possible_agents if self._alive(name)]
        if self.render_mode == "human":
            self.render()
        return self._observations(self.agents), self._infos(self.agents)

    def step(self, actions: Mapping[str, Any]) -> Steps:
        """Play one step.

        Args:
            actions: An action for every agent in ``agents``; those of agents that are out are
                ignored.

        Returns:
            Observations, rewards, terminations, truncations and infos by agent: of all that played
            this step, and of those that joined in it.

        Raises:
            ResetNeededError: Before ``reset``, or after the end of the episode.
            UnknownNameError: ``actions`` names no agent of this world.
            ActionError: An action is missing, or not in its agent's space. Nothing has changed
                then.
        """
        if not self.agents:
            raise ResetNeededError("step was called with no agent playing; call reset() first")
        self._write_actions(actions)
        w = self.batch.w
        last = bool(w.core["inner"][0] + 1 >= w.rules["inner_episodes"][0])
        self.batch.step()
        present = [n for n in self.possible_agents if n in self.agents or self._joined(n)]
        terminated = {name: last and self._is_out(name) for name in present}
        truncated = {name: last and self._is_cut(name) for name in present}
        rewards = {name: float(w.reward[0, self._seat_of[name]]) for name in present}
        out = {name for name in present if terminated[name] or truncated[name]}
        self._gone |= out
        self.agents = [name for name in present if name not in out]
        if self.render_mode == "human":
            self.render()
        return self._observations(present), rewards, terminated, truncated, self._infos(present)

    def _alive(self, name: str) -> bool:
        return bool(self.batch.w.alive[0, self._seat_of[name]])

    def _joined(self, name: str) -> bool:
        """Whether an agent plays that has not left in this episode."""
        return self._alive(name) and name not in self._gone

    def _is_cut(self, name: str) -> bool:
        return bool(self.batch.w.truncated[0, self._seat_of[name]])

    def _is_out(self, name: str) -> bool:
        return not self._alive(name) and not self._is_cut(name)

    def _observations(self, names: Iterable[str]) -> dict[str, Observation]:
        return {name: self._observe[name]() for name in names}

    def _write_actions(self, actions: Mapping[str, Any]) -> None:
        """Check every action before any is written."""
        if not isinstance(actions, Mapping):
            raise ActionError(
                f"actions of type {type(actions).__name__}, expected a dict by agent: "
                f"{', '.join(self.agents)}"
            )
        for name in actions:
            self._known(name)
        missing = [name for name in self.agents if name not in actions]
        if missing:
            raise ActionError(
                f"no action of {', '.join(missing)}: expected one of each of "
                f"{', '.join(self.agents)}"
            )
        for name in self.agents:
            self.check_action(name, actions[name])
        for name in self.agents:
            self.batch.w.actions[0, self._seat_of[name]] = self._check[name][1]

    def check_action(self, agent: str, action: Any) -> None:
        """Refuse an action that ``step`` would refuse; nothing changes in the episode.

        Raises:
            UnknownNameError: there is no such agent.
            ActionError: the action is not in the agent's space.
        """
        try:
            self._check[self._known(agent)][0].write(action)
        except ActionError as problem:
            raise ActionError(f"{agent}: {problem}") from None

    def _infos(self, names: Iterable[str]) -> dict[str, Info]:
        infos: dict[str, Info] = {name: {} for name in names}
        w = self.batch.w
        if w.out["inner_end"][0]:
            record, length = w.final_metrics[0], int(w.out["inner_length"][0])
            for name, info in infos.items():
                info["metrics"] = dict(zip(record.dtype.names, record.item(), strict=True))
                info["episode"] = {"r": float(w.inner_returns[0, self._seat_of[name]]), "l": length}
        if self._layout.masked(self.batch.rules[0], self.batch.sizes):
            for name, mask in self._masks(infos).items():
                infos[name]["action_mask"] = mask
        for info in infos.values():
            info |= shift_info(self.batch)
        return infos

    def action_masks(self) -> dict[str, npt.NDArray[np.int8]]:
        """The valid actions of every agent in ``agents``: (actions,) int8, 1 where valid."""
        return self._masks(self.agents)

    def _masks(self, names: Iterable[str]) -> dict[str, npt.NDArray[np.int8]]:
        masks = self.batch.masks()[0].astype(np.int8)
        return {name: masks[self._seat_of[name]] for name in names}

    def set_factors(self, **factors: Any) -> None:
        """Shift factors while the environment runs; the next step follows them.

        Raises:
            UnknownNameError, FactorError: a factor does not exist, or its value is invalid.
            StructuralShiftError: a structural factor would outgrow ``capacity``.
        """
        self.batch.set_rules(None, **factors)

    def _attached(self) -> None:
        self.agents = []

    # ---- looking ----

    def state(self) -> npt.NDArray[Any]:
        """The global state, in ``state_space``, for centralised training.

        Raises:
            AdaptariumError: The family defines no global state, and there is no ``state_space``.
        """
        if not hasattr(self, "state_space"):
            raise AdaptariumError(
                f"{self.world.id}: family {self.world.family.name!r} defines no global state; use "
                "the agents' observations"
            )
        found: npt.NDArray[Any] = self._layout.public_state(self.batch.w, 0, self.batch.sizes)
        return found

    def render(self) -> Any:
        """The present picture: (H, W, 3) uint8, a string in mode ``ansi``, a window in ``human``.

        Raises:
            ResetNeededError: before the first ``reset``.
        """
        return self._screen.show()

    def close(self) -> None:
        """Close the window and stop the batch; may be called again."""
        self._screen.close()
        self.batch.close()

    def __str__(self) -> str:
        return self.world.id

    # ---- saving ----

    def save_state(self) -> bytes:
        """The state at any step; see :meth:`restore_state`."""
        extra = {"agents": list(self.agents), "gone": sorted(self._gone)}
        return snapshot.save(self.batch, extra)

    def restore_state(self, state: bytes) -> None:
        """Go on from a saved state, exactly as the environment that saved it.

        Args:
            state: What :meth:`save_state` gave, in any process and after any seed, by an
                environment of the same structure.

        Raises:
            SnapshotError: the bytes are damaged, foreign, or of another structure.
        """
        extra = snapshot.restore(self.batch, state)
        agents, gone = extra.get("agents"), extra.get("gone")
        if not (isinstance(agents, list) and isinstance(gone, list)):
            raise SnapshotError("the saved state is not one of a PettingZoo environment")
        self.agents = [name for name in self.possible_agents if name in agents]
        self._gone = {name for name in self.possible_agents if name in gone}

    def __getstate__(self) -> dict[str, Any]:
        return {
            "world": self.world.to_data(),
            "options": (self.render_mode, self._capacity),
            "spaces": (self._observation_spaces, self._action_spaces),
            "shifts": None if self.batch.shifter is None else self.batch.shifter.program,
            "state": self.save_state(),
        }

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.world = World.from_data(saved["world"])
        self.render_mode, self._capacity = saved["options"]
        self._make()
        self._make_spaces()
        self._observation_spaces, self._action_spaces = saved["spaces"]
        self._bind()
        if saved["shifts"] is not None:
            self.attach(saved["shifts"])
        self.restore_state(saved["state"])
