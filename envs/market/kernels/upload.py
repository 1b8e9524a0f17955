"""Mechanic: every item grows older by a step, and a new one is uploaded."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel


@kernel
def upload(w, i):
    """Move what is remembered of candidates on to the next age."""
    last = w.rules[i].candidates - 1
    w.state.retired[i, w.state.candidates[i, last].shown] += 1
    for c in range(last, 0, -1):
        candidate, newer = w.state.candidates[i, c], w.state.candidates[i, c - 1]
        candidate.shown = newer.shown
        candidate.clicked = newer.clicked
    newest = w.state.candidates[i, 0]
    newest.shown = 0
    newest.clicked = 0
    now = w.state.now[i, 0]
    now.time += 1
    now.newest = now.newest + 1 if now.newest + 1 < now.num_items else 0
