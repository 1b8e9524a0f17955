"""Numbers as they are printed, and axes with round ticks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MINUS = "\N{MINUS SIGN}"


def fixed(value: float, decimals: int) -> str:
    """A number with a fixed count of decimals and a true minus sign; never ``-0.00``."""
    text = f"{value:,.{decimals}f}"
    if text.startswith("-"):
        text = MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]
    return text


def percent(value: float, decimals: int = 1) -> str:
    """A share as a percentage."""
    return f"{fixed(100.0 * value, decimals)} %"


def decimals_for(values: Iterable[float]) -> int:
    """Decimals that leave about four significant digits in the largest of ``values``."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest < 10:
        return 3
    return max(0, 3 - math.floor(math.log10(largest)))


def compact(value: float) -> str:
    """A count for an axis: 500,000 is ``500k``."""
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{suffix}".replace("-", MINUS)
    return f"{value:.4g}".replace("-", MINUS)


def duration(seconds: float) -> str:
    """A time in the two largest units that matter."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 level``, ``1,200 levels``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at ``position`` percent of the axis's length."""

    position: float
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis from ``low`` to ``high``."""

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def percent(self, value: float) -> float:
        """Position of ``value`` in percent of the axis's length, kept within 0 and 100."""
        share = (value - self.low) / (self.high - self.low)
        return round(100.0 * min(1.0, max(0.0, share)), 3)


def _round_step(span: float, pieces: int) -> float:
    raw = span / pieces
    size = 10.0 ** math.floor(math.log10(raw))
    return size * next(factor for factor in (1, 2, 2.5, 5, 10) if factor * size >= raw * 0.999)


def axis(
    low: float, high: float, pieces: int = 5, labels: Callable[[float], str] | None = None
) -> Axis:
    """An axis from ``low`` to ``high`` with ticks at the round numbers between them.

    Args:
        low: Smallest value shown.
        high: Largest value shown; equal ends are spread.
        pieces: About how many intervals between ticks.
        labels: Prints a tick's value; by default with as many decimals as the ticks need.
    """
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        spread = abs(low) / 2 or 0.5
        low, high = low - spread, high + spread
    step = _round_step(high - low, pieces)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6:  # steps of 0.25
        decimals += 1
    ticks = []
    for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1):
        value = round(k * step, 12)
        label = labels(value) if labels else fixed(value, decimals)
        ticks.append(Tick(round(100.0 * (value - low) / (high - low), 3), label, value))
    return Axis(low, high, tuple(ticks))


def padded(low: float, high: float, share: float = 0.03) -> tuple[float, float]:
    """Both ends moved outward by a share of the span, so that marks stay clear of the edges."""
    return low - share * (high - low), high + share * (high - low)
