"""Mechanic: results that were told are counted for an agent without memory."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel


@kernel
def tally(w, i):
    """Add what this step told to the tallies."""
    for j in range(w.state.now[i, 0].told):
        result = w.state.told[i, j]
        w.state.tallies[i, result.arm - 1, 0] += 1.0
        w.state.tallies[i, result.arm - 1, 1] += result.payoff
