"""What an evaluation raises when a cell, or an environment of someone else, cannot be played."""

from __future__ import annotations

from typing import Any

from adaptarium.envs.core.errors import AdaptariumError


class EvaluationError(AdaptariumError, RuntimeError):
    """Cells that could not be finished, or a foreign environment that cannot be made or played."""


def described(problem: BaseException) -> str:
    """An exception in one line; our own speak for themselves, others are named by their type."""
    if isinstance(problem, AdaptariumError):
        return str(problem)
    return f"{type(problem).__name__}: {problem}"


def shown(answer: Any) -> str:
    """An agent's answer in one short line."""
    text = repr(answer).replace("\n", " ")
    return text if len(text) <= 80 else text[:77] + "..."
