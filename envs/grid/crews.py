"""The built-in players as references, and what no team can get more than."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes, deciding
from adaptarium.envs.grid.rules import Rules

KINDS = ("cooperative", "greedy")
NO_BOUND = float("inf")


@functools.cache
def _entry() -> Entry:
    digest = source_digest([deciding.__name__])
    return Entry(deciding.decide_all, "the grid's built-in players", digest)


class CrewPolicy:
    """Plays a built-in player at every seat.

    Args:
        kind: One of ``KINDS``.
    """

    def __init__(self, kind: str) -> None:
        self._kind = codes.PARTNERS.index(kind)
        self._for: Workspace | None = None
        self._decide: Callable[[int, int], Any] = lambda _i, _kind: None

    def act(self, w: Workspace, i: int) -> list[int]:
        """The action of every agent of slot ``i``; the slot's own actions stay as they are."""
        if self._for is not w:
            self._decide, self._for = _entry().bind(w, 0, 0), w
        before = w.actions[i].copy()
        w.actions[i] = 0
        self._decide(i, self._kind)
        found: list[int] = w.actions[i].tolist()
        w.actions[i] = before
        return found


def play_alone(
    world: World, level: dict[str, Any], kind: str, n: int
) -> tuple[npt.NDArray[np.float64], int]:
    """(n,) returns of a team of built-in players, summed over its agents, and the mean length."""
    alone = {"players.outside": 0, "players.built_in": kind}
    batch = Batch([world.override(records=(level,), **alone)], n, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        batch.step()
    return batch.w.final_returns.sum(axis=1), round(float(batch.w.core["clock"].mean()))


def upper_bound(world: World, bank: Workspace, row: int) -> float:
    """What the return of no team can exceed in expectation; infinite where no bound is known.

    It counts all food, trash and evaders; of apples those that stand there, and all that may grow
    with the highest probability of the table, but at most one an agent and step.
    """
    rules, grid = world.rules, bank.levels.map[row]
    if not isinstance(rules, Rules) or _pays_otherwise(rules, grid):
        return NO_BOUND
    size = int(grid["height"]) * int(grid["width"])
    cells = bank.levels.cells[row, :size].astype(np.int64)
    agents = int(grid["num_agents"])
    steps = rules.episode.max_steps or int(bank.info[row]["max_steps"])
    total = _food(rules, cells, bank.levels.agents[row, :agents]["level"])
    total += _apples(rules, cells, agents, steps)
    if rules.transition.carry_capacity and np.isin(cells & 0xFF, (codes.BALL, codes.BOX)).any():
        total += max(rules.reward.trash, 0.0)
    evaders = int(grid["num_obstacles"])
    if rules.transition.captors and evaders:
        total += max(rules.reward.capture, 0.0)
        total += max(rules.reward.touch, 0.0) * steps * 4 * min(agents, evaders)
    return total * rules.episode.inner_episodes


def _pays_otherwise(rules: Rules, grid: Any) -> bool:
    """Whether anything may pay that the bound does not count."""
    reward, sanction = rules.reward, rules.sanction
    costs = (reward.step_cost, reward.hazard_cost, reward.failure_cost, reward.failed_load_cost)
    tiles = (value for name, value in reward.tile_values.items() if name != "food")
    gains = (reward.shaping != 0, grid["goal_x"] >= 0, grid["num_clauses"] > 0)
    paid = min(*costs, sanction.cost, sanction.fine) < 0
    return any(gains) or paid or max(tiles, default=0) > 0


def _food(rules: Rules, cells: Any, levels: Any) -> float:
    state = cells >> codes.STATE_SHIFT & 0xFF
    food = state[cells & 0xFF == codes.FOOD]
    if "load" not in rules.action.vocabulary or not food.any():
        return 0.0
    worth = 1.0 if rules.reward.food_normalised else float(food.sum() * levels.sum())
    return max(rules.reward.food, 0.0) * worth


def _apples(rules: Rules, cells: Any, agents: int, steps: int) -> float:
    worth = max(rules.reward.tile_values.get("food", 0.0), 0.0)
    apples = int((cells == codes.APPLE_CELL).sum())
    places = apples + int((cells == codes.GRASS_CELL).sum())
    grown = steps * places * max(rules.commons.regrowth, default=0.0)
    return worth * min(apples + grown, agents * steps)
