"""Every kind of interface change, in a form that does something on the worlds of these tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

KINDS: dict[str, dict[str, Any]] = {
    "observation.noise": {"sigma": 1.0},
    "observation.dropout": {"rate": 0.2},
    "observation.occlusion": {"share": 0.3},
    "observation.permutation": {},
    "observation.quantise": {"width": 3.0},
    "observation.scale": {"factor": 1.5},
    "observation.delay": {"steps": 3},
    "action.remap": {},
    "action.noise": {"rate": 0.3},
    "action.delay": {"steps": 2},
    "action.sticky": {"rate": 0.4},
    "action.disable": {"actions": [1]},
    "reward.scale": {"factor": 3.0, "offset": 1.0},
    "reward.sign": {},
    "reward.delay": {"steps": 4},
    "reward.sparse": {"every": 5},
    "reward.noise": {"sigma": 1.0},
    "reward.shaping": {"weight": 1.0, "component": 0},
    "judge.noisy": {"error": 0.3},
    "judge.biased": {"lenience": 0.5},
    "judge.delayed": {},
    "judge.hindsight": {},
    "judge.pairwise": {"segment": 3},
    "judge.one_sided": {"side": "negative"},
    "signal": {},
}
SWINGING = {"kind": "periodic", "period": 8, "shape": "triangle"}


BRIEF = ("observation.noise", "action.sticky", "reward.delay", "signal")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``kind`` runs for every kind; ``any_kind`` for few in the short suite."""
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", KINDS)
    if "any_kind" in metafunc.fixturenames:
        full = [pytest.param(kind, marks=pytest.mark.full) for kind in KINDS if kind not in BRIEF]
        metafunc.parametrize("any_kind", [*BRIEF, *full])


@pytest.fixture
def plan() -> Callable[..., dict[str, Any]]:
    """The plain data of a plan of one shift."""

    def made(kind: str, when: Any = None, slots: Any = None, **fields: Any) -> dict[str, Any]:
        fields = {**KINDS[kind], **fields}
        shift: dict[str, Any] = {"name": "it", "what": {"kind": kind, **fields}}
        shift["when"] = when or SWINGING
        if slots:
            shift["slots"] = slots
        return {"schema": "adaptarium-shift/1", "shift": [shift]}

    return made
