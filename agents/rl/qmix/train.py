"""Training with QMIX, which goes on after a kill from its last checkpoint.

Going on is exact on the CPU with one thread, as for the other learners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Discrete, Space

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.memory import check_memory
from adaptarium.agents.rl.plasticity import measure
from adaptarium.agents.rl.plasticity.interventions import Interventions
from adaptarium.agents.rl.progress import Finished, Listener
from adaptarium.agents.rl.qmix.collector import Collector, state_reader
from adaptarium.agents.rl.qmix.learner import QMIX
from adaptarium.agents.rl.qmix.network import Team
from adaptarium.agents.rl.qmix.replay import Replay
from adaptarium.agents.rl.running import carry_on
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import QMIXSettings, TrainingPlan
from adaptarium.agents.rl.view import make_bare_view
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import FactorError


def check_plan(plan: TrainingPlan) -> None:
    """Make what the plan needs, in small: a run's folder is made after that.

    Raises:
        FactorError: the actions are not discrete, or the replay does not fit in memory.
        SplitError: the split holds no level.
    """
    settings = _settings(plan)
    batch = make_bare_view(plan, 1).batch
    try:
        batch.reset(seed=0)
        if not isinstance(batch.action_space, Discrete):
            raise FactorError(
                f"qmix: {plan.world.id} has actions {batch.action_space}; expected discrete ones"
            )
        team, encoding = make_team(batch, settings)
        looks = int(batch.w.core["limit"][0]) * int(batch.w.rules["inner_episodes"][0]) + 1
        each = encoding.size * np.dtype(encoding.dtype).itemsize + int(batch.action_space.n)
        check_memory(plan, looks * (team.agents.seats * each + state_reader(batch)(0).nbytes))
    finally:
        batch.close()


def _settings(plan: TrainingPlan) -> QMIXSettings:
    settings = plan.fitted
    if not isinstance(settings, QMIXSettings):
        raise TypeError(f"expected settings of qmix, got {type(settings).__name__}")
    return settings


def make_team(batch: Batch, settings: QMIXSettings) -> tuple[Team, Encoding]:
    """An untrained team for a batch that has begun, and how observations become its inputs."""
    state = state_reader(batch)(0)
    size = 8 * state.size if state.dtype == np.uint8 else state.size
    return team_for(
        batch.observation_space,
        batch.action_space,
        settings,
        int(batch.w.reward.shape[1]),
        size,
    )


def team_for(
    observations: Space[Any], actions: Any, settings: QMIXSettings, seats: int, state: int
) -> tuple[Team, Encoding]:
    """An untrained team.

    Args:
        observations: One agent's observation space.
        actions: One agent's action space.
        settings: The hyper-parameters.
        seats: Seats of a slot.
        state: Length of the global state as the mixer reads it; 0 where there is none.
    """
    encoding = Encoding(observations, settings.encoding)
    team = Team(encoding.size, state or seats * encoding.size, seats, int(actions.n), settings)
    return team, encoding


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
    torch.set_num_threads(num_threads)
    view = make_bare_view(plan, plan.num_envs, num_threads)
    return carry_on(
        plan,
        folder,
        view,
        lambda: _Run(plan, view.batch, device),
        log_every=log_every,
        tensorboard=tensorboard,
        listener=listener,
    )


class _Run:
    """Collector, replay and learner of one run, made from its plan."""

    def __init__(self, plan: TrainingPlan, batch: Batch, device: str) -> None:
        self.settings = settings = _settings(plan)
        seed = run_seed(plan.seed)
        with torch.random.fork_rng(devices=[]):  # nobody else's numbers move
            torch.manual_seed(seed)
            batch.reset(seed=seed)
            team, encoding = make_team(batch, settings)
        team.to(device)
        self.replay = Replay(settings.buffer_episodes)
        self.collector = Collector(batch, team.agents, encoding, settings, seed)
        self.learner = QMIX(team, settings, self.replay, seed)
        networks = (team.agents, self.learner.target.agents, self.learner.optimizer)
        self.interventions = Interventions(settings, *networks, seed)

    @property
    def total(self) -> int:
        """Steps played, of all seats."""
        return self.collector.total

    @property
    def updates(self) -> int:
        """Updates so far."""
        return self.learner.updates

    def round(self) -> dict[str, float]:
        """Play a rollout, and learn from what is remembered; what the last update told."""
        for episode in self.collector.collect(self.settings.train_freq):
            self.replay.add(episode)
        figures: dict[str, float] = {}
        if self.collector.total >= self.settings.learning_starts and len(self.replay):
            for _ in range(self.interventions.gradient_steps):
                figures = self.learner.update(self.collector.total)
            self.interventions.after(self.learner.updates, self.look)
        return figures

    def look(self) -> torch.Tensor:
        """The agents' values in the episodes that the next update will learn from."""
        agents = self.learner.team.agents
        return agents.unroll(self.learner.sample().observations.flatten(1, 2).float())

    def take_finished(self) -> list[Finished]:
        """The episodes that ended since this was asked last."""
        finished, self.collector.finished = self.collector.finished, []
        return finished

    def measured(self) -> dict[str, float]:
        """Measures of the agents' plasticity."""
        return measure(self.learner.team.agents, self.look) if len(self.replay) else {}

    def state(self) -> dict[str, Any]:
        """All that going on needs."""
        return {
            **self.learner.state(),
            "collector": self.collector.state(),
            "replay": self.replay.state(),
            "interventions": self.interventions.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the run stood that gave ``state``."""
        self.learner.restore(state)
        self.collector.restore(state["collector"])
        self.replay.restore(state["replay"])
        self.interventions.restore(state["interventions"])
