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


class RunSettings(BaseModel):
    """Hyper-parameters that all algorithms have; their values are in ``hyper.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rollout_field: ClassVar[str] = "n_steps"
    """The hyper-parameter that says how many steps each row plays between two updates."""

    gamma: float = Field(gt=0, le=1)

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


class Settings(RunSettings):
    """Hyper-parameters that all algorithms with a network have."""

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
    max_grad_norm: float = Field(gt=0, le=1e6)

    def for_learner(self) -> dict[str, Any]:
        """The arguments of the library's learner, without those of the policy and schedules."""
        return self.model_dump(exclude=set(self.own))

    def rate_at(self, steps: int) -> float:
        """The learning rate after ``steps`` environment steps."""
        if not self.learning_rate_steps:
            return self.learning_rate
        share = min(steps / self.learning_rate_steps, 1.0)
        return self.learning_rate + share * (self.final_learning_rate - self.learning_rate)


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
    independent: bool
    """Whether each seat has a network of its own; else all share one."""
    pool_size: int = Field(ge=0, le=1_000)
    """Past selves that hold seats beside the learner; 0 for none."""
    pool_every: int = Field(ge=1, le=MOST)
    """Rollouts between two past selves."""
    pool_share: float = Field(ge=0, le=1)
    """Share of the slots that are played against past selves."""
    pool_decay: float = Field(gt=0, le=1)
    """How often a past self is met, for each time that the next newer one is."""
    least_deviation: float = Field(ge=0, le=1e6)
    """Advantages are divided by their deviation, and by this at least: where nothing was paid yet,
    all that is left of them is the critic's noise, and it would lead the policy astray."""
    credit: float = Field(ge=0, le=1)
    """What the later inner episodes of a trial count in an earlier one: 1 in full, 0 not at all."""
    finite_horizon: bool
    """Whether the time limit is part of the task, so that nothing counts that would come after it;
    else what would have come is added, as the critic sees it."""
    demonstrations: int = Field(ge=0, le=MOST)
    """Steps of the reference that are imitated before the first rollout; 0 for none."""
    demonstration_epochs: int = Field(ge=1, le=10_000)
    """How often each of them is learnt from, in each round from its own on."""
    demonstration_rounds: int = Field(ge=1, le=1_000)
    """Rounds in which they are shown: in the first the reference plays, in the others the learner,
    who is told what the reference would do."""

    def remembered(self, rows: int) -> tuple[str, int]:
        """The rollout, or the demonstrations where they are more."""
        found = super().remembered(rows)
        shown = "demonstrations", self.demonstrations
        return max(found, shown, key=lambda one: one[1])


class RecurrentPPOSettings(PPOSettings):
    """Hyper-parameters of PPO with an LSTM each for actor and critic."""

    own: ClassVar[frozenset[str]] = Settings.own | {"lstm_size", "lstm_layers"}

    lstm_size: Width
    lstm_layers: int = Field(ge=1, le=8)


class ExplorationSettings(RunSettings):
    """What learners have that take a random action now and then."""

    exploration_initial_eps: float = Field(ge=0, le=1)
    exploration_final_eps: float = Field(ge=0, le=1)
    exploration_steps: int = Field(ge=1, le=MOST)

    def epsilon(self, steps: int) -> float:
        """Share of random actions after ``steps`` environment steps."""
        start, end = self.exploration_initial_eps, self.exploration_final_eps
        return start + (end - start) * min(steps / self.exploration_steps, 1.0)


class ReplaySettings(Settings, ExplorationSettings):
    """What learners have that replay what they remember: how to keep the network able to learn.

    See :mod:`adaptarium.agents.rl.plasticity.interventions`; an interval of 0 does nothing.
    """

    own: ClassVar[frozenset[str]] = Settings.own | {
        "reset_interval",
        "reset_layers",
        "perturb_interval",
        "perturb_rate",
        "perturb_min",
        "perturb_max",
        "dormant_threshold",
        "recovery_interval",
        "recovery_threshold",
        "gradient_steps_before_recovery",
    }

    gradient_steps: int = Field(ge=1, le=1_000_000)
    reset_interval: int = Field(ge=0, le=MOST)
    """Updates between two resets."""
    reset_layers: int = Field(ge=0, le=64)
    """Layers that are reset, counted from the last; 0 for all."""
    perturb_interval: int = Field(ge=0, le=MOST)
    """Updates between two of DrM's perturbations."""
    perturb_rate: float = Field(ge=0, le=1e3)
    """How fast dormant units lower the share of the weights that is kept."""
    perturb_min: float = Field(ge=0, le=1)
    perturb_max: float = Field(ge=0, le=1)
    dormant_threshold: float = Field(ge=0, le=1)
    """Share of its layer's mean activation below which a unit is dormant."""
    recovery_interval: int = Field(ge=0, le=MOST)
    """Updates between two looks of Adaptive RR at the share of active units."""
    recovery_threshold: float = Field(ge=0, le=1)
    """Change of that share below which plasticity has recovered."""
    gradient_steps_before_recovery: int = Field(ge=1, le=1_000_000)
    """Updates after a rollout until then; ``gradient_steps`` from then on."""


