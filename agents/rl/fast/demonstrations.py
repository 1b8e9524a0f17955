"""Demonstrations: what the reference does on levels of the run's own split, to be imitated first.

Behaviour cloning (Pomerleau, "ALVINN: an autonomous land vehicle in a neural network", 1989) before
reinforcement learning, as is usual where random play finds nothing to learn from (Rajeswaran et
al., "Learning complex dexterous manipulation with deep reinforcement learning and
demonstrations", 2018); in further rounds the learner plays and is told what the reference would do
(DAgger: Ross, Gordon and Bagnell, "A reduction of imitation learning and structured prediction to
no-regret online learning", 2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.rollout import Collector, Rollout
from adaptarium.agents.rl.settings import FastPPOSettings, TrainingPlan
from adaptarium.agents.rl.view import make_view
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import FactorError, LevelError
from adaptarium.envs.core.policies import PlanPolicy, Policy
from adaptarium.envs.core.reference import Solver

LENGTH = 256
"""Steps that a slot plays in a round: several episodes of most worlds."""
RUNS = 1_000_003
"""Demonstrations are those of the run of the seed plus this: of other episodes than it plays."""
STATES = 1 << 16
"""States that a search goes through for the way on from a place that the learner got to."""


class Teacher:
    """Says what the reference would do in all slots of a batch; it looks at the states themselves.

    Args:
        batch: A batch of one world.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch, self._world = batch, batch.worlds[0]
        self._reference = self._world.family.module("reference")
        self._solver = Solver(self._world, batch.w)
        self._players: dict[int, tuple[int, Policy]] = {}
        self._said = np.zeros_like(batch.w.actions)
        self._ways: dict[int, tuple[int, list[int]]] = {}  # of slots that left their plan

    def act(self) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """The actions of all seats, as the batch takes them, and the slots where there are any.

        A plan that was left goes on from there where a search finds the way; elsewhere nothing is
        known until the episode is over.
        """
        w = self._batch.w
        followed = (self._said == w.actions).reshape(len(w.actions), -1).all(axis=1)
        known = w.core["ended"] == 0
        for slot in np.flatnonzero(known).tolist():
            player, elapsed = self._player(slot), int(w.core["elapsed"][slot])
            if elapsed == 0:
                self._ways.pop(slot, None)
            elif isinstance(player, PlanPolicy) and not followed[slot]:
                self._ways[slot] = elapsed, self._way_on(slot)
            if slot not in self._ways:
                self._said[slot] = player.act(w, slot)
                continue
            since, way = self._ways[slot]
            known[slot] = elapsed - since < len(way)
            if known[slot]:
                self._said[slot] = way[elapsed - since]
        return self._said.copy(), known

    def _player(self, slot: int) -> Policy:
        """The player of a slot's level, made where the level is a new one."""
        w = self._batch.w
        row = int(w.core["level"][slot])
        key = row if row >= self._batch.num_envs else -1 - slot
        content, (known, player) = int(w.info["content"][row]), self._players.get(key, (None, None))
        if player is None or known != content:
            player = self._reference.policy(self._world, w, row, self._solver)
            self._players[key] = content, player
        return player

    def _way_on(self, slot: int) -> list[int]:
        """The shortest way to success from the state of a slot; empty where that is not best."""
        is_race = getattr(self._reference, "is_race", None)
        if is_race is None or not is_race(self._world.rules):
            return []
        self._solver.take(self._batch.w, slot, int(self._batch.w.core["level"][slot]))
        return self._solver.path() if self._solver.onward(STATES) else []


