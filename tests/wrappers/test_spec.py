"""Shifts as data: round trips, conflicts and errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from adaptarium.envs.core.errors import ShiftError
from adaptarium.wrappers.spec import Shift, ShiftPlan, as_plan

ICY = {
    "name": "icy",
    "what": {"kind": "factors", "to": {"transition.slip": 0.3}},
    "when": {"kind": "step", "at": 100},
    "adaptation": {"allowed": "context", "steps": 50},
    "success": {"fraction": 0.8, "within": 500},
}


def plan(*shifts: Any) -> ShiftPlan:
    return ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": list(shifts)})


def of(what: Any, name: str = "it", when: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "what": what, "when": when or {"kind": "step", "at": 0}, **more}


rates = some.floats(0.001, 1.0)
counts = some.integers(1, 1000)
whats = some.one_of(
    some.builds(lambda s: {"kind": "observation.noise", "sigma": s}, rates),
    some.builds(
        lambda r, e: {"kind": "observation.dropout", "rate": r, "entries": e},
        rates,
        some.lists(some.text("abc", min_size=1, max_size=4), max_size=3),
    ),
    some.builds(lambda k: {"kind": "observation.delay", "steps": k}, counts),
    some.builds(
        lambda order: {"kind": "action.remap", "mapping": order}, some.permutations(range(5))
    ),
    some.builds(lambda r: {"kind": "action.sticky", "rate": r}, rates),
    some.builds(lambda f: {"kind": "reward.scale", "factor": f}, some.floats(-10, 10)),
    some.builds(lambda a, b: {"kind": "judge.delayed", "least": a, "most": a + b}, counts, counts),
    some.builds(lambda v: {"kind": "factors", "to": {"transition.slip": v}}, rates),
    some.builds(lambda n: {"kind": "population", "to": n}, some.integers(1, 255)),
    some.just({"kind": "partners", "pool": ["a", "b"], "seats": ["player_1"]}),
    some.just({"kind": "signal", "of": ["x"]}),
)
whens = some.one_of(
    some.builds(lambda a, b: {"kind": "step", "at": a, "until": a + b}, counts, counts),
    some.builds(lambda a, b: {"kind": "linear", "start": a, "stop": a + b}, counts, counts),
    some.builds(lambda s: {"kind": "markov", "stay": s, "unit": "episode"}, rates),
    some.builds(lambda d: {"kind": "recurring", "duration": d}, counts),
    some.just({"kind": "times", "times": [[0, 0.5], [7, 1.0]]}),
)
shifts = some.builds(
    lambda what, when, k: of(what, "it", when, slots={"modulo": k, "remainders": [k - 1]}),
    whats,
    whens,
    some.integers(1, 9),
)


@settings(max_examples=60, deadline=None)
@given(shifts, some.sampled_from([".toml", ".json"]))
def test_any_plan_survives_a_file(
    tmp_path_factory: pytest.TempPathFactory, shift: Any, suffix: str
) -> None:
    made = plan(shift)
    assert ShiftPlan.from_data(made.to_data()) == made
    path = tmp_path_factory.mktemp("plan") / f"plan{suffix}"
    made.save(path)
    assert ShiftPlan.load(path) == made


def test_the_four_fields_are_kept(tmp_path: Path) -> None:
    made = plan(ICY)
    (shift,) = made
    assert shift.what.kind == "factors"
    assert (shift.adaptation.allowed, shift.success.fraction) == ("context", 0.8)
    made.save(tmp_path / "icy.toml")
    text = (tmp_path / "icy.toml").read_text()
    assert 'kind = "factors"' in text
    assert 'kind = "step"' in text
    for given_ in (made, shift, tmp_path / "icy.toml", str(tmp_path / "icy.toml"), made.to_data()):
        assert as_plan(given_) == made


def test_two_shifts_of_one_factor_at_one_time_are_a_conflict() -> None:
    other = {**ICY, "name": "icier"}
    with pytest.raises(ShiftError, match="both write transition.slip"):
        plan(ICY, other)
    before = {**ICY, "when": {"kind": "step", "at": 0, "until": 100}}
    plan(before, other)
    even = {**ICY, "slots": {"modulo": 2, "remainders": [0]}}
    plan(even, {**other, "slots": {"modulo": 4, "remainders": [1, 3]}})
    with pytest.raises(ShiftError, match="both write"):
        plan(even, {**other, "slots": {"modulo": 3}})


def test_interface_changes_stack_but_there_is_one_judge() -> None:
    noise = {"kind": "observation.noise", "sigma": 1.0}
    plan(of(noise, "one"), of(noise, "two"))
    with pytest.raises(ShiftError, match="both write judge"):
        plan(of({"kind": "judge.noisy"}, "one"), of({"kind": "judge.biased"}, "two"))
    with pytest.raises(ShiftError, match="both write signal change"):
        plan(of({"kind": "signal"}, "one"), of({"kind": "signal"}, "two"))
    mates = {"kind": "partners", "pool": ["a", "b"]}
    with pytest.raises(ShiftError, match="both write partners"):
        plan(of(mates, "one"), of(mates, "two"))


@pytest.mark.parametrize(
    ("shift", "message"),
    [
        (of({"kind": "observation.nois"}), "did you mean 'observation.noise'"),
        (of({"kind": "factor"}), "did you mean 'factors'"),
        (of({"sigma": 1.0}), "says which it is"),
        (of({"kind": "observation.noise", "sigm": 1}), "did you mean 'sigma'"),
        (of({"kind": "observation.noise", "sigma": -1}), "sigma = -1"),
        (of({"kind": "observation.noise"}), "sigma"),
        (of({"kind": "action.remap", "mapping": [0, 0]}), "each of 0 to 1 once"),
        (of({"kind": "judge.delayed", "least": 5, "most": 2}), "at least least = 5"),
        (of({"kind": "judge.hindsight", "low": 1, "high": 1}), "more than low"),
        (of({"kind": "population"}), "one of to, path and replace"),
        (of({"kind": "factors"}), "expected to = "),
        (of({"kind": "factors", "path": {"a": [1]}}), "at least two values"),
        ({**ICY, "nam": "x"}, "did you mean 'name'"),
        ({**ICY, "adaptation": {"allow": "none"}}, "did you mean 'allowed'"),
        ({**ICY, "adaptation": {"allowed": "weight"}}, "did you mean 'weights'"),
        ({**ICY, "name": "no spaces"}, "name"),
    ],
)
def test_bad_shifts_are_refused(shift: Any, message: str) -> None:
    with pytest.raises(ShiftError, match=message):
        plan(shift)


def test_names_are_told_apart() -> None:
    with pytest.raises(ShiftError, match="two shifts are named 'icy'"):
        plan(ICY, ICY)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ShiftError, match="none.toml"):
        ShiftPlan.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("shift = 3")
    with pytest.raises(ShiftError):
        ShiftPlan.load(tmp_path / "bad.toml")
    assert isinstance(plan(ICY).shifts[0], Shift)
