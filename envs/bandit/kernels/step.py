"""The step of the bandit family: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.bandit import codes
from adaptarium.envs.bandit.kernels.context import context, drift
from adaptarium.envs.bandit.kernels.costs import costs
from adaptarium.envs.bandit.kernels.declare import declare
from adaptarium.envs.bandit.kernels.deliver import deliver
from adaptarium.envs.bandit.kernels.dynamics import dynamics
from adaptarium.envs.bandit.kernels.intent import intent
from adaptarium.envs.bandit.kernels.means import follow
from adaptarium.envs.bandit.kernels.payoff import payoff
from adaptarium.envs.bandit.kernels.queue import queue
from adaptarium.envs.bandit.kernels.recharge import recharge
from adaptarium.envs.bandit.kernels.restless import restless
from adaptarium.envs.bandit.kernels.tally import tally
from adaptarium.envs.bandit.kernels.watch import watch
from adaptarium.envs.core.mechanics import compose

# Adding a mechanic is one file and one line here. A mechanic with a bit runs only in the worlds
# whose rules use it; 0 runs always.
MECHANICS = (
    (0, intent),
    (0, payoff),
    (codes.USES_WATCH, watch),
    (codes.USES_COSTS, costs),
    (codes.USES_DECLARE, declare),
    (0, deliver),
    (0, queue),  # a shift may leave results in it
    (codes.USES_MEMORY, tally),
    (codes.USES_RECHARGE, recharge),
    (codes.USES_RESTLESS, restless),
    (codes.USES_DRIFT, drift),
    (0, context),
    (0, dynamics),
    (0, follow),
)

step = compose(MECHANICS)
