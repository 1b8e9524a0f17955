"""Chain of summarisation: what went on over many frames, said before the present one.

After Ma et al., "Large language models play StarCraft II: benchmarks and a chain of summarization
approach" (NeurIPS 2024). A frame is what a seat is told in one step, itself a summary of the state
by rules. Frames are cut into chunks; every so many steps the last frames of each chunk since then
are put together by a summariser: by rules (:func:`changes`), or any function of yours, a language
model among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from adaptarium.envs.core.errors import AgentError

Summariser = Callable[[Sequence[str]], str]

_LINE = re.compile(r"- (?P<name>[^:]+): (?P<value>-?\d+(?:\.\d+)?)\b")


def changes(frames: Sequence[str]) -> str:
    """What became of every number between the first and the last frame, by headings.

    Args:
        frames: Descriptions, oldest first, with lines ``- name: number`` below headings.
    """
    first, last = _numbers(frames[0]), _numbers(frames[-1])
    told: list[str] = []
    for heading in dict.fromkeys(key[0] for key in (*first, *last)):
        names = dict.fromkeys(name for head, name in (*first, *last) if head == heading)
        moved = [
            f"{name} {before} -> {after}"
            for name in names
            if (before := first.get((heading, name), "0"))
            != (after := last.get((heading, name), "0"))
        ]
        told += [f"- {heading}: {', '.join(moved)}"] if moved else []
    return "\n".join(told) or "- nothing that is counted has changed"


def _numbers(frame: str) -> dict[tuple[str, str], str]:
    """The first number of each line of a frame, by heading and name."""
    return {(heading, found["name"]): found["value"] for heading, found in _lines(frame)}


def _lines(frame: str) -> Iterator[tuple[str, re.Match[str]]]:
    heading = ""
    for line in frame.splitlines():
        if found := _LINE.match(line):
            yield heading, found
        elif not line.startswith("- "):
            heading = line


@dataclass(frozen=True)
class Summaries:
    """How frames are summarised.

    Attributes:
        chunk: Frames of a chunk.
        last: Frames of each chunk, its last ones, that the summariser is given.
        every: Steps from one summary to the next.
        summarise: Puts frames together, oldest first.

    Raises:
        AgentError: a number is out of range.
    """

    chunk: int = 5
    last: int = 5
    every: int = 10
    summarise: Summariser = changes

    def __post_init__(self) -> None:
        for name, most in (("chunk", self.every), ("last", self.chunk), ("every", None)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise AgentError(f"{name} = {value!r}: expected an integer; the least is 1")
            if most is not None and value > most:
                raise AgentError(f"{name} = {value}: expected at most {most}")

    def data(self) -> dict[str, int | str]:
        """What a transcript notes down of it."""
        name = getattr(self.summarise, "__qualname__", type(self.summarise).__qualname__)
        return {"chunk": self.chunk, "last": self.last, "every": self.every, "summarise": name}


class Chain:
    """The frames of one seat in an episode, and their latest summary.

    Args:
        settings: How they are summarised.
    """

    def __init__(self, settings: Summaries) -> None:
        self._settings = settings
        self._frames: list[str] = []
        self._summary = ""

    def take(self, frame: str) -> str:
        """Note down a frame; returns the latest summary, ready to stand before it.

        The summary is of earlier frames; before the first one is due it is empty.
        """
        if len(self._frames) == self._settings.every:
            told = self._settings.summarise(self._chosen())
            self._summary = f"Over the last {len(self._frames)} steps:\n{told}\n\n"
            self._frames.clear()
        self._frames.append(frame)
        return self._summary

    def _chosen(self) -> list[str]:
        """The last frames of each chunk."""
        size, last = self._settings.chunk, self._settings.last
        chunks = [self._frames[at : at + size] for at in range(0, len(self._frames), size)]
        return [frame for chunk in chunks for frame in chunk[-last:]]
