"""Strict JSON refuses what the standard library lets through."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.strictjson import MAX_DEPTH, dumps, loads

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

REFUSED = [
    ("[NaN]", "NaN is not JSON"),
    ("[-Infinity]", "-Infinity is not JSON"),
    ("[1e999]", "64-bit float"),
    ('{"a": 1, "b": 2, "a": 1}', "'a' appears twice"),
    ('{"outer": {"a": 1, "a": 2}}', "'a' appears twice"),
    ("1" * 5000, "5000 characters"),
    ("0." + "1" * 5000, "longer than 40"),
    ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested deeper than 32"),
    ('{"a":' * 100_000, "nested deeper than 32"),
    ('["' + "\\" + 'ud800"]', "surrogate"),
    ("", "not valid JSON"),
    ("{} {}", "not valid JSON"),
    ('{"a": 1', "line 1, column 8"),
    ('["line\nbreak"]', "not valid JSON"),
    ("\ufeff{}", "not valid JSON"),
    (b"\xff{}", "not UTF-8 text at byte 0"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_refuses(text: str | bytes, message: str) -> None:
    with pytest.raises(LevelError, match="^somewhere: ") as caught:
        loads(text, what="somewhere", error=LevelError)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 160


def test_depth_limit_is_inclusive_and_ignores_brackets_in_strings() -> None:
    at_limit = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert loads(at_limit, what="x") == json.loads(at_limit)
    text = json.dumps({"map": "[" * 200 + '\\"{' * 50})
    assert loads(text, what="x") == json.loads(text)
    siblings = json.dumps([[i] for i in range(1000)])
    assert loads(siblings, what="x") == json.loads(siblings)


def test_unterminated_string_is_refused_in_linear_time() -> None:
    text = "[" * 40 + '"' + '\\"' * 500_000
    start = time.perf_counter()
    with pytest.raises(ValueError, match="nested deeper"):
        loads(text, what="x")
    with pytest.raises(ValueError, match="Unterminated"):
        loads("[[],[]," + "[]," * 40 + '"' + '\\"' * 500_000, what="x")
    assert time.perf_counter() - start < 5.0


@settings(max_examples=100, deadline=None)
@given(PLAIN)
def test_round_trip(value: object) -> None:
    try:
        text = dumps(value)
        text.encode("utf-8")
    except UnicodeEncodeError:
        return  # hypothesis draws lone surrogates; they cannot be stored as UTF-8
    assert "\n" not in text
    assert loads(text, what="x") == value


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='[]{}",:\\u0123456789eE+-.aNItrue \n', max_size=60))
def test_any_text_gives_a_value_or_the_given_error(text: str) -> None:
    try:
        value = loads(text, what="x", error=LevelError)
    except LevelError:
        return
    assert value == json.loads(text)


def test_dumps_writes_numpy_and_refuses_what_is_not_json() -> None:
    value = {"n": np.int64(3), "x": np.float32(0.5), "flag": np.bool_(True), "a": np.arange(2)}
    assert loads(dumps(value), what="x") == {"n": 3, "x": 0.5, "flag": True, "a": [0, 1]}
    with pytest.raises(ValueError, match="cannot write as JSON"):
        dumps([float("nan")])
    with pytest.raises(ValueError, match="cannot write as JSON"):
        dumps([np.float32("inf")])
    with pytest.raises(TypeError, match="cannot write a set"):
        dumps({1, 2})
