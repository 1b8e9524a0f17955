"""Bandit instances as data that a person can read and write, and their arrays.

A readable level is plain JSON data::

    {
        "arms": [
            {"mean": 0.6},
            {"mean": 0.8, "low": 0.1, "up": 0.05, "down": 0.1, "good": false},
            {"mean": 0.5, "recharge": [0.1, 0.2, 0.9], "satiation": [0.1]},
            {"mean": 0.0, "spread": 0.0, "coefficients": [0.5, -0.25]},
        ],
        "contexts": [[1.0, 0.0], [0.0, 1.0]],
        "hidden": {"decay": [[0.5]], "output": [1.0]},
        "max_steps": 100,
    }

``mean`` is an arm's expected payoff (its probability where payoffs are 0 or 1), ``low`` that in its
bad state, ``up`` and ``down`` the probabilities a step of leaving the bad and the good state,
``good`` the state at the start, ``spread`` the deviation of its gaussian noise. ``recharge[t - 1]``
is its mean ``t`` steps after it was left, ``satiation[t - 1]`` after ``t`` pulls in a row; the last
entries hold from there on. ``coefficients`` times the features of the context are added to the
mean. ``hidden`` is a linear state x that starts at 0: each step it becomes ``decay`` times itself
plus the ``drive`` of the pulled arm, and ``output`` times x is added to all means. What is left out
is 0, but for ``good`` (true) and ``spread`` (1). Numbers are multiples of 0.0001.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.envs.bandit import codes
from adaptarium.envs.core.errors import LevelError, unknown_name
from adaptarium.envs.core.layout import Workspace

_STEPS = round(1 / codes.RESOLUTION)
# Number of an arm -> its default and bounds.
_NUMBERS: Mapping[str, tuple[float, float, float]] = {
    "mean": (0.0, -codes.MAX_MEAN, codes.MAX_MEAN),
    "low": (0.0, -codes.MAX_MEAN, codes.MAX_MEAN),
    "up": (0.0, 0.0, 1.0),
    "down": (0.0, 0.0, 1.0),
    "spread": (1.0, 0.0, codes.MAX_SPREAD),
}
_LISTS = {
    "recharge": codes.MAX_MEAN,
    "satiation": codes.MAX_MEAN,
    "coefficients": codes.MAX_COEFFICIENT,
    "drive": codes.MAX_COEFFICIENT,
}
_MOST = {
    "recharge": codes.MAX_SPAN,
    "satiation": codes.MAX_SPAN,
    "coefficients": codes.MAX_FEATURES,
    "drive": codes.MAX_HIDDEN,
}
_ARM_KEYS = (*_NUMBERS, "good", *_LISTS)
_NOTHING: Mapping[str, list[Any]] = {"decay": [], "output": []}
_KEYS = ("arms", "contexts", "hidden", "max_steps")


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data; :func:`write` gives the same row again.

    Raises:
        LevelError: the row, read from a file, holds numbers that stand for nothing.
    """
    head = w.levels.head[k]
    room = w.levels.contexts.shape[1:]
    arms = _within("arms", head["num_arms"], 1, w.levels.arms.shape[1])
    features = _within("features", head["num_features"], 0, room[1])
    contexts = _within("contexts", head["num_contexts"], 0, room[0])
    hidden = _within("hidden", head["num_hidden"], 0, w.levels.output.shape[1])
    readable: dict[str, Any] = {
        "arms": [_read_arm(w, k, a, features, hidden) for a in range(arms)],
        "contexts": _tidy(w.levels.contexts[k, :contexts, :features].tolist()),
    }
    if hidden:
        readable["hidden"] = {
            "decay": _tidy(w.levels.decay[k, :hidden, :hidden].tolist()),
            "output": _tidy(w.levels.output[k, :hidden].tolist()),
        }
    readable["max_steps"] = int(w.info[k]["max_steps"])
    _check(readable)
    return readable


