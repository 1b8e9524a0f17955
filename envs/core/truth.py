"""The true return: what an episode was worth to those who wrote its reward.

A reward is a proxy. Where a world tells what it stands for, the family keeps the measure
``true_return`` (a float of its ``METRICS_DTYPE``, in every environment's ``info["metrics"]``), and
its ``rules`` module says by ``has_truth(rules) -> bool`` of which worlds it tells something. An
evaluation reports it beside the return, so that agents show which game the reward.
"""

from __future__ import annotations

from adaptarium.envs.core.world import World

TRUE_RETURN = "true_return"
"""The measure's name."""


def has_truth(world: World) -> bool:
    """Whether episodes of ``world`` have a true return apart from what they pay."""
    told = getattr(world.family.module("rules"), "has_truth", None)
    return told is not None and bool(told(world.rules))