class DQNSettings(ReplaySettings):
    """Hyper-parameters of DQN."""

    rollout_field: ClassVar[str] = "train_freq"
    own: ClassVar[frozenset[str]] = ReplaySettings.own | {"exploration_steps"}

    def remembered(self, rows: int) -> tuple[str, int]:
        """The replay buffer, whose steps hold the observation before and after."""
        return "buffer_size", 2 * self.buffer_size

    buffer_size: int = Field(ge=1, le=MOST)
    learning_starts: int = Field(ge=0, le=MOST)
    batch_size: int = Field(ge=1, le=1_000_000)
    train_freq: int = Field(ge=1, le=MOST)
    tau: float = Field(gt=0, le=1)
    target_update_interval: int = Field(ge=1, le=MOST)


class QMIXSettings(ReplaySettings):
    """Hyper-parameters of QMIX, and of VDN."""

    rollout_field: ClassVar[str] = "train_freq"

    layers: tuple[Width, ...] = Field(min_length=1, max_length=8)
    memory: int = Field(ge=0, le=WIDEST)
    """Width of the agents' GRU; 0 for none."""
    mixer: Literal["qmix", "vdn"]
    mixing_size: Width
    buffer_episodes: int = Field(ge=1, le=10_000_000)
    learning_starts: int = Field(ge=0, le=MOST)
    batch_size: int = Field(ge=1, le=100_000)
    """Episodes of an update."""
    train_freq: int = Field(ge=1, le=MOST)
    target_update_interval: int = Field(ge=1, le=MOST)
    """Updates between two copies to the target network."""

    def remembered(self, rows: int) -> tuple[str, int]:
        """The replay of episodes."""
        return "buffer_episodes", self.buffer_episodes


class TabularSettings(ExplorationSettings):
    """What learners have that keep a table of states."""

    states: Literal["observation", "state"]
    """What a state is: what the agent sees, or the world's true state and level (by its hash)."""
    n_steps: int = Field(ge=1, le=MOST)
    max_states: int = Field(ge=1, le=50_000_000)

    def remembered(self, rows: int) -> tuple[str, int]:
        """The table at its largest."""
        return "max_states", self.max_states


class QLearningSettings(TabularSettings):
    """Hyper-parameters of tabular Q-learning."""

    learning_rate: float = Field(gt=0, le=1)
    """Step size of an action's first update."""
    learning_rate_power: float = Field(ge=0, le=1)
    """Its n-th update has the step size ``learning_rate / n ** learning_rate_power``."""
    initial_value: float = Field(ge=-1e9, le=1e9)


class ModelBasedSettings(TabularSettings):
    """Hyper-parameters of learning a model and planning in it."""

    known_after: int = Field(ge=1, le=1_000_000)
    """Results of an action in a state after which its outcomes count as known."""
    optimism: float = Field(ge=-1e9, le=1e9)
    """What is hoped for from an action that is not known yet."""
    sweeps: int = Field(ge=1, le=1_000_000)
    """Sweeps of value iteration after a rollout at most."""
    tolerance: float = Field(gt=0, le=1)
    """Change of a value below which it stands still."""


ALGORITHMS: Mapping[str, type[RunSettings]] = {
    "ppo": PPOSettings,
    "a2c": A2CSettings,
    "dqn": DQNSettings,
    "recurrent-ppo": RecurrentPPOSettings,
    "fast-ppo": FastPPOSettings,
    "maskable-ppo": PPOSettings,
    "q-learning": QLearningSettings,
    "model-based": ModelBasedSettings,
    "qmix": QMIXSettings,
}


LIBRARY_ALGORITHMS = ("ppo", "a2c", "dqn", "recurrent-ppo", "maskable-ppo")
"""Those of Stable-Baselines3 and sb3-contrib."""


def settings_for(algo: str, family: str, changes: Mapping[str, Any] | None = None) -> RunSettings:
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
    settings: RunSettings = validated(model, data, "hyper-parameter")
    return settings


def settings_model(algo: str) -> type[RunSettings]:
    """The model of an algorithm's hyper-parameters.

    Raises:
        UnknownNameError: there is no such algorithm.
    """
    if algo not in ALGORITHMS:
        raise unknown_name("algorithm", algo, ALGORITHMS)
    return ALGORITHMS[algo]


def with_network(settings: RunSettings) -> Settings:
    """The settings, where they are those of a learner with a network.

    Raises:
        TypeError: they are not.
    """
    if not isinstance(settings, Settings):
        raise TypeError(f"expected settings of a network, got {type(settings).__name__}")
    return settings


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
        others: Further worlds of its family, learnt in the same batch.
    """

    world: World
    algo: str
    steps: int
    num_envs: int
    seed: int
    settings: RunSettings
    shift: ShiftPlan | None = None
    others: tuple[World, ...] = ()

    @property
    def worlds(self) -> tuple[World, ...]:
        """All worlds; slot i of the batch runs the i-th of them, over and over."""
        return (self.world, *self.others)

    @property
    def seats(self) -> int:
        """Seats of a slot: those of the world that has most."""
        return max(world.seats for world in self.worlds)

    @property
    def rows(self) -> int:
        """Rows of the batch: slots times seats."""
        return self.num_envs * self.seats

    @property
    def fitted(self) -> RunSettings:
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
            "world": ",".join(world.id for world in self.worlds),
            "world_data": self.world.to_data(),
            "others": [world.to_data() for world in self.others],
            "algo": self.algo,
            "steps": self.steps,
            "num_envs": self.num_envs,
            "seed": self.seed,
            "hyperparameters": self.settings.model_dump(mode="json"),
            "shift": None if self.shift is None else self.shift.to_data(),
        }
