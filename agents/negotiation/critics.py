"""Critics: by rule, and by a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from adaptarium.agents.language.address import read_address
from adaptarium.agents.language.client import ChatClient
from adaptarium.agents.language.settings import Settings
from adaptarium.agents.negotiation.coaching import Game

SUGGESTIONS = 3
"""Sentences of advice after a game, as in GPT-Bargaining."""

_BULLET = re.compile(r"^\s*(?:[-*•]|\(?\d+[.):])\s+(.+)$")

_ROLE = (
    "You are the critic of a negotiation. You coach player_0: read the game and help it to a "
    "better result next time against the same opponent, who will have forgotten this game."
)
_TASK = (
    f"Give player_0 exactly {SUGGESTIONS} suggestions, one a line, each beginning with '- '. "
    "Do not suggest a specific offer."
)


class RuleCritic:
    """Presses for more after a deal, and for less after a game without one.

    It speaks in the sentences that :class:`~adaptarium.agents.negotiation.Bargainer` understands.
    """

    def advise(self, game: Game) -> Sequence[str]:
        """Three suggestions."""
        if game.deal:
            return (
                "Open with a higher demand.",
                "Settle for no less than you asked this time.",
                "Concede later.",
            )
        return ("Open with a lower demand.", "Settle for less in the end.", "Concede earlier.")


class LanguageCritic:
    """Asks a language model, which is shown the manual and the transcript.

    Args:
        name: ``llm:MODEL@BASE_URL``, any OpenAI-compatible endpoint
            (:mod:`adaptarium.agents.language`).
        settings: How it is asked.

    Raises:
        AgentError: the name is malformed.
    """

    def __init__(self, name: str, settings: Settings | None = None) -> None:
        address = read_address(name)
        self.name = address.name
        self._client = ChatClient(address, settings or Settings())

    def advise(self, game: Game) -> Sequence[str]:
        """The model's suggestions: the lines of its answer that are items, three at most.

        Raises:
            EndpointError: the endpoint fails.
            AgentError: it refuses the key, or does not know the model.
        """
        result = f"a deal, worth {game.utility:.4g}" if game.deal else "no deal"
        said = "\n".join(game.transcript)
        question = f"{game.manual}\n\nThe game:\n{said}\n\nplayer_0 had {result}. {_TASK}"
        answer = self._client.ask(
            [{"role": "system", "content": _ROLE}, {"role": "user", "content": question}]
        )
        lines = [line.strip() for line in answer.text.splitlines() if line.strip()]
        items = [match[1].strip() for line in lines if (match := _BULLET.match(line))]
        return tuple((items or lines)[:SUGGESTIONS])
