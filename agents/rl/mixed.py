"""Learning and playing worlds of several families with one network, in unified spaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.view import View
from adaptarium.envs.core.errors import AdaptariumError, AgentError
from adaptarium.envs.core.world import World
from adaptarium.wrappers.unified.batch import MixedBatch
from adaptarium.wrappers.unified.spaces import FAMILY, UnifiedSpaces


class MixedView(View):
    """What a learner sees of a batch of several families.

    Args:
        worlds: Worlds of one seat.
        num_envs: Number of slots.
        num_threads: CPU threads of each family's batch.

    Raises:
        AdaptariumError: a world has several seats.
    """

    batch: MixedBatch  # type: ignore[assignment]  # it has what is read of a batch

    def __init__(self, worlds: Sequence[World], num_envs: int, num_threads: int = 1) -> None:
        batch = MixedBatch(worlds, num_envs, autoreset="same_step", num_threads=num_threads)
        super().__init__(batch)  # type: ignore[arg-type]

    @property
    def masked(self) -> bool:
        """True: the actions of the other families never are valid."""
        return True

    def save(self) -> bytes:
        """The state of the batch."""
        return self.batch.save()

    def restore(self, state: bytes) -> None:
        """Go on from a saved state."""
        self.batch.restore(state)


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
