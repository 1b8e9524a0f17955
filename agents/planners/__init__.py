"""Planners: they play by trying out, on copies of the present state, what actions lead to.

A planner looks behind the scenes: it plans on the true state, hidden parts of it included, and with
the true rules. What it does not see is chance to come: its copies draw numbers of their own.
"""

from __future__ import annotations

from adaptarium.agents.planners.settings import MCTSSettings

__all__ = ["MCTSSettings"]
