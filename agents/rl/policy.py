"""A trained policy as an agent: rebuilt from its run folder, without the learner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.spaces import Space

from adaptarium.agents.draws import uniforms
from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.fast.player import FastAgent
from adaptarium.agents.rl.fast.train import make_networks
from adaptarium.agents.rl.mixed import MixedAgent
from adaptarium.agents.rl.qmix.network import AgentNetwork
from adaptarium.agents.rl.qmix.player import QMIXAgent
from adaptarium.agents.rl.rows import Rows
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import (
    FastPPOSettings,
    QMIXSettings,
    RunSettings,
    TabularSettings,
    settings_model,
    with_network,
)
from adaptarium.agents.rl.view import seen_spaces, several_families
from adaptarium.agents.tabular.player import TabularAgent
from adaptarium.envs.core.errors import RunError, ShiftError, UnknownNameError, missing_extra
from adaptarium.envs.core.factors import validated
from adaptarium.envs.core.world import World
from adaptarium.wrappers.spec import ShiftPlan
from adaptarium.wrappers.unified.spaces import UnifiedSpaces

try:
    import torch
except ImportError:
    raise missing_extra("torch", "train") from None

Info = Mapping[str, Any]


def run_agent(run: str | Path) -> Agent:
    """The agent of a training run.

    Args:
        run: The run's folder.

    Raises:
        RunError: the folder is damaged, or holds no checkpoint yet.
    """
    folder = RunFolder(run)
    info, state = folder.info(), folder.load_checkpoint()
    if state is None:
        raise RunError(f"{folder.path} has no checkpoint yet; let it train longer")
    algo, worlds, settings = _trained_on(info, folder)
    if isinstance(settings, TabularSettings):
        return TabularAgent(settings.states, state.get("policy", {}))
    space, actions = seen_spaces(worlds, _shift_of(info, folder))
    if isinstance(settings, QMIXSettings):
        return _team(worlds[0], settings, state, space, folder)
    if isinstance(settings, FastPPOSettings):
        seats = max(world.seats for world in worlds)
        networks = make_networks(space, actions, settings, seats)
        _load(torch.nn.ModuleList(networks) if settings.independent else networks[0], state, folder)
        agent = FastAgent(networks, space, padded=len(worlds) > 1)
        return MixedAgent(agent, UnifiedSpaces.of(worlds)) if several_families(worlds) else agent
    from adaptarium.agents.rl.algorithms import make_policy

    settings = with_network(settings)
    encoding = Encoding(space, settings.encoding)
    policy = make_policy(algo, encoding.space, actions, settings)
    _load(policy, state, folder)
    return PolicyAgent(algo, policy, encoding, space)


def _load(policy: torch.nn.Module, state: Mapping[str, Any], folder: RunFolder) -> None:
    try:
        policy.load_state_dict(state["policy"])
    except (KeyError, RuntimeError, TypeError):
        raise RunError(f"{folder.path}: the checkpoint does not fit its run.json") from None


def _team(
    world: World, settings: QMIXSettings, state: Info, space: Space[Any], folder: RunFolder
) -> Agent:
    """The agents of a team; its mixer is not needed to play."""
    encoding = Encoding(space, settings.encoding)
    actions = world.family.module("layout").action_space(world.sizes())
    network = AgentNetwork(encoding.size, world.seats, int(actions.n), settings)
    begin = "agents."
    try:
        weights = {n[len(begin) :]: w for n, w in state["policy"].items() if n.startswith(begin)}
        network.load_state_dict(weights)
    except (AttributeError, KeyError, RuntimeError, TypeError):
        raise RunError(f"{folder.path}: the checkpoint does not fit its run.json") from None
    return QMIXAgent(network, encoding, space)


class PolicyAgent:
    """A trained policy that plays many episodes at once, on the CPU.

    An action is drawn from the policy's distribution with a number that depends on the episode's
    seed and the step alone, so that playing in batches of another size changes nothing. DQN takes
    the action it values most. A policy with masks never takes an invalid action, and a recurrent
    one remembers each episode by its row in ``info["slots"]`` (its place, where there is none) and
    forgets it at ``info["first"]``.

    Args:
        algo: Name of the algorithm.
        policy: The library's policy; it may still be learning, and plays with its present weights.
        encoding: How observations are made flat.
        space: One agent's observation space; a plain one is one part with the empty name.
    """

    batched = True

    def __init__(self, algo: str, policy: Any, encoding: Encoding, space: Space[Any]) -> None:
        self.algo, self.policy = algo, policy
        self.policy.set_training_mode(False)
        self._rows = Rows(encoding, space)
        self._memory = _Memory(self.policy) if algo == "recurrent-ppo" else None

    def act(self, observation: Mapping[str, Any], info: Info) -> npt.NDArray[Any]:
        """Actions for observations with a leading (n,) or (n, seats) axis, one each.

        Raises:
            AgentError: the observations have other shapes than those it was trained on.
        """
        vectors, lead = self._rows.read(observation)
        with torch.no_grad():
            chances = self._chances(torch.as_tensor(vectors), info, lead)
        chosen = uniforms(info["seed"], info["step"], lead[1:]).reshape(-1, 1)
        actions = (np.cumsum(chances, axis=1) < chosen).sum(axis=1)
        # Rounding may leave the sum below the number drawn: then the last possible action is meant.
        last = chances.shape[1] - 1 - np.argmax(chances[:, ::-1] > 0, axis=1)
        return np.minimum(actions, last).reshape(lead)

    def _chances(
        self, vectors: torch.Tensor, info: Info, lead: tuple[int, ...]
    ) -> npt.NDArray[np.float32]:
        """(rows, actions) probabilities."""
        if self.algo == "dqn":
            values = self.policy.q_net(vectors).numpy()
            chances = np.zeros_like(values)
            chances[np.arange(len(values)), values.argmax(axis=1)] = 1
            return chances
        if self._memory is not None:
            given = self._memory.chances(vectors, info, lead)
        elif self.algo == "maskable-ppo":
            masks = np.asarray(info["mask"]).reshape(len(vectors), -1)
            given = self.policy.get_distribution(vectors, masks).distribution.probs
        else:
            given = self.policy.get_distribution(vectors).distribution.probs
        return np.asarray(given.numpy())


class _Memory:
    """The LSTM states of a recurrent policy's actor, by slot and seat."""

    def __init__(self, policy: Any) -> None:
        self.policy = policy
        layers, _, size = policy.lstm_hidden_state_shape
        self.states = tuple(torch.zeros(layers, 0, size) for _ in range(2))

    def chances(self, vectors: torch.Tensor, info: Info, lead: tuple[int, ...]) -> torch.Tensor:
        """(rows, actions) probabilities; what was seen is remembered."""
        seats = int(np.prod(lead[1:], dtype=np.int64))
        slots = np.asarray(info.get("slots", np.arange(lead[0])))
        rows = torch.as_tensor((slots[:, None] * seats + np.arange(seats)).reshape(-1))
        first = torch.as_tensor(np.repeat(np.asarray(info["first"]), seats)).float()
        self._make_room(int(rows.max()) + 1)
        given, states = self.policy.get_distribution(
            vectors, tuple(half[:, rows] for half in self.states), first
        )
        for half, new in zip(self.states, states, strict=True):
            half[:, rows] = new
        probabilities: torch.Tensor = given.distribution.probs
        return probabilities

    def _make_room(self, count: int) -> None:
        more = count - self.states[0].shape[1]
        if more > 0:
            pad = torch.nn.functional.pad
            self.states = tuple(pad(half, (0, 0, 0, more)) for half in self.states)


def _shift_of(info: Info, folder: RunFolder) -> ShiftPlan | None:
    try:
        return None if info.get("shift") is None else ShiftPlan.from_data(info["shift"])
    except ShiftError as problem:
        raise RunError(f"{folder.path}: run.json: {problem}") from None


def _trained_on(info: Info, folder: RunFolder) -> tuple[str, list[World], RunSettings]:
    try:
        worlds = [World.from_data(data) for data in (info["world_data"], *info["others"])]
        model = settings_model(info["algo"])
        return info["algo"], worlds, validated(model, info["hyperparameters"], "hyper-parameter")
    except KeyError as missing:
        if isinstance(missing, UnknownNameError):
            raise RunError(f"{folder.path}: run.json: {missing}") from None
        raise RunError(f"{folder.path}: run.json has no {missing}") from None
