"""Restless instances: every arm is a chain of a good and a bad state."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from adaptarium.envs.bandit import codes
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.generators.bandit.drawing import STEPS, begin, drawn, finish
from adaptarium.generators.bandit.knobs import BanditKnobs
from adaptarium.generators.bandit.purposes import G_GOOD, G_LOW, G_MEAN, G_RATE
from adaptarium.generators.core.spec import Generator


class RestlessKnobs(BanditKnobs):
    """Knobs of ``restless``.

    A good state pays between 0.5 and 0.95 of the time, a bad one between 0.05 and 0.5. Difficulty
    prefers chains that move fast.
    """

    arms: int = Field(5, ge=2, le=codes.MAX_ARMS, description="Number of arms.")
    persistence: float = Field(
        0.9,
        ge=0,
        le=0.999,
        description="Least probability a step that an arm stays in its state.",
    )


@kernel
def restless(w, i, k):
    """Draw the means, the chains and where they start."""
    begin(w, i, k)
    most = 1.0 - w.knobs[i].persistence
    for a in range(w.knobs[i].arms):
        arm = w.levels.arms[k, a]
        arm.mean = drawn(w, i, G_MEAN, a, 0.5, 0.95)
        arm.low = drawn(w, i, G_LOW, a, 0.05, 0.5)
        arm.up = drawn(w, i, G_RATE, 2 * a, 0.2 * most, most)
        arm.down = drawn(w, i, G_RATE, 2 * a + 1, 0.2 * most, most)
        arm.good = level_below(w, i, G_GOOD, a, 2)
    finish(w, k)
    return True


@kernel
def unrest(w, i, k):
    """How fast the chains move."""
    total = 0.0
    for a in range(w.levels.head[k].num_arms):
        arm = w.levels.arms[k, a]
        total += arm.up + arm.down
    return np.int64(total * STEPS)


RESTLESS = Generator(
    name="restless",
    knobs=RestlessKnobs,
    needs=RestlessKnobs.needs,
    kernel=restless,
    measure=unrest,
)
