"""References: reachable, and beaten by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.reference import Reference
from adaptarium.testing.fan import Fan
from adaptarium.testing.play import actions_from, draw_streams
from adaptarium.testing.probe import SEED, Probe
from adaptarium.testing.report import Outcome, kept, noted, skipped

TOLERANCE = 1e-6
ERRORS = 4.0  # standard errors that a mean may lie above
MAX_TURNS = 3_000


def unsolvable_level(probe: Probe) -> Outcome:
    """The plan of every reference, replayed on the kernel, succeeds and pays what was said."""
    replayed = 0
    for i, reference in probe.references.items():
        if reference.actions is None:
            continue
        paid, success = _replay(probe, i, reference.actions)
        replayed += 1
        if not success:
            probe.fail(
                "unsolvable-marked-solvable",
                f"level {SEED + i}: the plan of {len(reference.actions)} actions does not succeed",
            )
        if abs(paid - reference.return_) > TOLERANCE:
            probe.fail(
                "reference-unreachable",
                f"level {SEED + i}: the plan pays {paid:.6f}, the reference says "
                f"{reference.return_:.6f}",
            )
    return kept(plans=replayed) if replayed else skipped("no reference has a fixed plan")


def _replay(probe: Probe, i: int, plan: list[Any]) -> tuple[float, bool]:
    """Return, and success of the last inner episode, of a plan on the level of seed SEED + i."""
    batch = Batch([probe.world], 1, autoreset="disabled")
    batch.reset(seed=SEED + i)
    for action in plan:
        batch.w.actions[0] = np.reshape(action, batch.w.actions.shape[1:])
        batch.step()
    return float(batch.w.returns[0].sum()), bool(batch.w.metrics[0]["success"])


def reference_beaten(probe: Probe) -> Outcome:
    """No agent tried is better than the reference, beyond what chance explains."""
    if not probe.references:
        return skipped("no level is small enough for the family's solver")
    tried, news = 0, []
    for name, i, returns in _agents(probe):
        reference = probe.references[i]
        tried += len(returns)
        error = returns.std(ddof=1) / np.sqrt(len(returns)) if len(returns) > 1 else 0.0
        best = float(returns.mean() - ERRORS * error)
        if best <= max(reference.high, reference.return_) + TOLERANCE and (
            best <= reference.return_ + TOLERANCE
        ):
            continue
        told = f"level {SEED + i}: {name} gets {returns.mean():.6f}, {reference.method} reference "
        told += f"{reference.return_:.6f}"
        if reference.method == "exact":
            probe.fail("reference-beaten", told)
        news.append(told)
    numbers = {"levels": len(probe.references), "episodes": tried}
    return noted(f"new best: {news[0]}", **numbers) if news else kept(**numbers)


def _agents(probe: Probe) -> Iterator[tuple[str, int, npt.NDArray[np.float64]]]:
    """(agent, level, returns) of every agent tried on every level with a reference."""
    levels = sorted(probe.references)
    fan = Fan(probe.world, max(levels) + 1, probe.scale(16, 64))
    returns = _random_returns(fan)
    for i in levels:
        yield "a random player", i, returns[:, i]
    for i, reference in probe.references.items():
        if reference.actions is not None:
            for value in _perturbed_returns(probe, i, reference):
                yield "the plan with one action changed", i, np.array([value])


def _random_returns(fan: Fan) -> npt.NDArray[np.float64]:
    """(variants, states) returns of one episode of random play each, by seeds that share levels.

    Variants differ in the actions; the chance of the world is that of the level's seed, so that
    stochastic worlds are played over their own episodes too.
    """
    batch, n = fan.batch, fan.batch.num_envs
    fan.reset(SEED)
    _own_chance(batch)
    turns = min(_horizon(batch), MAX_TURNS)
    draws = draw_streams(batch, range(n), turns)
    for turn in range(turns):
        if batch.w.core["ended"].all():
            break
        batch.w.actions[:] = actions_from(batch, draws[:, turn])
        batch.step()
    return fan.split(batch.w.returns).sum(axis=-1)


def _own_chance(batch: Batch) -> None:
    """Give every slot its own dynamics, on the level that it has."""
    keys = np.arange(1, batch.num_envs + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    batch.w.core["key_dynamics"] ^= keys


def _horizon(batch: Batch) -> int:
    return int((batch.w.core["limit"] * batch.w.rules["inner_episodes"]).max())


def _perturbed_returns(probe: Probe, i: int, reference: Reference) -> list[float]:
    """Returns of the plan with one action replaced, at places spread over it."""
    plan = [np.ravel(action) for action in reference.actions or ()]
    batch = Batch([probe.world], probe.scale(32, 128), autoreset="disabled")
    batch.reset(seed=[SEED + i] * batch.num_envs)
    rng = np.random.default_rng(i)
    places = rng.integers(0, len(plan), batch.num_envs)
    draws = draw_streams(batch, range(batch.num_envs), len(plan))
    for turn, action in enumerate(plan):
        other = np.asarray(actions_from(batch, draws[:, turn]))
        same = np.broadcast_to(np.reshape(action, batch.w.actions.shape[1:]), other.shape)
        change = (places == turn).reshape(-1, *[1] * (other.ndim - 1))
        batch.w.actions[:] = np.where(change, other, same)
        batch.step()
    return [float(value) for value in batch.w.returns.sum(axis=-1)]
