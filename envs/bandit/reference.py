"""References of bandits: the best return of a player who knows the instance and its state.

Whoever knows the means draws no benefit from information, and no pull moves a mean but where arms
recharge or drive a hidden state. So the optimum has a closed form where switching is free or means
stay: the sum over time of the expected highest mean. Contexts are equally likely, the chains of
restless arms independent, and both are known before the pull. A hidden state is linear, so that
what a pull adds to all later payoffs is added to its own. Where arms recharge, value iteration on
the kernel finds the optimum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from adaptarium.envs.bandit.level import read
from adaptarium.envs.bandit.players import Greedy, Planned, number_of, play
from adaptarium.envs.bandit.rules import Rules
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import PlanPolicy, Policy, ValuePolicy
from adaptarium.envs.core.reference import (
    Level,
    Reference,
    Solver,
    TooLargeError,
    placed,
)
from adaptarium.envs.core.world import World

Floats = npt.NDArray[np.float64]
# Beyond these value iteration over time and states would take more than some seconds.
MAX_STATES = 40_000
MAX_WORK = 40_000_000  # time steps times states
# Episodes behind a reference that is only the mean of a policy.
POLICY_EPISODES = 64


def solve(world: World, level: Level) -> Reference:
    """The reference of one level.

    Args:
        world: The world whose rules hold.
        level: A readable level, or a workspace and a row of it.

    Returns:
        The optimum; where it has too many states, the mean of a player that takes the best arm of
        the moment, with method ``"policy"``.
    """
    world, bank, row = placed(world, level)
    rules = _rules(world)
    if _has_to_plan(rules, bank, row):
        try:
            return _by_values(world, bank, row)
        except TooLargeError:
            return _by_play(world, bank, row)
    gains, rounds = _gains(rules, bank, row), rules.episode.inner_episodes
    if rules.action.declare:
        return _declaring(rules, gains, _right(rules, bank, row))
    return Reference.exact(float(gains.sum()) * rounds, None, len(gains) * rounds)


def solve_many(world: World, bank: Workspace, rows: Sequence[int] | range) -> list[Reference]:
    """The references of many level rows of one workspace."""
    return [solve(world, (bank, int(row))) for row in rows]


def _rules(world: World) -> Rules:
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not of bandit")
    return rules


def _has_to_plan(rules: Rules, bank: Workspace, row: int) -> bool:
    """Whether the best arm of the moment may be the wrong one to pull."""
    head = bank.levels.head[row]
    moves = rules.transition.restless or bool(head["num_features"])
    cut = rules.transition.payoff == "bernoulli" or rules.action.declare
    hidden = bool(head["num_hidden"]) and (cut or rules.reward.switch_cost > 0)
    return rules.transition.recharge or hidden or (rules.reward.switch_cost > 0 and moves)


def _limit(rules: Rules, bank: Workspace, row: int) -> int:
    return rules.episode.max_steps or int(bank.info[row]["max_steps"])


# ---- closed forms ----


def _gains(rules: Rules, bank: Workspace, row: int) -> Floats:
    """(limit,) expected reward of the best pull at each step, with what it adds to later ones."""
    ahead = _ahead(rules, bank, row)
    pairs = zip(_means(rules, bank, row), ahead, strict=True)
    return np.array(
        [_expected_best(rewards + later[:, None], good) for (rewards, good), later in pairs]
    )


def _ahead(rules: Rules, bank: Workspace, row: int) -> Floats:
    """(limit, arms) what a pull at each step adds to the rewards of all later ones.

    A pull's drive ``b`` adds ``output @ decay^j @ b`` to the payoff ``j + 1`` steps later.
    """
    head, levels = bank.levels.head[row], bank.levels
    count, arms = int(head["num_hidden"]), int(head["num_arms"])
    decay, drive = levels.decay[row, :count, :count], levels.drive[row, :arms, :count]
    found = np.zeros((_limit(rules, bank, row), arms))
    weights = levels.output[row, :count].copy()  # output @ decay^j, summed over the steps to come
    for time in range(len(found) - 2, -1, -1):
        found[time] = found[time + 1] + rules.reward.payoff * (drive @ weights)
        weights = weights @ decay
    return found


def _means(rules: Rules, bank: Workspace, row: int) -> Iterator[tuple[Floats, Floats]]:
    """Rewards of a pull in the bad and the good state, and chances of the good one, at each step.

    Yields:
        (contexts, arms, 2) and (arms,) float64.
    """
    head, levels = bank.levels.head[row], bank.levels
    count, features = int(head["num_arms"]), int(head["num_features"])
    arms = levels.arms[row, :count]
    contexts = levels.contexts[row, : int(head["num_contexts"]), :features]
    coefficients = levels.coefficients[row, :count, :features]
    plain = np.stack([arms["low"], arms["mean"]], axis=-1)
    good = arms["good"].astype(float)
    if not rules.transition.restless:
        plain[:, 0], good = plain[:, 1], np.ones(count)
    for time in range(_limit(rules, bank, row)):
        shown = contexts[:1] if time == 0 else contexts
        extra = shown @ _turned(coefficients, rules.transition.drift * time).T
        means = plain + (extra[:, :, None] if features else np.zeros((1, count, 1)))
        yield _reward(rules, means), good
        if rules.transition.restless:
            good = good * (1 - arms["down"]) + (1 - good) * arms["up"]


def _turned(coefficients: Floats, angle: float) -> Floats:
    """Coefficients turned by an angle in each pair of features, as the mechanic ``drift`` does."""
    turned = coefficients.copy()
    for j in range(0, coefficients.shape[1] - 1, 2):
        x, y = coefficients[:, j], coefficients[:, j + 1]
        turned[:, j] = np.cos(angle) * x - np.sin(angle) * y
        turned[:, j + 1] = np.sin(angle) * x + np.cos(angle) * y
    return turned


def _reward(rules: Rules, means: Floats) -> Floats:
    """The expected reward of pulling arms with these means."""
    if rules.transition.payoff == "bernoulli":
        means = np.clip(means, 0.0, 1.0)
    return rules.reward.payoff * means - rules.reward.pull_cost


def _expected_best(rewards: Floats, good: Floats) -> float:
    """The mean over contexts of the expected highest reward of independent two-valued arms."""
    return float(np.mean([_highest(row, good) for row in rewards]))


def _highest(rewards: Floats, good: Floats) -> float:
    """E[max] of independent arms with values (arms, 2) and probabilities of the second value."""
    if (good >= 1.0).all():
        return float(rewards[:, 1].max())
    values = rewards.ravel()
    below = np.ones(len(values) + 1)  # P(all arms <= the value), in ascending order
    order = np.argsort(values, kind="stable")
    for place, top in enumerate(values[order]):
        low = np.where(rewards[:, 0] <= top, 1.0 - good, 0.0)
        below[place] = np.prod(low + np.where(rewards[:, 1] <= top, good, 0.0))
    chances = np.diff(np.concatenate([[0.0], below[:-1]]))
    return float(chances @ values[order])


def _right(rules: Rules, bank: Workspace, row: int) -> tuple[int, bool]:
    """An arm that is best at the start, and whether there is a wrong one."""
    head = bank.levels.head[row]
    arms = bank.levels.arms[row, : int(head["num_arms"])]
    bad = (arms["good"] == 0) & rules.transition.restless
    means = np.where(bad, arms["low"], arms["mean"])
    if head["num_features"]:
        features = int(head["num_features"])
        coefficients = bank.levels.coefficients[row, : len(arms), :features]
        means = means + coefficients @ bank.levels.contexts[row, 0, :features]
    if rules.transition.payoff == "bernoulli":
        means = np.clip(means, 0.0, 1.0)
    return int(means.argmax()), bool((means < means.max()).any())


def _declaring(rules: Rules, gains: Floats, right: tuple[int, bool]) -> Reference:
    """Pull for some steps, then declare."""
    rounds, ends = rules.episode.inner_episodes, _declared(rules, right[1])
    earned = np.concatenate([[0.0], np.cumsum(gains)])
    pulls = _pulls(gains, ends)
    value = float(earned[pulls]) + (ends if pulls < len(gains) else 0.0)
    length = min(pulls + 1, len(gains))
    plan = None
    if pulls == 0 and ends == rules.reward.declared and rules.trial.structure:
        plan = [number_of(rules, right[0], 1 + int(rules.action.watch))] * rounds
    return Reference.exact(value * rounds, plan, length * rounds)


def _declared(rules: Rules, wrong_exists: bool) -> float:
    """What the better kind of declaration pays."""
    wrong = -rules.reward.mistaken if wrong_exists else -np.inf
    return max(rules.reward.declared, wrong)


def _pulls(gains: Floats, ends: float) -> int:
    """The best number of pulls before a declaration; all of them where none is worth it."""
    values = np.concatenate([[0.0], np.cumsum(gains)])
    values[:-1] += ends
    return int(values.argmax())


# ---- value iteration ----


def simplified(world: World) -> World:
    """A world with the same optimum and fewer states.

    When payoffs are told, how arms are numbered and what is remembered do not matter to a player
    who knows the means.
    """
    return world.override(
        **{
            "feedback.delay": 0,
            "feedback.batch": 1,
            "trial.memory": "none",
            "trial.structure": True,
            "action.order": (),
            "action.watch": False,
        }
    )


def _solver(world: World, bank: Workspace, row: int) -> Solver:
    """The explored graph of a level.

    Raises:
        TooLargeError: the level has too many states.
    """
    solver = Solver(simplified(world), bank)
    solver.max_states = max(2, min(MAX_STATES, MAX_WORK // _limit(_rules(world), bank, row)))
    solver.start(row)
    solver.explore()
    return solver


def _by_values(world: World, bank: Workspace, row: int) -> Reference:
    solver = _solver(world, bank, row)
    plan, rounds = solver.iterate(), int(solver.w.rules[0]["inner_episodes"])
    return Reference.exact(plan.value * rounds, None, round(plan.length) * rounds)


def _by_play(world: World, bank: Workspace, row: int) -> Reference:
    """The mean return of the best arm of the moment, over some episodes."""
    returns = play(world, read(bank, row), Greedy(_rules(world)), POLICY_EPISODES)
    mean, error = float(returns.mean()), float(returns.std(ddof=1) / np.sqrt(len(returns)))
    length = _limit(_rules(world), bank, row) * _rules(world).episode.inner_episodes
    low, high = mean - 2 * error, mean + 2 * error
    return Reference(mean, "policy", None, length, len(returns), low, high)


# ---- playing it ----


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    ``solver`` is taken as every family does; bandits search in simplified worlds of their own.
    """
    rules = _rules(world)
    if _has_to_plan(rules, bank, row):
        try:
            graph = _solver(world, bank, row)
        except TooLargeError:
            return Greedy(rules)
        return Planned(rules, ValuePolicy(graph, graph.iterate(), row))
    if not rules.action.declare:
        return Greedy(rules, ahead=_ahead(rules, bank, row))
    best = solve(world, (bank, row))
    if best.actions is not None:
        return PlanPolicy(best.actions)
    ends = _declared(rules, _right(rules, bank, row)[1])
    return Greedy(rules, _pulls(_gains(rules, bank, row), ends))


def idle_action(world: World) -> int | None:
    """None: every action of a bandit does something."""
    return None
