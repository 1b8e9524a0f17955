"""References of Sokoban levels: the fewest steps that store all crates, or the fewest found."""

from __future__ import annotations

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Reference
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.rules import Rules
from adaptarium.envs.grid.sokoban.solver import Solution, puzzle_of, solve


def is_storage(rules: Rules) -> bool:
    """Whether storing all crates, the sooner the better, is the best that there is to do.

    What crates pay on the way adds up to the same for every solution, and to less for none.
    """
    change, reward = rules.transition, rules.reward
    calm = change.slip == 0 and change.wind == 0 and change.energy == 0 and change.crates_move
    sooner = 0 <= reward.goal_decay <= 1 and reward.goal >= 0 and reward.step_cost >= 0
    pays = reward.stored >= 0 and reward.goal + reward.stored > 0
    other = reward.shaping != 0 or reward.tile_values or "load" in rules.action.vocabulary
    walks = set(codes.HEADINGS) <= set(rules.action.vocabulary)
    return calm and sooner and pays and walks and not other


def stored(world: World, bank: Workspace, row: int) -> tuple[Reference, list[int]] | None:
    """The reference of a Sokoban level and the actions of one inner episode.

    Returns:
        None where the level or its world is no such thing.

    Raises:
        LevelError: the crates cannot be stored within the time limit, or the search ended without
            a single push that stores one.
    """
    rules = world.rules
    if not isinstance(rules, Rules) or not is_storage(rules):
        return None
    puzzle = puzzle_of(bank, row)
    if puzzle is None:
        return None
    limit = rules.episode.max_steps or int(bank.info[row]["max_steps"])
    try:
        found = solve(puzzle, limit)
    except LevelError as problem:
        raise LevelError(f"{world.id}: level {row}: {problem}") from None
    actions = _actions(rules, found)
    begun, all_of_them = len(set(puzzle.crates) & set(puzzle.goals)), len(puzzle.crates)

    def worth(steps: int, stored: int) -> float:
        reward = rules.reward
        inner = reward.stored * (stored - begun) - reward.step_cost * steps
        if stored == all_of_them:
            inner += reward.goal * (1.0 - reward.goal_decay * steps / limit)
        return inner * rules.episode.inner_episodes

    rounds = rules.episode.inner_episodes
    value, length = worth(len(actions), found.stored), len(actions) * rounds
    if found.exact:
        return Reference.exact(value, actions * rounds, length), actions
    best = worth(found.least, all_of_them)
    return Reference(value, "search", actions * rounds, length, 1, value, best), actions


def _actions(rules: Rules, found: Solution) -> list[int]:
    """A solution as the numbers of a world's actions."""
    vocabulary = rules.action.vocabulary
    names = [vocabulary[entry] for entry in rules.action.order or range(len(vocabulary))]
    return [names.index(codes.HEADINGS[heading]) for heading in found.headings]
