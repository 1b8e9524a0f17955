"""Observations as rows of words: a bit for each binary input, half a word for each amount.

What a grid world shows takes 64 bytes so, where its inputs as bytes would take 494 and as floats
1,976: rollouts stay small, minibatches are drawn quickly, and the first layer
(:mod:`adaptarium.agents.rl.fast.sparse`) goes over the bits that are set, some 30 of 494.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from adaptarium.agents.rl.encoding import Amounts, Bits, Codes, Encoding, Raw
from adaptarium.agents.rl.fast.kernels import WORD, call, pack_codes
from adaptarium.wrappers.unified.spaces import FAMILY

Parts = Mapping[str, npt.NDArray[Any]]


class Packing:
    """How observations become rows of words.

    Args:
        encoding: The inputs that observations become. In unified spaces a row holds those of its
            own family alone: all others stay zero, and cost nothing.

    Attributes:
        bits: Binary inputs; they come first.
        amounts: Inputs that are amounts.
        bit_words: Words of a row that hold bits.
        words: Words of a row.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._owners = encoding.owners
        self._codes: dict[str, _Places] = {}
        self._amounts: dict[str, tuple[Amounts | Raw, slice]] = {}
        self.bits = self.amounts = 0
        for name, part in encoding.parts.items():
            if isinstance(part, Codes | Bits):
                self._codes[name] = _Places(part, self.bits)
                self.bits += part.size
            else:
                self._amounts[name] = part, slice(self.amounts, self.amounts + part.size)
                self.amounts += part.size
        self.bit_words = -(-self.bits // WORD)
        self.words = self.bit_words + -(-self.amounts // 2)

    @property
    def inputs(self) -> int:
        """Binary inputs and amounts."""
        return self.bits + self.amounts

    def __call__(self, observation: Parts | npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """The (n, words) rows of observations with a leading batch axis, freshly allocated."""
        named = observation if isinstance(observation, Mapping) else {"": observation}
        n = len(next(iter(named.values())))
        rows = np.zeros((n, self.words), np.uint64)
        if not self._owners:
            self._write(named, rows, [*self._codes, *self._amounts])
            return rows.view(np.int64)
        family = np.asarray(named[FAMILY]).reshape(-1)
        self._write(named, rows, [FAMILY])
        for number in np.unique(family).tolist():
            mine = np.flatnonzero(family == number)
            names = [name for name, owner in self._owners.items() if owner == number]
            own = rows[mine]
            self._write({name: np.asarray(named[name])[mine] for name in names}, own, names)
            rows[mine] = own
        return rows.view(np.int64)

    def _write(self, named: Parts, rows: npt.NDArray[np.uint64], names: Iterable[str]) -> None:
        """Write some parts of the observations ``rows`` stand for."""
        floats = rows[:, self.bit_words :].view(np.float32)
        for name in names:
            if name in self._codes:
                self._codes[name].write(named[name], rows)
            else:
                part, columns = self._amounts[name]
                part.write(np.asarray(named[name]), floats[:, columns])

    def unpack(self, rows: Tensor) -> Tensor:
        """The inputs that ``rows`` (..., words) hold, as (..., inputs) float32."""
        return torch.cat([self.bits_of(rows), self.amounts_of(rows)], dim=-1)

    def bits_of(self, rows: Tensor) -> Tensor:
        """The binary inputs that ``rows`` (..., words) hold, as (..., bits) float32."""
        places = torch.arange(WORD, device=rows.device)
        digits = (rows[..., : self.bit_words, None] >> places) & 1
        return digits.flatten(-2)[..., : self.bits].float()

    def amounts_of(self, rows: Tensor) -> Tensor:
        """The amounts that ``rows`` (..., words) hold, as (..., amounts) float32."""
        halves = rows[..., self.bit_words :].contiguous().view(torch.float32)
        return halves[..., : self.amounts]


class _Places:
    """Where the codes of one part stand in a row, the first of them at bit ``begin``."""

    def __init__(self, part: Codes | Bits, begin: int) -> None:
        last = np.ascontiguousarray(part.last, np.int64)
        at = np.ascontiguousarray(part.offsets + begin, np.int64)
        self._places = part.first, last, at, isinstance(part, Codes)

    def write(self, values: npt.NDArray[Any], rows: npt.NDArray[np.uint64]) -> None:
        flat = np.asarray(values).reshape(len(values), -1)
        flat = np.ascontiguousarray(flat, np.uint8 if flat.dtype == np.uint8 else np.int64)
        call(pack_codes, flat, *self._places, rows)