def _read_arm(w: Workspace, k: int, a: int, features: int, hidden: int) -> dict[str, Any]:
    arm, span = w.levels.arms[k, a], w.levels.recharge.shape[2]
    found: dict[str, Any] = {"mean": _tidy(float(arm["mean"]))}
    for name, (default, _, _) in _NUMBERS.items():
        if float(arm[name]) != default:
            found[name] = _tidy(float(arm[name]))
    if not arm["good"]:
        found["good"] = False
    lists = {
        "recharge": w.levels.recharge[k, a, : _within("recharge", arm["num_recharge"], 0, span)],
        "satiation": w.levels.satiation[
            k, a, : _within("satiation", arm["num_satiation"], 0, span)
        ],
        "coefficients": w.levels.coefficients[k, a, :features],
        "drive": w.levels.drive[k, a, :hidden],
    }
    for name, values in lists.items():
        if len(values):
            found[name] = _tidy(values.tolist())
    return found


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``; nothing is written unless all of it is valid.

    Raises:
        LevelError: the level is malformed, or larger than the workspace.
    """
    for name, size in needs(readable).items():
        room = _room(w)[name]
        if size > room:
            raise LevelError(f"{name}: the level has {size}, expected at most {room}")
    arms, contexts = readable["arms"], readable.get("contexts", [])
    features = len(contexts[0]) if contexts else 0
    for array in w.levels:
        array[k] = np.zeros((), array.dtype)
    for a, arm in enumerate(arms):
        _write_arm(w, k, a, arm)
    for c, row in enumerate(contexts):
        w.levels.contexts[k, c, :features] = [_exact(value) for value in row]
    best = max(float(w.levels.arms[k, a]["mean"]) for a in range(len(arms)))
    state, head = readable.get("hidden", _NOTHING), w.levels.head[k]
    for j, (row, weight) in enumerate(zip(state["decay"], state["output"], strict=True)):
        w.levels.decay[k, j, : len(row)] = [_exact(value) for value in row]
        w.levels.output[k, j] = _exact(weight)
    head["best"], head["num_arms"], head["num_hidden"] = best, len(arms), len(state["output"])
    head["num_contexts"], head["num_features"] = len(contexts), features
    w.info[k]["max_steps"] = readable["max_steps"]


def _write_arm(w: Workspace, k: int, a: int, readable: Mapping[str, Any]) -> None:
    arm = w.levels.arms[k, a]
    for name, (default, _, _) in _NUMBERS.items():
        arm[name] = _exact(readable.get(name, default))
    arm["good"] = readable.get("good", True)
    for name in _LISTS:
        values = [_exact(value) for value in readable.get(name, ())]
        getattr(w.levels, name)[k, a, : len(values)] = values
    arm["num_recharge"] = len(readable.get("recharge", ()))
    arm["num_satiation"] = len(readable.get("satiation", ()))


def _room(w: Workspace) -> dict[str, int]:
    contexts, features = w.levels.contexts.shape[1:]
    arms, span = w.levels.recharge.shape[1:]
    sizes = {"arms": arms, "features": features, "contexts": contexts, "span": span}
    return {**sizes, "hidden": w.levels.output.shape[1]}


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level.

    Raises:
        LevelError: the level is malformed.
    """
    _check(readable)
    arms, contexts = readable["arms"], readable.get("contexts", [])
    lists = [arm.get(name, ()) for arm in arms for name in ("recharge", "satiation")]
    return {
        "arms": len(arms),
        "features": len(contexts[0]) if contexts else 0,
        "contexts": len(contexts),
        "span": max(len(values) for values in lists),
        "hidden": len(readable.get("hidden", _NOTHING)["output"]),
    }


# ---- checks ----


