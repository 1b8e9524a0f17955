"""One call of an OpenAI-compatible endpoint, repeated while that may help."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from adaptarium._version import __version__
from adaptarium.agents.language.address import PATH, Address
from adaptarium.agents.language.key import authorise, blotted, remedy
from adaptarium.agents.language.settings import Settings
from adaptarium.agents.protocol import EpisodeError
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.strictjson import dumps, loads

Message = Mapping[str, str]
LARGEST = 16 * 2**20
"""Bytes of an answer that are read."""

_BUSY = (408, 409, 429)  # and 5xx: the same request may be answered later
_CHANCE = random.SystemRandom()  # decides waiting times alone, never a result


class EndpointError(EpisodeError):
    """An endpoint gave no usable answer to a request, however often it was asked.

    Attributes:
        failures: What went wrong, one reason a request.
    """

    def __init__(self, message: str, failures: Sequence[str]) -> None:
        super().__init__(message)
        self.failures = tuple(failures)


class _PassingError(Exception):
    """A failure after which the request is made again.

    Attributes:
        wait: Seconds that the endpoint asked to wait, if it did.
    """

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class _FinalError(Exception):
    """A failure that the same request would meet again."""


@dataclass(frozen=True)
class Answer:
    """What an endpoint answered.

    Attributes:
        text: The reply.
        prompt_tokens: Tokens sent, where the endpoint counts them.
        completion_tokens: Tokens answered, where the endpoint counts them.
        latency: Seconds of the request that was answered.
        failures: Why earlier requests for the same answer failed.
    """

    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    latency: float
    failures: tuple[str, ...]


class _NoRedirects(HTTPRedirectHandler):
    """A redirection would turn the POST into a GET, and tell another host what was asked."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: the answer is an error."""


class ChatClient:
    """Asks a model; may be used by many threads.

    Args:
        address: The model and its endpoint.
        settings: Timeouts and repetitions.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        self.address, self.settings = address, settings
        self._opener = build_opener(_NoRedirects)

    def ask(self, messages: Sequence[Message]) -> Answer:
        """The model's reply.

        Raises:
            EndpointError: none came.
            AgentError: none will ever come: the key, the model or the endpoint is wrong.
        """
        fields = {"model": self.address.model, "messages": list(messages)}
        body = dumps({**fields, **self.settings.request}).encode("utf-8")
        failures: list[str] = []
        while True:
            begun = time.monotonic()
            try:
                text, sent, answered = _reading(self._post(body, begun + self.settings.timeout))
            except _PassingError as problem:
                failures.append(str(problem))
                self._wait(problem.wait, failures)
            except _FinalError as problem:
                raise self._given_up([*failures, str(problem)]) from None
            else:
                latency = time.monotonic() - begun
                return Answer(text, sent, answered, latency, tuple(failures))

    def _given_up(self, failures: Sequence[str]) -> EndpointError:
        times = f" ({len(failures)} requests)" if len(failures) > 1 else ""
        return EndpointError(f"{self.address.base_url}: {failures[-1]}{times}", failures)

    def _wait(self, asked: float | None, failures: Sequence[str]) -> None:
        """Wait before the next request: twice as long each time, and half of it by chance.

        Raises:
            EndpointError: there have been enough, or the endpoint asks for too much patience.
        """
        settings = self.settings
        if len(failures) > settings.retries:
            raise self._given_up(failures) from None
        if asked is not None and asked > settings.longest_wait:
            patience = f"{failures[-1]}; it asks to wait {asked:.0f} s"
            raise self._given_up([*failures[:-1], patience]) from None
        wait = min(settings.longest_backoff, settings.backoff * 2.0 ** (len(failures) - 1))
        wait *= _CHANCE.uniform(0.5, 1.0)
        time.sleep(wait if asked is None else asked + wait)

    def _post(self, body: bytes, deadline: float) -> bytes:
        """The answer to one request."""
        request = Request(
            self.address.base_url + PATH,
            data=body,
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": f"adaptarium/{__version__}",
            },
            method="POST",
        )
        authorise(request)
        try:
            with self._opener.open(request, timeout=self.settings.timeout) as response:
                return _read(response, deadline)
        except HTTPError as problem:
            with problem:
                detail = _detail(problem, deadline)
            raise self._refusal(problem.code, problem.headers, detail) from None
        except (OSError, HTTPException) as problem:
            raise _PassingError(_network(problem)) from None

    def _refusal(self, status: int, headers: Any, detail: str) -> Exception:
        """What a status that is no success means."""
        where, said = self.address.base_url, f"HTTP {status}{detail}"
        if status in (401, 403):
            return AgentError(f"{where} answered HTTP {status}, {remedy()}{detail}")
        if status == 404:
            return AgentError(
                f"{where} answered {said}; it has no model {self.address.model!r} "
                f"or no {PATH} below this base URL"
            )
        if status in _BUSY or status >= 500:
            return _PassingError(said, _retry_after(headers.get("Retry-After")))
        if status < 400:
            return AgentError(f"{where} answered {said}: a redirection; give the base URL itself")
        return _FinalError(said)


def _read(response: Any, deadline: float) -> bytes:
    """The body, before the deadline: a single read's timeout starts anew with every byte."""
    parts, size = [], 0
    while part := response.read1(65536):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise _PassingError(f"the answer is longer than {LARGEST} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer took too long")
    return b"".join(parts)


def _detail(response: Any, deadline: float) -> str:
    """The message of an error's body, shortened and without the key."""
    try:
        body = _read(response, deadline)
        text = body.decode("utf-8", "replace")
    except (OSError, HTTPException, _PassingError):
        return ""
    try:
        error = loads(body, what="error")["error"]
        text = str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, TypeError, KeyError):
        pass  # not OpenAI's form: the text itself
    text = " ".join(blotted(text).split())
    return f": {text[:200]}" if text else ""


def _network(problem: Exception) -> str:
    """A failed connection in words."""
    reason = problem.reason if isinstance(problem, URLError) else problem
    if isinstance(reason, TimeoutError):
        return "timeout"
    words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return blotted(f"connection failed: {words}")


def _retry_after(value: str | None) -> float | None:
    """Seconds of a ``Retry-After`` header, which holds a number or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _reading(body: bytes) -> tuple[str, int | None, int | None]:
    """Reply, prompt tokens and completion tokens of a chat completion."""
    data = loads(body, what="the answer", error=_PassingError)
    choices = data.get("choices") if isinstance(data, dict) else None
    if not isinstance(choices, list) or not choices:
        raise _PassingError("the answer holds no choices")
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict):
        raise _PassingError("the answer's first choice holds no message")
    usage = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    counts = [_count(usage.get(name)) for name in ("prompt_tokens", "completion_tokens")]
    return blotted(_content(message.get("content"))), counts[0], counts[1]


def _content(content: Any) -> str:
    """The text of a message; some endpoints send it in parts, and none where they refuse."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _count(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if whole else None
