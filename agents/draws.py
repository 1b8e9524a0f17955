"""Random numbers of agents: addressed by the episode's seed and the step, never streamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core import host_draws


def uniforms(
    seed: Any, step: Any, seats: tuple[int, ...] = (), components: tuple[int, ...] = ()
) -> npt.NDArray[np.float64]:
    """Uniform numbers in [0, 1) that depend on seed, step, seat and component alone.

    Args:
        seed: (n,) integers, one an episode.
        step: (n,) steps since the episode began.
        seats: () for one number an episode, or (A,) for one a seat.
        components: () for one number of each of these, or (C,) for so many.

    Returns:
        (n, *seats, *components) float64.
    """
    keys = host_draws.at(host_draws.seed_keys(seed), step)
    for size in (*seats, *components):
        keys = host_draws.beside(keys[..., None], np.arange(size))
    return host_draws.units(keys)