class Demonstrator(Collector):
    """Collects what the reference does, or would do where the learner plays.

    Args:
        follows: Whether what the reference does is played; else the learner plays.
    """

    def __init__(self, *arguments: Any, follows: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._teacher, self._follows = Teacher(self.batch), follows
        self._shown = torch.zeros_like(self._buffer.actions)
        self._known = torch.zeros_like(self._buffer.valid)

    def _choose(self, t: int) -> None:
        if not self._follows:
            super()._choose(t)
        actions, known = self._teacher.act()
        shown = torch.as_tensor(actions).to(self.device).flatten(0, 1)
        self._shown[t] = self.networks[0].head.given(shown)
        self._known[t] = self._tensor(known.repeat(self.seats))
        if self._follows:
            self._buffer.actions[t] = self._shown[t]

    def _values(self, wanted: Tensor) -> Tensor:
        return torch.zeros_like(self._buffer.last)  # returns are of what was paid alone

    def collect(self) -> Rollout:
        """What was shown is what is to be done; the values are zero."""
        rollout = super().collect()
        rollout.actions, rollout.values = self._shown, torch.zeros_like(rollout.values)
        rollout.valid &= self._known
        return rollout


@dataclass
class Demonstrations:
    """What the reference has done, or would have.

    Attributes:
        rollout: All steps.
        returns: (steps, rows) discounted returns.
        known: (steps, rows) bool: the episode has ended, so that the return is all there was.
    """

    rollout: Rollout
    returns: Tensor
    known: Tensor


def check_demonstrations(plan: TrainingPlan, settings: FastPPOSettings) -> None:
    """Refuse demonstrations that cannot be had, before a run's folder is made.

    Raises:
        FactorError: the run has several worlds or shifts, or the world's reference cannot be
            played.
    """
    if not settings.demonstrations:
        return
    asked = f"hyper-parameter demonstrations = {settings.demonstrations}"
    if plan.others or plan.shift is not None:
        what = "several worlds" if plan.others else "a shift"
        raise FactorError(
            f"{asked}: the reference is shown in one world without shifts, and this run has "
            f"{what}; the nearest valid is 0"
        )
    view = make_view(plan, 1)
    try:
        view.reset(run_seed(plan.seed))
        Teacher(view.batch).act()
    except LevelError as problem:
        raise FactorError(f"{asked}: {problem}; the nearest valid is 0") from None
    finally:
        view.batch.close()


def demonstrate(
    plan: TrainingPlan, settings: FastPPOSettings, networks: Sequence[ActorCritic], turn: int
) -> Demonstrations:
    """One round of demonstrations, of which all rounds have the same number of steps.

    In the first the reference plays; in the others the learner does.

    Args:
        plan: The run; what is shown follows from its seed, and from what the learner does.
        settings: Its hyper-parameters.
        networks: The learner's, as for :class:`Collector`.
        turn: Number of the round, from 0 on.

    Raises:
        AdaptariumError: the reference cannot play a level.
    """
    steps = min(LENGTH, settings.demonstrations)
    rounds = steps * plan.seats * settings.demonstration_rounds
    seed = run_seed(plan.seed + RUNS * (1 + turn))
    view = make_view(plan, max(1, round(settings.demonstrations / rounds)))
    try:
        rollout = Demonstrator(
            view,
            networks[0],
            others=networks[1:],
            follows=turn == 0,
            steps=steps,
            gamma=settings.gamma,
            seed=seed,
            random=torch.Generator(networks[0].first.weight.device).manual_seed(seed % 2**63),
            masked=view.masked,
            credit=settings.credit,
        ).collect()
    finally:
        view.batch.close()
    ended = rollout.carries == 0.0
    known = ended.flip(0).cumsum(dim=0).flip(0) > 0
    return Demonstrations(rollout, rollout.advantages(settings.gamma, 1.0), known)


def joined(found: Sequence[Demonstrations]) -> Demonstrations:
    """Several rounds side by side."""
    rollouts = [one.rollout for one in found]

    def beside(name: str, dim: int = 1) -> Any:
        parts = [getattr(one, name) for one in rollouts]
        return None if parts[0] is None else torch.cat(parts, dim=dim)

    alone = {"memory", "last"}  # without an axis of steps
    names = [each.name for each in fields(Rollout) if each.name != "seats"]
    merged = {name: beside(name, 0 if name in alone else 1) for name in names}
    return Demonstrations(
        Rollout(**merged, seats=rollouts[0].seats),
        torch.cat([one.returns for one in found], dim=1),
        torch.cat([one.known for one in found], dim=1),
    )