def _check(readable: Any) -> None:
    if not isinstance(readable, Mapping):
        raise LevelError(f"level {readable!r:.60}: expected an object with {', '.join(_KEYS)}")
    _check_keys("level", readable, _KEYS)
    arms: Any = readable.get("arms")
    contexts = readable.get("contexts", [])
    if not _is_list(arms) or not 1 <= len(arms) <= codes.MAX_ARMS:
        raise LevelError(f"arms = {arms!r:.60}: expected a list of 1 to {codes.MAX_ARMS} arms")
    if not _is_list(contexts) or len(contexts) > codes.MAX_CONTEXTS:
        raise LevelError(
            f"contexts = {contexts!r:.60}: expected a list of at most {codes.MAX_CONTEXTS}"
        )
    for c, row in enumerate(contexts):
        _check_list(f"contexts[{c}]", row, codes.MAX_FEATURES, codes.MAX_COEFFICIENT)
        if len(row) != len(contexts[0]) or not row:
            raise LevelError(
                f"contexts[{c}]: {len(row)} features, expected as many in each, from 1"
            )
    sizes = {"coefficients": len(contexts[0]) if contexts else 0}
    sizes["drive"] = _check_hidden(readable.get("hidden", _NOTHING))
    for a, arm in enumerate(arms):
        _check_arm(f"arms[{a}]", arm, sizes)
    _check_integer("max_steps", readable.get("max_steps"), 1, codes.MAX_STEPS)


def _check_hidden(state: Any) -> int:
    """How many numbers the hidden state has."""
    if not isinstance(state, Mapping) or set(state) != {"decay", "output"}:
        raise LevelError(f"hidden = {state!r:.60}: expected an object with decay, output")
    _check_list("hidden.output", state["output"], codes.MAX_HIDDEN, codes.MAX_COEFFICIENT)
    count = len(state["output"])
    if not _is_list(state["decay"]) or len(state["decay"]) != count:
        raise LevelError(f"hidden.decay = {state['decay']!r:.60}: expected {count} rows")
    for j, row in enumerate(state["decay"]):
        _check_list(f"hidden.decay[{j}]", row, count, 1.0)
        if len(row) != count or sum(map(abs, row)) > 1.0:
            raise LevelError(
                f"hidden.decay[{j}] = {row!r:.60}: expected {count} numbers, together at most 1 in "
                "absolute value, so that the state stays bounded"
            )
    return count


def _check_arm(where: str, arm: Any, sizes: Mapping[str, int]) -> None:
    if not isinstance(arm, Mapping) or "mean" not in arm:
        raise LevelError(f"{where} = {arm!r:.60}: expected an object with a mean")
    _check_keys(where, arm, _ARM_KEYS)
    for name, (default, low, high) in _NUMBERS.items():
        _check_number(f"{where}.{name}", arm.get(name, default), low, high)
    if not isinstance(arm.get("good", True), bool):
        raise LevelError(f"{where}.good = {arm['good']!r:.60}: expected true or false")
    for name, bound in _LISTS.items():
        _check_list(f"{where}.{name}", arm.get(name, []), _MOST[name], bound)
    for name, size in sizes.items():
        if len(arm.get(name, ())) not in (0, size):
            raise LevelError(f"{where}.{name}: {len(arm[name])} numbers, expected {size} or none")


def _check_keys(where: str, found: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in found:
        if name not in known:
            raise LevelError(str(unknown_name(f"field of {where}", str(name), known)))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _check_list(where: str, values: Any, most: int, bound: float) -> None:
    if not _is_list(values) or len(values) > most:
        raise LevelError(f"{where} = {values!r:.60}: expected a list of at most {most} numbers")
    for j, value in enumerate(values):
        _check_number(f"{where}[{j}]", value, -bound, bound)


def _check_number(where: str, value: Any, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected a number from {low} to {high}")
    if abs(value * _STEPS - round(value * _STEPS)) > 1e-6:
        near = round(value * _STEPS) / _STEPS
        raise LevelError(
            f"{where} = {value!r}: expected a multiple of {codes.RESOLUTION}; the nearest is {near}"
        )


def _check_integer(where: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected an integer from {low} to {high}")


def _within(what: str, value: Any, low: int, high: int) -> int:
    _check_integer(what, int(value), low, high)
    return int(value)


def _exact(value: float) -> float:
    """The multiple of ``RESOLUTION`` that a checked number is."""
    return round(value * _STEPS) / _STEPS


def _tidy(value: Any) -> Any:
    """Numbers of an array as text shows them; damaged ones are left as they are, and refused."""
    if isinstance(value, list):
        return [_tidy(part) for part in value]
    if not np.isfinite(value) or abs(value) > 1e6:
        return value
    return _exact(value) + 0.0
