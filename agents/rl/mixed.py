"""Learning and playing worlds of several families with one network, in unified spaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.view import View
from adaptarium.envs.core.errors import AdaptariumError, AgentError, SnapshotError
from adaptarium.envs.core.framing import framed, unframed
from adaptarium.envs.core.world import World
from adaptarium.wrappers.unified.batch import MixedBatch
from adaptarium.wrappers.unified.spaces import FAMILY, UnifiedSpaces

CLIP = 10.0
"""Scaled rewards are cut to plus and minus this."""


class Scales:
    """Rewards of each world divided by the deviation of its discounted returns so far.

    A step of one world may pay a hundred times what one of another does; unscaled, a network would
    learn the first alone. As Gymnasium's ``NormalizeReward``, but for each world by itself.

    Args:
        world_of: (n,) the number of the world that each slot runs.
        gamma: Discount of the returns.

    Attributes:
        running: (n,) the discounted sum of each slot's rewards since its episode began.
        moments: (worlds, 3) count, mean and sum of squared deviations of those sums.
    """

    def __init__(self, world_of: npt.NDArray[np.int64], gamma: float) -> None:
        self._world_of, self._gamma = world_of, gamma
        self.running = np.zeros(len(world_of))
        self.moments = np.zeros((int(world_of.max()) + 1, 3))

    def __call__(
        self, reward: npt.NDArray[np.float64], over: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.float64]:
        """(n,) what (n,) rewards are told as; ``over``: episodes that ended with them."""
        self.running = self.running * self._gamma + reward
        worlds = len(self.moments)
        count = np.bincount(self._world_of, minlength=worlds).astype(np.float64)
        mean = np.bincount(self._world_of, self.running, worlds) / count
        spread = np.bincount(self._world_of, (self.running - mean[self._world_of]) ** 2, worlds)
        self._add(count, mean, spread)
        self.running[over] = 0.0
        deviation = np.sqrt(self.moments[:, 2] / self.moments[:, 0] + 1e-8)
        told: npt.NDArray[np.float64] = np.clip(reward / deviation[self._world_of], -CLIP, CLIP)
        return told

    def _add(self, count: Any, mean: Any, spread: Any) -> None:
        """Moments of the past and of this step together (Chan, Golub & LeVeque, 1983)."""
        past, old, sums = self.moments.T
        total, apart = past + count, mean - old
        self.moments[:] = np.stack(
            [
                total,
                old + apart * count / total,
                sums + spread + apart**2 * past * count / total,
            ],
            axis=1,
        )

    def save(self) -> bytes:
        """All that going on needs."""
        return self.running.tobytes() + self.moments.tobytes()

    def restore(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: it is of other worlds or slots.
        """
        numbers = np.frombuffer(state, np.float64) if len(state) % 8 == 0 else np.zeros(0)
        slots = len(self.running)
        if len(numbers) != slots + self.moments.size:
            raise SnapshotError("the state of a mixed batch is of other worlds or slots")
        self.running = numbers[:slots].copy()
        self.moments[:] = numbers[slots:].reshape(self.moments.shape)


class MixedView(View):
    """What a learner sees of a batch of several families, with rewards on one scale.

    Args:
        worlds: Worlds of one seat.
        num_envs: Number of slots.
        num_threads: CPU threads of each family's batch.
        gamma: The learner's discount.

    Raises:
        AdaptariumError: a world has several seats.
    """

    batch: MixedBatch  # type: ignore[assignment]  # it has what is read of a batch

    def __init__(
        self, worlds: Sequence[World], num_envs: int, num_threads: int = 1, gamma: float = 0.99
    ) -> None:
        batch = MixedBatch(worlds, num_envs, autoreset="same_step", num_threads=num_threads)
        super().__init__(batch)  # type: ignore[arg-type]
        self._scales = Scales(np.arange(num_envs) % len(worlds), gamma)

    def step(self, actions: npt.NDArray[Any]) -> None:
        """Play one step with the actions of all rows."""
        super().step(actions)
        w = self.batch.w
        self.reward = self._scales(w.reward[:, 0], w.out["final"] != 0)[:, None]

    @property
    def masked(self) -> bool:
        """True: the actions of the other families never are valid."""
        return True

    def save(self) -> bytes:
        """The state of the batch and of the scales."""
        return framed([self._scales.save(), self.batch.save()])

    def restore(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: it is damaged, or of other worlds or slots.
        """
        scales, batch = unframed(state, 2, "a mixed batch")
        self._scales.restore(scales)
        self.batch.restore(batch)


class MixedAgent:
    """An agent of unified spaces that plays the worlds of their families, as those show them.

    Args:
        agent: A batched agent that pads what is smaller than it knows.
        unified: The spaces that it knows.
    """

    batched = True

    def __init__(self, agent: Agent, unified: UnifiedSpaces) -> None:
        self._agent, self._unified = agent, unified

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """Actions for observations with a leading (n,) axis, one each.

        Raises:
            AgentError: the observations are of a family that it does not know, or larger than it
                knows them.
        """
        try:
            member = self._unified.member_of(observation)
        except AdaptariumError as problem:
            raise AgentError(f"the policy was trained on other families: {problem}") from None
        lead = np.shape(info["step"])
        seen = {**member.named(observation), FAMILY: np.full(lead, member.number)}
        mask = np.zeros((*lead, int(self._unified.action_space.n)), np.bool_)
        member.write_mask(np.asarray(info["mask"]), mask)
        return member.own(self._agent.act(seen, {**info, "mask": mask}))
