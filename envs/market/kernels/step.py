"""The step of the market family: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.core.mechanics import compose
from adaptarium.envs.market import codes
from adaptarium.envs.market.kernels.ask import ask
from adaptarium.envs.market.kernels.intent import intent
from adaptarium.envs.market.kernels.items import appraise
from adaptarium.envs.market.kernels.measure import measure
from adaptarium.envs.market.kernels.respond import leave, respond, satiate
from adaptarium.envs.market.kernels.taste import drift, influence, turn
from adaptarium.envs.market.kernels.upload import upload

# Adding a mechanic is one file and one line here. A mechanic with a bit runs only in the worlds
# whose rules use it; 0 runs always.
MECHANICS = (
    (0, turn),
    (0, intent),
    (codes.USES_ASK, ask),
    (0, respond),
    (codes.USES_INFLUENCE, influence),
    (0, satiate),
    (codes.USES_DRIFT, drift),
    (0, leave),
    (0, measure),
    (0, upload),
    (0, appraise),
)

step = compose(MECHANICS)
