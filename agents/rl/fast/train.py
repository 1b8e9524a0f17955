"""Training with the compact PPO, which goes on after a kill from its last checkpoint.

Going on is exact on the CPU with one thread, as for the other learners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from gymnasium import Space

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.fast.demonstrations import (
    Demonstrations,
    check_demonstrations,
    demonstrate,
    joined,
)
from adaptarium.agents.rl.fast.heads import head_for
from adaptarium.agents.rl.fast.independent import Independent
from adaptarium.agents.rl.fast.league import League
from adaptarium.agents.rl.fast.learner import PPO
from adaptarium.agents.rl.fast.network import ActorCritic
from adaptarium.agents.rl.fast.packing import Packing
from adaptarium.agents.rl.fast.rollout import Collector
from adaptarium.agents.rl.fast.team import Team
from adaptarium.agents.rl.memory import check_memory
from adaptarium.agents.rl.plasticity import measure
from adaptarium.agents.rl.progress import Finished, Listener
from adaptarium.agents.rl.running import carry_on
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import FastPPOSettings, TrainingPlan
from adaptarium.agents.rl.view import View, make_view
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import FactorError


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
        FactorError: a space is not one that can be learnt, a rollout does not fit in memory, or
            what is to be imitated cannot be shown.
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
    check_demonstrations(plan, settings)


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
    view, team = make_view(plan, plan.num_envs), Team(num_threads)
    try:
        return carry_on(
            plan,
            folder,
            view,
            lambda: _Run(plan, view, device, team),
            log_every=log_every,
            tensorboard=tensorboard,
            listener=listener,
        )
    finally:
        team.close()


class _Run:
    """Collector and learner of one run, made from its plan."""

    def __init__(self, plan: TrainingPlan, view: View, device: str, team: Team) -> None:
        settings, batch = _settings(plan), view.batch
        self.plan, self.settings = plan, settings
        seed = run_seed(plan.seed)
        with torch.random.fork_rng(devices=[]):  # nobody else's numbers move
            torch.manual_seed(seed)
            seats = view.reward.shape[1]
            networks = make_networks(view.observation_space, batch.action_space, settings, seats)
        for network in networks:
            network.to(device)
        self.random = torch.Generator(device=device)
        self.random.manual_seed(seed)
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
            masked=view.masked,
            team=team,
            others=networks[1:],
            league=league,
        )
        learners = [
            PPO(network, settings, self.random, team, seat if settings.independent else None)
            for seat, network in enumerate(networks)
        ]
        self.learner = Independent(learners) if settings.independent else learners[0]

    @property
    def total(self) -> int:
        """Steps played, of all rows."""
        return self.collector.total

    @property
    def updates(self) -> int:
        """Rollouts learnt from so far."""
        return self.learner.updates

    def round(self) -> dict[str, float]:
        """Play a rollout and learn from it; what the update told.

        Before the first one the reference is imitated, where that is asked for. No checkpoint lies
        between, so that a run that is killed before begins anew.
        """
        if self.updates == 0 and self.settings.demonstrations:
            self._imitate()
        figures = self.learner.update(self.collector.collect(), self.collector.total)
        self.collector.take_up(self.learner.updates)
        return figures

    def _imitate(self) -> None:
        """Learn from all rounds of demonstrations, after each from all that there are."""
        shown: list[Demonstrations] = []
        for turn in range(self.settings.demonstration_rounds):
            networks = self.collector.networks
            shown.append(demonstrate(self.plan, self.settings, networks, turn))
            self.learner.imitate(joined(shown))

    def take_finished(self) -> list[Finished]:
        """The episodes that ended since this was asked last."""
        finished, self.collector.finished = self.collector.finished, []
        return finished

    def measured(self) -> dict[str, float]:
        """Measures of the first network's plasticity."""
        return measure(self.collector.networks[0], self.collector.look)

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
