"""The key of an endpoint: read from the environment for each request, kept nowhere."""

from __future__ import annotations

import os
import re
from urllib.request import Request

from adaptarium.envs.core.errors import AgentError

VARIABLES = ("ADAPTARIUM_API_KEY", "OPENAI_API_KEY")
"""Where the key is looked for; the first that is not empty counts."""

BLOT = "[key]"
SHORTEST_SECRET = 8
"""Shorter keys are stand-ins for servers that want none ("EMPTY"), and may be words of a reply."""

_KEY = re.compile(r"[\x21-\x7e]+")


def _found() -> tuple[str, str] | None:
    """The variable that holds the key, and the key."""
    for variable in VARIABLES:
        value = os.environ.get(variable, "").strip()
        if value:
            return variable, value
    return None


def authorise(request: Request) -> None:
    """Give a request the key, where there is one; a redirection would not carry it on.

    Raises:
        AgentError: the variable holds what no key can be.
    """
    found = _found()
    if found is None:
        return
    variable, value = found
    if not _KEY.fullmatch(value):
        raise AgentError(f"{variable} holds blanks or characters outside ASCII; expected a key")
    request.add_unredirected_header("Authorization", f"Bearer {value}")


def blotted(text: str) -> str:
    """A text that came from outside, without the key that it may quote."""
    found = _found()
    if found is None or len(found[1]) < SHORTEST_SECRET:
        return text
    return text.replace(found[1], BLOT)


def remedy() -> str:
    """What to do about a refused key."""
    found = _found()
    if found is None:
        return f"it wants a key: set {VARIABLES[0]} (or {VARIABLES[1]})"
    return f"it refuses the key in {found[0]}: set {VARIABLES[0]} to a valid one"
