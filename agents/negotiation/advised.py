"""Any agent that reads, with advice beside what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adaptarium.agents.loading import load_agent
from adaptarium.agents.protocol import Agent, is_batched
from adaptarium.agents.text import EpisodeText
from adaptarium.envs.core.errors import AgentError


class AdvisedText(EpisodeText):
    """An episode in words that repeats advice at every step, where no memory is too short.

    Args:
        text: The episode in words.
        advice: What is added, a sentence each.
    """

    def __init__(self, text: EpisodeText, advice: Sequence[str]) -> None:
        vars(self).update(vars(text))
        self._advice = tuple(advice)

    def describe(self, seat: int = 0) -> str:
        """The advice, and what the seat sees."""
        seen = super().describe(seat)
        if not self._advice:
            return seen
        told = "\n".join(f"- {sentence}" for sentence in self._advice)
        return f"Advice of your coach, after the game before:\n{told}\n{seen}"


class Advised:
    """Lets an agent that reads, such as a language model, take advice.

    Args:
        agent: The agent, or its name; one that plays one episode at a time.

    Raises:
        AgentError: it plays many episodes at once.
    """

    def __init__(self, agent: Agent | str) -> None:
        self.agent = load_agent(agent)
        if is_batched(self.agent):
            raise AgentError(
                f"agent {self.agent!r} does not read; expected one that plays in words"
            )
        self.advice: tuple[str, ...] = ()

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        """The agent's action, which reads the advice."""
        text = info["text"]
        return self.agent.act(observation, {**info, "text": AdvisedText(text, self.advice)})

    def take(self, advice: Sequence[str]) -> None:
        """Follow new advice from the next game on; it takes the place of the old."""
        self.advice = tuple(advice)
