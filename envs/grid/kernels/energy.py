"""Mechanic: energy that every step drains; an agent without energy is out."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.kernels.geometry import seats_of


@kernel
def energy(w, i):
    """Drain every living agent; an episode that began without limit stays so after a shift."""
    if w.state.counts[i, 0].energy_total == 0:
        return
    for a in range(seats_of(w, i)):
        if not w.alive[i, a]:
            continue
        agent = w.state.agents[i, a]
        agent.energy = max(agent.energy - w.rules[i].energy_drain, 0)
        if agent.energy == 0:
            w.terminated[i, a] = True
