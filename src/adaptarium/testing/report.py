"""What a check says: one outcome a contract, or an error that names the defect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from adaptarium.envs.core.errors import AdaptariumError

Status = Literal["kept", "skipped", "noted"]
Number = int | float


class ContractError(AdaptariumError, AssertionError):
    """A world or a family breaks a contract.

    Attributes:
        contract: The name of the defect, one of :data:`adaptarium.testing.DEFECTS`.
        subject: The world or family.
        detail: What was seen, with the seed, step and field that show it.
    """

    def __init__(self, contract: str, subject: str, detail: str) -> None:
        super().__init__(f"{subject} breaks the contract {contract!r}: {detail}")
        self.contract = contract
        self.subject = subject
        self.detail = detail


@dataclass(frozen=True)
class Outcome:
    """How one contract went.

    Attributes:
        status: ``"kept"``; ``"skipped"`` where it does not apply, ``note`` says why; ``"noted"``
            where it is kept and ``note`` holds a finding, as a new best return.
        note: One line; may be empty.
        numbers: What was looked at: ``{"states": 320, "factors": 17}``.
        acted: Factors that were seen to act.
    """

    status: Status = "kept"
    note: str = ""
    numbers: Mapping[str, Number] = field(default_factory=dict)
    acted: frozenset[str] = frozenset()


def kept(**numbers: Number) -> Outcome:
    """The contract holds for all of ``numbers``."""
    return Outcome("kept", "", numbers)


def skipped(why: str) -> Outcome:
    """The contract has nothing to look at here."""
    return Outcome("skipped", why)


def noted(note: str, **numbers: Number) -> Outcome:
    """The contract holds, and something is worth telling."""
    return Outcome("noted", note, numbers)


@dataclass(frozen=True)
class Contract:
    """One line of the table of contracts.

    Attributes:
        name: What it proves, ``"order-independence"``.
        check: Takes the probe of a world; raises :class:`ContractError` when it is broken.
        thorough: Only looked at under ``thorough=True``.
    """

    name: str
    check: Callable[[Any], Outcome]
    thorough: bool = False


@dataclass(frozen=True)
class Report:
    """The outcomes of a check, in the order of the table of contracts.

    Attributes:
        subject: The world or family.
        outcomes: Contract name to outcome.
        seconds: How long it took.
    """

    subject: str
    outcomes: Mapping[str, Outcome]
    seconds: float

    @property
    def acted(self) -> frozenset[str]:
        """The live factors that were seen to act."""
        return frozenset().union(*(outcome.acted for outcome in self.outcomes.values()))

    def to_data(self) -> dict[str, Any]:
        """Plain data, as for ``--json``."""
        return {
            "subject": self.subject,
            "seconds": round(self.seconds, 3),
            "acted": sorted(self.acted),
            "contracts": {
                name: {"status": one.status, "note": one.note, "numbers": dict(one.numbers)}
                for name, one in self.outcomes.items()
            },
        }

    def __str__(self) -> str:
        lines = [f"{self.subject}: every contract kept ({self.seconds:.1f} s)"]
        for name, one in self.outcomes.items():
            numbers = ", ".join(f"{key} {value:g}" for key, value in one.numbers.items())
            tail = "; ".join(part for part in (numbers, one.note) if part)
            lines.append(f"  {one.status:<7} {name:<24} {tail}".rstrip())
        return "\n".join(lines)
