"""The Gymnasium face of one environment: one slot of a batch, and little Python around its step."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core import face, snapshot
from adaptarium.envs.core.arguments import checked_capacity
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import (
    ActionError,
    ResetNeededError,
    SnapshotError,
)
from adaptarium.envs.core.shift_infos import shift_info
from adaptarium.envs.core.shiftable import Shiftable
from adaptarium.envs.core.world import World, resolve_world

StepResult = tuple[Any, float, bool, bool, dict[str, Any]]


class SingleEnv(Shiftable, gymnasium.Env[Any, Any]):
    """A world as a Gymnasium environment: its one seat, or its first among built-in players.

    The Gymnasium episode is the trial where a world has trials. ``info`` holds after ``reset``
    ``"level"`` (content hash of the level, ``numpy.uint64``) and, where the level or the world has
    a mission, ``"text"``; with the last step of an inner episode ``"metrics"`` (its measures by
    name) and, where the trial goes on, ``"episode"`` (its return ``"r"`` and length ``"l"``);
    otherwise nothing.

    Args:
        world: A world, the id of a registered one, a world file or the plain data of one.
        render_mode: ``"human"``, ``"rgb_array"``, ``"ansi"`` or None.
        copy: Hand out fresh observations; False hands out the buffers that the next step
            overwrites.
        capacity: Spare structural sizes, as for :class:`~adaptarium.envs.core.batch.Batch`.
        **overrides: Generator knobs by name and factors by dotted name, as for
            :meth:`World.override`.

    Attributes:
        world: The world as it was made; one of several seats as :meth:`World.alone` gives it.
        batch: The batch of one slot behind it.

    Raises:
        AdaptariumError: The world has several seats, and its family no built-in players.
        UnknownNameError: There is no such world, render mode, factor or knob.
        WorldFileError: The file does not describe a world.
        FactorError: A value is outside its domain.
    """

    metadata = {"render_modes": list(face.RENDER_MODES), "render_fps": face.RENDER_FPS}

    def __init__(
        self,
        world: World | str | os.PathLike[str] | Mapping[str, Any],
        *,
        render_mode: str | None = None,
        copy: bool = True,
        capacity: Mapping[str, int] | None = None,
        **overrides: Any,
    ) -> None:
        self.render_mode = face.checked_render_mode(render_mode)
        self.world = resolve_world(world, **overrides).alone()
        self._copy, self._capacity = copy, checked_capacity(capacity)
        self._make()
        self.observation_space = self.batch.observation_space
        self.action_space = self.batch.action_space
        self._bind()

    def _make(self) -> None:
        self.batch = Batch([self.world], 1, autoreset="disabled", capacity=self._capacity)
        face.check_alone(self.batch)
        self._running = False
        self._screen = face.Screen(self.batch, self.render_mode, self.world.id)

    def _bind(self) -> None:
        """Look up once what every step needs; memory views read and write plain numbers."""
        w: Any = self.batch.w  # the types of Python 3.11 do not know that an array is a buffer
        views = {name: view[0, 0, ...] for name, view in self.batch.obs.items()}
        self._observe = face.reader(views, self.observation_space, copy=self._copy)
        self._check = face.ActionCheck(self.action_space, w.actions[0, 0, ...])
        space = self.action_space
        self._limit = int(space.n) if isinstance(space, spaces.Discrete) else 0
        self._action = memoryview(w.actions.reshape(-1))
        self._reward: memoryview[float] = memoryview(w.reward.reshape(-1))
        self._terminated: memoryview[bool] = memoryview(w.terminated.reshape(-1))
        self._truncated: memoryview[bool] = memoryview(w.truncated.reshape(-1))
        self._inner_end = memoryview(w.out).cast("B")[w.out.dtype.fields["inner_end"][1] :]
        self._advance = self.batch.stepper()
        self._shifted = self.batch.shifter is not None

    # ---- playing ----

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: Its seed; None keeps the seed and goes on to the next episode, or draws a seed
                where there is none yet (``np_random_seed`` tells it).
            options: There are none.

        Returns:
            The observation and ``info``.

        Raises:
            FactorError: the seed is negative, or 2**63 or more, or ``options`` is no dict.
            UnknownNameError: an option does not exist.
        """
        face.check_options(options, ())
        first = not self.batch.seeded[0]
        self.batch.reset(seed=seed)
        if seed is not None or first:
            super().reset(seed=int(self.batch.w.core["seed"][0]))
        self._running = True
        if self.render_mode == "human":
            self.render()
        return self._observe(), self._begun()

    def step(self, action: Any) -> StepResult:
        """Play one step.

        Args:
            action: An element of the action space.

        Returns:
            Observation, reward, terminated, truncated and ``info``.

        Raises:
            ResetNeededError: before the first ``reset``, and after the end of an episode.
            ActionError: ``action`` is not in the action space; nothing has changed then.
        """
        if not self._running:
            self._refuse_step()
        if type(action) is int and 0 <= action < self._limit:
            self._action[0] = action
        else:
            self._put(action)
        self._advance()
        terminated, truncated = self._terminated[0], self._truncated[0]
        info: dict[str, Any] = {}
        if self._inner_end[0]:
            self._running = not (terminated or truncated)
            info = self._ended()
        if self._shifted:
            info |= shift_info(self.batch)
        if self.render_mode == "human":
            self.render()
        return self._observe(), self._reward[0], terminated, truncated, info

    def _refuse_step(self) -> None:
        if self.batch.seeded[0]:
            raise ResetNeededError("the episode is over; call reset() before the next step")
        raise ResetNeededError("step was called before reset; call reset() first")

    def _put(self, action: Any) -> None:
        """Write an action that is not a plain ``int`` in range."""
        if self._limit and not isinstance(action, bool):
            try:
                action = operator.index(action)
            except TypeError:
                raise ActionError(
                    f"action {action!r}: expected an integer from 0 to {self._limit - 1}"
                ) from None
            if not 0 <= action < self._limit:
                close = 0 if action < 0 else self._limit - 1
                raise ActionError(
                    f"action {action}: expected 0 to {self._limit - 1}; "
                    f"the nearest valid is {close}"
                )
        self._check.write(action)

    def _begun(self) -> dict[str, Any]:
        w = self.batch.w
        info = {"level": w.info["content"][w.core["level"][0]]}
        if mission := face.missions(self.batch, [0])[0]:
            info["text"] = mission
        return info | shift_info(self.batch)

    def _ended(self) -> dict[str, Any]:
        w = self.batch.w
        record = w.final_metrics[0]
        info: dict[str, Any] = {
            "metrics": dict(zip(record.dtype.names, record.item(), strict=True))
        }
        if self._running:
            length = int(w.out["inner_length"][0])
            info["episode"] = {"r": float(w.inner_returns[0, 0]), "l": length}
        return info

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """Which actions are valid now: (number of actions,) bool."""
        return self.batch.masks()[0, 0].copy()

    def set_factors(self, **factors: Any) -> None:
        """Shift factors while the environment runs; the next step follows them.

        Args:
            **factors: Values by dotted factor name: ``set_factors(**{"transition.slip": 0.2})``.

        Raises:
            UnknownNameError, FactorError: a factor does not exist, or its value is invalid.
            StructuralShiftError: a structural factor would outgrow ``capacity``.
        """
        self.batch.set_rules(None, **factors)

    def _attached(self) -> None:
        self._running = False
        self._bind()

    # ---- looking ----

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

    # ---- saving ----

    def save_state(self) -> bytes:
        """The state at any step; see :func:`restore_state`."""
        generator = None if self._np_random is None else self._np_random.bit_generator.state
        extra = {"running": self._running, "np_random": generator, "seed": self._np_random_seed}
        return snapshot.save(self.batch, extra)

    def restore_state(self, state: bytes) -> None:
        """Go on from a saved state, exactly as the environment that saved it.

        Args:
            state: What :meth:`save_state` gave, in any process and after any seed, by an
                environment of the same structure.

        Raises:
            SnapshotError: the bytes are damaged, foreign, or of another structure. Nothing has
                been changed then.
        """
        extra = snapshot.restore(self.batch, state)
        core = self.batch.w.core[0]
        self._running = bool(self.batch.seeded[0] and not core["ended"])
        self._restore_generator(extra)

    def _restore_generator(self, extra: Mapping[str, Any]) -> None:
        generator = extra.get("np_random")
        if generator is None:
            self._np_random, self._np_random_seed = None, None
            return
        self._np_random = np.random.default_rng()
        try:
            self._np_random.bit_generator.state = generator
        except (KeyError, TypeError, ValueError) as problem:
            raise SnapshotError(f"the saved state holds no valid generator: {problem}") from None
        self._np_random_seed = extra.get("seed")

    def __getstate__(self) -> dict[str, Any]:
        return {
            "world": self.world.to_data(),
            "options": (self.render_mode, self._copy, self._capacity),
            "spaces": (self.observation_space, self.action_space),
            "spec": self.spec,
            "shifts": None if self.batch.shifter is None else self.batch.shifter.program,
            "state": self.save_state(),
        }

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.world = World.from_data(saved["world"])
        self.render_mode, self._copy, self._capacity = saved["options"]
        self._make()
        self.observation_space, self.action_space = saved["spaces"]
        self.spec = saved["spec"]
        self._bind()
        if saved["shifts"] is not None:
            self.attach(saved["shifts"])
        self.restore_state(saved["state"])
