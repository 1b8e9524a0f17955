"""Players that look at the state itself: they follow short ways, spread out, and meet."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.ways import Point, Terrain, walls_of

Command = npt.NDArray[np.float64]
_REACHED = 0.12  # metres
_ASIDE = 0.03  # metres that it stays away from what is not meant, beyond what costs
_SHARP = math.radians(50)  # beyond it a unicycle turns before it drives


def terrain(w: Workspace, i: int, k: int) -> Terrain:
    """The map of level row ``k`` as the agents of slot ``i`` meet it."""
    head, rules = w.levels.head[k], w.rules[i]
    walls = walls_of(w, k) if rules["walls"] else np.zeros((0, 4))
    size = float(head["width"]), float(head["height"])
    return Terrain(walls, float(rules["radius"][0]), size, int(head["num_segments"]))


def drive(rules: Any, body: Any, velocity: Command) -> Command:
    """The command that brings a body's velocity as near to ``velocity`` as its actuators can."""
    push = float(rules["thrust"][body["role"]] * rules["kick"])
    if push <= 0:
        return np.zeros(2)
    if rules["body"] == codes.POINT:
        now = np.array([body["vx"], body["vy"]])
        wind = np.array([rules["wind_x"], rules["wind_y"]])
        wanted = (velocity - wind - rules["keep"] * now) / push
    else:
        wanted = _wheels(rules, body, velocity, push)
    lagging = np.array([body["cx"], body["cy"]])
    wanted = (wanted - rules["lag"] * lagging) / max((1 - rules["lag"]) * rules["gain"], 1e-9)
    most = np.abs(wanted).max() if rules["body"] == codes.POINT else 1.0
    return np.clip(wanted / max(most, 1.0), -1, 1)


def _wheels(rules: Any, body: Any, velocity: Command, push: float) -> Command:
    """Force ahead and steering of a body that goes where it looks."""
    ahead = body["vx"] * body["hx"] + body["vy"] * body["hy"]
    speed = float(np.linalg.norm(velocity))
    cosine = float(velocity[0] * body["hx"] + velocity[1] * body["hy"])
    sine = float(velocity[1] * body["hx"] - velocity[0] * body["hy"])
    error = math.atan2(sine, cosine) if speed > 0 else 0.0
    if rules["body"] == codes.CAR:
        turn = float(rules["curvature"] * rules["dt"]) * max(abs(ahead), 0.05)
        return np.array([(speed - rules["keep"] * ahead) / push, error / max(turn, 1e-9)])
    wanted = speed if abs(error) < _SHARP else 0.0
    throttle = (wanted - rules["keep"] * ahead) / push
    return np.array([throttle, error / max(float(rules["turn"]), 1e-9)])


def _around_others(w: Workspace, i: int, found: Terrain) -> Terrain:
    """The map with a fence around every object that is not meant, where going there costs."""
    now, k, rules = w.state.now[i, 0], int(w.core[i]["level"]), w.rules[i]
    if now["order"] < 0 or rules["mistaken"] <= 0:
        return found
    target = int(w.levels.orders[k, int(now["order"])]["target"])
    half = max(float(rules["goal_radius"]) - found.radius, 0.0) + _ASIDE
    fences = []
    for j, item in enumerate(w.levels.items[k, : int(w.levels.head[k]["num_items"])]):
        if item["kind"] == codes.OBJECT and j != target:
            left, right = float(item["x"]) - half, float(item["x"]) + half
            top, below = float(item["y"]) - half, float(item["y"]) + half
            fences += [[left, top, right, top], [left, below, right, below]]
            fences += [[left, top, left, below], [right, top, right, below]]
    # Free segments stay the last ones.
    walls = np.concatenate([np.array(fences, np.float64).reshape(-1, 4), found.walls])
    return replace(found, walls=walls)


