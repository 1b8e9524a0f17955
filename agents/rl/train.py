"""Training with Stable-Baselines3, which goes on after a kill from its last checkpoint.

A run that diverges stops: its last checkpoint is one whose weights are numbers.

On the CPU with one thread going on is exact: a run that was interrupted ends with the weights of
one that was not. CUDA and several threads of torch add numbers up in no fixed order, so there the
weights may differ in their last digits, and with them what is played.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.agents.rl.algorithms import make_learner, make_policy
from adaptarium.agents.rl.checkpoint import capture, restore
from adaptarium.agents.rl.memory import check_memory
from adaptarium.agents.rl.plasticity import measure
from adaptarium.agents.rl.plasticity.interventions import Interventions
from adaptarium.agents.rl.plasticity.library import network_of, probe
from adaptarium.agents.rl.progress import Listener, Progress
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.agents.rl.settings import ReplaySettings, TrainingPlan, with_network
from adaptarium.agents.rl.shifts import Follower
from adaptarium.agents.rl.view import make_view
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import DivergenceError, RunError, missing_extra

try:
    import torch
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.logger import KVWriter, Logger
    from stable_baselines3.common.utils import set_random_seed
except ImportError:
    raise missing_extra("stable-baselines3", "train") from None


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
    """Train until the plan's steps are done, from the folder's last checkpoint if it has one.

    Args:
        plan: What to train; the folder's ``run.json`` holds the same.
        folder: Where progress and checkpoints go.
        device: ``"cpu"`` or ``"cuda"``.
        log_every: Steps between two rows of progress; rounded up to whole rollouts.
        tensorboard: Whether to write TensorBoard events too.
        listener: Called with every new row of progress.
        num_threads: CPU threads of the batch and of torch.

    Returns:
        The counters: ``steps``, ``episodes``, ``updates``, ``seconds``.

    Raises:
        RunError: the checkpoint is damaged or does not fit the plan, or training diverges.
    """
    torch.set_num_threads(num_threads)
    state = folder.load_checkpoint()
    progress = Progress(folder, listener, log_every)
    env = BatchVecEnv(
        [plan.world],
        plan.num_envs,
        seed=run_seed(plan.seed),
        encoding=with_network(plan.settings).encoding,
        view=make_view(plan, plan.num_envs, num_threads),
    )
    if plan.shift is not None:
        progress.follower = Follower(plan.shift, env.view, plan.rows)
    logger = None
    try:
        _seed_generators(plan, env)
        learner = make_learner(plan.algo, with_network(plan.fitted), env, device)
        if state is not None:
            _resume(learner, env, progress, state)
        logger = _logger(folder.path, tensorboard, progress.counters["steps"])
        recorder = _Recorder(env, progress, _interventions(learner, plan))
        learner.set_logger(logger)
        recorder.init_callback(learner)
        if state is not None:
            recorder.go_on(state)
        folder.drop_after(progress.counters["steps"])
        _learn(learner, recorder, plan)
    finally:
        env.close()
        if logger is not None:
            logger.close()
    return dict(progress.counters)


def check_plan(plan: TrainingPlan) -> None:
    """Make what the plan needs, in small and on the CPU: a run's folder is made after that.

    Raises:
        FactorError: the actions are not discrete, or what is remembered does not fit in memory.
        SplitError: the split holds no level.
        ShiftError: the shifts do not fit the world, or swap partners.
    """
    settings = with_network(plan.settings)
    encoding = settings.encoding
    env = BatchVecEnv([plan.world], 1, encoding=encoding, view=make_view(plan, 1))
    try:
        env.reset()
        space = env.observation_space
        # Rollouts hold observations as 32-bit floats; replay buffers in the space's own type.
        replay = plan.fitted.remembered(plan.rows)[0] == "buffer_size"
        width = np.dtype(space.dtype).itemsize if replay else 4
        check_memory(plan, math.prod(space.shape or ()) * width)
        make_policy(plan.algo, env.observation_space, env.action_space, settings)
    finally:
        env.close()


def _seed_generators(plan: TrainingPlan, env: BatchVecEnv) -> None:
    """Seed what the library draws from: the global generators, and the action space's own."""
    seed = run_seed(plan.seed) % 2**32
    set_random_seed(seed)
    env.action_space.seed(seed)


def _logger(path: Path, tensorboard: bool, first: int) -> Logger:
    outputs: list[KVWriter] = []
    if tensorboard:
        from adaptarium.agents.rl.tensorboard import TensorBoardWriter

        outputs = [TensorBoardWriter(path, first)]
    return Logger(str(path), outputs)


