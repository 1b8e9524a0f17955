"""The step of the grid family: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.core.mechanics import compose
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.kernels.arrive import arrive
from adaptarium.envs.grid.kernels.beam import beam, sanctions
from adaptarium.envs.grid.kernels.drift import ice, wind
from adaptarium.envs.grid.kernels.energy import energy
from adaptarium.envs.grid.kernels.forage import forage
from adaptarium.envs.grid.kernels.grow import grow
from adaptarium.envs.grid.kernels.haul import haul
from adaptarium.envs.grid.kernels.hunt import capture, evade
from adaptarium.envs.grid.kernels.intent import intent
from adaptarium.envs.grid.kernels.interact import interact
from adaptarium.envs.grid.kernels.movement import movement
from adaptarium.envs.grid.kernels.obstacles import obstacles
from adaptarium.envs.grid.kernels.partners import partners, retire
from adaptarium.envs.grid.kernels.produce import produce
from adaptarium.envs.grid.kernels.shaping import potential_before, shaping
from adaptarium.envs.grid.kernels.slip import slip
from adaptarium.envs.grid.kernels.society import society
from adaptarium.envs.grid.kernels.store import store
from adaptarium.envs.grid.kernels.task import remember, task
from adaptarium.envs.grid.kernels.tread import tampering
from adaptarium.envs.grid.kernels.truth import truth
from adaptarium.envs.grid.kernels.wander import wander

# Adding a mechanic is one file and one line here. A mechanic with a bit runs only in the worlds
# whose rules use it; 0 runs always.
MECHANICS = (
    (codes.USES_SHAPING, potential_before),
    (codes.USES_PARTNERS, partners),
    (0, intent),
    (codes.USES_BEAMS, sanctions),
    (0, remember),
    (codes.USES_WANDERERS, wander),
    (codes.USES_SLIP, slip),
    (0, movement),
    (codes.USES_ICE, ice),
    (codes.USES_WIND, wind),
    (codes.USES_HAUL, haul),
    (0, interact),
    (0, produce),
    (codes.USES_LOAD, forage),
    (codes.USES_BEAMS, beam),
    (codes.USES_CAPTURE, capture),
    (codes.USES_EVADERS, evade),
    (codes.USES_MOVERS, obstacles),
    (0, arrive),
    (codes.USES_REGROWTH, grow),
    (0, store),
    (0, task),
    (codes.USES_ENERGY, energy),
    (codes.USES_PARTNERS, retire),
    (codes.USES_SHAPING, shaping),
    (codes.USES_TAMPERING, tampering),
    (codes.USES_TRUTH, truth),
    (codes.USES_SOCIETY, society),
)

step = compose(MECHANICS)
