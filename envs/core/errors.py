"""Exceptions: one type per cause, each message naming the value, the expectation and a remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AdaptariumError(Exception):
    """Base of every exception this package raises on purpose."""


class UnknownNameError(AdaptariumError, KeyError):
    """A world, family, factor, generator, agent or option name that does not exist."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""


class FactorError(AdaptariumError, ValueError):
    """A factor or generator knob was given a value outside its declared domain."""


class StructuralShiftError(AdaptariumError, ValueError):
    """A structural factor was asked to change inside a batch that has no room for it."""


class LevelError(AdaptariumError, ValueError):
    """A level or a level file is malformed, too large, unsolvable or inconsistent."""


class SplitError(AdaptariumError, ValueError):
    """A split that holds no level (or that the generator cannot provide) was asked for."""


class ActionError(AdaptariumError, ValueError):
    """An action has the wrong shape, type or range."""


class ResetNeededError(AdaptariumError, RuntimeError):
    """``step`` was called before ``reset`` or after the end of an episode."""


class SnapshotError(AdaptariumError, ValueError):
    """A saved state does not belong to this environment or is damaged."""


class WorldFileError(AdaptariumError, ValueError):
    """A world file is not valid TOML/JSON or does not describe a world."""


class ReplayError(AdaptariumError, ValueError):
    """A replay that is malformed, or that comes to another end."""


class ShiftError(AdaptariumError, ValueError):
    """A shift is malformed, contradicts another, or does not fit its world."""


class ScoreError(AdaptariumError, ValueError):
    """Episodes or references from which no score can be computed."""


class ResultsError(AdaptariumError, ValueError):
    """A results folder is missing, malformed or holds something else."""


class RunError(AdaptariumError, ValueError):
    """A training run's folder is missing, damaged, or belongs to another run."""


class DivergenceError(RunError):
    """Training has left the finite numbers: a loss, a gradient or a weight is NaN or infinite."""


class StreamError(AdaptariumError, ValueError):
    """A stream file is malformed, or names what does not exist or does not fit together."""


class AgentError(AdaptariumError, ValueError):
    """An agent cannot be loaded, or cannot play the world it was given."""


class MissingExtraError(AdaptariumError, ImportError):
    """An optional dependency is not installed; the message holds the exact install command."""


def nearest(name: str, choices: Iterable[str], count: int = 3) -> list[str]:
    """The valid names closest to ``name``, best first; may be empty."""
    known = sorted({str(choice) for choice in choices})
    lower = {choice.lower(): choice for choice in reversed(known)}
    asked = str(name)[:100].lower()  # from files it may be anything, of any length
    found = difflib.get_close_matches(asked, lower, n=count, cutoff=0.5)
    return [lower[match] for match in found]


def unknown_name(kind: str, name: str, choices: Iterable[str]) -> UnknownNameError:
    """An ``UnknownNameError`` with the nearest valid choices in its message."""
    known = sorted({str(choice) for choice in choices})
    close = nearest(name, known)
    if close:
        hint = f"did you mean {' or '.join(repr(choice) for choice in close)}?"
    else:
        shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        hint = f"expected one of: {shown or '(none registered)'}"
    given = repr(name)
    given = given if len(given) <= 100 else f"{given[:90]}… ({len(given)} characters)"
    return UnknownNameError(f"unknown {kind} {given}; {hint}")


def missing_extra(package: str, extra: str) -> MissingExtraError:
    """The error for an absent optional package, with the command that installs it."""
    return MissingExtraError(
        f"{package} is not installed; it comes with: pip install 'adaptarium[{extra}]'"
    )
