"""Players of task allocation that look at the state itself, and the plan that is optimal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.coalitions import (
    Floats,
    Market,
    best_now,
    best_schedule,
    one_by_one,
)
from adaptarium.envs.navigation.players import drive

EXACT_SIZE = 6_000  # variables of a program that is solved to the optimum
JOINT_SIZE = 150  # of one that is solved anew whenever a task or an agent becomes free
NODES, JOINT_NODES = 3_000, 200  # of the search of either
_SHARE = 0.5  # of the radius of a task's circle within which its team gathers


@dataclass(frozen=True)
class Manner:
    """How an allocator chooses.

    Attributes:
        joint: All free agents and tasks together, where they are few; else task by task.
        haste: What a step of the way to a task costs, in shares of its worth.
    """

    joint: bool
    haste: float


MANNERS = (Manner(True, 0.02), Manner(True, 0.005), Manner(False, 0.005), Manner(False, 0.001))


class Allocator:
    """Sends teams to tasks; a team offers itself once all of it is there.

    Args:
        manner: How it chooses.
    """

    def __init__(self, manner: Manner = MANNERS[0]) -> None:
        self._manner = manner
        self._goals = np.zeros(0, np.int64)  # (agents,) the item that each is sent to, or -1
        self._asked = b""  # the free agents and tasks that it has chosen for

    def act(self, w: Workspace, i: int) -> list[list[float]]:
        """The agents' actions in slot ``i``."""
        count, rules = int(w.state.now[i, 0]["num_agents"]), w.rules[i]
        if w.core[i]["first"] or len(self._goals) != count:
            self._goals, self._asked = np.full(count, -1), b""
        items = w.state.places[i, : int(rules["places"])]["item"]
        self._goals[~np.isin(self._goals, items[items >= 0])] = -1
        self._give_up(w, i)
        free = (w.state.busy[i, :count] == 0) & (self._goals < 0)
        waiting = np.setdiff1d(items[items >= 0], self._goals)
        asked = free.tobytes() + waiting.tobytes()
        if free.any() and len(waiting) and asked != self._asked:
            self._asked = asked
            self._send(w, i, free, waiting)
        actions = np.zeros((w.reward.shape[1], w.actions.shape[2]))
        actions[:count] = commands(w, i, self._goals)[:, : w.actions.shape[2]]
        return actions.astype(np.float32).tolist()

    def _give_up(self, w: Workspace, i: int) -> None:
        """Release the teams of tasks that are no longer worth what the team costs."""
        goals = np.unique(self._goals[self._goals >= 0])
        if len(goals):
            found = market(w, i, goals, 0.0)
            for number, goal in enumerate(goals):
                team = self._goals == goal
                if found.prices[team, number].sum() >= found.worth[number]:
                    self._goals[team] = -1

    def _send(
        self, w: Workspace, i: int, free: npt.NDArray[np.bool_], waiting: npt.NDArray[Any]
    ) -> None:
        """Give some of the free agents a task."""
        found = market(w, i, waiting, self._manner.haste)
        found.prices[~free] = np.inf
        few = int(free.sum()) * len(waiting) <= JOINT_SIZE
        chosen = best_now(found, JOINT_NODES) if self._manner.joint and few else one_by_one(found)
        sent = chosen >= 0
        self._goals[sent] = waiting[chosen[sent]]


class Scheduled:
    """Plays a schedule of stations.

    Args:
        schedule: (steps, agents) the item that each serves in a step, or -1.
    """

    def __init__(self, schedule: npt.NDArray[np.int64]) -> None:
        self._schedule = schedule

    def act(self, w: Workspace, i: int) -> list[list[float]]:
        """The agents' actions in slot ``i``."""
        step, actions = int(w.core[i]["elapsed"]), np.zeros((w.reward.shape[1], 3))
        if step < len(self._schedule):
            goals = self._schedule[step]
            actions[: len(goals)] = commands(w, i, goals)
        return actions.astype(np.float32).tolist()


