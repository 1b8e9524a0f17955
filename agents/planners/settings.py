"""What decides how a planner plans."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class MCTSSettings(BaseModel):
    """Settings of Monte Carlo tree search; the defaults suit small worlds with sparse rewards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    simulations: int = Field(default=200, ge=1, le=1_000_000)
    """Simulations before each move."""
    depth: int = Field(default=50, ge=1, le=10_000)
    """Steps of a simulation at most, its rollout included."""
    discount: float = Field(default=0.99, gt=0, le=1)
    """Worth of a reward one step later; below 1, of two ways to a reward the shorter is better."""
    exploration: float = Field(default=1.0, ge=0, le=1e6)
    """Weight of the exploration term, in units of the range of values found so far."""
    novelty: bool = True
    """Whether exploration counts only as far as something untried lies behind an action."""
    expansions: int = Field(default=10_000, ge=1, le=10_000)
    """New states that one simulation may remember; 1 is the textbook's tree search."""
    rollout: Literal["uniform", "none"] = "uniform"
    """How a simulation goes on beyond what it may remember: with random valid actions, or not."""
    transpositions: bool = True
    """Whether equal states reached in different ways (or at different times) are one node."""
    side_by_side: int = Field(default=8, ge=1, le=1024)
    """Simulations of one episode that run at once, kept apart by counting tries when chosen."""
    states: int = Field(default=4096, ge=2, le=10_000_000)
    """States that are remembered of an episode at most; a full memory is begun anew."""
