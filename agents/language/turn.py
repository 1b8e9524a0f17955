"""One step of one seat: ask until an answer names an action, or there were enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.language.client import Answer, ChatClient, EndpointError
from adaptarium.agents.language.conversation import (
    Conversation,
    Message,
    refusal_message,
    turn_message,
)
from adaptarium.agents.language.transcript import Exchange, Transcript
from adaptarium.agents.text import EpisodeText
from adaptarium.envs.core.answers import Invalid, told


@dataclass(frozen=True)
class Turn:
    """A step that is to be played.

    Attributes:
        text: The episode in words.
        seed: Its seed.
        step: Steps since it began.
        seat: The seat that plays.
        mask: (actions,) bool: which actions are valid.
        conversation: What was said to the seat before.
        client: Asks the model.
        transcript: Keeps what is asked and answered.
        tries: Answers that are asked for at most.
    """

    text: EpisodeText
    seed: int
    step: int
    seat: int
    mask: npt.NDArray[np.bool_]
    conversation: Conversation
    client: ChatClient
    transcript: Transcript
    tries: int

    def play(self) -> Any:
        """The action."""
        message = turn_message(self.text, self.seat, self.conversation.chain)
        for number in range(1, self.tries + 1):
            found = self._exchange(number, message)
            if not isinstance(found, Invalid):
                self.conversation.end_turn()
                return found
            message = refusal_message(found)
        action = self.fallback()
        name = told(action, self.text.menu())
        self.conversation.end_turn(f"Your answers named no action: {name!r} was played for you.\n")
        return action

    def fallback(self) -> Any:
        """The valid action for "nothing", or else the first valid one."""
        nothing = self.text.parse("nothing")
        if not self.mask.size:  # continuous actions: all are valid
            return self.text.parse(self.text.menu()[0]) if isinstance(nothing, Invalid) else nothing
        if not isinstance(nothing, Invalid) and self.mask[nothing]:
            return nothing
        return int(self.mask.argmax())

    def _exchange(self, number: int, message: Message) -> Any:
        """Say something to the model, or to its transcript, and read the reply."""
        sent = self.conversation.say(message)
        known = self.transcript.known((self.seed, self.step, self.seat, number), [sent])
        if known is not None:
            self.conversation.hear(known.reply)
            return self.text.parse(known.reply, self.seat)
        answer = self._ask()
        self.conversation.hear(answer.text)
        found = self.text.parse(answer.text, self.seat)
        self.transcript.add(self._record(number, sent, answer, found))
        return found

    def _ask(self) -> Answer:
        try:
            return self.client.ask(self.conversation.request())
        except EndpointError as problem:
            self.transcript.add_line(
                "failed",
                world=self.text.world_id,
                seed=self.seed,
                step=self.step,
                seat=self.seat,
                reason=str(problem),
                failures=list(problem.failures),
            )
            raise

    def _record(self, number: int, sent: Message, answer: Answer, found: Any) -> Exchange:
        invalid = found.reason if isinstance(found, Invalid) else None
        fallback = invalid is not None and number == self.tries
        action = self.fallback() if fallback else None if isinstance(found, Invalid) else found
        return Exchange(
            kind="exchange",
            world=self.text.world_id,
            seed=self.seed,
            step=self.step,
            seat=self.seat,
            try_number=number,
            messages=[sent],
            reply=answer.text,
            action=None if action is None else told(action, self.text.menu()),
            invalid=invalid,
            fallback=fallback,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            latency=round(answer.latency, 4),
            attempts=len(answer.failures) + 1,
            failures=answer.failures,
        )
