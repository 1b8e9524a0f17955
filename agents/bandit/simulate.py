"""Long runs of a policy over many episodes side by side, with their regret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adaptarium.agents.bandit.agent import results
from adaptarium.agents.bandit.policy import Floats, Integers, Policy, Streamed
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.world import World


def marks(first: int, last: int, count: int) -> Integers:
    """About ``count`` numbers of steps from ``first`` to ``last``, evenly spaced by their ratio."""
    spaced = np.geomspace(first, last, count)
    return np.unique(np.round(spaced).astype(np.int64))


def regret_curves(
    world: World,
    policy: Callable[..., Policy],
    *,
    episodes: int,
    at: Sequence[int] | Integers,
    seed: int = 0,
    shift: tuple[int, dict[str, Any]] | None = None,
    **settings: Any,
) -> Floats:
    """Cumulative pseudo-regret: the means of the best arms at each step minus those of the pulls.

    Args:
        world: A bandit world whose actions are pulls alone; its level has to last long enough.
        policy: ``policy(n, arms)`` gives the policy of ``n`` episodes.
        episodes: Episodes side by side; each has its own chance, the level is as the world says.
        at: Steps after which regret is read, rising.
        seed: The same seed gives the same curves.
        shift: A step, and factors that the world takes before it.
        **settings: Further arguments of the policy.

    Returns:
        (len(at), episodes) float64.
    """
    batch = Batch([world], episodes, autoreset="disabled")
    batch.reset(seed=run_seed(seed))
    rows = np.arange(episodes)
    arms = int(batch.w.state.now["num_arms"][0, 0])
    player = policy(episodes, arms, **settings)
    chance = Streamed(np.random.default_rng([seed, 1]), episodes)
    feedback, seen = batch.w.obs.feedback[:, 0], {k: v[:, 0] for k, v in batch.obs.items()}
    step, found = batch.stepper(), list[Floats]()
    for time in range(1, int(at[-1]) + 1):
        if shift is not None and time == shift[0]:
            batch.set_rules(**shift[1])
        player.see(rows, seen)
        if hasattr(player, "look"):
            player.look(rows, batch, rows)
        batch.w.actions[:, 0] = player.choose(rows, chance)
        step()
        for kept, pulled, payoffs in results(feedback, np.True_):
            player.learn(rows[kept], pulled, payoffs)
        if time == at[len(found)]:
            found.append(batch.w.metrics["regret"].copy())
    return np.array(found)
