"""Dynamical linear instances: a hidden state that actions drive, and the corners of their set.

The actions are ``u`` in [0, 1]^3 with a sum of at most 1.5 (Mussi, Metelli & Restelli, ICML 2023).
Payoffs and the state are linear in ``u``, so that a corner of the set is always best; the arms are
its ten corners.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from adaptarium.envs.bandit import codes
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.generators.bandit.drawing import STEPS, begin, exact, finish
from adaptarium.generators.bandit.knobs import BanditKnobs
from adaptarium.generators.bandit.purposes import G_DECAY, G_DIRECT, G_DRIVE, G_OUTPUT
from adaptarium.generators.core.spec import Generator

HIDDEN = 3
# Nothing, one coordinate at 1, and with it another at a half.
CORNERS = np.array(
    [
        (0.0, 0.0, 0.0),
        (1.0, 0.0, 0.0),
        (0.0, 1.0, 0.0),
        (0.0, 0.0, 1.0),
        (1.0, 0.5, 0.0),
        (1.0, 0.0, 0.5),
        (0.5, 1.0, 0.0),
        (0.0, 1.0, 0.5),
        (0.5, 0.0, 1.0),
        (0.0, 0.5, 1.0),
    ]
)
# The instance of the authors' programs: diagonals of A and B, theta and omega.
_A, _B = (0.2, 0.0, 0.1), (0.45, 0.0, 0.1)
_THETA, _OMEGA = (0.0, 0.5, 0.1), (1.0, 0.0, 0.1)


class DynamicalKnobs(BanditKnobs):
    """Knobs of ``dynamical``: diagonal systems of three numbers.

    Difficulty prefers instances in which the arm that pays most at once is far from the best.
    """

    arms: int = Field(10, ge=10, le=10, description="The corners of the set of actions.")
    instance: Literal["random", "published"] = Field(
        "random", description="A new system each time, or that of the authors' experiment."
    )
    horizon: int = Field(
        100, ge=1, le=codes.MAX_STEPS, description="Time limit of an inner episode in steps."
    )
    hidden: int = Field(
        HIDDEN, ge=HIDDEN, le=HIDDEN, description="Numbers of the hidden state, one a coordinate."
    )

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest instance."""
        return {**super().needs(), "hidden": self.hidden}


@kernel
def hundredths(w, i, purpose, j, low, high):
    """A multiple of 0.02, so that halves of it are exact too."""
    return (low + level_below(w, i, purpose, j, high - low + 1)) / 50.0


@kernel
def coordinate(w, i, k, j, direct, decay, drive, output):
    """Put one coordinate of the system into every arm."""
    for m in range(HIDDEN):
        w.levels.decay[k, j, m] = decay if m == j else 0.0
    w.levels.output[k, j] = output
    for a in range(CORNERS.shape[0]):
        arm, u = w.levels.arms[k, a], CORNERS[a, j]
        arm.mean = exact(arm.mean + direct * u)
        w.levels.drive[k, a, j] = exact(drive * u)


@kernel
def dynamical(w, i, k):
    """Three coordinates, each with a payoff at once and one that comes later."""
    begin(w, i, k)
    for j in range(HIDDEN):
        if w.knobs[i].variant == 1:
            coordinate(w, i, k, j, _THETA[j], _A[j], _B[j], _OMEGA[j])
        else:
            direct = hundredths(w, i, G_DIRECT, j, 0, 30)
            decay = hundredths(w, i, G_DECAY, j, 0, 45)
            drive = hundredths(w, i, G_DRIVE, j, 0, 25)
            output = hundredths(w, i, G_OUTPUT, j, 0, 50)
            coordinate(w, i, k, j, direct, decay, drive, output)
    finish(w, k)
    return True


@kernel
def steady(w, k, a):
    """What arm ``a`` pays in the long run when it is pulled for ever."""
    total = w.levels.arms[k, a].mean
    for j in range(HIDDEN):
        gain = w.levels.drive[k, a, j] / (1.0 - w.levels.decay[k, j, j])
        total += w.levels.output[k, j] * gain
    return total


@kernel
def temptation(w, i, k):
    """How much the arm that pays most at once pays less in the long run than the best one."""
    best, greedy = steady(w, k, 0), 0
    for a in range(1, w.levels.head[k].num_arms):
        best = max(best, steady(w, k, a))
        if w.levels.arms[k, a].mean > w.levels.arms[k, greedy].mean:
            greedy = a
    return np.int64((best - steady(w, k, greedy)) * STEPS)


DYNAMICAL = Generator(
    name="dynamical",
    knobs=DynamicalKnobs,
    needs=DynamicalKnobs.needs,
    kernel=dynamical,
    distinct=lambda knobs: 1 if knobs.instance == "published" else None,
    measure=temptation,
)
