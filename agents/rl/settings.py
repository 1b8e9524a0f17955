"""What a training run is made of: algorithm, hyper-parameters, sizes and seed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from adaptarium.envs.core.errors import FactorError, unknown_name
from adaptarium.envs.core.factors import validated
from adaptarium.envs.core.world import World
from adaptarium.wrappers.spec import ShiftPlan

DEVICES = ("auto", "cpu", "cuda")
WIDEST = 4096
"""Units of a layer at most: eight such layers are half a gigabyte of weights."""

MOST = 10**12  # of what only counts
Width = Annotated[int, Field(ge=1, le=WIDEST)]


class Settings(BaseModel):
    """Hyper-parameters that all algorithms have; their values are in ``hyper.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rollout_field: ClassVar[str] = "n_steps"
    """The hyper-parameter that says how many steps each row plays between two updates."""
    own: ClassVar[frozenset[str]] = frozenset(
        {"encoding", "layers", "activation", "final_learning_rate", "learning_rate_steps"}
    )
    """Hyper-parameters that the library's learner does not take itself."""

    encoding: Literal["one_hot", "bits", "raw"]
    layers: tuple[Width, ...] = Field(max_length=8)
    activation: Literal["Tanh", "ReLU"]
    learning_rate: float = Field(gt=0, le=1)
    final_learning_rate: float = Field(ge=0, le=1)
    learning_rate_steps: int = Field(ge=0, le=MOST)
    gamma: float = Field(gt=0, le=1)
    max_grad_norm: float = Field(gt=0, le=1e6)

    def for_learner(self) -> dict[str, Any]:
        """The arguments of the library's learner, without those of the policy and schedules."""
        return self.model_dump(exclude=set(self.own))

    @property
    def rollout(self) -> int:
        """Steps of each row between two updates."""
        return int(getattr(self, self.rollout_field))

    def remembered(self, rows: int) -> tuple[str, int]:
        """The hyper-parameter that decides how many steps are held in memory, and how many."""
        return self.rollout_field, self.rollout * rows

    def fitted(self, steps: int, rows: int) -> Self:
        """These settings with the rollout cut to what a short run can play.

        Args:
            steps: Steps of the run.
            rows: Rows of the batch: slots times seats.

        Raises:
            FactorError: the steps are not enough for any rollout.
        """
        name = self.rollout_field
        bounds = type(self).model_fields[name].metadata
        least = max(int(getattr(bound, "ge", 1)) for bound in bounds)
        if steps // rows < least:
            raise FactorError(
                f"steps = {steps}: expected at least {least} in each of {rows} rows; the nearest "
                f"valid is {least * rows}"
            )
        return self.model_copy(update={name: min(self.rollout, steps // rows)})


class OnPolicySettings(Settings):
    """What the learners have that use each step once."""

    n_steps: int = Field(ge=1, le=MOST)
    gae_lambda: float = Field(ge=0, le=1)
    ent_coef: float = Field(ge=0, le=1e3)
    vf_coef: float = Field(ge=0, le=1e3)


class A2CSettings(OnPolicySettings):
    """Hyper-parameters of A2C."""

    use_rms_prop: bool
    rms_prop_eps: float = Field(gt=0, le=1)
    normalize_advantage: bool


class PPOSettings(OnPolicySettings):
    """Hyper-parameters of PPO, with masks or without."""

    n_steps: int = Field(ge=2, le=MOST)
    batch_size: int = Field(ge=2, le=MOST)
    n_epochs: int = Field(ge=1, le=10_000)
    clip_range: float = Field(gt=0, le=10)

    def fitted(self, steps: int, rows: int) -> Self:
        """As for all; a mini-batch of one is refused, since its advantage has no deviation."""
        fitted = super().fitted(steps, rows)
        total = fitted.rollout * rows
        if total % self.batch_size == 1:
            raise FactorError(
                f"hyper-parameter batch_size = {self.batch_size}: it leaves a mini-batch of one of "
                f"{total} steps; expected for example {self.batch_size + 1}"
            )
        return fitted


class FastPPOSettings(PPOSettings):
    """Hyper-parameters of the compact PPO."""

    layers: tuple[Width, ...] = Field(min_length=1, max_length=8)
    memory: int = Field(ge=0, le=WIDEST)
    """Width of the GRU that remembers; 0 for none."""
    central_critic: bool
    """Whether the critic sees what all seats of a slot see."""
    credit: float = Field(ge=0, le=1)
    """What the later inner episodes of a trial count in an earlier one: 1 in full, 0 not at all."""
    finite_horizon: bool
    """Whether the time limit is part of the task, so that nothing counts that would come after it;
    else what would have come is added, as the critic sees it."""

    def rate_at(self, steps: int) -> float:
        """The learning rate after ``steps`` environment steps."""
        if not self.learning_rate_steps:
            return self.learning_rate
        share = min(steps / self.learning_rate_steps, 1.0)
        return self.learning_rate + share * (self.final_learning_rate - self.learning_rate)


class RecurrentPPOSettings(PPOSettings):
    """Hyper-parameters of PPO with an LSTM each for actor and critic."""

    own: ClassVar[frozenset[str]] = Settings.own | {"lstm_size", "lstm_layers"}

    lstm_size: Width
    lstm_layers: int = Field(ge=1, le=8)


class DQNSettings(Settings):
    """Hyper-parameters of DQN."""

    rollout_field: ClassVar[str] = "train_freq"
    own: ClassVar[frozenset[str]] = Settings.own | {"exploration_steps"}

    def remembered(self, rows: int) -> tuple[str, int]:
        """The replay buffer, whose steps hold the observation before and after."""
        return "buffer_size", 2 * self.buffer_size

    buffer_size: int = Field(ge=1, le=MOST)
    learning_starts: int = Field(ge=0, le=MOST)
    batch_size: int = Field(ge=1, le=1_000_000)
    train_freq: int = Field(ge=1, le=MOST)
    gradient_steps: int = Field(ge=1, le=1_000_000)
    tau: float = Field(gt=0, le=1)
    target_update_interval: int = Field(ge=1, le=MOST)
    exploration_initial_eps: float = Field(ge=0, le=1)
    exploration_final_eps: float = Field(ge=0, le=1)
    exploration_steps: int = Field(ge=1, le=MOST)


ALGORITHMS: Mapping[str, type[Settings]] = {
    "ppo": PPOSettings,
    "a2c": A2CSettings,
    "dqn": DQNSettings,
    "recurrent-ppo": RecurrentPPOSettings,
    "fast-ppo": FastPPOSettings,
    "maskable-ppo": PPOSettings,
}


def settings_for(algo: str, family: str, changes: Mapping[str, Any] | None = None) -> Settings:
    """The hyper-parameters of an algorithm for a family, with ``changes`` on top.

    Raises:
        UnknownNameError: there is no such algorithm or hyper-parameter.
        FactorError: a change has a wrong value.
    """
    model = settings_model(algo)
    file = resources.files("adaptarium.agents.rl").joinpath("hyper.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))[algo]
    for name in changes or {}:
        if name not in model.model_fields:
            raise unknown_name(f"hyper-parameter of {algo}", name, model.model_fields)
    data = {**tables["default"], **tables.get(family, {}), **(changes or {})}
    settings: Settings = validated(model, data, "hyper-parameter")
    return settings


def settings_model(algo: str) -> type[Settings]:
    """The model of an algorithm's hyper-parameters.

    Raises:
        UnknownNameError: there is no such algorithm.
    """
    if algo not in ALGORITHMS:
        raise unknown_name("algorithm", algo, ALGORITHMS)
    return ALGORITHMS[algo]


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that decides a run's outcome.

    Attributes:
        world: The world that is learnt, its split included.
        algo: One of ``ALGORITHMS``.
        steps: Environment steps at most; whole rollouts are played.
        num_envs: Slots of the batch.
        seed: The run's seed; hashed, so that runs 0, 1, 2 share no episode.
        settings: The hyper-parameters, as they were asked for.
        shift: How the world changes while it is learnt.
    """

    world: World
    algo: str
    steps: int
    num_envs: int
    seed: int
    settings: Settings
    shift: ShiftPlan | None = None

    @property
    def rows(self) -> int:
        """Rows of the batch: slots times seats."""
        return self.num_envs * self.world.seats

    @property
    def fitted(self) -> Settings:
        """The hyper-parameters with the rollout cut to what so short a run can play."""
        return self.settings.fitted(self.steps, self.rows)

    @property
    def rollout(self) -> int:
        """Steps between two updates, of all rows together."""
        return self.fitted.rollout * self.rows

    def begins_anew(self, done: int) -> bool:
        """Whether a run of ``done`` steps is no beginning of this one.

        It is none where it was shorter than one rollout, and was therefore cut to a rollout of its
        own length: to be what it would have been in one go, the longer run has to begin anew.
        """
        full = self.settings.rollout * self.rows
        return 0 < done < min(full, self.steps) and self.rollout != done

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
            "shift": None if self.shift is None else self.shift.to_data(),
        }