def market(w: Workspace, i: int, items: npt.NDArray[Any], haste: float) -> Market:
    """The agents of slot ``i``, and tasks that are open there.

    Args:
        w: The workspace.
        i: The slot.
        items: (tasks,) the items that they are.
        haste: As of a :class:`Manner`.
    """
    k, rules = int(w.core[i]["level"]), w.rules[i]
    count = int(w.state.now[i, 0]["num_agents"])
    talents, tasks = w.levels.talents[k, :count], w.levels.items[k, items]
    places = w.state.places[i]
    worth = np.array([places["worth"][places["item"] == item][0] for item in items])
    worth = worth * float(rules["served"])
    here = _points(w.state.bodies[i, :count])
    far = np.linalg.norm(here[:, None] - _points(tasks), axis=-1)
    prices = float(rules["wage"]) * talents["cost"][:, None] + np.zeros_like(far)
    if rules["body"] == codes.STATION:
        apart = np.abs(here[:, None] - _points(tasks)).max(axis=-1)
        prices += float(rules["transport"]) * far
        prices[apart > float(rules["reach"]) * float(rules["gain"])] = np.inf
    else:
        speed = float(rules["max_speed"][0]) * float(rules["dt"])
        prices += haste * worth * far / (speed if math.isfinite(speed) and speed > 0 else 1.0)
    needs = w.levels.demands[k, items]["needs"].copy()
    return Market(talents["skills"].copy(), needs, worth, prices)


def commands(w: Workspace, i: int, goals: npt.NDArray[Any]) -> Floats:
    """(agents, 3) what those do who are sent to items; the others stay, and offer nothing."""
    k, rules = int(w.core[i]["level"]), w.rules[i]
    actions, ready = np.zeros((len(goals), 3)), np.zeros(len(goals), np.bool_)
    for a in np.flatnonzero(goals >= 0):
        body, task = w.state.bodies[i, a], w.levels.items[k, goals[a]]
        way = np.array([task["x"] - body["x"], task["y"] - body["y"]])
        if rules["body"] == codes.STATION:
            actions[a, :2] = _pointing(rules, body, way)
            ready[a] = True
            continue
        step = np.array([body["vx"], body["vy"]]) * float(rules["dt"])
        left = way - step
        ready[a] = float(np.linalg.norm(left)) <= float(task["radius"])
        near = float(np.linalg.norm(left)) <= _SHARE * float(task["radius"])
        actions[a, :2] = drive(rules, body, np.zeros(2) if near else left / float(rules["dt"]))
    for goal in np.unique(goals[goals >= 0]):
        team = goals == goal
        actions[team, 2] = float(ready[team].all())
    for a in np.flatnonzero(goals < 0):
        if rules["body"] != codes.STATION:
            actions[a, :2] = drive(rules, w.state.bodies[i, a], np.zeros(2))
    return actions


def _pointing(rules: Any, body: Any, way: Floats) -> Floats:
    """The command of a station that points along ``way``, its actuators considered."""
    lag, gain = float(rules["lag"]), max(float(rules["gain"]), 1e-9)
    wanted = way / float(rules["reach"]) - lag * np.array([body["cx"], body["cy"]])
    return np.clip(wanted / ((1 - lag) * gain), -1, 1)


def _points(rows: Any) -> Floats:
    points: Floats = np.stack([rows["x"], rows["y"]], axis=-1)
    return points


def schedule_of(w: Workspace, i: int, limit: int) -> npt.NDArray[np.int64] | None:
    """The optimal schedule of slot ``i`` where that is a small integer program.

    Stations reach every task at once, so that no state but who is busy matters, as long as no task
    waits for an empty place. Steps and effort must be free.

    Returns:
        (steps, agents) items, or None: the world is another one, or the level too large.
    """
    k, rules = int(w.core[i]["level"]), w.rules[i]
    tasks = np.flatnonzero(
        w.levels.items[k, : int(w.levels.head[k]["num_items"])]["kind"] == codes.TASK
    )
    places = w.state.places[i]["item"]
    plain = rules["body"] == codes.STATION and rules["offers"] and not rules["lag"]
    free = rules["step_cost"] == 0 and rules["effort_cost"] == 0
    agents = int(w.state.now[i, 0]["num_agents"])
    if not (plain and free and len(tasks)) or not np.isin(tasks, places).all():
        return None
    if agents * len(tasks) * limit > EXACT_SIZE:
        return None
    late = np.maximum(np.arange(limit) - int(rules["patience"]), 0)
    lasting = float(rules["lasting"]) ** late
    found = best_schedule(market(w, i, tasks, 0.0), lasting, int(rules["busy"]), NODES)
    return None if found is None else np.where(found >= 0, tasks[found], -1)
