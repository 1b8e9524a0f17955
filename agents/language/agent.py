"""A language model as an agent."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.agents.language.address import is_language_name, read_address
from adaptarium.agents.language.client import ChatClient
from adaptarium.agents.language.conversation import Conversation, system_message
from adaptarium.agents.language.settings import Settings
from adaptarium.agents.language.transcript import Transcript
from adaptarium.agents.language.turn import Turn
from adaptarium.agents.language.usage import Usage
from adaptarium.agents.text import EpisodeText
from adaptarium.envs.core.errors import AgentError


def language_agent(agent: object, settings: Settings | None = None) -> LanguageAgent | None:
    """The language model that ``agent`` is or names; None where it is something else.

    Raises:
        AgentError: the name is malformed.
    """
    if isinstance(agent, str) and is_language_name(agent):
        return LanguageAgent(agent, settings)
    return agent if isinstance(agent, LanguageAgent) else None


class LanguageAgent:
    """Plays by asking a language model, which sees the text face alone.

    Several episodes may be played at once, each by a thread of its own. In a world of several seats
    the model is asked for each, in conversations apart.

    Args:
        name: ``llm:MODEL@BASE_URL``.
        settings: How it is asked.
        transcript: A file for all that is asked and answered. What it holds is not asked again.

    Raises:
        AgentError: the name is malformed, or the file holds something else.
    """

    def __init__(
        self, name: str, settings: Settings | None = None, transcript: str | Path | None = None
    ) -> None:
        self.address = read_address(name)
        self.settings = settings or Settings()
        self.name = self.address.name
        self.client = ChatClient(self.address, self.settings)
        self._transcript = Transcript(None if transcript is None else Path(transcript))
        self._local = threading.local()  # the conversations of the thread's episode

    def __repr__(self) -> str:
        return f"LanguageAgent({self.name!r})"

    @property
    def concurrency(self) -> int:
        """Episodes that may be played at once."""
        return self.settings.concurrency

    @property
    def usage(self) -> Usage:
        """What was asked so far, with what the transcript holds of earlier runs."""
        return self._transcript.usage

    def recorded(self, path: str | Path) -> LanguageAgent:
        """The same agent with a transcript."""
        return LanguageAgent(self.name, self.settings, path)

    def finish(self) -> str:
        """End the transcript with the sums; returns them in words."""
        usage, prices = self.usage, self.settings.prices
        self._transcript.add_line("usage", agent=self.name, **usage.data(prices))
        cost = usage.cost(prices)
        return f"{self.name}: {usage}" + ("" if cost is None else f", {cost:.4f} USD")

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        """The model's action, or one a seat.

        Raises:
            EndpointError: the endpoint fails; other episodes may be tried.
            AgentError: the endpoint refuses the key, or does not know the model.
        """
        text = info.get("text")
        if not isinstance(text, EpisodeText):
            raise AgentError(f"agent {self.name} plays in words, and this environment has none")
        if info["first"]:
            self._begin(text)
        if text.num_seats == 1:
            return self._turn(text, info, 0, np.asarray(info["mask"])).play()
        space = info["action_space"]
        actions = np.zeros((text.num_seats, *space.shape), space.dtype)
        for seat in text.seats:
            actions[seat] = self._turn(text, info, seat, np.asarray(info["mask"])[seat]).play()
        return actions

    def _turn(self, text: EpisodeText, info: Mapping[str, Any], seat: int, mask: Any) -> Turn:
        return Turn(
            text=text,
            seed=int(info["seed"]),
            step=int(info["step"]),
            seat=seat,
            mask=mask,
            conversation=self._local.conversations[seat],
            client=self.client,
            transcript=self._transcript,
            tries=self.settings.tries,
        )

    def _begin(self, text: EpisodeText) -> None:
        system, settings = system_message(text), self.settings
        self._local.conversations = [
            Conversation(system, settings.history, settings.summaries)
            for _ in range(text.num_seats)
        ]
        self._transcript.begin(
            {
                "agent": self.name,
                "model": self.address.model,
                "base_url": self.address.base_url,
                "world": text.world_id,
                "history": settings.history,
                **({"summaries": settings.summaries.data()} if settings.summaries else {}),
                "tries": settings.tries,
                "request": dict(settings.request),
                "system": system["content"],
            }
        )
