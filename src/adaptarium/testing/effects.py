"""What a factor changes: seen on a fan of variants that differ in that one factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.core.factors import Factor, factors_of
from adaptarium.envs.core.truth import TRUE_RETURN
from adaptarium.envs.core.world import World
from adaptarium.testing.arrays import differs
from adaptarium.testing.fan import Fan

# What the groups may touch, as aspects of an effect. A group that is not named here, of a family's
# own, must change something and may change anything.
ASPECTS = ("observation", "start", "state", "termination", "time", "reward", "mask", "truth")
CHANGES: Mapping[str, frozenset[str]] = {
    "transition": frozenset({"start", "state", "termination"}),
    "observation": frozenset({"observation"}),
    "action": frozenset({"state", "termination", "reward", "mask"}),
    "reward": frozenset({"reward"}),
    "truth": frozenset({"truth"}),
    "episode": frozenset({"time"}),
}
# Consequences that do not make a factor of this group act, and that it may have all the same.
ALLOWS: Mapping[str, frozenset[str]] = {
    "transition": frozenset({"time", "reward", "mask", "truth"}),
    "action": frozenset({"time", "truth"}),
    "episode": frozenset({"reward", "truth"}),
}


@dataclass(frozen=True)
class Trial:
    """One factor taken to one value.

    Attributes:
        factor: Its dotted name.
        value: The value, made to fit the world.
        declared: The value as the schema declares it.
    """

    factor: str
    value: Any
    declared: Any

    @property
    def group(self) -> str:
        """The group of the factor."""
        return self.factor.split(".", 1)[0]


@dataclass
class Effect:
    """Which aspects a trial changed, and where first."""

    trial: Trial
    seen: dict[str, str] = field(default_factory=dict)

    def note(self, aspect: str, changed: npt.NDArray[np.bool_], where: str) -> None:
        """Keep the first place where ``aspect`` changed."""
        if aspect not in self.seen and changed.any():
            self.seen[aspect] = f"state {int(np.flatnonzero(changed)[0])}, {where}"

    @property
    def acts(self) -> bool:
        """Whether it changed what its group names."""
        return bool(set(self.seen) & CHANGES.get(self.trial.group, frozenset(ASPECTS)))

    @property
    def strays(self) -> dict[str, str]:
        """The aspects that it changed and that belong to another group."""
        group = self.trial.group
        if group not in CHANGES:
            return {}
        allowed = CHANGES[group] | ALLOWS.get(group, frozenset())
        return {aspect: where for aspect, where in self.seen.items() if aspect not in allowed}


def adapted(declared: Any, factor: Factor, world: World) -> Any:
    """A declared test value made to fit ``world``.

    ``"reversed"`` and ``"rotated"`` stand for permutations of the action numbers where the factor
    is not a text itself: their length depends on the world.
    """
    if declared not in ("reversed", "rotated") or isinstance(factor.default, str):
        return declared
    space = world.family.module("layout").action_space(world.sizes())
    count = int(space.n) if isinstance(space, spaces.Discrete) else int(np.prod(space.shape))
    numbers = tuple(range(count))
    return numbers[::-1] if declared == "reversed" else numbers[1:] + numbers[:1]


def current(world: World, name: str) -> Any:
    """The value that a world gives a factor."""
    group, leaf = name.split(".", 1)
    return getattr(getattr(world.rules, group), leaf)


def trials(world: World, kind: str, names: Sequence[str] | None = None) -> list[Trial]:
    """Every factor of a kind with each test value that differs from the world's own and fits it."""
    found = []
    for factor in factors_of(type(world.rules)).values():
        if factor.kind != kind or (names is not None and factor.name not in names):
            continue
        for declared in factor.tests:
            value = adapted(declared, factor, world)
            if _fits(world, factor.name, value):
                found.append(Trial(factor.name, value, declared))
    return found


def _fits(world: World, name: str, value: Any) -> bool:
    """Whether the world accepts the value, and it is not the one that it has."""
    try:
        other = world.override(**{name: value})
    except FactorError:
        return False
    return bool(current(other, name) != current(world, name))


def effects(
    world: World,
    tried: Sequence[Trial],
    *,
    states: int,
    steps: int,
    seed: int,
    plans: Mapping[int, Any],
) -> list[Effect]:
    """Step the same states with and without each change and note what differs.

    Args:
        world: The base.
        tried: Changes of live factors.
        states: States side by side.
        steps: Turns.
        seed: Of state 0.
        plans: State number -> the actions of a reference in the first episode.
    """
    fan = Fan(world, states, 1 + len(tried))
    for variant, trial in enumerate(tried, start=1):
        fan.set_rules(variant, {trial.factor: trial.value})
    found = [Effect(trial) for trial in tried]
    fan.reset(seed)
    _note(fan, found, "start", fan.batch.w.rows, "at the start")
    _note_clock(fan, found, "at the start")
    for turn in fan.play(seed, steps, plans):
        where = f"turn {turn}"
        _look(fan, found, where)
        fan.batch.step()
        _compare_step(fan, found, where)
    return found


def _look(fan: Fan, found: Sequence[Effect], where: str) -> None:
    """Observations and masks of fixed states."""
    batch = fan.batch
    batch.observe()
    _note(fan, found, "observation", batch.obs.values(), where)
    _note(fan, found, "mask", [batch.masks()], where)


def _compare_step(fan: Fan, found: Sequence[Effect], where: str) -> None:
    w = fan.batch.w
    # Where an inner episode ended, state and termination are those of the next one's start.
    put_back = fan.split(w.out["inner_end"]).astype(bool) & ~fan.split(w.out["final"]).astype(bool)
    skip = put_back | put_back[:1]
    _note(fan, found, "state", w.rows, where, skip)
    _note(fan, found, "termination", [w.terminated], where, skip)
    _note(fan, found, "reward", [w.reward], where)
    if TRUE_RETURN in (w.metrics.dtype.names or ()):
        _note(fan, found, "truth", [w.metrics[TRUE_RETURN]], where, skip)
    _note(fan, found, "time", [w.truncated], where)
    _note_clock(fan, found, where)


def _note_clock(fan: Fan, found: Sequence[Effect], where: str) -> None:
    core, out = fan.batch.w.core, fan.batch.w.out
    clocks = [core[name] for name in ("limit", "inner", "ended")]
    _note(fan, found, "time", [*clocks, out["inner_end"]], where)


def _note(
    fan: Fan,
    found: Sequence[Effect],
    aspect: str,
    arrays: Iterable[npt.NDArray[Any]],
    where: str,
    skip: npt.NDArray[np.bool_] | None = None,
) -> None:
    """Note the variants that differ from the base in one of ``arrays``, outside ``skip``."""
    views = [fan.split(array) for array in arrays]
    changed = np.any([differs(view, view[:1], 2) for view in views], axis=0)
    if skip is not None:
        changed &= ~skip
    for variant in np.flatnonzero(changed.any(axis=1)).tolist():
        found[variant - 1].note(aspect, changed[variant], where)
