"""Autoreset: what happens at the end of an episode, in each of Gymnasium's three modes."""

from __future__ import annotations

from adaptarium.envs.core.batch import Batch
from adaptarium.testing.play import actions_from, difference, draw_streams, play
from adaptarium.testing.probe import SEED, SHORT_LIMIT, Probe
from adaptarium.testing.report import Outcome, kept


def reward_on_ignored_step(probe: Probe) -> Outcome:
    """NEXT_STEP: the step after the end is ignored; no reward, no end, a first observation."""
    n = 4
    batch = Batch([probe.short], n, autoreset="next_step")
    draws = draw_streams(batch, range(n), probe.steps)
    batch.reset(seed=SEED)
    if (batch.w.core["limit"] != SHORT_LIMIT).any():
        limits = sorted(set(batch.w.core["limit"].tolist()))
        probe.fail("time-limit", f"episode.max_steps = {SHORT_LIMIT} gives limits {limits}")
    ignored = 0
    for turn in range(probe.steps):
        over = batch.w.core["ended"].astype(bool)
        batch.w.actions[:] = actions_from(batch, draws[:, turn])
        batch.step()
        ignored += int(over.sum())
        for i in over.nonzero()[0]:
            _check_ignored(probe, batch, int(i), turn)
    if not ignored:
        probe.fail("time-limit", f"no episode ended within {probe.steps} steps")
    return kept(ignored=ignored)


def _check_ignored(probe: Probe, batch: Batch, i: int, turn: int) -> None:
    w, where = batch.w, f"at turn {turn}, seed {SEED + i}"
    if w.reward[i].any():
        probe.fail("reward-on-ignored-step", f"the ignored step pays {w.reward[i]} {where}")
    if w.terminated[i].any() or w.truncated[i].any() or w.out[i]["final"]:
        probe.fail("reward-on-ignored-step", f"the ignored step ends an episode {where}")
    if not w.core[i]["first"] or w.core[i]["elapsed"] or w.core[i]["ended"]:
        probe.fail("reward-on-ignored-step", f"the ignored step begins no episode {where}")


def same_step_final(probe: Probe) -> Outcome:
    """SAME_STEP: the final observation is the last one of the single environment."""
    batch = Batch([probe.short], 3, autoreset="same_step")
    found = play(batch, SEED, probe.steps)
    finals = 0
    for i, (one, other) in enumerate(zip(probe.singles, found, strict=False)):
        end = next((k for k, m in enumerate(other) if m.fields.get("out.final")), None)
        if end is None:
            continue
        finals += 1
        if problem := difference(one[end : end + 1], other[end : end + 1]):
            probe.fail("final-observation", f"same_step, seed {SEED + i}: {problem}, the last one")
    return kept(finals=finals)
