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
from adaptarium.agents.rl.fast.learner import NotFiniteError
from adaptarium.agents.rl.memory import check_memory
from adaptarium.agents.rl.plasticity import measure
from adaptarium.agents.rl.plasticity.interventions import Interventions
from adaptarium.agents.rl.progress import Listener, Progress
from adaptarium.agents.rl.qmix.collector import Collector, state_reader
from adaptarium.agents.rl.qmix.learner import QMIX
from adaptarium.agents.rl.qmix.network import Team
from adaptarium.agents.rl.qmix.replay import Replay
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import QMIXSettings, TrainingPlan
from adaptarium.agents.rl.shifts import Follower
from adaptarium.agents.rl.view import make_bare_view
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import FactorError, RunError


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
    state = folder.load_checkpoint()
    progress = Progress(folder, listener, log_every)
    view = make_bare_view(plan, plan.num_envs, num_threads)
    batch = view.batch
    if plan.shift is not None:
        progress.follower = Follower(plan.shift, view, plan.rows)
    events = None
    try:
        run = _Run(plan, batch, device)
        if state is not None:
            _resume(run, progress, state)
        folder.drop_after(progress.counters["steps"])
        if tensorboard:
            from adaptarium.agents.rl.tensorboard import TensorBoardWriter

            events = TensorBoardWriter(folder.path, progress.counters["steps"])
        _learn(run, progress, plan, events)
    finally:
        batch.close()
        if events is not None:
            events.close()
    return dict(progress.counters)


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


def _learn(run: _Run, progress: Progress, plan: TrainingPlan, events: Any) -> None:
    """Play and learn whole rollouts while they fit into the plan's steps."""
    collector = run.collector
    while collector.total + plan.rollout <= plan.steps:
        try:
            figures = run.round()
        except NotFiniteError as problem:
            raise progress.diverged(collector.total, str(problem)) from None
        last = collector.total + plan.rollout > plan.steps
        if progress.is_due(collector.total) or last:
            episodes, collector.finished = collector.finished, []
            measured = {}
            if progress.folder.more and len(run.replay):
                measured = measure(run.learner.team.agents, run.look)
            row = progress.report(collector.total, episodes, measured)
            if events is not None:
                told = {f"progress/{name}": value for name, value in row.items()}
                told |= {f"train/{name}": value for name, value in figures.items()}
                events.write(told, {}, collector.total)
        if last or progress.is_worth_saving(collector.total):
            progress.save(collector.total, run.learner.updates, run.state)


def _resume(run: _Run, progress: Progress, state: Mapping[str, Any]) -> None:
    try:
        run.restore(state)
        progress.go_on(state["counters"])
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as problem:
        first = (str(problem) or type(problem).__name__).splitlines()[0]
        raise RunError(
            f"{progress.folder.path}: the checkpoint does not fit its run.json: {first[:120]}"
        ) from None
