"""The step of the navigation family: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.core.mechanics import compose
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.kernels.allocate import allocate
from adaptarium.envs.navigation.kernels.ask import ask
from adaptarium.envs.navigation.kernels.contact import contact
from adaptarium.envs.navigation.kernels.control import control
from adaptarium.envs.navigation.kernels.costs import costs
from adaptarium.envs.navigation.kernels.drive import drive
from adaptarium.envs.navigation.kernels.mistake import mistake
from adaptarium.envs.navigation.kernels.reach import reach
from adaptarium.envs.navigation.kernels.tasks import occupied, renew
from adaptarium.envs.navigation.kernels.together import spread, tag
from adaptarium.envs.navigation.kernels.travel import travel

# Adding a mechanic is one file and one line here. A mechanic with a bit runs only in the worlds
# whose rules use it; 0 runs always. Contacts are felt where a step begins, as in the particle
# environments; the speed that forces give carries a body in the next step.
MECHANICS = (
    (0, control),
    (codes.USES_ALLOCATE, occupied),
    (codes.USES_CONTACT, contact),
    (0, travel),
    (0, drive),
    (codes.USES_REACH, reach),
    (codes.USES_REACH, mistake),
    (codes.USES_SPREAD, spread),
    (codes.USES_TAG, tag),
    (codes.USES_ALLOCATE, allocate),
    (codes.USES_ALLOCATE, renew),
    (codes.USES_ORACLE, ask),
    (codes.USES_COSTS, costs),
)

step = compose(MECHANICS)
