"""A trained policy as an agent: rebuilt from its run folder, without the learner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from adaptarium.agents.draws import uniforms
from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import PPOSettings
from adaptarium.envs.core.errors import AgentError, RunError, missing_extra
from adaptarium.envs.core.factors import validated
from adaptarium.envs.core.world import World

try:
    import torch
    from stable_baselines3.common.policies import ActorCriticPolicy
except ImportError:
    raise missing_extra("stable-baselines3", "train") from None


def make_policy(encoding: Encoding, actions: Any, settings: PPOSettings) -> ActorCriticPolicy:
    """An untrained policy of the settings' shape."""
    return ActorCriticPolicy(
        encoding.space, actions, lambda _: settings.learning_rate, **policy_arguments(settings)
    )


def policy_arguments(settings: PPOSettings) -> dict[str, Any]:
    """The arguments that give Stable-Baselines3's ``MlpPolicy`` its shape."""
    activation = {"Tanh": torch.nn.Tanh, "ReLU": torch.nn.ReLU}[settings.activation]
    return {"net_arch": list(settings.layers), "activation_fn": activation}


class PolicyAgent:
    """A trained policy that plays many episodes at once.

    An action is drawn from the policy's distribution with a number that depends on the episode's
    seed and the step alone, so that playing in batches of another size changes nothing.

    Args:
        run: The run's folder.
    """

    batched = True

    def __init__(self, run: str | Path) -> None:
        folder = RunFolder(run)
        info, state = folder.info(), folder.load_checkpoint()
        if state is None:
            raise RunError(f"{folder.path} has no checkpoint yet; let it train longer")
        world, settings = _trained_on(info, folder)
        layout, sizes = world.family.module("layout"), world.sizes()
        self.encoding = Encoding(layout.observation_space(sizes), settings.encoding)
        self.policy = make_policy(self.encoding, layout.action_space(sizes), settings)
        try:
            self.policy.load_state_dict(state["policy"])
        except (KeyError, RuntimeError, TypeError):
            raise RunError(f"{folder.path}: the checkpoint does not fit its run.json") from None
        self.policy.set_training_mode(False)
        self.shapes = {name: space.shape for name, space in _named(layout, sizes).items()}

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """Actions for observations with a leading (n,) or (n, seats) axis, one each.

        Raises:
            AgentError: the observations have other shapes than those it was trained on.
        """
        lead = self._lead(observation)
        flat = {name: np.asarray(observation[name]) for name in self.shapes}
        rows = {name: flat[name].reshape(-1, *shape) for name, shape in self.shapes.items()}
        with torch.no_grad():
            vectors = torch.as_tensor(self.encoding(rows))
            chosen_by = self.policy.get_distribution(vectors).distribution
            chances = cast("torch.distributions.Categorical", chosen_by).probs.numpy()
        chosen = uniforms(info["seed"], info["step"], lead[1:]).reshape(-1, 1)
        actions = (np.cumsum(chances, axis=1) < chosen).sum(axis=1)
        return np.minimum(actions, chances.shape[1] - 1).reshape(lead)

    def _lead(self, observation: Mapping[str, Any]) -> tuple[int, ...]:
        """The leading axes, the same for all parts."""
        leads = set()
        for name, shape in self.shapes.items():
            found = np.shape(observation.get(name, ()))
            cut = len(found) - len(shape)
            if name not in observation or cut < 0 or found[cut:] != shape:
                raise AgentError(
                    f"the policy was trained on observations {name!r} of shape {shape}, "
                    f"this world gives {found or 'none'}"
                )
            leads.add(found[:cut])
        return leads.pop()


def _trained_on(info: Mapping[str, Any], folder: RunFolder) -> tuple[World, PPOSettings]:
    try:
        world = World.from_data(info["world_data"])
        return world, validated(PPOSettings, info["hyperparameters"], "hyper-parameter")
    except KeyError as missing:
        raise RunError(f"{folder.path}: run.json has no {missing}") from None


def _named(layout: Any, sizes: Mapping[str, int]) -> Mapping[str, Any]:
    parts: Mapping[str, Any] = layout.observation_space(sizes).spaces
    return parts
