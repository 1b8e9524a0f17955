"""Numbers in words and back, for the text face of navigation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def digits(values: Any) -> list[str]:
    """Numbers with enough digits for the same float32."""
    flat = np.asarray(values, np.float32).reshape(-1)
    return [np.format_float_positional(value, unique=True, trim="-") for value in flat]


def floats(words: Any) -> npt.NDArray[np.float32]:
    """The float32 numbers that words stand for."""
    return np.array(list(words), np.float32)


def after(lines: Sequence[str], start: str) -> str:
    """What a line says behind its first words; nothing where there is no such line."""
    for line in lines:
        if line.startswith(start):
            return line.removeprefix(start).removesuffix(".")
    return ""
