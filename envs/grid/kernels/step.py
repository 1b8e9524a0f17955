"""The step of the grid family: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.core.mechanics import compose
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.kernels.arrive import arrive
from adaptarium.envs.grid.kernels.drift import ice, wind
from adaptarium.envs.grid.kernels.energy import energy
from adaptarium.envs.grid.kernels.forage import forage
from adaptarium.envs.grid.kernels.intent import intent
from adaptarium.envs.grid.kernels.interact import interact
from adaptarium.envs.grid.kernels.movement import movement
from adaptarium.envs.grid.kernels.obstacles import obstacles
from adaptarium.envs.grid.kernels.produce import produce
from adaptarium.envs.grid.kernels.shaping import potential_before, shaping
from adaptarium.envs.grid.kernels.slip import slip
from adaptarium.envs.grid.kernels.task import remember, task
from adaptarium.envs.grid.kernels.wander import wander

# Adding a mechanic is one file and one line here. A mechanic with a bit runs only in the worlds
# whose rules use it; 0 runs always.
MECHANICS = (
    (codes.USES_SHAPING, potential_before),
    (0, intent),
    (0, remember),
    (codes.USES_WANDERERS, wander),
    (codes.USES_SLIP, slip),
    (0, movement),
    (codes.USES_ICE, ice),
    (codes.USES_WIND, wind),
    (0, interact),
    (0, produce),
    (codes.USES_LOAD, forage),
    (codes.USES_MOVERS, obstacles),
    (0, arrive),
    (0, task),
    (codes.USES_ENERGY, energy),
    (codes.USES_SHAPING, shaping),
)

step = compose(MECHANICS)
