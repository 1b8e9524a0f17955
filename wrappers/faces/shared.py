"""What the shifted faces share: reading plans and seeds, saving, pickling."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import ShiftError, SnapshotError
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.part import InterfaceChange
from adaptarium.wrappers.partners import PartnersChange
from adaptarium.wrappers.side import Side
from adaptarium.wrappers.spec import Shift, ShiftPlan, as_plan

Shifts = ShiftPlan | Shift | Sequence[Shift] | Mapping[str, Any] | str
"""A plan in any form: a plan, a shift, several, the plain data of a file, or its path."""


def interface_plan(shifts: Any) -> ShiftPlan:
    """The plan that ``shifts`` describe, where a wrapper can carry all of it out.

    Raises:
        ShiftError: they describe none, or one of them is no change of the interface.
    """
    if isinstance(shifts, ShiftPlan | Shift | str | Mapping) or not isinstance(shifts, Sequence):
        plan = as_plan(shifts)  # type: ignore[arg-type]
    elif not shifts:
        raise ShiftError("a wrapper of no shift changes nothing; expected at least one")
    elif all(isinstance(shift, Shift) for shift in shifts):
        plan = ShiftPlan(shift=tuple(shifts))
    else:
        raise ShiftError(f"shifts {str(shifts)[:100]}: expected Shift objects, a plan or a file")
    for shift in plan:
        if isinstance(shift.what, PartnersChange):
            raise ShiftError(
                f"shift {shift.name!r} swaps partners: expected wrappers.interface.seated, which "
                "takes the pool of agents"
            )
        if not isinstance(shift.what, InterfaceChange):
            raise ShiftError(
                f"shift {shift.name!r} of kind {shift.what.kind!r} changes the world itself, which "
                "no wrapper can; expected adaptarium.wrappers.apply"
            )
    return plan


def seeds_within(env: Any, n: int) -> list[int]:
    """The seeds that an environment drew for itself in an unseeded first reset.

    Where it tells none, they are drawn here: such runs cannot be repeated in any case.
    """
    base = env.unwrapped if hasattr(env, "unwrapped") else env
    if hasattr(base, "batch"):
        return [int(seed) for seed in base.batch.w.core["seed"]]
    told = getattr(env, "np_random_seed", None)
    if isinstance(told, int | np.integer) and told >= 0:
        return [int(told) + i for i in range(n)]
    if isinstance(told, Sequence) and len(told) == n and all(isinstance(s, int) for s in told):
        return [int(seed) for seed in told]
    drawn = np.random.SeedSequence().generate_state(n, np.uint64)
    return [int(seed) for seed in drawn]


def seeds_given(seed: Any, n: int) -> list[int | None]:
    """The seed of each of ``n`` sub-environments in a reset, None where it goes on."""
    if isinstance(seed, int | np.integer):
        return [int(seed) + i for i in range(n)]
    return [None] * n if seed is None else list(seed)


OFFERED = ("action_masks", "copy", "save_state", "restore_state")
"""What a shifted environment has where the one within has it: learners ask by the name."""


def offered(wrapper: Any, name: str) -> Any:
    """One of :data:`OFFERED` of a wrapper.

    Raises:
        AttributeError: the environment within has none.
    """
    known = name in OFFERED and hasattr(type(wrapper), f"_{name}")
    if not known or "env" not in wrapper.__dict__:
        raise AttributeError(f"{type(wrapper).__name__} has no attribute {name!r}")
    within = wrapper.env
    if hasattr(within, "has_wrapper_attr") and not within.has_wrapper_attr(name):
        raise AttributeError(f"{within} has no attribute {name!r}")
    if not hasattr(within, "has_wrapper_attr") and not callable(found := getattr(within, name)):
        return found  # an option of that name, as SyncVectorEnv has one
    return object.__getattribute__(wrapper, f"_{name}")


class Driven:
    """What all shifted faces share: shifts that follow a learner's progress are moved from outside.

    Attributes:
        clock: Where the schedules stand.
        env: The environment within.
    """

    clock: Clock
    env: Any

    def set_progress(self, name: str, position: float) -> None:
        """Move a shift of schedule ``progress``, of this wrapper or of the environment within.

        It holds in every sub-environment, from the step after the next on, or from the next
        episode. A reset with a seed sets it back to 0.

        Args:
            name: The shift's name.
            position: In [0, 1].

        Raises:
            UnknownNameError: there is no such shift.
            FactorError: the shift follows another schedule.
            ShiftError: the position is outside 0 to 1, or the world within follows no plan.
        """
        layer = None if name in self.clock.names else self.env
        while layer is not None and not hasattr(layer, "set_progress"):
            layer = vars(layer).get("env")
        if layer is None:
            self.clock.reach(name, position)
        else:
            layer.set_progress(name, position)


class Record:
    """Writes the state of a wrapper, and of what it wraps, as bytes.

    Args:
        clock: The clock.
        sides: The sides by name.
        own: Arrays of the face itself.
    """

    def __init__(
        self, clock: Clock, sides: Mapping[str, Side], own: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        self._clock, self._sides, self._own = clock, sides, own

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        found = {f"clock.{name}": array for name, array in self._clock.arrays().items()}
        found.update({f"own.{name}": array for name, array in self._own.items()})
        for name, side in self._sides.items():
            found.update({f"side.{name}.{key}": array for key, array in side.arrays().items()})
        return found

    def save(self, inner: bytes) -> bytes:
        """The state, with that of the environment within."""
        facts = json.dumps(self._clock.to_data()).encode()
        texts = {"inner": np.frombuffer(inner, np.uint8), "facts": np.frombuffer(facts, np.uint8)}
        file = io.BytesIO()
        np.savez(file, **self._arrays(), **texts)  # type: ignore[arg-type]
        return file.getvalue()

    def restore(self, state: bytes, within: Callable[[bytes], None]) -> None:
        """Take over a saved state.

        Args:
            state: What :meth:`save` gave.
            within: Restores the environment within.

        Raises:
            SnapshotError: the bytes are damaged, or of other shifts. Nothing has changed then.
        """
        try:
            with np.load(io.BytesIO(state), allow_pickle=False) as file:
                saved = {name: file[name] for name in file.files}
            inner, facts = saved.pop("inner").tobytes(), json.loads(saved.pop("facts").tobytes())
        except (KeyError, OSError, ValueError, EOFError, BadZipFile) as problem:
            raise SnapshotError(f"the saved state is no state of shifted play: {problem}") from None
        self._check(saved)
        within(inner)
        for name, array in self._arrays().items():
            array[...] = saved[name]
        self._clock.restore(facts)

    def _check(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        mine = self._arrays()
        for name in [*mine, *saved]:
            here, there = mine.get(name), saved.get(name)
            if (
                here is None
                or there is None
                or (here.shape, here.dtype)
                != (
                    there.shape,
                    there.dtype,
                )
            ):
                raise SnapshotError(f"the saved state is of other shifts or spaces: {name!r}")
