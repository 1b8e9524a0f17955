"""What every learner of our own does with a run: go on, play and learn, report, save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from adaptarium.agents.rl.progress import Finished, Listener, Progress
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import TrainingPlan
from adaptarium.agents.rl.shifts import Follower
from adaptarium.agents.rl.view import View
from adaptarium.envs.core.errors import RunError


class NotFiniteError(ArithmeticError):
    """What is no longer finite, by name."""


class Run(Protocol):
    """A learner and what it plays in."""

    @property
    def total(self) -> int:
        """Steps played, of all rows."""

    @property
    def updates(self) -> int:
        """Updates so far."""

    def round(self) -> Mapping[str, float]:
        """Play a rollout and learn; the figures of the last update.

        Raises:
            NotFiniteError: something is no longer finite; what is learnt is as before.
        """

    def take_finished(self) -> Sequence[Finished]:
        """The episodes that ended since this was asked last."""

    def measured(self) -> Mapping[str, float]:
        """Measures of plasticity; empty where there is nothing to measure yet."""

    def state(self) -> dict[str, Any]:
        """All that going on needs."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the run stood that gave ``state``."""


def carry_on(
    plan: TrainingPlan,
    folder: RunFolder,
    view: View,
    make: Callable[[], Run],
    *,
    log_every: int,
    tensorboard: bool,
    listener: Listener,
) -> dict[str, Any]:
    """Train until the plan's steps are done, from the folder's last checkpoint if it has one.

    Args:
        plan: What to train; the folder's ``run.json`` holds the same.
        folder: Where progress and checkpoints go.
        view: What is played; its threads are stopped at the end.
        make: Makes the run anew.
        log_every: Steps between two rows of progress; rounded up to whole rollouts.
        tensorboard: Whether to write TensorBoard events too.
        listener: Called with every new row of progress.

    Returns:
        The counters: ``steps``, ``episodes``, ``updates``, ``seconds``.

    Raises:
        RunError: the checkpoint is damaged or does not fit the plan, or training diverges.
    """
    events = None
    try:
        state = folder.load_checkpoint()
        progress = Progress(folder, listener, log_every)
        if plan.shift is not None:
            progress.follower = Follower(plan.shift, view, plan.rows)
        run = make()
        if state is not None:
            _resume(run, progress, state)
        folder.drop_after(progress.counters["steps"])
        if tensorboard:
            from adaptarium.agents.rl.tensorboard import TensorBoardWriter

            events = TensorBoardWriter(folder.path, progress.counters["steps"])
        _learn(run, progress, plan, events)
    finally:
        view.batch.close()
        if events is not None:
            events.close()
    return dict(progress.counters)


def _learn(run: Run, progress: Progress, plan: TrainingPlan, events: Any) -> None:
    """Play and learn whole rollouts while they fit into the plan's steps."""
    while run.total + plan.rollout <= plan.steps:
        try:
            figures = run.round()
        except NotFiniteError as problem:
            raise progress.diverged(run.total, str(problem)) from None
        last = run.total + plan.rollout > plan.steps
        if progress.is_due(run.total) or last:
            measured = run.measured() if progress.folder.more else {}
            row = progress.report(run.total, run.take_finished(), measured)
            if events is not None:
                told = {f"progress/{name}": value for name, value in row.items()}
                told |= {f"train/{name}": value for name, value in figures.items()}
                events.write(told, {}, run.total)
        if last or progress.is_worth_saving(run.total):
            progress.save(run.total, run.updates, run.state)


def _resume(run: Run, progress: Progress, state: Mapping[str, Any]) -> None:
    try:
        run.restore(state)
        progress.go_on(state["counters"])
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as problem:
        first = (str(problem) or type(problem).__name__).splitlines()[0]
        raise RunError(
            f"{progress.folder.path}: the checkpoint does not fit its run.json: {first[:120]}"
        ) from None
