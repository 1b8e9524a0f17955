"""A compact PPO for native batches: feed-forward or recurrent, masked, for one seat or several."""

from adaptarium.envs.core.errors import missing_extra

try:
    import torch  # noqa: F401 (every module here needs it)
except ImportError:
    raise missing_extra("torch", "train") from None
