"""What was asked and what it cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

from adaptarium.envs.core.errors import AgentError


@dataclass(frozen=True)
class Prices:
    """US dollars for a million tokens.

    Attributes:
        prompt: Of what is sent; cached tokens are counted in full.
        completion: Of what is answered.

    Raises:
        AgentError: a price is negative or no number.
    """

    prompt: float
    completion: float

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise AgentError(
                    f"{field.name} price {value!r}: expected US dollars for a million tokens, "
                    "from 0 up"
                )

    @classmethod
    def read(cls, words: str) -> Prices:
        """The prices of ``"PROMPT,COMPLETION"``, for example ``"0.15,0.60"``.

        Raises:
            AgentError: the text has another form.
        """
        try:
            prompt, completion = (float(word) for word in words.split(","))
        except ValueError:
            raise AgentError(
                f"prices {words!r:.60}: expected PROMPT,COMPLETION in US dollars for a million "
                "tokens, for example 0.15,0.60"
            ) from None
        return cls(prompt, completion)


@dataclass(frozen=True)
class Usage:
    """Sums over the exchanges of a cell.

    Attributes:
        answers: Answers that came.
        uncounted: Those of them without token counts.
        prompt_tokens: Tokens that were sent.
        completion_tokens: Tokens that were answered.
        invalid: Answers that named no action.
        fallbacks: Steps in which the fallback was played.
        repeated: Requests that failed and were made again.
    """

    answers: int = 0
    uncounted: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    invalid: int = 0
    fallbacks: int = 0
    repeated: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def cost(self, prices: Prices | None) -> float | None:
        """US dollars; None without prices, or where the count of tokens has gaps."""
        if prices is None or self.uncounted:
            return None
        paid = self.prompt_tokens * prices.prompt + self.completion_tokens * prices.completion
        return paid / 1e6

    def data(self, prices: Prices | None) -> dict[str, Any]:
        """The sums as plain data; without ``cost_usd`` where it is not known."""
        data: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        cost = self.cost(prices)
        return data if cost is None else {**data, "cost_usd": cost}

    def __str__(self) -> str:
        words = (
            f"{self.answers} answers, {self.prompt_tokens} prompt and {self.completion_tokens} "
            f"completion tokens, {self.invalid} invalid answers, {self.fallbacks} fallback "
            f"actions, {self.repeated} repeated requests"
        )
        gaps = f" ({self.uncounted} answers came without token counts)" if self.uncounted else ""
        return words + gaps
