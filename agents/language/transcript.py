"""Transcripts: all that was asked and answered in one evaluation cell, as JSON Lines.

The first line is the header: agent, model, endpoint, what is sent with each request, and the system
message. Then comes, in the order in which they happened,

- a line for each answer, ``"kind": "exchange"``: world, episode seed, step, seat, which try of the
  step it is, the message that was new in the request (before it went the system message and the
  last ``history`` steps of the episode), the reply, the action or the reason why there is none,
  whether the fallback was played, tokens, latency in seconds, and why earlier requests for the
  answer failed;
- a line for each failed episode, ``"kind": "failed"``: world, seed, step, seat, reason, and the
  failures of each request;
- in the end, ``"kind": "usage"``: the sums, with ``cost_usd`` where prices are known.

A line is on the disk before the answer is used, so a kill loses the answers under way and no more.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from adaptarium.agents.language.usage import Usage
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.strictjson import dumps, loads

SCHEMA = 1

Place = tuple[int, int, int, int]
"""Seed, step, seat and try of an exchange."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer of a model; see the module's text."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["exchange"]
    world: str
    seed: int
    step: int
    seat: int
    try_number: int
    messages: list[dict[str, str]]
    reply: str
    action: str | None
    invalid: str | None
    fallback: bool
    prompt_tokens: int | None
    completion_tokens: int | None
    latency: float
    attempts: int
    failures: tuple[str, ...]

    @property
    def place(self) -> Place:
        """What tells it from the others of a cell."""
        return (self.seed, self.step, self.seat, self.try_number)

    def usage(self) -> Usage:
        """Its share of the sums."""
        return Usage(
            answers=1,
            uncounted=int(self.prompt_tokens is None or self.completion_tokens is None),
            prompt_tokens=self.prompt_tokens or 0,
            completion_tokens=self.completion_tokens or 0,
            invalid=int(self.invalid is not None),
            fallbacks=int(self.fallback),
            repeated=len(self.failures),
        )


@cache
def _exchange() -> TypeAdapter[Exchange]:
    return TypeAdapter(Exchange)


def transcript_name(world: str, *cell: object) -> str:
    """The name of a cell's file: its world, and a digest of all that tells it from other cells."""
    digest = hashlib.sha256(dumps([world, *cell]).encode("utf-8")).hexdigest()[:12]
    return f"{re.sub('[^A-Za-z0-9_.-]', '_', world)}-{digest}.jsonl"


class Transcript:
    """The transcript of a cell; may be used by many threads.

    Args:
        path: The file; None keeps sums and no lines.

    Raises:
        AgentError: the file holds something else.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.usage = Usage()
        self._lock = threading.Lock()
        self._header: dict[str, Any] | None = None
        self._known: dict[Place, Exchange] = {}
        if path is not None and path.exists():
            self._read(path)

    def begin(self, header: Mapping[str, Any]) -> None:
        """Write the header, or compare it with that of the file that is gone on with.

        Raises:
            AgentError: they differ: the answers of the file were given to other questions.
        """
        line = dumps({"kind": "header", "schema": SCHEMA, **header})
        wanted: dict[str, Any] = loads(line, what="header")
        with self._lock:
            if self._header is None:
                self._header = wanted
                self._write(wanted)
        changed = [name for name in wanted if self._header.get(name) != wanted[name]]
        if changed:
            raise AgentError(
                f"{self.path} was made with another {changed[0]}; give the same as before, "
                "or another results folder"
            )

    def known(self, place: Place, messages: list[dict[str, str]]) -> Exchange | None:
        """The exchange of an earlier run, if there is one.

        Raises:
            AgentError: it was about something else.
        """
        found = self._known.get(place)
        if found is not None and found.messages != messages:
            raise AgentError(
                f"{self.path}: the world differs from the one that was played at seed {place[0]}, "
                f"step {place[1]}; take another results folder"
            )
        return found

    def add(self, exchange: Exchange) -> None:
        """Keep a new exchange."""
        with self._lock:
            self.usage += exchange.usage()
            self._write(asdict(exchange))

    def add_line(self, kind: str, **fields: Any) -> None:
        """Keep a line of another kind."""
        with self._lock:
            self._write({"kind": kind, **fields})

    def _write(self, line: Mapping[str, Any]) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(dumps(line).encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self, path: Path) -> None:
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):  # a kill tore the last line
            os.truncate(path, whole)
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            self._take(line, f"{path}, line {number}")

    def _take(self, text: bytes, what: str) -> None:
        """Remember a line of an earlier run."""
        line = loads(text, what=what, error=AgentError)
        kind = line.get("kind") if isinstance(line, dict) else None
        if (self._header is None) != (kind == "header"):
            raise AgentError(f"{what}: expected one header, and that on the first line")
        if kind == "header":
            self._header = line
        elif kind == "exchange":
            try:
                exchange = _exchange().validate_json(text, strict=True)
            except ValidationError as problem:
                first = problem.errors(include_url=False, include_input=False)[0]
                where = ".".join(str(part) for part in first["loc"]) or "the whole"
                raise AgentError(f"{what}: {where}: {first['msg']}") from None
            self._known[exchange.place] = exchange
            self.usage += exchange.usage()
