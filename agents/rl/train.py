"""Training with Stable-Baselines3, which goes on after a kill from its last checkpoint.

A run that diverges stops: its last checkpoint is one whose weights are numbers.

On the CPU with one thread going on is exact: a run that was interrupted ends with the weights of
one that was not. CUDA and several threads of torch add numbers up in no fixed order, so there the
weights may differ in their last digits, and with them what is played.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.agents.rl.algorithms import make_learner, make_policy
from adaptarium.agents.rl.checkpoint import capture, restore
from adaptarium.agents.rl.runs import Row, RunFolder
from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.agents.rl.settings import TrainingPlan
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import FactorError, RunError, missing_extra

try:
    import torch
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.logger import KVWriter, Logger
    from stable_baselines3.common.utils import set_random_seed
except ImportError:
    raise missing_extra("stable-baselines3", "train") from None

Listener = Callable[[Row], None]

TENSORBOARD_FOLDER = "tensorboard"
# A checkpoint is left out while writing them would take more than this share of the time: a kill
# loses at most the work of ten times as long as one takes to write, or one row of progress.
CHECKPOINT_SHARE = 0.1


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
    env = BatchVecEnv(
        [plan.world],
        plan.num_envs,
        seed=run_seed(plan.seed),
        encoding=plan.settings.encoding,
        num_threads=num_threads,
    )
    logger = None
    try:
        _seed_generators(plan, env)
        learner = make_learner(plan.algo, plan.fitted, env, device)
        recorder = _Recorder(folder, env, listener, log_every)
        if state is not None:
            _resume(learner, env, recorder, state)
        logger = _logger(folder.path, tensorboard, recorder.counters["steps"])
        learner.set_logger(logger)
        recorder.init_callback(learner)
        if state is not None:
            recorder.log_again(state.get("logged", {}))
        folder.drop_after(recorder.counters["steps"])
        _learn(learner, recorder, plan)
    finally:
        env.close()
        if logger is not None:
            logger.close()
    return dict(recorder.counters)


def check_plan(plan: TrainingPlan) -> None:
    """Make what the plan needs, in small and on the CPU: a run's folder is made after that.

    Raises:
        FactorError: the actions are not discrete, or what is remembered does not fit in memory.
        SplitError: the split holds no level.
    """
    env = BatchVecEnv([plan.world], 1, encoding=plan.settings.encoding)
    try:
        env.reset()
        _check_memory(plan, env)
        make_policy(plan.algo, env.observation_space, env.action_space, plan.settings)
    finally:
        env.close()


def _check_memory(plan: TrainingPlan, env: BatchVecEnv) -> None:
    """Refuse buffers larger than the machine's memory before anything is allocated."""
    name, count = plan.fitted.remembered(plan.rows)
    space = env.observation_space
    # Rollouts hold observations as 32-bit floats; replay buffers in the space's own type.
    width = np.dtype(space.dtype).itemsize if name == "buffer_size" else 4
    a_step, present = math.prod(space.shape or ()) * width, memory_bytes()
    if count * a_step > present:
        asked = getattr(plan.fitted, name)
        fits = max(1, asked * present // (count * a_step))
        raise FactorError(
            f"hyper-parameter {name} = {asked}: its observations take {count * a_step:,} bytes, "
            f"and this machine has {present:,}; the nearest that may fit is {fits}"
        )


def memory_bytes() -> int:
    """The machine's memory; where it does not tell, 16 GiB."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 2**34


def _seed_generators(plan: TrainingPlan, env: BatchVecEnv) -> None:
    """Seed what the library draws from: the global generators, and the action space's own."""
    seed = run_seed(plan.seed) % 2**32
    set_random_seed(seed)
    env.action_space.seed(seed)


def _logger(path: Path, tensorboard: bool, first: int) -> Logger:
    outputs: list[KVWriter] = []
    if tensorboard:
        from adaptarium.agents.rl.tensorboard import TensorBoardWriter

        outputs = [TensorBoardWriter(path / TENSORBOARD_FOLDER, first)]
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


def _resume(learner: Any, env: BatchVecEnv, recorder: _Recorder, state: Mapping[str, Any]) -> None:
    try:
        restore(learner, env, state)
        recorder.go_on(state["counters"])
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as problem:
        first = (str(problem) or type(problem).__name__).splitlines()[0]
        raise RunError(
            f"{recorder.folder.path}: the checkpoint does not fit its run.json: {first[:120]}"
        ) from None


class _Recorder(BaseCallback):
    """Writes a row of progress after a rollout and a checkpoint after the update that follows."""

    def __init__(
        self, folder: RunFolder, env: BatchVecEnv, listener: Listener, log_every: int
    ) -> None:
        super().__init__()
        self.folder, self.env, self.listener = folder, env, listener
        self.log_every = log_every
        self.counters: dict[str, Any] = {"steps": 0, "episodes": 0, "updates": 0, "seconds": 0.0}
        self.reported = 0  # step of the last row
        self.earlier = 0.0
        self.begun = self.saved_at = time.perf_counter()
        self.cost = 0.0  # seconds that the last checkpoint took

    def go_on(self, counters: Mapping[str, Any]) -> None:
        """Count on from a checkpoint's counters."""
        self.counters = {name: counters[name] for name in self.counters}
        self.reported = int(counters["steps"])
        self.earlier = float(counters["seconds"])

    def log_again(self, logged: Mapping[str, Any]) -> None:
        """Put back what the update before the checkpoint had logged for the next row."""
        for name, value in logged.items():
            self.logger.record(name, value)

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
        if self.num_timesteps == self.reported > self.counters["steps"] and self._is_worth_it():
            self._save()

    def _on_rollout_end(self) -> None:
        if self.num_timesteps // self.log_every > self.reported // self.log_every:
            self._report()

    def finish(self) -> None:
        """Write the last row and the last checkpoint."""
        self._check_numbers()
        if self.model.num_timesteps > self.reported:
            self._report()
        self._save()

    def _check_numbers(self) -> None:
        """Stop a run whose update has left the numbers."""
        for name, value in self.logger.name_to_value.items():
            if "loss" in name and not np.isfinite(value):
                raise self.diverged(name)
        if not all(torch.isfinite(part).all() for part in self.model.policy.parameters()):
            raise self.diverged("the weights")

    def diverged(self, what: str) -> RunError:
        """The error for a run whose numbers are NaN or infinite."""
        kept = self.counters["steps"]
        checkpoint = f"its checkpoint of step {kept:,} is kept" if kept else "it has no checkpoint"
        return RunError(
            f"{self.folder.path}: training diverged at step {self.model.num_timesteps:,}: {what} "
            f"became NaN or infinite; {checkpoint}. Expected for example a smaller learning_rate, "
            "in a new folder"
        )

    def _is_worth_it(self) -> bool:
        return time.perf_counter() - self.saved_at >= self.cost / CHECKPOINT_SHARE

    def _report(self) -> None:
        episodes, self.env.finished = self.env.finished, []
        mean, low, high = mean_interval([episode[0] for episode in episodes])
        self.reported = int(self.model.num_timesteps)
        self.counters["episodes"] += len(episodes)
        seconds = self._seconds()
        row: Row = {
            "step": self.reported,
            "episodes": self.counters["episodes"],
            "return_mean": mean,
            "return_low": low,
            "return_high": high,
            "success": float(np.mean([e[2] for e in episodes])) if episodes else None,
            "fps": round(self.reported / seconds),
            "seconds": seconds,
        }
        self.folder.append(row)
        for name, value in row.items():
            if value is not None and name != "step":
                self.logger.record(f"progress/{name}", value)
        self.logger.dump(self.reported)
        self.listener(row)

    def _seconds(self) -> float:
        """Training time so far, earlier processes included."""
        return self.earlier + time.perf_counter() - self.begun

    def _save(self) -> None:
        started = time.perf_counter()
        self.counters["steps"] = int(self.model.num_timesteps)
        self.counters["updates"] = int(self.model._n_updates)
        self.counters["seconds"] = self._seconds()
        state = capture(self.model, self.env)
        logged = {**state, "counters": dict(self.counters), "logged": self._logged()}
        self.folder.save_checkpoint(logged)
        self.saved_at = time.perf_counter()
        self.cost = self.saved_at - started


def mean_interval(values: list[float]) -> tuple[float | None, float | None, float | None]:
    """Mean and its 95 % interval by the normal approximation; None where undefined."""
    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    half = 1.96 * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half
