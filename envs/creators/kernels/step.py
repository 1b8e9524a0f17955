"""The step of creator markets, a round: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.core.mechanics import compose
from adaptarium.envs.creators.kernels.change import drift, fade, turn
from adaptarium.envs.creators.kernels.leave import leave
from adaptarium.envs.creators.kernels.measure import measure
from adaptarium.envs.creators.kernels.rank import rank
from adaptarium.envs.creators.kernels.respond import respond
from adaptarium.envs.creators.kernels.score import score
from adaptarium.envs.creators.kernels.seats import intent
from adaptarium.envs.creators.kernels.stock import take_stock, wake
from adaptarium.envs.creators.kernels.train import train
from adaptarium.envs.creators.kernels.upload import upload

# Adding a mechanic is one file and one line here; 0 runs always.
MECHANICS = (
    (0, turn),
    (0, intent),
    (0, upload),
    (0, train),
    (0, take_stock),
    (0, wake),
    (0, score),
    (0, rank),
    (0, respond),
    (0, fade),
    (0, drift),
    (0, leave),
    (0, measure),
)

step = compose(MECHANICS)
