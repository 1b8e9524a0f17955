"""Players of bandits by name: the policies of the literature, each over many episodes at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

# Name -> module and class of its policy; imported when it is asked for.
POLICIES: Mapping[str, tuple[str, str]] = {
    "uniform": ("simple", "Uniform"),
    "epsilon-greedy": ("simple", "EpsilonGreedy"),
    "oracle": ("oracle", "Oracle"),
    "ucb1": ("indices", "UCB1"),
    "kl-ucb": ("indices", "KLUCB"),
    "discounted-ucb": ("indices", "DiscountedUCB"),
    "sliding-window-ucb": ("indices", "SlidingWindowUCB"),
    "gittins": ("gittins", "Gittins"),
    "thompson": ("sampling", "Thompson"),
    "gaussian-thompson": ("sampling", "GaussianThompson"),
    "exp3": ("sampling", "EXP3"),
    "linucb": ("linear", "LinUCB"),
    "isi-comb-ucb": ("blocks", "ISICombUCB"),
    "dynlin-ucb": ("dynlin", "DynLinUCB"),
}


def policy_class(name: str) -> Any:
    """The class of a policy, by a name of :data:`POLICIES`."""
    module, attribute = POLICIES[name]
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def factories() -> dict[str, Callable[[], Any]]:
    """Name -> a function that makes the agent with its default settings."""
    return {name: _maker(name) for name in POLICIES}


def _maker(name: str) -> Callable[[], Any]:
    def make() -> Any:
        from adaptarium.agents.bandit.agent import BanditAgent

        return BanditAgent(policy_class(name), name=name)

    return make


__all__ = ["POLICIES", "factories", "policy_class"]
