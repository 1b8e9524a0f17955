"""The learners of Stable-Baselines3 and sb3-contrib, made from our settings."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adaptarium.agents.rl.settings import (
    DEVICES,
    DQNSettings,
    RecurrentPPOSettings,
    Settings,
)
from adaptarium.envs.core.errors import FactorError, missing_extra, unknown_name

try:
    import torch
    from stable_baselines3 import A2C, DQN, PPO
    from stable_baselines3.common.policies import ActorCriticPolicy
    from stable_baselines3.common.vec_env import VecEnv
    from stable_baselines3.dqn.policies import DQNPolicy
except ImportError:
    raise missing_extra("stable-baselines3", "train") from None
try:
    from sb3_contrib import MaskablePPO, RecurrentPPO
    from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
    from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
except ImportError:
    raise missing_extra("sb3-contrib", "train") from None


@dataclass(frozen=True)
class _Algorithm:
    learner: type[Any]
    policy: type[Any]


_ALGORITHMS = {
    "ppo": _Algorithm(PPO, ActorCriticPolicy),
    "a2c": _Algorithm(A2C, ActorCriticPolicy),
    "dqn": _Algorithm(DQN, DQNPolicy),
    "recurrent-ppo": _Algorithm(RecurrentPPO, RecurrentActorCriticPolicy),
    "maskable-ppo": _Algorithm(MaskablePPO, MaskableActorCriticPolicy),
}


def resolve_device(name: str) -> str:
    """``"cpu"`` or ``"cuda"``; ``"auto"`` takes CUDA where torch finds it.

    Raises:
        UnknownNameError: there is no such device.
        FactorError: CUDA is asked for and torch finds none.
    """
    if name not in DEVICES:
        raise unknown_name("device", name, DEVICES)
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise FactorError(
            "device = 'cuda': torch finds no CUDA device here; expected 'cpu' or 'auto'"
        )
    return "cuda" if found and name != "cpu" else "cpu"


def make_learner(algo: str, settings: Settings, env: VecEnv, device: str) -> Any:
    """An untrained learner; its weights come from torch's generator.

    Args:
        algo: Name of the algorithm.
        settings: The hyper-parameters.
        env: What it plays in.
        device: ``"cpu"`` or ``"cuda"``.
    """
    algorithm = _ALGORITHMS[algo]
    with warnings.catch_warnings():
        # Small batches and small networks on CUDA are the user's choice.
        warnings.filterwarnings("ignore", "You have specified a mini-batch size", UserWarning)
        warnings.filterwarnings("ignore", "You are trying to run", UserWarning)
        learner = algorithm.learner(
            algorithm.policy,
            env,
            policy_kwargs=policy_arguments(settings),
            device=device,
            **settings.for_learner(),
        )
    if settings.learning_rate_steps:
        learner.lr_schedule = _linear(
            learner,
            settings.learning_rate,
            settings.final_learning_rate,
            settings.learning_rate_steps,
        )
    if isinstance(settings, DQNSettings):
        learner.exploration_schedule = _linear(
            learner,
            settings.exploration_initial_eps,
            settings.exploration_final_eps,
            settings.exploration_steps,
        )
    return learner


def _linear(learner: Any, start: float, end: float, steps: int) -> Callable[[float], float]:
    """From ``start`` to ``end`` over ``steps`` steps of the learner.

    The library hands schedules the share of the run that is left. That share depends on where the
    run is to end, so the learner's own count of steps is taken.
    """
    return lambda _left: start + (end - start) * min(learner.num_timesteps / steps, 1.0)


def make_policy(algo: str, observations: Any, actions: Any, settings: Settings) -> Any:
    """An untrained policy of the settings' shape, on the CPU.

    Args:
        algo: Name of the algorithm.
        observations: Space of the encoded observations.
        actions: Space of the actions.
        settings: The hyper-parameters.
    """
    return _ALGORITHMS[algo].policy(
        observations, actions, lambda _: settings.learning_rate, **policy_arguments(settings)
    )


def policy_arguments(settings: Settings) -> dict[str, Any]:
    """The arguments that give a policy of the library its shape."""
    activation = {"Tanh": torch.nn.Tanh, "ReLU": torch.nn.ReLU}[settings.activation]
    shape: dict[str, Any] = {"net_arch": list(settings.layers), "activation_fn": activation}
    if isinstance(settings, RecurrentPPOSettings):
        shape |= {
            "lstm_hidden_size": settings.lstm_size,
            "n_lstm_layers": settings.lstm_layers,
        }
    return shape
