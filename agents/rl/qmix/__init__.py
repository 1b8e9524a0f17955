"""QMIX for teams on native batches: agents that act alone, learnt by what they are worth together.

Rashid et al., *QMIX: Monotonic value function factorisation for deep multi-agent reinforcement
learning*, 2018; with ``mixer = "vdn"``, Sunehag et al., *Value-decomposition networks*, 2018.
"""

from adaptarium.envs.core.errors import missing_extra

try:
    import torch  # noqa: F401 (every module here needs it)
except ImportError:
    raise missing_extra("torch", "train") from None
