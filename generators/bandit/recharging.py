"""Last-switch-dependent instances: arms that tire, recharge, or pay at one moment alone."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from adaptarium.envs.bandit import codes
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.generators.bandit.drawing import begin, drawn, exact, finish
from adaptarium.generators.bandit.knobs import BanditKnobs
from adaptarium.generators.bandit.purposes import G_LOW, G_MEAN, G_PEAK, G_SHAPE
from adaptarium.generators.core.spec import Generator

SPIKE, RAMP, CONSTANT = range(3)
PUBLISHED_SPAN = 9


class RechargingKnobs(BanditKnobs):
    """Knobs of ``recharging``.

    A third of the arms pays at one moment after being left and little otherwise, a third recharges
    bit by bit, a third always pays the same. Difficulty prefers long waits.
    """

    arms: int = Field(4, ge=2, le=codes.MAX_ARMS, description="Number of arms.")
    span: int = Field(
        5, ge=2, le=codes.MAX_SPAN, description="Steps after which no arm recharges further."
    )
    instance: Literal["random", "published"] = Field(
        "random",
        description="A new instance each time, or the five arms on which ISI-CombUCB1 was tried "
        "(arXiv 2110.11819; position 3 of the spike), which has sizes of its own.",
    )
    horizon: int = Field(
        200, ge=1, le=codes.MAX_STEPS, description="Time limit of an inner episode in steps."
    )

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest instance."""
        published = self.instance == "published"
        arms, span = (5, PUBLISHED_SPAN) if published else (self.arms, self.span)
        return {"arms": arms, "features": 0, "contexts": 0, "span": span, "hidden": 0}


@kernel
def put(w, k, a, since, value):
    """What arm ``a`` pays so many steps after it was left."""
    w.levels.recharge[k, a, since - 1] = value
    arm = w.levels.arms[k, a]
    arm.num_recharge = max(arm.num_recharge, since)


@kernel
def tire(w, k, a):
    """While it is pulled an arm pays what it pays one step after it was left."""
    w.levels.satiation[k, a, 0] = w.levels.recharge[k, a, 0]
    w.levels.arms[k, a].num_satiation = 1


@kernel
def published(w, i, k):
    """The instance of the authors: one spike at 3, one step up at 9, and three plain arms."""
    w.levels.head[k].num_arms = 5
    for a in range(5):
        w.levels.arms[k, a].spread = 1.0
        w.levels.arms[k, a].good = 1
        w.levels.arms[k, a].mean = 0.15
    for since in range(1, 5):
        put(w, k, 1, since, 0.95 if since == 3 else 0.0)
    for since in range(1, PUBLISHED_SPAN + 1):
        put(w, k, 2, since, 0.96 if since == 9 else 0.16 if since == 6 else 0.14)
    for a in range(1, 3):
        w.levels.arms[k, a].mean = w.levels.recharge[k, a, 0]
        tire(w, k, a)


@kernel
def shape(w, i, k, a, span):
    """Draw one arm of a random instance."""
    arm = w.levels.arms[k, a]
    low, high = drawn(w, i, G_LOW, a, 0.0, 0.3), drawn(w, i, G_MEAN, a, 0.5, 0.95)
    peak = 2 + level_below(w, i, G_PEAK, a, span - 1)
    kind = level_below(w, i, G_SHAPE, a, 3)
    arm.mean = low
    if kind == CONSTANT:
        arm.mean = exact(0.5 * (low + high))
        return
    last = min(peak + 1, span) if kind == SPIKE else peak
    for since in range(1, last + 1):
        value = low
        if kind == SPIKE and since == peak:
            value = high
        elif kind == RAMP:
            value = exact(low + (high - low) * (since - 1) / (peak - 1))
        put(w, k, a, since, value)
    tire(w, k, a)


@kernel
def recharging(w, i, k):
    """Arms whose means follow the steps since they were left."""
    begin(w, i, k)
    if w.knobs[i].variant == 1:
        published(w, i, k)
    else:
        for a in range(w.knobs[i].arms):
            shape(w, i, k, a, w.knobs[i].span)
    finish(w, k)
    return True


@kernel
def patience(w, i, k):
    """How long it takes the arms to pay their most."""
    total = 0
    for a in range(w.levels.head[k].num_arms):
        best = 0
        for j in range(w.levels.arms[k, a].num_recharge):
            if w.levels.recharge[k, a, j] > w.levels.recharge[k, a, best]:
                best = j
        total += best
    return np.int64(total)


RECHARGING = Generator(
    name="recharging",
    knobs=RechargingKnobs,
    needs=RechargingKnobs.needs,
    kernel=recharging,
    distinct=lambda knobs: 1 if knobs.instance == "published" else None,
    measure=patience,
)
