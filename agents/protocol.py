"""What an agent is: any object with ``act(observation, info) -> action``.

``observation`` is one agent's observation as the Gymnasium face gives it (in a world of several
seats every array carries a leading seat axis, and ``act`` answers for all seats). ``info`` is a
mapping with

================  ================================================================================
``first``         True at the first step of an episode: forget what you remember
``step``          steps since the episode (the trial) began
``seed``          the episode's seed, for agents that draw: drawing by seed and step keeps results
                  independent of the order of play
``mask``          bool array over the actions: which are valid; of no length for continuous ones
``action_space``  the space of one seat's action
``reward``        what the agent is told that the last step earned; 0 at first
``mission``       what the world asks for, in words
``text``          the episode in words (:class:`adaptarium.agents.text.EpisodeText`): ``manual()``,
                  ``describe(seat)``, ``menu()``, ``grammar()`` and ``parse(answer)``; nothing is
                  put into words before it is asked for; left out where shifts change what is
                  observed
================  ================================================================================

An agent with ``batched = True`` is given all episodes at once: every array of the observation,
and every entry but ``mission`` and ``action_space``, has a leading axis of episodes (``text`` is a
sequence), and so have the actions. An agent that mostly waits for others may say
``concurrency = n`` instead: up to ``n`` episodes are played at once then, each by a thread of its
own from its first step to its last.
Such an agent raises :class:`EpisodeError` to give up one episode and let the others go on.

Results call an agent by its ``name``, where it has one that is text, or else by its class. Built-in
agents that may look behind the scenes find ``world``, ``batch`` and ``slots`` (the row of the batch
that each episode plays in) in ``info`` too; others must leave them alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from adaptarium.envs.core.errors import AgentError


class EpisodeError(AgentError):
    """An agent cannot go on with this episode; it may well finish others."""


@runtime_checkable
class Agent(Protocol):
    """An agent; see the module's text for what it is given."""

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        """The action for an observation."""


def is_batched(agent: Agent) -> bool:
    """Whether the agent plays many episodes at once."""
    return bool(getattr(agent, "batched", False))


def concurrency(agent: Agent) -> int:
    """How many episodes the agent plays at once, a thread each; 0 where it does not say.

    Raises:
        AgentError: it says something else than a positive integer.
    """
    found = getattr(agent, "concurrency", None)
    if found is None:
        return 0
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        name = type(agent).__name__
        raise AgentError(f"agent {name}: concurrency = {found!r}; expected an integer from 1 up")
    return found
