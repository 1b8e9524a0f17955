"""Plasticity: whether a network can still learn, measured, and what keeps it able to."""

from adaptarium.envs.core.errors import missing_extra

try:
    import torch  # noqa: F401 (every module here needs it)
except ImportError:
    raise missing_extra("torch", "train") from None

from adaptarium.agents.rl.plasticity.measures import COLUMNS, measure

__all__ = ["COLUMNS", "measure"]
