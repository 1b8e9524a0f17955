"""Adaptarium: procedural simulation worlds for adaptive agents, on one compiled kernel a family."""

from __future__ import annotations

from adaptarium._version import __version__

__all__ = ["__version__"]
