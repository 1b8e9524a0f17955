"""Training with the compact PPO, which goes on after a kill from its last checkpoint.

Going on is exact on the CPU with one thread, as for the other learners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from gymnasium import Space

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.fast.heads import head_for
from adaptarium.agents.rl.fast.independent import Independent
from adaptarium.agents.rl.fast.league import League
from adaptarium.agents.rl.fast.learner import PPO, NotFiniteError
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.packing import Packing
from adaptarium.agents.rl.fast.rollout import Collector
from adaptarium.agents.rl.fast.team import Team
from adaptarium.agents.rl.memory import check_memory
from adaptarium.agents.rl.plasticity import measure
from adaptarium.agents.rl.progress import Listener, Progress
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import FastPPOSettings, TrainingPlan
from adaptarium.agents.rl.shifts import Follower
from adaptarium.agents.rl.view import View, make_view
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import FactorError, RunError


def make_networks(
    observations: Space[Any], actions: Space[Any], settings: FastPPOSettings, seats: int
) -> list[ActorCritic]:
    """Untrained networks on the CPU: one for each seat, or the one that all seats share.

    The arguments and errors are those of :func:`make_network`.
    """
    count = seats if settings.independent else 1
    return [make_network(observations, actions, settings, seats) for _ in range(count)]


def make_network(
    observations: Space[Any], actions: Space[Any], settings: FastPPOSettings, seats: int
) -> ActorCritic:
    """An untrained network on the CPU.

    Args:
        observations: One agent's observation space.
        actions: One agent's action space.
        settings: The hyper-parameters.
        seats: Seats of a slot, which a central critic sees together.

    Raises:
        FactorError: a space is not one that can be learnt.
    """
    return ActorCritic(
        Packing(Encoding(observations, settings.encoding)),
        head_for(actions),
        settings.layers,
        settings.activation,
        memory=settings.memory,
        seats=seats if settings.central_critic else 0,
    )


def check_plan(plan: TrainingPlan) -> None:
    """Make what the plan needs, in small: a run's folder is made after that.

    Raises:
        FactorError: a space is not one that can be learnt, or a rollout does not fit in memory.
        SplitError: the split holds no level.
        ShiftError: the shifts do not fit the world, or swap partners.
    """
    settings = _settings(plan)
    view = make_view(plan, 1)
    try:
        view.reset(0)
        seats = view.reward.shape[1]
        if seats == 1 and settings.pool_size:
            raise FactorError(
                f"hyper-parameter pool_size = {settings.pool_size}: past selves need other seats, "
                f"and {plan.world.id} has one; the nearest valid is 0"
            )
        network = make_network(view.observation_space, view.batch.action_space, settings, seats)
        check_memory(plan, 8 * network.packing.words)
    finally:
        view.batch.close()


def _settings(plan: TrainingPlan) -> FastPPOSettings:
    settings = plan.fitted
    if not isinstance(settings, FastPPOSettings):
        raise TypeError(f"expected settings of fast-ppo, got {type(settings).__name__}")
    return settings


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
    """Train until the plan's steps are done; as :func:`adaptarium.agents.rl.train.train_plan`.

    Threads share the learner's work, most of what there is to do, and change nothing: going on is
    exact with any number of them.
    """
    torch.set_num_threads(1)  # our own threads are worth more
    state = folder.load_checkpoint()
    progress = Progress(folder, listener, log_every)
    view, team = make_view(plan, plan.num_envs), Team(num_threads)
    if plan.shift is not None:
        progress.follower = Follower(plan.shift, view, plan.rows)
    events = None
    try:
        run = _Run(plan, view, device, team)
        if state is not None:
            _resume(run, progress, state)
        folder.drop_after(progress.counters["steps"])
        if tensorboard:
            from adaptarium.agents.rl.tensorboard import TensorBoardWriter

            events = TensorBoardWriter(folder.path, progress.counters["steps"])
        _learn(run, progress, plan, events)
    finally:
        view.batch.close()
        team.close()
        if events is not None:
            events.close()
    return dict(progress.counters)


class _Run:
    """Collector and learner of one run, made from its plan."""

    def __init__(self, plan: TrainingPlan, view: View, device: str, team: Team) -> None:
        settings, batch = _settings(plan), view.batch
        seed = run_seed(plan.seed)
        with torch.random.fork_rng(devices=[]):  # nobody else's numbers move
            torch.manual_seed(seed)
            seats = view.reward.shape[1]
            networks = make_networks(view.observation_space, batch.action_space, settings, seats)
        for network in networks:
            network.to(device)
        self.random = torch.Generator(device=device)
        self.random.manual_seed(seed)
        layout = batch.family.module("layout")
        league = None
        if settings.pool_size:
            league = League(settings, batch.num_envs, seats, self.random)
        self.collector = Collector(
            view,
            networks[0],
            steps=settings.n_steps,
            gamma=settings.gamma,
            credit=settings.credit,
            finite_horizon=settings.finite_horizon,
            seed=seed,
            random=self.random,
            masked=any(layout.masked(world.rules, batch.sizes) for world in plan.worlds),
            team=team,
            others=networks[1:],
            league=league,
        )
        learners = [
            PPO(network, settings, self.random, team, seat if settings.independent else None)
            for seat, network in enumerate(networks)
        ]
        self.learner = Independent(learners) if settings.independent else learners[0]

    def state(self) -> dict[str, Any]:
        """All that going on needs."""
        return {
            **self.learner.state(),
            "random": self.random.get_state(),
            "collector": self.collector.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the run stood that gave ``state``."""
        self.learner.restore(state)
        self.collector.restore(state["collector"])
        self.random.set_state(state["random"])


def _learn(run: _Run, progress: Progress, plan: TrainingPlan, events: Any) -> None:
    """Play and learn whole rollouts while they fit into the plan's steps."""
    collector, learner = run.collector, run.learner
    while collector.total + plan.rollout <= plan.steps:
        rollout = collector.collect()
        try:
            figures = learner.update(rollout, collector.total)
        except NotFiniteError as problem:
            raise progress.diverged(collector.total, str(problem)) from None
        collector.take_up(learner.updates)
        last = collector.total + plan.rollout > plan.steps
        if progress.is_due(collector.total) or last:
            episodes, collector.finished = collector.finished, []
            measured = {}
            if progress.folder.more:
                measured = measure(collector.networks[0], collector.look)
            row = progress.report(collector.total, episodes, measured)
            if events is not None:
                told = {f"progress/{name}": value for name, value in row.items()}
                told |= {f"train/{name}": value for name, value in figures.items()}
                events.write(told, {}, collector.total)
        if last or progress.is_worth_saving(collector.total):
            progress.save(collector.total, learner.updates, run.state)


def _resume(run: _Run, progress: Progress, state: Mapping[str, Any]) -> None:
    try:
        run.restore(state)
        progress.go_on(state["counters"])
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as problem:
        first = (str(problem) or type(problem).__name__).splitlines()[0]
        raise RunError(
            f"{progress.folder.path}: the checkpoint does not fit its run.json: {first[:120]}"
        ) from None
