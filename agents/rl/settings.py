"""What a training run is made of: algorithm, hyper-parameters, sizes and seed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from adaptarium.envs.core.errors import unknown_name
from adaptarium.envs.core.factors import validated
from adaptarium.envs.core.world import World

ALGORITHMS = ("ppo",)


class PPOSettings(BaseModel):
    """Hyper-parameters of PPO; the defaults are in ``ppo.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    encoding: Literal["one_hot", "raw"]
    layers: tuple[int, ...] = Field(max_length=8)
    activation: Literal["Tanh", "ReLU"]
    learning_rate: float = Field(gt=0)
    n_steps: int = Field(ge=2)
    batch_size: int = Field(ge=2)
    n_epochs: int = Field(ge=1)
    gamma: float = Field(gt=0, le=1)
    gae_lambda: float = Field(ge=0, le=1)
    clip_range: float = Field(gt=0)
    ent_coef: float = Field(ge=0)
    vf_coef: float = Field(ge=0)
    max_grad_norm: float = Field(gt=0)

    def for_algorithm(self) -> dict[str, Any]:
        """The arguments of the algorithm itself, without those of the policy."""
        return self.model_dump(exclude={"encoding", "layers", "activation"})


def ppo_settings(family: str, changes: Mapping[str, Any] | None = None) -> PPOSettings:
    """The hyper-parameters for a family, with ``changes`` on top.

    Raises:
        UnknownNameError, FactorError: a change names no hyper-parameter, or has a wrong value.
    """
    text = resources.files("adaptarium.agents.rl").joinpath("ppo.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    for name in changes or {}:
        if name not in PPOSettings.model_fields:
            raise unknown_name("hyper-parameter", name, PPOSettings.model_fields)
    data = {**tables["default"], **tables.get(family, {}), **(changes or {})}
    settings: PPOSettings = validated(PPOSettings, data, "hyper-parameter")
    return settings


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that decides a run's outcome.

    Attributes:
        world: The world that is learnt, its split included.
        algo: ``"ppo"``.
        steps: Environment steps at most; whole rollouts are played.
        num_envs: Slots of the batch.
        seed: The run's seed; hashed, so that runs 0, 1, 2 share no episode.
        settings: The hyper-parameters.
    """

    world: World
    algo: str
    steps: int
    num_envs: int
    seed: int
    settings: PPOSettings

    def to_data(self) -> dict[str, Any]:
        """Plain data for ``run.json``."""
        return {
            "world": self.world.id,
            "world_data": self.world.to_data(),
            "algo": self.algo,
            "steps": self.steps,
            "num_envs": self.num_envs,
            "seed": self.seed,
            "hyperparameters": self.settings.model_dump(mode="json"),
        }


def check_algorithm(name: str) -> str:
    """``name`` itself.

    Raises:
        UnknownNameError: there is no such algorithm.
    """
    if name not in ALGORITHMS:
        raise unknown_name("algorithm", name, ALGORITHMS)
    return name
