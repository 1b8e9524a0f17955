"""Observations as flat vectors, for learners with a plain multilayer perceptron.

The codes of a grid view (tile, colour, state) are names, not amounts: ``one_hot`` gives every code
its own input, which is what learns best from each step; ``bits`` gives every bit of a code an
input, a fifth as many; ``raw`` only flattens and is there for fair comparisons of speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.errors import FactorError, unknown_name
from adaptarium.wrappers.unified.spaces import UnifiedDict

ENCODINGS = ("one_hot", "bits", "raw")
WIDEST = 1_000.0  # bounds further apart say nothing about the amounts between them
MAX_CODE = 40  # a byte box up to here holds codes, beyond it amounts
# Tiles, colours and states of the cells of an image: 16 tile codes are used, six colours, states
# below eight.
CELL_CODES = (16, 8, 8)

Arrays = Mapping[str, npt.NDArray[Any]]


class Codes:
    """One-hot places of integer codes, ``widths`` of them for each element of the last axis.

    Attributes:
        first: The code that has the first place.
        last: The last place of each element.
        offsets: Where the places of each element begin.
        size: Number of places.
    """

    def __init__(self, shape: tuple[int, ...], widths: tuple[int, ...], first: int = 0) -> None:
        per_element = np.broadcast_to(np.array(widths, np.int64), shape).reshape(-1)
        self.first = first
        self.last = per_element - 1
        self.offsets = np.concatenate([[0], np.cumsum(per_element)[:-1]])
        self.size = int(per_element.sum())

    def write(self, values: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        """``values`` (n, ...) into ``out`` (n, size), which is zero."""
        flat = values.reshape(len(values), -1).astype(np.int64) - self.first
        places = np.minimum(flat, self.last) + self.offsets
        np.put_along_axis(out, places, 1, axis=1)


class Bits:
    """The binary digits of integer codes, as many as ``widths`` codes of each element need.

    Attributes:
        first: 0.
        last: The largest code of each element.
        offsets: Where the digits of each element begin, the lowest first.
        size: Number of digits.
    """

    def __init__(self, shape: tuple[int, ...], widths: tuple[int, ...]) -> None:
        each = np.ceil(np.log2(np.broadcast_to(widths, shape[-1:]))).astype(np.int64)
        self.columns = np.repeat(np.arange(len(each)), each)
        self.shifts = np.concatenate([np.arange(n) for n in each]).astype(np.uint8)
        every = np.tile(each, int(np.prod(shape[:-1])))
        self.first = 0
        self.last = (1 << every) - 1
        self.offsets = np.concatenate([[0], np.cumsum(every)[:-1]])
        self.size = int(every.sum())

    def write(self, values: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        """``values`` (n, ...) into ``out`` (n, size)."""
        codes = values.reshape(len(values), -1, values.shape[-1])
        digits = (codes[:, :, self.columns] >> self.shifts) & 1
        out[:] = digits.reshape(len(values), -1)


class Amounts:
    """Numbers, scaled to [0, 1] where their bounds are some way apart, up to ``WIDEST``.

    Bounds wider than that only say what cannot be ruled out, and scaled by them a payoff of 1 would
    be lost: such numbers are squashed by ``sign(x) ln(1 + |x|)`` instead (Hafner et al., Mastering
    Diverse Domains through World Models, 2023).
    """

    def __init__(self, space: spaces.Box) -> None:
        low, high = space.low.reshape(-1), space.high.reshape(-1)
        finite = np.isfinite(low) & np.isfinite(high)
        span = np.where(finite, high, 1.0) - np.where(finite, low, 0.0)
        scaled = (span > 1) & (span <= WIDEST)
        self.low = np.where(scaled, low, 0).astype(np.float32)
        self.scale = np.where(scaled, 1 / np.where(scaled, span, 1), 1).astype(np.float32)
        self.squashed = span > WIDEST
        self.size = len(low)

    def write(self, values: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        """``values`` (n, ...) into ``out`` (n, size)."""
        out[:] = (values.reshape(len(values), -1) - self.low) * self.scale
        if self.squashed.any():
            amounts = out[:, self.squashed]
            out[:, self.squashed] = np.sign(amounts) * np.log1p(np.abs(amounts))


class Raw:
    """Numbers as they are."""

    def __init__(self, size: int) -> None:
        self.size = size

    def write(self, values: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        """``values`` (n, ...) into ``out`` (n, size)."""
        out[:] = values.reshape(len(values), -1)


_Part = Codes | Bits | Amounts | Raw


def _part(space: spaces.Space[Any], kind: str) -> _Part:
    if isinstance(space, spaces.Box):
        if kind == "raw":
            return Raw(int(np.prod(space.shape)))
        if space.dtype == np.uint8 and space.high.max() <= MAX_CODE:
            # (columns, rows, 3) holds cells; a board of three columns has no third axis.
            cell = len(space.shape) == 3 and space.shape[-1:] == (len(CELL_CODES),)
            widths: tuple[int, ...] = CELL_CODES if cell else (int(space.high.max()) + 1,)
            return (Bits if kind == "bits" else Codes)(space.shape, widths)
        return Amounts(space)
    if isinstance(space, spaces.Discrete):
        return Raw(1) if kind == "raw" else Codes((1,), (int(space.n),), int(space.start))
    if isinstance(space, spaces.MultiDiscrete):
        widths = tuple(int(n) for n in space.nvec.reshape(-1))
        return Raw(len(widths)) if kind == "raw" else Codes((len(widths),), widths)
    raise FactorError(f"observation space {space}: expected Box, Discrete or MultiDiscrete parts")


class Encoding:
    """From a batch of observations to one matrix.

    Args:
        space: One agent's observation space: a Dict of plain spaces, or a plain space.
        kind: ``"one_hot"``, ``"bits"`` or ``"raw"``.

    Attributes:
        size: Length of a vector.
        space: The space of a vector: uint8 where all parts are codes, else float32.
        owners: In unified spaces the number of its family, by the name of the part.

    Raises:
        UnknownNameError: there is no such encoding.
        FactorError: a part of the space is not plain.
    """

    def __init__(self, space: spaces.Space[Any], kind: str = "one_hot") -> None:
        if kind not in ENCODINGS:
            raise unknown_name("encoding", kind, ENCODINGS)
        named = space.spaces if isinstance(space, spaces.Dict) else {"": space}
        self.parts = {name: _part(part, kind) for name, part in named.items()}
        self.owners = space.owners if isinstance(space, UnifiedDict) else {}
        self.size = sum(part.size for part in self.parts.values())
        codes_only = all(isinstance(part, Codes | Bits) for part in self.parts.values())
        self.dtype: Any = np.uint8 if codes_only else np.float32
        self.space: spaces.Box
        if codes_only:
            self.space = spaces.Box(0, 1, (self.size,), np.uint8)
        else:
            self.space = spaces.Box(-np.inf, np.inf, (self.size,), np.float32)

    def __call__(self, observation: Arrays | npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The vectors of observations with a leading batch axis: (n, size), freshly allocated."""
        named = observation if isinstance(observation, Mapping) else {"": observation}
        n = len(next(iter(named.values())))
        out = np.zeros((n, self.size), self.dtype)
        at = 0
        for name, part in self.parts.items():
            part.write(np.asarray(named[name]), out[:, at : at + part.size])
            at += part.size
        return out
