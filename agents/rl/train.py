"""Training with Stable-Baselines3's PPO, which goes on after a kill from its last checkpoint."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adaptarium.agents.rl.policy import policy_arguments
from adaptarium.agents.rl.runs import Row, RunFolder
from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.agents.rl.settings import TrainingPlan
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import FactorError, missing_extra

try:
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.utils import set_random_seed
except ImportError:
    raise missing_extra("stable-baselines3", "train") from None

Listener = Callable[[Row], None]


def train_ppo(
    plan: TrainingPlan,
    folder: RunFolder,
    *,
    listener: Listener = lambda _row: None,
    num_threads: int = 1,
) -> dict[str, Any]:
    """Train until the plan's steps are done, from the folder's last checkpoint if it has one.

    Args:
        plan: What to train; the folder's ``run.json`` holds the same.
        folder: Where progress and checkpoints go.
        listener: Called with every new row of progress.
        num_threads: CPU threads of the batch and of torch.

    Returns:
        The counters: ``steps``, ``episodes``, ``updates``, ``seconds``.
    """
    torch.set_num_threads(num_threads)
    state = folder.load_checkpoint()
    done = 0 if state is None else int(state["counters"]["steps"])
    seed = run_seed(plan.seed) if done == 0 else run_seed(run_seed(plan.seed) + done)
    set_random_seed(seed % 2**32)
    env = BatchVecEnv(
        [plan.world],
        plan.num_envs,
        seed=seed,
        encoding=plan.settings.encoding,
        num_threads=num_threads,
    )
    try:
        model = _model(plan, env)
        recorder = _Recorder(folder, env, listener)
        if state is not None:
            _restore(model, recorder, state)
        folder.drop_after(done)
        _learn(model, recorder, plan.steps)
    finally:
        env.close()
    return dict(recorder.counters)


def _model(plan: TrainingPlan, env: BatchVecEnv) -> PPO:
    arguments = plan.settings.for_algorithm()
    longest = plan.steps // env.num_envs
    if longest < 2:
        raise FactorError(
            f"steps = {plan.steps}: expected at least two steps in each of {env.num_envs} rows"
        )
    arguments["n_steps"] = min(arguments["n_steps"], longest)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You have specified a mini-batch size", UserWarning)
        return PPO(
            "MlpPolicy",
            env,
            policy_kwargs=policy_arguments(plan.settings),
            device="cpu",
            **arguments,
        )


def _learn(model: PPO, recorder: _Recorder, steps: int) -> None:
    """Play whole rollouts while they fit into ``steps``; end with a checkpoint."""
    rollout = model.n_steps * model.n_envs
    remaining = (steps - model.num_timesteps) // rollout * rollout
    if remaining > 0:
        model.learn(
            remaining,
            callback=recorder,
            reset_num_timesteps=False,
            log_interval=None,  # type: ignore[arg-type]  # never: the library tests for it
        )
        recorder.save(model)


def _restore(model: PPO, recorder: _Recorder, state: Mapping[str, Any]) -> None:
    model.policy.load_state_dict(state["policy"])
    model.policy.optimizer.load_state_dict(state["optimizer"])
    recorder.counters = dict(state["counters"])
    recorder.earlier = float(recorder.counters["seconds"])
    model.num_timesteps = int(recorder.counters["steps"])
    model._n_updates = int(recorder.counters["updates"])


class _Recorder(BaseCallback):
    """Writes a row of progress after each rollout and a checkpoint after each update."""

    def __init__(self, folder: RunFolder, env: BatchVecEnv, listener: Listener) -> None:
        super().__init__()
        self.folder, self.env, self.listener = folder, env, listener
        self.counters: dict[str, Any] = {"steps": 0, "episodes": 0, "updates": 0, "seconds": 0.0}
        self.earlier = 0.0
        self.begun = time.perf_counter()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        # The update of the rollout before is done; the first call of a run has none before it.
        if self.num_timesteps > self.counters["steps"]:
            self.save(self.model)

    def _on_rollout_end(self) -> None:
        episodes, self.env.finished = self.env.finished, []
        returns = [episode[0] for episode in episodes]
        mean, low, high = mean_interval(returns)
        self.counters["episodes"] += len(episodes)
        seconds = self._seconds()
        row: Row = {
            "step": self.num_timesteps,
            "episodes": self.counters["episodes"],
            "return_mean": mean,
            "return_low": low,
            "return_high": high,
            "success": float(np.mean([e[2] for e in episodes])) if episodes else None,
            "fps": round(self.num_timesteps / seconds),
            "seconds": seconds,
        }
        self.folder.append(row)
        self.listener(row)

    def _seconds(self) -> float:
        """Training time so far, earlier processes included."""
        return self.earlier + time.perf_counter() - self.begun

    def save(self, model: Any) -> None:
        """Write a checkpoint of the model as it is now."""
        self.counters["steps"] = int(model.num_timesteps)
        self.counters["updates"] = int(model._n_updates)
        self.counters["seconds"] = self._seconds()
        self.folder.save_checkpoint(
            {
                "policy": model.policy.state_dict(),
                "optimizer": model.policy.optimizer.state_dict(),
                "counters": dict(self.counters),
            }
        )


def mean_interval(values: list[float]) -> tuple[float | None, float | None, float | None]:
    """Mean and its 95 % interval by the normal approximation; None where undefined."""
    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    half = 1.96 * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half
