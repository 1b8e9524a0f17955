"""The learner's inner loops on the CPU, compiled like the worlds' kernels.

Packed observations (:mod:`adaptarium.agents.rl.fast.packing`) come as (n, seats * words) uint64;
``shape`` says how one is made up: its binary inputs, its words, and the words that hold bits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from adaptarium.envs.core.compiling import Entry, small, source_digest

WORD = 64
Shape = tuple[int, int, int]

# The place of the only bit of a word: Leiserson, Prokop and Randall, "Using de Bruijn sequences to
# index a 1 in a computer word", 1998.
_SEQUENCE = np.uint64(0x03F79D71B4CB0A89)
_PLACES = np.zeros(WORD, np.int64)
for _place in range(WORD):
    _PLACES[((int(_SEQUENCE) << _place) & (2**WORD - 1)) >> 58] = _place


def pack_codes(values: Any, first: Any, last: Any, at: Any, one_hot: Any, rows: Any) -> None:
    """Codes into bits of the rows' words, which are zero there.

    Args:
        values: (n, elements) codes.
        first: The code that counts as 0.
        last: (elements,) the largest code of each, from 0 on.
        at: (elements,) the first bit of each.
        one_hot: Whether a code is the place of its one bit; else it is written in binary.
        rows: (n, words) uint64.
    """
    for i in range(values.shape[0]):
        # Elements stand in the order of their bits: a word is gathered in a register.
        present, gathered = at[0] >> 6, np.uint64(0)
        for j in range(values.shape[1]):
            code, bit = np.int64(values[i, j]) - first, at[j]
            if one_hot:
                bit += min(max(code, 0), last[j])
                digits = np.uint64(1)
            else:
                digits = np.uint64(code & last[j])
            word, shift = bit >> 6, bit & 63
            if word != present:
                rows[i, present] |= gathered
                present, gathered = word, np.uint64(0)
            gathered |= digits << np.uint64(shift)
            if shift + 16 > WORD and digits >> np.uint64(WORD - shift) != np.uint64(0):
                rows[i, present] |= gathered
                present, gathered = word + 1, digits >> np.uint64(WORD - shift)
        rows[i, present] |= gathered


def count_bits(rows: Any, words: Any, bit_words: Any, ends: Any) -> None:
    """Where the list of each row's inputs that are 1 begins and ends among the lists of all.

    Args:
        rows: (n, seats * words) packed observations.
        words: Words of one observation.
        bit_words: Its words that hold bits.
        ends: (n + 1,) int32, written: row i's list goes from the i-th number to the next one.
    """
    ends[0] = count = 0
    for i in range(rows.shape[0]):
        for seat in range(rows.shape[1] // words):
            for at in range(bit_words):
                word = rows[i, seat * words + at]
                while word != np.uint64(0):
                    word &= word - np.uint64(1)
                    count += 1
        ends[i + 1] = count


def list_bits(rows: Any, bits: Any, words: Any, bit_words: Any, places: Any) -> None:
    """The lists that :func:`count_bits` makes room for.

    Args:
        rows: As there.
        bits: Binary inputs of one observation.
        words: As there.
        bit_words: As there.
        places: (total,) int32, written: the inputs that are 1, row after row.
    """
    count = 0
    for i in range(rows.shape[0]):
        for seat in range(rows.shape[1] // words):
            for at in range(bit_words):
                word, begin = rows[i, seat * words + at], seat * bits + at * WORD
                while word != np.uint64(0):
                    lowest = word & (np.uint64(0) - word)
                    places[count] = begin + _PLACES[(lowest * _SEQUENCE) >> np.uint64(58)]
                    count += 1
                    word ^= lowest


def transpose(places: Any, ends: Any, next_one: Any, rows: Any, row_ends: Any) -> None:
    """For each input the rows in which it is 1, by counting.

    Args:
        places: (total,) int32, as of :func:`list_bits`.
        ends: (n + 1,) int32, as of :func:`count_bits`.
        next_one: (inputs,) int64 scratch.
        rows: (total,) int32, written: the rows, input after input.
        row_ends: (inputs + 1,) int32, written: where the list of each input begins and ends.
    """
    next_one[:] = 0
    for k in range(places.shape[0]):
        next_one[places[k]] += 1
    begin = 0
    for place in range(next_one.shape[0]):
        count, row_ends[place], next_one[place] = next_one[place], begin, begin
        begin += count
    row_ends[next_one.shape[0]] = begin
    for i in range(ends.shape[0] - 1):
        for k in range(ends[i], ends[i + 1]):
            rows[next_one[places[k]]] = i
            next_one[places[k]] += 1


@small
def tanh_of(value: Any) -> Any:
    """The hyperbolic tangent of a float32, within 3e-7.

    The rational function of degrees 13 and 6 that Eigen uses (``generic_fast_tanh_float``), which
    compilers vectorise: ten times as fast as a call an element.
    """
    x = min(max(value, np.float32(-7.9)), np.float32(7.9))
    y = x * x
    p = np.float32(-2.76076847742355e-16) * y + np.float32(2.00018790482477e-13)
    p = p * y + np.float32(-8.60467152213735e-11)
    p = p * y + np.float32(5.12229709037114e-08)
    p = p * y + np.float32(1.48572235717979e-05)
    p = p * y + np.float32(6.37261928875436e-04)
    p = p * y + np.float32(4.89352455891786e-03)
    q = np.float32(1.19825839466702e-06) * y + np.float32(1.18534705686654e-04)
    q = q * y + np.float32(2.26843463243900e-03)
    q = q * y + np.float32(4.89352518554385e-03)
    # A comparison with itself keeps NaN, which the bounds have cut off.
    return x * p / q if value == value else value


def tanh(values: Any) -> None:
    """Replace the numbers of a flat float32 array by their hyperbolic tangents."""
    for i in range(values.shape[0]):
        values[i] = tanh_of(values[i])


def advantages(
    rewards: Any,
    values: Any,
    last: Any,
    carries: Any,
    gamma: Any,
    lam: Any,
    found: Any,
    running: Any,
) -> None:
    """As :func:`adaptarium.agents.rl.fast.advantages.advantages`; ``running`` (rows,) is zero."""
    steps, rows = rewards.shape
    for t in range(steps - 1, -1, -1):
        for i in range(rows):
            following = last[i] if t == steps - 1 else values[t + 1, i]
            delta = rewards[t, i] + gamma * carries[t, i] * following - values[t, i]
            running[i] = delta + gamma * lam * carries[t, i] * running[i]
            found[t, i] = running[i]


@functools.cache
def _entry(function: Callable[..., None]) -> Entry:
    return Entry(function, "the learner's kernels", source_digest([function.__module__]))


_CALLS: dict[Any, Callable[..., None]] = {}


def call(function: Callable[..., None], *args: Any) -> None:
    """Run a kernel, a function on arrays and numbers, compiled for the types of ``args``.

    Raises:
        ValueError: an array does not lie in memory row by row without gaps.
    """
    kinds = function, *map(_kind, args)
    if kinds not in _CALLS:
        _CALLS[kinds] = _entry(function).bind(*args)
    _CALLS[kinds](*args)


def _kind(arg: Any) -> Any:
    """What machine code is compiled for; it checks nothing itself."""
    if not isinstance(arg, np.ndarray):
        return type(arg)
    if not arg.flags.c_contiguous:
        raise ValueError(f"an array of shape {arg.shape}: expected one without gaps")
    return arg.dtype.char, arg.ndim
