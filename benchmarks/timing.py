"""Timing shared by the benchmark scripts: rates as the best of several interleaved rounds.

The best round is the one least disturbed by other work on the machine; interleaving the candidates
lets a slow spell fall on all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


def best_rates(candidates: Mapping[str, Callable[[], int]], rounds: int = 7) -> dict[str, float]:
    """Units a second of each candidate.

    Args:
        candidates: Name -> function that does some work and returns how many units it did.
        rounds: How often each is run; the first round also warms up and does not count.
    """
    best = dict.fromkeys(candidates, 0.0)
    for number in range(rounds + 1):
        for name, work in candidates.items():
            start = time.perf_counter()
            units = work()
            rate = units / (time.perf_counter() - start)
            if number > 0:
                best[name] = max(best[name], rate)
    return best


def line(name: str, rate: float, unit: str, note: str = "") -> str:
    """One row of a benchmark's table."""
    return f"{name:<46} {rate:>14,.0f} {unit:<10} {note}".rstrip()
