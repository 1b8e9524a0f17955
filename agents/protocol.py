"""What an agent is: any object with ``act(observation, info) -> action``.

``observation`` is one agent's observation as the Gymnasium face gives it (in a world of several
seats every array carries a leading seat axis, and ``act`` answers for all seats). ``info`` is a
mapping with

=============  ================================================================================
``first``      True at the first step of an episode: forget what you remember
``step``       steps since the episode (the trial) began
``seed``       the episode's seed, for agents that draw: drawing by seed and step keeps results
               independent of the order of play
``mask``       bool array over the actions: which are valid
``mission``    what the world asks for, in words
=============  ================================================================================

An agent with ``batched = True`` is given all episodes at once: every array of the observation,
and every entry but ``mission``, has a leading axis of episodes, and so have the actions. Built-in
agents that may look behind the scenes find ``world``, ``batch`` and ``slots`` (the row of the batch
that each episode plays in) in ``info`` too; others must leave them alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Agent(Protocol):
    """An agent; see the module's text for what it is given."""

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        """The action for an observation."""


def is_batched(agent: Agent) -> bool:
    """Whether the agent plays many episodes at once."""
    return bool(getattr(agent, "batched", False))
