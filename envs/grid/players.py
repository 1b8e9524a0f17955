"""Players of grid levels that are too large to be solved, and what they get."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import Policy
from adaptarium.envs.core.reference import Reference
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.crews import KINDS, CrewPolicy, play_alone, upper_bound
from adaptarium.envs.grid.rules import Rules, flatten
from adaptarium.envs.grid.teams import NEEDED, TeamPolicy, scripts

SCRIPT_EPISODES = 64  # of a script where something is left to chance
CREW_EPISODES = 16  # of built-in players, who have long games
MAX_SCRIPTED = 8  # agents of a team that scripts assign to food


@dataclass(frozen=True)
class Script:
    """The best way that a team is known to play, and what it gets.

    Attributes:
        player: Plays it.
        returns: (n,) returns of the episodes it was tried in, summed over the agents.
        length: Mean steps of an episode, rounded.
        highest: No player can get more than this.
    """

    player: Policy
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
        return replace(by_policy(self.returns, self.length), bound=self.highest)


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
    highest = upper_bound(world, bank, row)
    few = len(level["agents"]) <= MAX_SCRIPTED
    for order in scripts(level, foods) if foods and few else []:
        player = TeamPolicy(rules.action, order)
        n = SCRIPT_EPISODES if has_chance(rules, int(grid["num_obstacles"])) else 1
        found = Script(player, *play(world, bank, row, player, n), highest)
        if best is None or found.return_ > best.return_:
            best = found
        if best.is_best:
            break
    return best


def best_crew(world: World, bank: Workspace, row: int) -> Script | None:
    """The best team of built-in players; None where none of them knows what to do."""
    rules, grid = world.rules, bank.levels.map[row]
    if not isinstance(rules, Rules) or not flatten(rules)["active"] & codes.USES_SOCIETY:
        return None
    level: dict[str, Any] = world.family.module("level").read(bank, row)
    n = CREW_EPISODES if has_chance(rules, int(grid["num_obstacles"])) else 1
    all_play = rules.players.outside >= int(grid["num_agents"])
    best: Script | None = None
    for kind in KINDS:
        player = CrewPolicy(kind)
        if all_play:
            returns, length = play_alone(world, level, kind, n)
        else:
            returns, length = play(world, bank, row, player, n)
        found = Script(player, returns, length, upper_bound(world, bank, row))
        if best is None or found.return_ > best.return_:
            best = found
    return best


def best_team(world: World, bank: Workspace, row: int) -> Script | None:
    """The best of all scripts and built-in players; None for levels that are not for teams."""
    script = best_script(world, bank, row)
    if script is not None and script.is_best:
        return script
    crew = best_crew(world, bank, row)
    return max(filter(None, (script, crew)), key=lambda team: team.return_, default=None)


def has_chance(rules: Rules, obstacles: int) -> bool:
    """Whether anything is left to chance, on a level with that many moving obstacles."""
    transition, commons, players = rules.transition, rules.commons, rules.players
    moving = obstacles > 0 and transition.obstacle_rate > 0
    grows = bool(commons.regrowth) and (commons.pollution > 0 or _is_odd(commons.regrowth))
    drawn = players.outside < codes.MAX_SEATS and players.built_in == "random"
    return transition.slip > 0 or transition.wind > 0 or moving or grows or drawn


def _is_odd(probabilities: tuple[float, ...]) -> bool:
    return any(0 < one < 1 for one in probabilities)


def branches(rules: Rules, bank: Workspace, row: int) -> float:
    """About how many outcomes one step may have, beside slips and wind."""
    grid, size = bank.levels.map[row], bank.levels.cells.shape[1]
    cells = bank.levels.cells[row, : min(int(grid["height"]) * int(grid["width"]), size)]
    count, commons = 5.0 ** int(grid["num_obstacles"]), rules.commons
    if commons.regrowth and _is_odd(commons.regrowth):
        count *= 2.0 ** int(np.isin(cells, (codes.APPLE_CELL, codes.GRASS_CELL)).sum())
    if commons.regrowth and commons.pollution > 0:
        count *= 1 + int(np.isin(cells, (codes.WATER_CELL, codes.SOILED_CELL)).sum())
    return count
