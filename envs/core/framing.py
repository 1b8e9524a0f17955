"""Several states as one: each preceded by its length, 8 bytes, little-endian."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from adaptarium.envs.core.errors import SnapshotError

_LENGTH = struct.Struct("<Q")


def framed(parts: Iterable[bytes]) -> bytes:
    """The parts, one after the other."""
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def unframed(state: bytes, count: int, what: str) -> list[bytes]:
    """The parts that ``state`` was framed from.

    Args:
        state: The bytes.
        count: How many parts are expected.
        what: Whose state it is, for the errors: ``"a mixed batch"``.

    Raises:
        SnapshotError: the bytes are cut short, or hold another number of parts.
    """
    parts = list(_parts(state, what))
    if len(parts) != count:
        raise SnapshotError(f"the state of {what} has {len(parts)} parts: expected {count}")
    return parts


def _parts(state: bytes, what: str) -> Iterator[bytes]:
    at = 0
    while at < len(state):
        begin = at + _LENGTH.size
        length = _LENGTH.unpack(state[at:begin])[0] if begin <= len(state) else -1
        at = begin + length
        if length < 0 or at > len(state):
            raise SnapshotError(f"the state of {what} is cut short")
        yield state[begin:at]