def _learn(learner: Any, recorder: _Recorder, plan: TrainingPlan) -> None:
    """Play whole rollouts while they fit into the plan's steps; end with a checkpoint.

    Raises:
        RunError: training diverges.
    """
    remaining = (plan.steps - learner.num_timesteps) // plan.rollout * plan.rollout
    if remaining <= 0:
        return
    try:
        # No `log_interval`: rows come from the recorder.
        learner.learn(remaining, callback=recorder, reset_num_timesteps=False, log_interval=None)
    except ValueError as problem:
        # Distributions of torch refuse parameters that are no numbers, in the midst of an update.
        if "Expected parameter" not in str(problem):
            raise
        raise recorder.diverged("the policy's probabilities") from None
    recorder.finish()


def _interventions(learner: Any, plan: TrainingPlan) -> Interventions | None:
    settings = plan.fitted
    if not isinstance(settings, ReplaySettings):
        return None
    policy = learner.policy
    networks = (policy.q_net, policy.q_net_target, policy.optimizer)
    return Interventions(settings, *networks, run_seed(plan.seed))


def _resume(learner: Any, env: BatchVecEnv, progress: Progress, state: Mapping[str, Any]) -> None:
    try:
        restore(learner, env, state)
        progress.go_on(state["counters"])
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as problem:
        first = (str(problem) or type(problem).__name__).splitlines()[0]
        raise RunError(
            f"{progress.folder.path}: the checkpoint does not fit its run.json: {first[:120]}"
        ) from None


class _Recorder(BaseCallback):
    """Writes a row of progress after a rollout and a checkpoint after the update that follows."""

    def __init__(
        self, env: BatchVecEnv, progress: Progress, interventions: Interventions | None
    ) -> None:
        super().__init__()
        self.env, self.progress, self.interventions = env, progress, interventions

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Put back what the update before the checkpoint had logged for the next row, and done."""
        for name, value in state.get("logged", {}).items():
            self.logger.record(name, value)
        if self.interventions is not None and "interventions" in state:
            self.interventions.restore(state["interventions"])

    def _logged(self) -> dict[str, float]:
        hidden = self.logger.name_to_excluded
        return {
            name: float(value)
            for name, value in self.logger.name_to_value.items()
            if "tensorboard" not in hidden[name] and isinstance(value, int | float | np.number)
        }

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        # The update of the rollout before is done; the first call of a run has none before it.
        self._check_numbers()
        self._intervene()
        if self.progress.is_worth_saving(self.num_timesteps):
            self._save()

    def _on_rollout_end(self) -> None:
        if self.interventions is not None:
            learner: Any = self.model
            learner.gradient_steps = self.interventions.gradient_steps
        if self.progress.is_due(self.num_timesteps):
            self._report()

    def finish(self) -> None:
        """Write the last row and the last checkpoint."""
        self._check_numbers()
        self._intervene()
        if self.model.num_timesteps > self.progress.reported:
            self._report()
        self._save()

    def _intervene(self) -> None:
        """Do what is due after an update to keep the network able to learn."""
        look = probe(self.model) if self.interventions is not None else None
        if self.interventions is not None and look is not None:
            self.interventions.after(int(self.model._n_updates), look)

    def _measured(self) -> dict[str, float]:
        """Measures of plasticity, where the run's folder has columns for them."""
        look = probe(self.model) if self.progress.folder.more else None
        return {} if look is None else measure(network_of(self.model), look)

    def _check_numbers(self) -> None:
        """Stop a run whose update has left the numbers."""
        for name, value in self.logger.name_to_value.items():
            if "loss" in name and not np.isfinite(value):
                raise self.diverged(name)
        if not all(torch.isfinite(part).all() for part in self.model.policy.parameters()):
            raise self.diverged("the weights")

    def diverged(self, what: str) -> DivergenceError:
        """The error for a run whose numbers are NaN or infinite."""
        return self.progress.diverged(int(self.model.num_timesteps), what)

    def _report(self) -> None:
        episodes, self.env.finished = self.env.finished, []
        row = self.progress.report(int(self.model.num_timesteps), episodes, self._measured())
        for name, value in row.items():
            if value is not None and name != "step":
                self.logger.record(f"progress/{name}", value)
        self.logger.dump(self.progress.reported)

    def _save(self) -> None:
        self.progress.save(
            int(self.model.num_timesteps),
            int(self.model._n_updates),
            self._state,
        )

    def _state(self) -> dict[str, Any]:
        state = {**capture(self.model, self.env), "logged": self._logged()}
        if self.interventions is not None:
            state["interventions"] = self.interventions.state()
        return state
