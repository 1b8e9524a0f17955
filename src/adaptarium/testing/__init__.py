"""The contract kit: proves for any world, ours or a stranger's, what every world promises.

    from adaptarium.testing import check_world
    print(check_world("DoorKey-v0"))

See ``docs/contract-kit.md`` for the contracts and the names of the defects.
"""

from __future__ import annotations

from adaptarium.testing.checks import check_family, check_world
from adaptarium.testing.contracts import CONTRACTS
from adaptarium.testing.defects import DEFECTS
from adaptarium.testing.report import Contract, ContractError, Outcome, Report

__all__ = [
    "CONTRACTS",
    "DEFECTS",
    "Contract",
    "ContractError",
    "Outcome",
    "Report",
    "check_family",
    "check_world",
]
