"""Players of references: they look at the state itself, not at an observation."""

from __future__ import annotations

from typing import Any, Protocol

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Plan, Solver


class Policy(Protocol):
    """A player of one level."""

    def act(self, w: Workspace, i: int) -> Any:
        """The action of slot ``i``; a list of actions where there are several agents."""


class PlanPolicy:
    """Replays a plan from the start of each inner episode; its first action when it has run out."""

    def __init__(self, actions: list[Any]) -> None:
        self.actions = actions or [0]

    def act(self, w: Workspace, i: int) -> Any:
        """The action that the plan has for this step."""
        step = int(w.core["elapsed"][i])
        return self.actions[step] if step < len(self.actions) else self.actions[0]


class ValuePolicy:
    """Takes the best action of a solved graph in whatever state it finds itself.

    A state that the graph does not hold, as after a shift, is solved anew.
    """

    def __init__(self, solver: Solver, plan: Plan, row: int) -> None:
        self._solver, self._plan, self._row = solver, plan, row

    def act(self, w: Workspace, i: int) -> list[int]:
        """The agents' best actions in the state of slot ``i``."""
        solver, elapsed = self._solver, int(w.core["elapsed"][i])
        solver.take(w, i, self._row)
        node = solver.locate()
        if node < 0:
            solver.explore()
            self._plan, node = solver.iterate(), 0
        return solver.split(int(self._plan.best[max(elapsed, self._plan.since), node]))
