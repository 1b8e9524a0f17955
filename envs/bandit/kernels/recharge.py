"""Mechanic: satiation and recharge, by the time since an arm's last switch.

Last-switch-dependent bandits (Laforgue, Clerici, Cesa-Bianchi & Gilad-Bachrach, 2021,
arXiv 2110.11819): pulls in a row count downward from -1, steps since it was left upward from 1.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel


@kernel
def recharge(w, i):
    """Count on, as far as the arm's tables tell a difference."""
    k, pulled = w.core[i].level, w.scratch.plan[i, 0].arm
    for b in range(w.levels.head[k].num_arms):
        state = w.state.arms[i, b]
        arm = w.levels.arms[k, state.identity]
        since = state.since
        if b == pulled:
            state.since = max(since - 1 if since < 0 else -1, -max(arm.num_satiation, 1))
        else:
            state.since = min(since + 1 if since > 0 else 1, max(arm.num_recharge, 1))
