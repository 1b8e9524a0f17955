"""Contextual instances: linear payoffs, with the contexts of the instance drawn once."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from adaptarium.envs.bandit import codes
from adaptarium.envs.core.compiling import kernel
from adaptarium.generators.bandit.drawing import STEPS, begin, drawn, finish
from adaptarium.generators.bandit.knobs import BanditKnobs
from adaptarium.generators.bandit.purposes import G_COEFFICIENT, G_CONTEXT
from adaptarium.generators.core.spec import Generator


class ContextualKnobs(BanditKnobs):
    """Knobs of ``contextual``: features and coefficients are uniform between -1 and 1.

    Difficulty prefers arms that pay alike over the contexts.
    """

    arms: int = Field(5, ge=2, le=codes.MAX_ARMS, description="Number of arms.")
    features: int = Field(4, ge=1, le=codes.MAX_FEATURES, description="Features of a context.")
    contexts: int = Field(
        16, ge=2, le=codes.MAX_CONTEXTS, description="Contexts that an instance has."
    )
    horizon: int = Field(
        200, ge=1, le=codes.MAX_STEPS, description="Time limit of an inner episode in steps."
    )

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest instance."""
        sizes = {"features": self.features, "contexts": self.contexts}
        return {"arms": self.arms, **sizes, "span": 0, "hidden": 0}


@kernel
def contextual(w, i, k):
    """Draw the coefficients of every arm and the features of every context."""
    begin(w, i, k)
    knobs = w.knobs[i]
    for a in range(knobs.arms):
        for j in range(knobs.features):
            place = a * knobs.features + j
            w.levels.coefficients[k, a, j] = drawn(w, i, G_COEFFICIENT, place, -1.0, 1.0)
    for c in range(knobs.contexts):
        for j in range(knobs.features):
            place = c * knobs.features + j
            w.levels.contexts[k, c, j] = drawn(w, i, G_CONTEXT, place, -1.0, 1.0)
    finish(w, k)
    return True


@kernel
def alikeness(w, i, k):
    """How little the best arm of a context lies above the arms' average there, over contexts."""
    head, total = w.levels.head[k], 0.0
    for c in range(head.num_contexts):
        best, mean = -1e9, 0.0
        for a in range(head.num_arms):
            value = 0.0
            for j in range(head.num_features):
                value += w.levels.coefficients[k, a, j] * w.levels.contexts[k, c, j]
            best = max(best, value)
            mean += value / head.num_arms
        total += best - mean
    return -np.int64(total * STEPS / head.num_contexts)


CONTEXTUAL = Generator(
    name="contextual",
    knobs=ContextualKnobs,
    needs=ContextualKnobs.needs,
    kernel=contextual,
    measure=alikeness,
)
