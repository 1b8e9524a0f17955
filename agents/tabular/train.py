"""Training of tables, which goes on after a kill from its last checkpoint, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Discrete

from adaptarium.agents.rl.memory import check_memory
from adaptarium.agents.rl.progress import Finished, Listener
from adaptarium.agents.rl.running import NotFiniteError, carry_on
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import (
    ModelBasedSettings,
    QLearningSettings,
    TabularSettings,
    TrainingPlan,
)
from adaptarium.agents.rl.view import make_bare_view
from adaptarium.agents.tabular.model_based import ModelBased
from adaptarium.agents.tabular.q_learning import QLearning
from adaptarium.agents.tabular.states import Masks, Rows, States, names
from adaptarium.envs.core import host_draws, snapshot
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import FactorError, RunError


def check_plan(plan: TrainingPlan) -> None:
    """Refuse what cannot be learnt in a table: a run's folder is made after that.

    Raises:
        FactorError: there are several seats or no discrete actions, or a full table would not fit
            in memory.
        SplitError: the split holds no level.
    """
    batch = make_bare_view(plan, 1).batch
    try:
        space, seats = batch.action_space, int(batch.w.reward.shape[1])
        if seats != 1 or not isinstance(space, Discrete):
            raise FactorError(
                f"{plan.algo}: {plan.world.id} has actions {space} for {seats} seats; expected one "
                "seat with discrete actions"
            )
        check_memory(plan, 32 * int(space.n))
        batch.reset(seed=0)
    finally:
        batch.close()


def train_plan(
    plan: TrainingPlan,
    folder: RunFolder,
    *,
    device: str = "cpu",
    log_every: int = 2_000,
    tensorboard: bool = False,
    listener: Listener = lambda _row: None,
    num_threads: int = 1,
) -> dict[str, Any]:
    """Train until the plan's steps are done; as :func:`adaptarium.agents.rl.train.train_plan`."""
    view = make_bare_view(plan, plan.num_envs, num_threads)
    return carry_on(
        plan,
        folder,
        view,
        lambda: _Run(plan, view.batch),
        log_every=log_every,
        tensorboard=tensorboard,
        listener=listener,
    )


class _Run:
    """Table, learner and batch of one run, made from its plan."""

    def __init__(self, plan: TrainingPlan, batch: Batch) -> None:
        settings = plan.fitted
        if not isinstance(settings, TabularSettings):
            raise TypeError(f"expected settings of a table, got {type(settings).__name__}")
        self.settings, self.batch = settings, batch
        self.states = States(int(batch.w.mask.shape[2]))
        self.learner = _learner(settings, self.states)
        self.finished: list[Finished] = []
        self.total = self.updates = 0
        self._slots = np.arange(batch.num_envs)
        self._keys = host_draws.beside(host_draws.seed_keys([run_seed(plan.seed)]), self._slots)
        batch.reset(seed=run_seed(plan.seed))

    def _look(self) -> tuple[Rows, Masks]:
        """The present states of all slots, and their valid actions."""
        masks = self.batch.masks()[:, 0]
        found = names(self.settings.states, self.batch.obs, self.batch, self._slots)
        rows = self.states.rows(found, masks)
        if len(self.states) > self.settings.max_states:
            raise RunError(
                f"the table has outgrown hyper-parameter max_states = {self.settings.max_states} "
                f"at step {self.total:,}: expected a smaller world, or a learner with a network"
            )
        return rows, masks

    def round(self) -> dict[str, float]:
        """Play and learn on, then plan."""
        w = self.batch.w
        for _ in range(self.settings.n_steps):
            rows, masks = self._look()
            actions = self._explored(rows, masks)
            w.actions[:, 0] = actions
            self.batch.step()
            following, _ = self._look()
            self.learner.learn(rows, actions, w.reward[:, 0], following, w.terminated[:, 0])
            self.total += len(rows)
            self._begin_anew()
        self.learner.plan()
        self.updates += 1
        values = self.learner.values(np.arange(len(self.states)))
        if not np.isfinite(values).all():
            raise NotFiniteError("a value of the table")
        return {"states": len(self.states), "value": float(values.max())}

    def _explored(self, rows: Rows, masks: Masks) -> Rows:
        """The best actions, of equal ones any; or any valid ones."""
        keys = host_draws.at(self._keys, self.total)
        blind = host_draws.units(host_draws.named(keys, "blind"))
        ranks = host_draws.units(host_draws.beside(keys[:, None], np.arange(masks.shape[1])))
        values = np.where(masks, self.learner.values(rows), -np.inf)
        wanted = values >= values.max(axis=1, keepdims=True)
        wanted = np.where((blind < self.settings.epsilon(self.total))[:, None], masks, wanted)
        return np.asarray(np.where(wanted & masks, ranks, -1.0).argmax(axis=1))

    def _begin_anew(self) -> None:
        w = self.batch.w
        over = w.out["final"] != 0
        for i in np.flatnonzero(over).tolist():
            solved = bool(w.final_metrics["success"][i])
            self.finished.append((float(w.final_returns[i, 0]), int(w.out["length"][i]), solved))
        if over.any():
            self.batch.reset(mask=over)

    def take_finished(self) -> list[Finished]:
        """The episodes that ended since this was asked last."""
        finished, self.finished = self.finished, []
        return finished

    def measured(self) -> dict[str, float]:
        """A table has no network to be measured."""
        return {}

    def state(self) -> dict[str, Any]:
        """All that going on needs, as tensors; ``policy`` is what is played by."""
        environment = np.frombuffer(snapshot.save(self.batch), np.uint8)
        table = {**self.states.state(), "table": self.learner.table()}
        return {
            "policy": _tensors(table),
            "learner": _tensors(self.learner.state()),
            "environment": torch.as_tensor(environment.copy()),
            "updates": self.updates,
            "total": self.total,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the run stood that gave ``state``."""
        self.states.restore({name: part.numpy() for name, part in state["policy"].items()})
        self.learner.restore({name: part.numpy() for name, part in state["learner"].items()})
        snapshot.restore(self.batch, state["environment"].numpy().tobytes())
        self.updates, self.total = int(state["updates"]), int(state["total"])


def _learner(settings: TabularSettings, states: States) -> QLearning | ModelBased:
    if isinstance(settings, QLearningSettings):
        return QLearning(settings, states)
    if isinstance(settings, ModelBasedSettings):
        return ModelBased(settings, states)
    raise TypeError(f"no tabular learner has settings of type {type(settings).__name__}")


def _tensors(arrays: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.as_tensor(array) for name, array in arrays.items()}
