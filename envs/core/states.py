"""States as words: where a search keeps what it has seen, and finds it again.

Slot 0 of a workspace is where a search plays; a state is the words of its row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import mix

NODES, TRANSITIONS, LAST, LAST_ACTION = range(4)  # places in `Store.count`

_ONE = np.uint64(1)
_STRIDE = np.uint64(0xD1342543DE82EF95)
_SEED = np.uint64(0x736561726368)


class Store(NamedTuple):
    """States seen, the graph between them, and what is asked of a search."""

    words: npt.NDArray[np.uint64]  # (capacity, words) every state's rows, one after the other
    digest: npt.NDArray[np.uint64]  # (capacity,)
    table: npt.NDArray[np.int32]  # (a power of two,) open addressing: node + 1, 0 where free
    place: npt.NDArray[np.int32]  # (capacity,) where the node stands in `table`
    parent: npt.NDArray[np.int32]  # (capacity,)
    action: npt.NDArray[np.int32]  # (capacity,) from the parent
    depth: npt.NDArray[np.int32]  # (capacity,) steps from the root
    gain: npt.NDArray[np.float64]  # (capacity,) reward on the way from the root
    first: npt.NDArray[np.int64]  # (edges + 1,) first transition of an edge = node * joint + action
    base: npt.NDArray[np.float64]  # (edges,) expected reward at time 0
    slope: npt.NDArray[np.float64]  # (edges,) and what each later step adds to it
    target: npt.NDArray[np.int32]  # (transitions,) node
    weight: npt.NDArray[np.float64]  # (transitions,) probability
    rows: npt.NDArray[np.int64]  # (m,) level rows to work through
    value: npt.NDArray[np.float64]  # (m,) return, or mean return
    spread: npt.NDArray[np.float64]  # (m,) sum of squared deviations
    length: npt.NDArray[np.int32]  # (m,)
    status: npt.NDArray[np.int32]  # (m,)
    rewards: npt.NDArray[np.float64]  # (m, A) of an outcome
    ends: npt.NDArray[np.bool_]  # (m, 2, A) terminated and truncated of an outcome
    count: npt.NDArray[np.int64]  # type: ignore[assignment]  # (8,), hides the method of tuple


@kernel
def term(word, at):
    """What the word at position ``at`` adds to a digest; terms are independent of one another."""
    return mix(word ^ ((np.uint64(at) + _ONE) * _STRIDE))


@kernel
def digest_of(w):
    """The digest of the state in slot 0."""
    row, total = w.rows[0][0], _SEED
    for j in range(row.shape[0]):
        total += term(row[j], j)
    return total


@kernel
def digest_after(w, s, node):
    """The digest of the state in slot 0, from that of ``node`` and the words that differ."""
    row, before, total = w.rows[0][0], s.words[node], s.digest[node]
    for j in range(row.shape[0]):
        if row[j] != before[j]:
            total += term(row[j], j) - term(before[j], j)
    return total


@kernel
def equals(w, s, node):
    """Whether slot 0 is in the state of ``node``."""
    row, words = w.rows[0][0], s.words[node]
    for j in range(row.shape[0]):
        if row[j] != words[j]:
            return False
    return True


@kernel
def load(w, s, node):
    """Put slot 0 into the state of ``node``."""
    row, words = w.rows[0][0], s.words[node]
    for j in range(row.shape[0]):
        row[j] = words[j]


@kernel
def save(w, s, node):
    """Keep the state of slot 0 as ``node``."""
    row, words = w.rows[0][0], s.words[node]
    for j in range(row.shape[0]):
        words[j] = row[j]


@kernel
def find(w, s, digest):
    """The node of the state in slot 0, or ``-1 - place`` with its place in the table."""
    last = s.table.shape[0] - 1
    place = np.int64(digest >> _ONE) & last
    while s.table[place] != 0:
        node = s.table[place] - 1
        if s.digest[node] == digest and equals(w, s, node):
            return node
        place = (place + 1) & last
    return -1 - place


@kernel
def visit(w, s, digest, parent, action, depth, gain):
    """The node of the state in slot 0, made where it is new; -1 when the store is full."""
    found = find(w, s, digest)
    if found >= 0:
        return found
    node = s.count[NODES]
    if node >= s.words.shape[0]:
        return -1
    s.count[NODES] = node + 1
    s.table[-1 - found] = node + 1
    s.place[node] = -1 - found
    s.digest[node] = digest
    s.parent[node] = parent
    s.action[node] = action
    s.depth[node] = depth
    s.gain[node] = gain
    save(w, s, node)
    return node


@kernel
def forget(s):
    """Empty the table; nodes stay readable until the next search."""
    for node in range(s.count[NODES]):
        s.table[s.place[node]] = 0
    s.count[NODES] = 0
    s.count[TRANSITIONS] = 0
