"""How a language model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adaptarium.agents.language.summary import Summaries
from adaptarium.agents.language.usage import Prices
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.strictjson import dumps

A_DAY = 86_400.0
OURS = ("messages", "model", "n", "stream")
"""Fields of a request that are not the user's to set."""


@dataclass(frozen=True)
class Settings:
    """How a language model is asked.

    Attributes:
        concurrency: Episodes that are played at once. An evaluation plays the cells of language
            models one after the other, so that it has no more than these in flight.
        timeout: Seconds in which a request must be answered. A connection that goes silent in the
            middle of its answer is found within twice that.
        retries: How often a request is repeated after a timeout, a lost connection, an answer that
            is not a chat completion, HTTP 408, 409, 429 or 5xx.
        backoff: Seconds before the first repetition, at most; they double with each, up to
            ``longest_backoff``, and half of them is chance.
        longest_backoff: Seconds between two requests at most, where the endpoint asks for no more.
        longest_wait: The longest ``Retry-After`` that is waited for.
        history: Earlier steps of the episode that are sent along with the present one.
        summaries: How what went on is summarised before each step; None leaves it out.
        tries: Answers that are asked for in one step before the fallback is played.
        request: More fields of each request, for example ``{"temperature": 0}``.
        prices: What tokens cost; None leaves the cost out.

    Raises:
        AgentError: a value is out of range.
    """

    concurrency: int = 4
    timeout: float = 60.0
    retries: int = 5
    backoff: float = 1.0
    longest_backoff: float = 30.0
    longest_wait: float = 300.0
    history: int = 8
    summaries: Summaries | None = None
    tries: int = 3
    request: Mapping[str, Any] = field(default_factory=dict)
    prices: Prices | None = None

    def __post_init__(self) -> None:
        for name, least in (("concurrency", 1), ("retries", 0), ("history", 0), ("tries", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise AgentError(f"{name} = {value!r}: expected an integer; the least is {least}")
        for name in ("timeout", "backoff", "longest_backoff", "longest_wait"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value <= A_DAY:
                raise AgentError(
                    f"{name} = {value!r}: expected seconds above 0 and up to {A_DAY}, "
                    "for example 60"
                )
        taken = sorted(set(self.request) & set(OURS))
        if taken:
            raise AgentError(
                f"request field {taken[0]!r} is set by the agent; "
                "expected another, for example temperature=0"
            )
        try:
            dumps(dict(self.request))
        except (TypeError, ValueError) as problem:
            raise AgentError(f"request fields: {problem}; expected what JSON can hold") from None
