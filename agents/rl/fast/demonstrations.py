"""Demonstrations: what the reference does on levels of the run's own split, to be imitated first.

Behaviour cloning (Pomerleau, "ALVINN: an autonomous land vehicle in a neural network", 1989) before
reinforcement learning, as is usual where random play finds nothing to learn from (Rajeswaran et
al., "Learning complex dexterous manipulation with deep reinforcement learning and
demonstrations", 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
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
from adaptarium.envs.core.policies import Policy
from adaptarium.envs.core.reference import Solver

LENGTH = 256
"""Steps that a slot plays: several episodes of most worlds."""
RUNS = 1_000_003
"""Demonstrations are those of the run of the seed plus this: of other episodes than it plays."""


class Teacher:
    """Plays the reference in all slots of a batch; it looks at the states themselves.

    Args:
        batch: A batch of one world.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch, self._world = batch, batch.worlds[0]
        self._reference = self._world.family.module("reference")
        self._solver = Solver(self._world, batch.w)
        self._players: dict[int, tuple[int, Policy]] = {}

    def act(self) -> npt.NDArray[Any]:
        """The actions of all seats, as the batch takes them; zeros in an episode that is over."""
        w = self._batch.w
        actions = np.zeros_like(w.actions)
        for slot in np.flatnonzero(w.core["ended"] == 0).tolist():
            actions[slot] = self._player(slot).act(w, slot)
        return actions

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


class Demonstrator(Collector):
    """Collects what the reference plays; the network only says how it is written down."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._teacher = Teacher(self.batch)

    def _choose(self, t: int) -> None:
        shown = torch.as_tensor(self._teacher.act()).to(self.device)
        self._buffer.actions[t] = self.networks[0].head.given(shown.flatten(0, 1))

    def _values(self, wanted: Tensor) -> Tensor:
        return torch.zeros_like(self._buffer.last)  # returns are of what was paid alone


@dataclass
class Demonstrations:
    """What the reference has played.

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
    plan: TrainingPlan, settings: FastPPOSettings, network: ActorCritic
) -> Demonstrations:
    """Have the reference play about so many steps as are asked for, of all rows together.

    What it plays follows from the run's seed alone.

    Raises:
        AdaptariumError: the reference cannot play a level.
    """
    seats = plan.seats
    steps = min(LENGTH, settings.demonstrations)
    slots = max(1, round(settings.demonstrations / (steps * seats)))
    view = make_view(plan, slots)
    try:
        rollout = Demonstrator(
            view,
            network,
            steps=steps,
            gamma=settings.gamma,
            seed=run_seed(plan.seed + RUNS),
            random=torch.Generator(),
            masked=view.masked,
            credit=settings.credit,
        ).collect()
    finally:
        view.batch.close()
    ended = rollout.carries == 0.0
    known = ended.flip(0).cumsum(dim=0).flip(0) > 0
    return Demonstrations(rollout, rollout.advantages(settings.gamma, 1.0), known)
