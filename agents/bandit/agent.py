"""A policy as an agent: it reads observations and answers with action numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adaptarium.agents.bandit.policy import Addressed, Floats, Integers, Policy
from adaptarium.envs.core.errors import AgentError


class BanditAgent:
    """Plays bandits by a policy; what it learns is what the observations tell.

    A trial is one long episode for it: it keeps what it has learnt when an inner episode ends.
    Where a world wants an arm declared, it declares the one that has paid most on average at the
    last step. It never watches.

    Args:
        policy: ``policy(n, arms)`` gives the policy of ``n`` episodes (a class of this package).
        name: What results call it.
        settings: Further arguments of the policy.

    Raises:
        AgentError: when it is asked to play a world that is no bandit.
    """

    batched = True

    def __init__(self, policy: Callable[..., Policy], name: str = "", **settings: Any) -> None:
        self.name = name or policy.__name__
        self._make, self._settings = policy, settings
        self._policy: Policy | None = None

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Integers:
        """(n,) action numbers."""
        if "feedback" not in observation:
            raise AgentError(f"agent {self.name} plays bandits: there is no feedback to read")
        form = _Form(info)
        rows = np.asarray(info["slots"] if "slots" in info else np.arange(len(info["step"])))
        policy = self._ready(int(rows.max()) + 1, form.arms)
        begun = np.asarray(info["first"], bool)
        policy.forget(rows[begun])
        for kept, arms, payoffs in results(np.asarray(observation["feedback"]), ~begun):
            policy.learn(rows[kept], arms, payoffs)
        policy.see(rows, observation)
        if hasattr(policy, "look"):
            policy.look(rows, info["batch"], rows)
        arms = policy.choose(rows, Addressed(info["seed"], info["step"]))
        numbers = form.pull[arms]
        if form.declare is None:
            return numbers
        last = np.asarray(observation["signals"])[:, 1] >= 1.0 - 1.5 / form.limits(info, rows)
        return np.where(last, form.declare[policy.best(rows)], numbers)

    def _ready(self, n: int, arms: int) -> Policy:
        """The policy, with room for the episodes; a larger batch begins with a new one."""
        if self._policy is None or self._policy.n < n or self._policy.arms != arms:
            self._policy = self._make(n, arms, **self._settings)
        return self._policy


def results(feedback: Floats, wanted: Any) -> list[tuple[Integers, Integers, Floats]]:
    """What observations tell: for each place of the feedback (rows, arms, payoffs).

    Args:
        feedback: (n, 2 reports) pairs of arm plus one, 0 for none, and payoff.
        wanted: (n,) bool of the rows to read.
    """
    pairs, found = feedback.reshape(len(feedback), -1, 2), []
    for place in range(pairs.shape[1]):
        arms = pairs[:, place, 0].astype(np.int64)
        kept = np.flatnonzero((arms > 0) & wanted)
        if len(kept):
            found.append((kept, arms[kept] - 1, pairs[kept, place, 1].astype(np.float64)))
    return found


class _Form:
    """How a world numbers its actions: the numbers that pull, and that declare, each arm."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        world = info.get("world")
        count = np.shape(info["mask"])[-1]
        action = getattr(world.rules, "action", None) if world is not None else None
        watch, declare = (bool(getattr(action, name, False)) for name in ("watch", "declare"))
        modes = 1 + watch + declare
        self.arms = count // modes
        numbers = np.arange(count)
        order = getattr(action, "order", ())
        numbers[np.asarray(order[:count], int)] = np.arange(len(order[:count]))
        self.pull = numbers[np.arange(self.arms) * modes]
        self.declare = numbers[np.arange(self.arms) * modes + modes - 1] if declare else None

    def limits(self, info: Mapping[str, Any], rows: Integers) -> Any:
        """(n,) time limits of the running inner episodes."""
        return info["batch"].w.core["limit"][rows]
