"""What a model is sent: the manual, some earlier steps, and the present one."""

from __future__ import annotations

from collections import deque

from adaptarium.agents.language.summary import Chain, Summaries
from adaptarium.agents.text import EpisodeText
from adaptarium.envs.core.answers import Invalid

Message = dict[str, str]

HINT = "Think first if you like; then the last line must be 'Action: NAME'."
NO_WORDS = "(no answer)"  # many endpoints refuse an empty message


def system_message(text: EpisodeText) -> Message:
    """The world's manual."""
    return {"role": "system", "content": text.manual()}


def turn_message(text: EpisodeText, seat: int, chain: Chain | None = None) -> Message:
    """What went on, where frames are summarised; what a seat sees now; how to answer."""
    seen = text.describe(seat)
    summary = "" if chain is None else chain.take(seen)
    content = f"{summary}{seen}\n{text.grammar()} {HINT}"
    return {"role": "user", "content": content}


def refusal_message(fault: Invalid) -> Message:
    """Why an answer was no action."""
    return {"role": "user", "content": f"{fault} {HINT} Nothing has happened yet."}


class Conversation:
    """One seat's exchange of words in an episode.

    Args:
        system: The first message of every request.
        history: How many earlier steps are sent along.
        summaries: How frames are summarised; None leaves that out.
    """

    def __init__(self, system: Message, history: int, summaries: Summaries | None = None) -> None:
        self._system = system
        self.chain = None if summaries is None else Chain(summaries)
        self._past: deque[tuple[Message, Message]] = deque(maxlen=history)
        self._turn: list[Message] = []
        self._remark = ""

    def say(self, message: Message) -> Message:
        """Add a message to the model; returns it as it is sent."""
        sent = {**message, "content": self._remark + message["content"]}
        self._remark = ""
        self._turn.append(sent)
        return sent

    def hear(self, reply: str) -> None:
        """Add the model's reply."""
        self._turn.append({"role": "assistant", "content": reply if reply.strip() else NO_WORDS})

    def request(self) -> list[Message]:
        """All messages of the next request."""
        past = [message for pair in self._past for message in pair]
        return [self._system, *past, *self._turn]

    def end_turn(self, remark: str = "") -> None:
        """Put the step behind: what was seen and the last reply stay.

        Args:
            remark: What the model must know of the step, said at the beginning of the next one.
        """
        self._past.append((self._turn[0], self._turn[-1]))
        self._turn, self._remark = [], remark
