"""The PettingZoo face: a world of several seats, all of whose agents act at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from pettingzoo import ParallelEnv

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import (
    ActionError,
    AdaptariumError,
    ResetNeededError,
    unknown_name,
)
from adaptarium.envs.core.world import World, load_world

Observation = dict[str, Any]
Info = dict[str, Any]
Steps = tuple[
    dict[str, Observation],
    dict[str, float],
    dict[str, bool],
    dict[str, bool],
    dict[str, Info],
]

RENDER_MODES = ("human", "rgb_array", "ansi")


class ParallelFace(ParallelEnv[str, Observation, Any]):
    """A world as a PettingZoo parallel environment: one slot of a batch.

    ``reset(seed=s)`` begins the episode that slot ``i`` of a batch reset with ``s - i`` begins; without a
    seed it goes on to the next episode. The PettingZoo episode is the trial where a world has
    trials: an agent that is out before the last inner episode stays in ``agents``, its actions
    without effect, and is back when the next one begins. In the last one it leaves ``agents`` with
    the step in which it is terminated or truncated.

    Args:
        world: A world of at least two seats, or the id of a registered one.
        render_mode: ``"human"``, ``"rgb_array"``, ``"ansi"`` or None.
        max_cycles: Time limit of an inner episode in steps, instead of the world's own.
        capacity: Spare structural sizes, as for :class:`~adaptarium.envs.core.batch.Batch`.
        **overrides: As for :meth:`World.override`; dotted factors through ``**{...}``.

    Attributes:
        world: The world as it was made.
        batch: The batch of one slot behind it.
        possible_agents: ``player_0`` ..., one a seat.
        agents: Those that still play, in the order of their seats.
        state_space: Space of :meth:`state`; only where the family defines a global state.

    Raises:
        AdaptariumError: The world has fewer than two seats.
        UnknownNameError: There is no such world, render mode, factor or knob.
    """

    def __init__(
        self,
        world: World | str,
        *,
        render_mode: str | None = None,
        max_cycles: int | None = None,
        capacity: Mapping[str, int] | None = None,
        **overrides: Any,
    ) -> None:
        if render_mode is not None and render_mode not in RENDER_MODES:
            raise unknown_name("render mode", render_mode, RENDER_MODES)
        if max_cycles is not None:
            overrides["episode.max_steps"] = max_cycles
        self.world = _world(world, overrides)
        self.render_mode = render_mode
        self.batch = Batch([self.world], 1, autoreset="disabled", capacity=capacity)
        seats = self.batch.w.reward.shape[1]
        if seats < 2:
            raise AdaptariumError(
                f"{self.world.id} has one seat; PettingZoo takes worlds of two seats or more. "
                "Make it with gymnasium instead"
            )
        self.possible_agents = [f"player_{a}" for a in range(seats)]
        self.agents: list[str] = []
        self.metadata = {
            "name": self.world.id,
            "render_modes": list(RENDER_MODES),
            "render_fps": 8,
            "is_parallelizable": True,
        }
        self._seat_of = {name: a for a, name in enumerate(self.possible_agents)}
        self._gone: set[str] = set()
        self._make_spaces()

    def _make_spaces(self) -> None:
        """One space object an agent, so that each is seeded on its own."""
        layout = self.world.family.module("layout")
        sizes = self.batch.sizes
        names = self.possible_agents
        self._observation_spaces = {name: layout.observation_space(sizes) for name in names}
        self._action_spaces: dict[str, spaces.Space[Any]] = {
            name: layout.action_space(sizes) for name in names
        }
        if hasattr(layout, "state_space"):
            self.state_space: spaces.Box = layout.state_space(sizes)

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
            options: Not used.

        Returns:
            Observations and infos by agent.
        """
        self.batch.reset(seed=seed)
        self._gone = set()
        self.agents = [name for name in self.possible_agents if self._alive(name)]
        self._refresh_masks()
        if self.render_mode == "human":
            self.render()
        return self._observations(self.agents), {name: self._info(name) for name in self.agents}

    def step(self, actions: Mapping[str, Any]) -> Steps:
        """Play one step.

        Args:
            actions: An action for every agent in ``agents``; those of agents that are out are
                ignored.

        Returns:
            Observations, rewards, terminations, truncations and infos of every agent that played
            this step, by agent; also of those that joined in it.

        Raises:
            ResetNeededError: Before ``reset``, or after the end of the episode.
            UnknownNameError: ``actions`` names no agent of this world.
            ActionError: An action is missing, or not in its agent's action space.
        """
        if not self.agents:
            raise ResetNeededError("step was called with no agent playing; call reset(seed=...)")
        self._write_actions(actions)
        w = self.batch.w
        last = bool(w.core["inner"][0] + 1 >= w.rules["inner_episodes"][0])
        self.batch.step()
        self._refresh_masks()
        present = [n for n in self.possible_agents if n in self.agents or self._joined(n)]
        terminated = {name: last and self._is_out(name) for name in present}
        truncated = {name: last and self._is_cut(name) for name in present}
        rewards = {name: float(w.reward[0, self._seat_of[name]]) for name in present}
        infos = {name: self._info(name) for name in present}
        out = {name for name in present if terminated[name] or truncated[name]}
        self._gone |= out
        self.agents = [name for name in present if name not in out]
        if self.render_mode == "human":
            self.render()
        return self._observations(present), rewards, terminated, truncated, infos

    def _alive(self, name: str) -> bool:
        return bool(self.batch.w.alive[0, self._seat_of[name]])

    def _joined(self, name: str) -> bool:
        """Whether an agent plays that has not played in this episode; none comes back."""
        return self._alive(name) and name not in self._gone

    def _is_cut(self, name: str) -> bool:
        return bool(self.batch.w.truncated[0, self._seat_of[name]])

    def _is_out(self, name: str) -> bool:
        return not self._alive(name) and not self._is_cut(name)

    def _observations(self, names: Iterable[str]) -> dict[str, Observation]:
        """Copies, so that what was handed out never changes."""
        views = self.batch.obs.items()
        seats = {name: self._seat_of[name] for name in names}
        return {n: {key: _copied(view[0, a]) for key, view in views} for n, a in seats.items()}

    # ---- actions ----

    def _write_actions(self, actions: Mapping[str, Any]) -> None:
        """Check every action before any is written."""
        if not isinstance(actions, Mapping):
            raise ActionError(
                f"got {type(actions).__name__}, expected a dict of actions by agent: "
                f"{', '.join(self.agents)}"
            )
        for name in actions:
            self._known(name)
        checked = {name: self._checked(name, actions) for name in self.agents}
        for name, action in checked.items():
            self.batch.w.actions[0, self._seat_of[name]] = action

    def _checked(self, name: str, actions: Mapping[str, Any]) -> Any:
        if name not in actions:
            raise ActionError(
                f"no action for {name}; expected one for each of {', '.join(self.agents)}"
            )
        space, action = self._action_spaces[name], actions[name]
        value = np.asarray(action)
        if value.dtype.kind in "iuf" and np.can_cast(value.dtype, space.dtype, "same_kind"):
            value = value.astype(space.dtype)
            if space.contains(value):
                return value
        raise ActionError(f"action of {name} = {action!r}: expected a member of {space}")

    def _refresh_masks(self) -> None:
        # One world alone has an invalid action only where its masks say so or its action space is padded.
        self._masks = self.batch.masks()[0]

    def action_masks(self) -> dict[str, npt.NDArray[np.int8]]:
        """The valid actions of every agent in ``agents``: (actions,) int8, 1 where valid."""
        return {n: self._masks[self._seat_of[n]].astype(np.int8) for n in self.agents}

    def _info(self, name: str) -> Info:
        """``action_mask`` where an action is invalid, and ``episode`` when an inner one ended."""
        w, seat = self.batch.w, self._seat_of[name]
        info: Info = {}
        if not self._masks[seat].all():
            info["action_mask"] = self._masks[seat].astype(np.int8)
        out = w.out[0]
        if out["inner_end"]:
            info["episode"] = {
                "r": float(w.inner_returns[0, seat]),
                "l": int(out["inner_length"]),
                "success": bool(out["success"]),
            }
        return info

    # ---- the rest ----

    def state(self) -> npt.NDArray[Any]:
        """The global state, in ``state_space``, for centralised training.

        Raises:
            NotImplementedError: The family defines no global state.
        """
        if not hasattr(self, "state_space"):
            raise NotImplementedError(f"{self.world.id} has no global state array")
        layout = self.world.family.module("layout")
        found: npt.NDArray[Any] = layout.public_state(self.batch.w, 0, self.batch.sizes)
        return found

    def __str__(self) -> str:
        return self.world.id


def _copied(view: npt.NDArray[Any] | np.generic) -> Any:
    """An array is copied; a scalar is one already."""
    return view.copy() if isinstance(view, np.ndarray) else view


def _world(world: World | str, overrides: Mapping[str, Any]) -> World:
    if isinstance(world, str):
        return load_world(world, **overrides)
    return world.override(**overrides) if overrides else world
