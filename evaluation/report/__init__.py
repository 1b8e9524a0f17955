"""One self-contained page that shows what an evaluation found and how to run it again."""

from __future__ import annotations

from adaptarium.evaluation.report.builder import report

__all__ = ["report"]
