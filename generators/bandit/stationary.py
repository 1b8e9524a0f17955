"""Stationary instances: payoffs of 0 and 1, and payoffs with normal noise."""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.noise import level_normal
from adaptarium.generators.bandit.drawing import begin, closeness, drawn, exact, finish, widen
from adaptarium.generators.bandit.knobs import BanditKnobs
from adaptarium.generators.bandit.purposes import G_BEST, G_MEAN
from adaptarium.generators.core.spec import Generator

LOWEST, HIGHEST = 0.05, 0.95


class BernoulliKnobs(BanditKnobs):
    """Knobs of ``bernoulli``: means are uniform between 0.05 and 0.95.

    Difficulty prefers a second arm that pays almost as often as the best.
    """

    gap: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="How far the best mean lies above the second; 0 leaves it to chance.",
    )


class GaussianKnobs(BanditKnobs):
    """Knobs of ``gaussian``: means are standard normal."""

    gap: float = Field(
        0.0,
        ge=0,
        le=10,
        description="How far the best mean lies above the second; 0 leaves it to chance.",
    )
    outside: bool = Field(False, description="Arm 0 pays nothing, for certain: to decline.")

    @model_validator(mode="after")
    def _others(self) -> GaussianKnobs:
        if self.outside and self.gap > 0 and self.arms < 3:
            raise ValueError(f"arms = {self.arms}: a gap beside an outside option needs 3 or more")
        return self


@kernel
def bernoulli(w, i, k):
    """Arms with means between 0.05 and 0.95."""
    begin(w, i, k)
    gap = w.knobs[i].gap
    for a in range(w.knobs[i].arms):
        w.levels.arms[k, a].mean = drawn(w, i, G_MEAN, a, LOWEST, HIGHEST - gap)
    widen(w, i, k, gap, G_BEST, 0)
    finish(w, k)
    return True


@kernel
def gaussian(w, i, k):
    """Arms with normal means; with an outside option, which is certain, in place of arm 0."""
    begin(w, i, k)
    for a in range(w.knobs[i].arms):
        w.levels.arms[k, a].mean = exact(level_normal(w, i, G_MEAN, a))
    if w.knobs[i].outside:
        w.levels.arms[k, 0].mean = 0.0
        w.levels.arms[k, 0].spread = 0.0
    widen(w, i, k, w.knobs[i].gap, G_BEST, w.knobs[i].outside)
    finish(w, k)
    return True


BERNOULLI = Generator(
    name="bernoulli",
    knobs=BernoulliKnobs,
    needs=BernoulliKnobs.needs,
    kernel=bernoulli,
    measure=closeness,
)
GAUSSIAN = Generator(
    name="gaussian",
    knobs=GaussianKnobs,
    needs=GaussianKnobs.needs,
    kernel=gaussian,
    measure=closeness,
)
