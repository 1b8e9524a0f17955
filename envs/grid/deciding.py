"""What built-in players would do at every seat: an entry point of its own, beside the driver's."""

from __future__ import annotations

from adaptarium.envs.grid.kernels.geometry import seats_of
from adaptarium.envs.grid.kernels.partners import decide


def decide_all(w, i, kind):  # type: ignore[no-untyped-def]
    """Write the action of a built-in player of that kind for every living agent of slot ``i``."""
    for a in range(seats_of(w, i)):
        if w.alive[i, a]:
            w.actions[i, a] = decide(w, i, a, kind)
