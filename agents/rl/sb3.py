"""Stable-Baselines3 on the native batch: one adaptor for every learner of that library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.view import Parts, View
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import FactorError, missing_extra
from adaptarium.envs.core.world import World

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError:
    raise missing_extra("stable-baselines3", "train") from None

Observations = npt.NDArray[Any]


class BatchVecEnv(VecEnv):
    """A batch of worlds as a Stable-Baselines3 ``VecEnv`` with flat observations.

    Every seat is a row of its own (``num_envs * seats`` rows, the seats of a slot together), so a
    world of several seats is learnt by one policy that all share. Episodes begin anew in the step
    in which they end; ``terminal_observation``, ``TimeLimit.truncated`` and ``episode`` are in the
    info as the library expects them. Once a slot's episode is over its measures are in
    ``finished``: a list of (mean return over the seats, length, success).

    Args:
        worlds: Worlds of one family with discrete actions.
        num_envs: Number of slots.
        seed: Seed of the first reset; slot ``i`` gets ``seed + i``.
        encoding: How observations are made flat, see :class:`Encoding`.
        num_threads: CPU threads of the batch.
        view: What is seen of a batch, where that is made already: of these worlds, as many slots.

    Raises:
        FactorError: the actions are not discrete.
    """

    def __init__(
        self,
        worlds: Sequence[World],
        num_envs: int,
        *,
        seed: int = 0,
        encoding: str = "one_hot",
        num_threads: int = 1,
        view: View | None = None,
    ) -> None:
        self.view = view or View(
            Batch(worlds, num_envs, autoreset="same_step", num_threads=num_threads)
        )
        self.batch = self.view.batch
        if not hasattr(self.batch.action_space, "n"):
            raise FactorError(f"actions {self.batch.action_space}: expected discrete actions")
        self.encoding = Encoding(self.view.observation_space, encoding)
        self.seats = self.batch.w.reward.shape[1]
        self.finished: list[tuple[float, int, bool]] = []
        self._first_seed = seed
        super().__init__(num_envs * self.seats, self.encoding.space, self.batch.action_space)

    def _rows(self, views: Parts, slots: Any = slice(None)) -> Observations:
        """Observations of slots as (slots * seats, size)."""
        parts = {name: view[slots] for name, view in views.items()}
        merged = {name: part.reshape(-1, *part.shape[2:]) for name, part in parts.items()}
        return self.encoding(merged)

    def reset(self) -> Observations:
        """Begin new episodes in every slot; (num_envs, size) observations."""
        given = self._seeds[0]
        first = self._first_seed if given is None else int(given)
        self.view.reset(first)
        self._reset_seeds()
        self._reset_options()
        return self._rows(self.view.obs)

    def step_async(self, actions: npt.NDArray[Any]) -> None:
        """Remember the (num_envs,) actions."""
        self._actions = actions

    def step_wait(
        self,
    ) -> tuple[Observations, npt.NDArray[np.float32], npt.NDArray[np.bool_], list[dict[str, Any]]]:
        """Advance; observations, rewards, ends and infos of every row."""
        w = self.batch.w
        self.view.step(self._actions)
        ended = w.terminated | w.truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if ended.any():
            self._report_ends(ended, infos)
        rewards = self.view.reward.reshape(-1).astype(np.float32)
        return self._rows(self.view.obs), rewards, ended.reshape(-1), infos

    def _report_ends(self, ended: npt.NDArray[np.bool_], infos: list[dict[str, Any]]) -> None:
        w = self.batch.w
        slots = np.flatnonzero(ended.any(axis=1))
        final = self._rows(self.view.final_obs, slots)
        present = self._rows(self.view.obs, slots)
        for place, i in enumerate(slots):
            over = bool(w.out["final"][i])
            for a in np.flatnonzero(ended[i]):
                row = place * self.seats + a
                infos[i * self.seats + a].update(
                    {
                        "terminal_observation": (final if over else present)[row],
                        "TimeLimit.truncated": bool(w.truncated[i, a] and not w.terminated[i, a]),
                    }
                )
            if over:
                self._record(int(i), infos[i * self.seats])

    def _record(self, i: int, info: dict[str, Any]) -> None:
        w = self.batch.w
        total, length = float(w.final_returns[i].mean()), int(w.out["length"][i])
        solved = bool(w.final_metrics["success"][i])
        info["episode"] = {"r": total, "l": length, "t": 0.0}
        info["is_success"] = solved
        self.finished.append((total, length, solved))

    def save_state(self) -> bytes:
        """The state of the batch and of its shifts."""
        return self.view.save()

    def restore_state(self, data: bytes) -> Observations:
        """Put the batch into a saved state; its (num_envs, size) observations.

        Raises:
            SnapshotError: the bytes are damaged or of another batch.
        """
        self.view.restore(data)
        return self._rows(self.view.obs)

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(num_envs, actions) bool: which actions are valid now."""
        return self.view.masks().reshape(self.num_envs, -1).copy()

    def close(self) -> None:
        """Stop the batch's threads."""
        self.batch.close()

    # ---- what else the library's interface asks for ----

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the batch, once a row; there is no render mode."""
        if attr_name == "action_masks":  # sb3-contrib asks whether there are any
            value: Any = self.action_masks
        else:
            value = None if attr_name == "render_mode" else getattr(self.batch, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refused: rows are no objects; rules change through ``batch.set_rules``."""
        raise AttributeError(f"cannot set {attr_name!r}; use batch.set_rules")

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> Any:
        """The (num_envs, actions) masks for ``action_masks``; nothing else exists a row."""
        if method_name != "action_masks":
            raise AttributeError(f"no method {method_name!r} a row; expected 'action_masks'")
        masks = self.action_masks()
        return [masks[row] for row in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """False, except that episodes are measured as ``Monitor`` would."""
        name = getattr(wrapper_class, "__name__", "")
        return [name == "Monitor" for _ in self._get_indices(indices)]