class Pilot:
    """Follows a short way to the goal, as fast as the body goes; every agent its own."""

    def __init__(self) -> None:
        self._goal: Point | None = None
        self._terrain: Terrain | None = None
        self._plain: Terrain | None = None  # without fences
        self._ways: dict[int, list[Point]] = {}

    def act(self, w: Workspace, i: int) -> list[list[float]]:
        """The agents' actions in slot ``i``; nobody moves where there is no goal."""
        now = w.state.now[i, 0]
        goal = (float(now["goal_x"]), float(now["goal_y"]))
        if goal != self._goal:  # of the next order
            self._goal, self._ways = goal, {}
            self._plain = terrain(w, i, int(w.core[i]["level"]))
            self._terrain = _around_others(w, i, self._plain)
        rules, actions = w.rules[i], np.zeros((w.actions.shape[1], w.actions.shape[2]))
        for a in range(int(now["num_agents"])):
            if w.alive[i, a] and now["has_goal"]:
                body = w.state.bodies[i, a]
                actions[a, :2] = drive(rules, body, self._toward(rules, goal, a, body))
        return actions.astype(np.float32).tolist()

    def _toward(self, rules: Any, goal: Point, a: int, body: Any) -> Command:
        """The velocity to the furthest turning point in sight; the way is found anew without."""
        here = (float(body["x"]), float(body["y"]))
        target = self._sighted(a, here)
        if target is None:
            self._ways[a] = self._way(here, goal)
            target = self._sighted(a, here) or goal
        away = np.array(target) - here
        distance = float(np.linalg.norm(away))
        fastest = min(float(rules["max_speed"][body["role"]]), distance / float(rules["dt"]))
        return away / max(distance, 1e-9) * fastest

    def _way(self, here: Point, goal: Point) -> list[Point]:
        """A way to the goal: between the fences where there is one."""
        way = self._terrain.path(here, goal) if self._terrain else []
        if not way and self._plain is not None:
            self._terrain = self._plain
            way = self._plain.path(here, goal)
        return way or [here, goal]

    def _sighted(self, a: int, here: Point) -> Point | None:
        """The furthest turning point in sight; what lies before it is forgotten."""
        way = self._ways.get(a, [])
        for j in range(len(way) - 1, -1, -1):
            if self._terrain is not None and self._terrain.sees(here, way[j]):
                # From a turning point that is all but reached the next one is meant.
                j += math.dist(here, way[j]) < _REACHED and j + 1 < len(way)
                self._ways[a] = way[j:]
                return way[j]
        return None


class Spreader:
    """Every agent goes to a landmark of its own, so that the ways are short in sum, and stays."""

    def __init__(self) -> None:
        self._targets: Command | None = None

    def act(self, w: Workspace, i: int) -> list[list[float]]:
        """The agents' actions in slot ``i``."""
        k, rules, count = int(w.core[i]["level"]), w.rules[i], int(w.state.now[i, 0]["num_agents"])
        bodies = w.state.bodies[i, :count]
        here = np.stack([bodies["x"], bodies["y"]], axis=1)
        if w.core[i]["first"] or self._targets is None:
            items = w.levels.items[k, : int(w.levels.head[k]["num_items"])]
            items = items[items["kind"] == codes.LANDMARK]
            self._targets = here.copy()
            if len(items):
                there = np.stack([items["x"], items["y"]], axis=1)
                agents, chosen = linear_sum_assignment(
                    np.linalg.norm(here[:, None] - there, axis=-1)
                )
                self._targets[agents] = there[chosen]
        actions = np.zeros((w.actions.shape[1], w.actions.shape[2]))
        for a in range(count):
            ahead = here[a] + np.array([bodies[a]["vx"], bodies[a]["vy"]]) * rules["dt"]
            actions[a, :2] = drive(
                rules, bodies[a], (self._targets[a] - ahead) / float(rules["dt"])
            )
        return actions.astype(np.float32).tolist()


class Tagger:
    """Chasers and runners go for each other: what all seats earn together is then the most."""

    def act(self, w: Workspace, i: int) -> list[list[float]]:
        """The agents' actions in slot ``i``."""
        rules, count = w.rules[i], int(w.state.now[i, 0]["num_agents"])
        bodies = w.state.bodies[i, :count]
        here = np.stack([bodies["x"], bodies["y"]], axis=1)
        runs = bodies["role"] == codes.RUNNER
        actions = np.zeros((w.actions.shape[1], w.actions.shape[2]))
        for a in range(count):
            others = np.flatnonzero(runs != runs[a])
            if len(others):
                away = here[others] - here[a]
                nearest = away[np.linalg.norm(away, axis=1).argmin()]
                actions[a, :2] = drive(rules, bodies[a], nearest / float(rules["dt"]))
        return actions.astype(np.float32).tolist()
