"""Players of grid levels that are too large to be solved, and what they get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import Policy
from adaptarium.envs.core.reference import Reference
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.rules import Rules
from adaptarium.envs.grid.teams import NEEDED, TeamPolicy, scripts

SCRIPT_EPISODES = 64  # of a script where something is left to chance


@dataclass(frozen=True)
class Script:
    """The best script of a team, and what it gets.

    Attributes:
        player: Plays it.
        returns: (n,) returns of the episodes it was tried in, summed over the agents.
        length: Mean steps of an episode, rounded.
        highest: No player can get more than this.
    """

    player: TeamPolicy
    returns: npt.NDArray[np.float64]
    length: int
    highest: float

    @property
    def return_(self) -> float:
        """Its mean return."""
        return float(self.returns.mean())

    @property
    def is_best(self) -> bool:
        """Whether nobody can do better."""
        return self.return_ >= self.highest - 1e-9

    def reference(self) -> Reference:
        """It as a reference."""
        return by_policy(self.returns, self.length)


def by_policy(returns: npt.NDArray[np.float64], length: int) -> Reference:
    """The reference that a player's (n,) returns make: their mean, two standard errors about it."""
    n = len(returns)
    error = float(returns.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    mean = float(returns.mean())
    return Reference(mean, "policy", None, length, n, mean - 2 * error, mean + 2 * error)


def play(
    world: World, bank: Workspace, row: int, player: Policy, n: int
) -> tuple[npt.NDArray[np.float64], int]:
    """(n,) returns of ``player`` on one level, summed over the agents, and the mean length."""
    level: dict[str, Any] = world.family.module("level").read(bank, row)
    batch = Batch([world.override(records=(level,))], n, autoreset="disabled")
    batch.reset(seed=0)
    core = batch.w.core
    while not core["ended"].all():
        for i in np.flatnonzero(core["ended"] == 0):
            batch.w.actions[i] = player.act(batch.w, int(i))
        batch.step()
    return batch.w.final_returns.sum(axis=1), round(float(core["clock"].mean()))


def best_script(world: World, bank: Workspace, row: int) -> Script | None:
    """The best scripted team of a foraging level; None where the level is no such thing."""
    rules, grid = world.rules, bank.levels.map[row]
    if not isinstance(rules, Rules) or not set(rules.action.vocabulary) >= NEEDED:
        return None
    level: dict[str, Any] = world.family.module("level").read(bank, row)
    size, width = int(grid["height"]) * int(grid["width"]), int(grid["width"])
    cells = bank.levels.cells[row, :size]
    foods = {
        (int(at) % width, int(at) // width): int(cells[at]) >> codes.STATE_SHIFT & 0xFF
        for at in np.flatnonzero(cells & 0xFF == codes.FOOD)
    }
    best: Script | None = None
    for order in scripts(level, foods) if foods else []:
        player = TeamPolicy(rules.action, order)
        n = SCRIPT_EPISODES if has_chance(rules, int(grid["num_obstacles"])) else 1
        found = Script(player, *play(world, bank, row, player, n), _highest(rules, grid))
        if best is None or found.return_ > best.return_:
            best = found
        if best.is_best:
            break
    return best


def has_chance(rules: Rules, obstacles: int) -> bool:
    """Whether anything is left to chance, on a level with that many moving obstacles."""
    transition = rules.transition
    moving = obstacles > 0 and transition.obstacle_rate > 0
    return transition.slip > 0 or transition.wind > 0 or moving


def _highest(rules: Rules, grid: Any) -> float:
    """All food and no cost: no return is higher, where nothing else pays."""
    reward = rules.reward
    costs = (reward.step_cost, reward.hazard_cost, reward.failed_load_cost)
    values = reward.tile_values.values()
    if grid["goal_x"] >= 0 or reward.shaping != 0 or min(costs) < 0 or max(values, default=0) > 0:
        return float("inf")
    return max(reward.food, 0.0) * rules.episode.inner_episodes
