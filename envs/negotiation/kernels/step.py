"""The step of the negotiation family: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.core.mechanics import compose
from adaptarium.envs.negotiation.kernels.intent import intent, take_turn
from adaptarium.envs.negotiation.kernels.players import let_built_in_act

# Adding a mechanic is one file and one line here; 0 runs always.
MECHANICS = (
    (0, intent),
    (0, take_turn),
    (0, let_built_in_act),
)

step = compose(MECHANICS)
