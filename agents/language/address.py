"""The name of a language agent: ``llm:MODEL@BASE_URL``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from adaptarium.envs.core.errors import AgentError

PREFIX = "llm:"
FORM = "llm:MODEL@BASE_URL"
EXAMPLE = "llm:my-model@http://localhost:8000/v1"
PATH = "/chat/completions"
_FORM = re.compile(r"llm:(?P<model>[^\s]+?)@(?P<url>https?://[^\s]+)")
_WORD = re.compile(r"[\w.:/+-]+")


@dataclass(frozen=True)
class Address:
    """Where a model is reached.

    Attributes:
        name: The agent's name.
        model: The model, as the endpoint calls it.
        base_url: The endpoint up to, and without, ``/chat/completions``.
    """

    name: str
    model: str
    base_url: str


def is_language_name(name: str) -> bool:
    """Whether a name is meant for a language model, well formed or not."""
    return name.lower().startswith(PREFIX)


def read_address(name: str) -> Address:
    """The parts of ``llm:MODEL@BASE_URL``.

    Raises:
        AgentError: the name has another form; the message holds the nearest valid one, and nothing
            of what may be a secret.
    """
    match = _FORM.fullmatch(name)
    if match is None:
        raise AgentError(f"agent {_shown(name)}: expected {FORM}; {_hint(name)}")
    model, url = match["model"], match["url"].rstrip("/")
    clean = _without_extras(url)
    if clean is None:
        raise AgentError(
            f"agent llm:{model}@…: the base URL names no host or no valid port; "
            f"for example {EXAMPLE}"
        )
    if clean != url:
        raise AgentError(
            f"agent llm:{model}@…: the base URL holds more than scheme, host, port and path (a key "
            f"belongs into the environment); did you mean {f'llm:{model}@{clean}'!r}?"
        )
    return Address(name, model, url)


def _without_extras(url: str) -> str | None:
    """The URL without user, password, query, fragment and the path of the call."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.netloc.rpartition("@")[2]
    host = f"{host}:{port}" if host.startswith("[") and port is not None else host
    path = parts.path.rstrip("/").removesuffix(PATH)
    return f"{parts.scheme}://{host}{path}"


def _shown(name: str) -> str:
    """The name, unless it may hold a password."""
    return repr(name) if len(name) <= 100 and name.count("@") < 2 else f"'{PREFIX}…'"


def _hint(name: str) -> str:
    """The nearest valid name, where the parts that are there suggest one."""
    model, at, rest = name[len(PREFIX) :].strip().partition("@")
    rest = rest.strip().rpartition("://")[2]
    if at and _WORD.fullmatch(rest):
        local = rest.startswith(("localhost", "127.", "0.0.0.0", "192.168.", "10."))
        scheme = "http" if local else "https"
        model = model if _WORD.fullmatch(model) else "MODEL"
        return f"did you mean '{PREFIX}{model}@{scheme}://{rest}'?"
    if not at and _WORD.fullmatch(model) and "://" not in model:
        return f"did you mean '{PREFIX}{model}@http://localhost:8000/v1'?"
    return f"for example {EXAMPLE}"
