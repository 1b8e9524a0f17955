"""A shift as data: what changes, when, what adaptation is allowed, and what success means.

The four fields are those that the review of adaptability in multi-agent learning asks every
evaluation to state (arXiv 2507.10142, version 2). A plan is one shift or several, read from TOML::

    schema = "adaptarium-shift/1"

    [[shift]]
    name = "icy"
    what = { kind = "factors", to = { "transition.slip" = 0.3 } }
    when = { kind = "step", at = 20000 }
    adaptation = { allowed = "weights", steps = 50000 }
    success = { fraction = 0.9, within = 20000 }
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from adaptarium.envs.core.errors import AdaptariumError, ShiftError
from adaptarium.envs.core.factors import validated
from adaptarium.envs.core.worldfile import read_world_file, write_world_file
from adaptarium.wrappers.action import ActionChange
from adaptarium.wrappers.judge import JudgeChange
from adaptarium.wrappers.observation import ObservationChange
from adaptarium.wrappers.part import Part
from adaptarium.wrappers.partners import PartnersChange
from adaptarium.wrappers.reward import RewardChange
from adaptarium.wrappers.schedules import MAX_COUNT, Schedule
from adaptarium.wrappers.signal import SignalChange

SCHEMA: Final = "adaptarium-shift/1"
DEFAULT_RESOLUTION: Final = 32


class _PhysicsChange(Part):
    """Values by name that the world's own data take: the far end, or the whole path.

    Attributes:
        to: Values at position 1; at position 0 the world has its own.
        path: Instead, two or more values evenly spaced from position 0 to 1. Bit-identity with
            the unshifted world holds where the first is the world's own.
        resolution: A schedule whose positions are not a few anyway (a drift, a sine) moves in
            steps of ``1 / resolution``.
    """

    to: dict[str, Any] = {}
    path: dict[str, tuple[Any, ...]] = {}
    resolution: int = Field(DEFAULT_RESOLUTION, ge=1, le=4096)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.to and not self.path:
            raise ValueError("expected to = { name = value } or path = { name = [values] }")
        for name, values in self.path.items():
            if len(values) < 2:
                raise ValueError(f"path of {name!r}: expected at least two values")
        for name in self.to:
            if name in self.path:
                raise ValueError(f"{name!r} is in both to and path: expected it in one")
        return self

    def names(self) -> tuple[str, ...]:
        """What it writes."""
        return (*self.to, *self.path)

    def targets(self) -> frozenset[str]:
        """What it writes, as conflicts are found by."""
        return frozenset(self.names())


class FactorChange(_PhysicsChange):
    """Factors of a world (transition, observation, action, reward, episode), by dotted name."""

    kind: Literal["factors"] = "factors"


class LevelChange(_PhysicsChange):
    """The distribution of levels: knobs of the generator, such as ``difficulty``, or ``split``.

    It holds from the next episode on.
    """

    kind: Literal["levels"] = "levels"

    @override
    def targets(self) -> frozenset[str]:
        return frozenset(f"levels.{name}" for name in self.names())


class PopulationChange(Part):
    """How many agents play: some join or leave in the middle of an episode.

    Attributes:
        to: Agents at position 1; at position 0 as many as the world seats.
        path: Instead, two or more numbers evenly spaced from position 0 to 1.
        replace: Instead, this many of the agents that have played longest leave, and as many
            newcomers join, at every change of the position.
        resolution: As for factors.
    """

    kind: Literal["population"] = "population"
    to: int | None = Field(None, ge=1, le=255)
    path: tuple[Annotated[int, Field(ge=1, le=255)], ...] = ()
    replace: int = Field(0, ge=0, le=255)
    resolution: int = Field(DEFAULT_RESOLUTION, ge=1, le=4096)

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = (self.to is not None) + bool(self.path) + bool(self.replace)
        if given != 1:
            raise ValueError("expected one of to, path and replace")
        if len(self.path) == 1:
            raise ValueError("path: expected at least two numbers")
        return self

    def targets(self) -> frozenset[str]:
        """What it writes, as conflicts are found by."""
        return frozenset({"population"})


class SkinChange(Part):
    """What things are called or look like, with the physics unchanged; or the reverse.

    Attributes:
        which: ``"codes"``: the numbers by which an observation tells things (the factor
            ``observation.skin``). ``"physics"``: the reverse, what each action does while it is
            called as before (the factor ``action.order``). ``"names"``, ``"symbols"``: words and
            signs of the text face; other faces show neither.
        seed: Draws the permutation; of codes, 0 keeps its place.
        order: Instead, the permutation of codes or actions.
        swap: Instead, words or signs, each with the one that takes its place.
    """

    kind: Literal["skin"] = "skin"
    which: Literal["codes", "physics", "names", "symbols"]
    seed: int | None = Field(None, ge=0, le=MAX_COUNT)
    order: tuple[Annotated[int, Field(ge=0, le=65_535)], ...] = ()
    swap: dict[str, str] = {}

    @property
    def resolution(self) -> int:
        """A skin is on or off: it is on from position 0.5 on."""
        return 1

    @property
    def path(self) -> dict[str, tuple[Any, ...]]:
        """Empty: at position 0 the world has its own skin."""
        return {}

    @model_validator(mode="after")
    def _one_permutation(self) -> Self:
        words = self.which in ("names", "symbols")
        given = (self.seed is not None) + bool(self.order) + bool(self.swap)
        if given != 1 or (self.order and words) or (self.swap and not words):
            raise ValueError(f"expected seed or {'swap' if words else 'order'}, one of both")
        if sorted(self.order) != list(range(len(self.order))):
            raise ValueError(f"order: expected a permutation of 0..{len(self.order) - 1}")
        if sorted(self.swap) != sorted(self.swap.values()):
            raise ValueError("swap: expected the same words on both sides, each once")
        for word in self.swap:
            sign = self.which == "symbols"
            if (sign and len(word) != 1) or (not sign and not re.fullmatch("[a-z]{2,}", word)):
                raise ValueError(f"swap: {word!r}: expected {'signs' if sign else 'small letters'}")
        return self

    def targets(self) -> frozenset[str]:
        """What it writes, as conflicts are found by."""
        factor = {"codes": "observation.skin", "physics": "action.order"}
        return frozenset({factor.get(self.which, f"skin.{self.which}")})


What = Annotated[
    FactorChange
    | LevelChange
    | PopulationChange
    | SkinChange
    | ObservationChange
    | ActionChange
    | RewardChange
    | JudgeChange
    | PartnersChange
    | SignalChange,
    Field(discriminator="kind"),
]


class Adaptation(Part):
    """What the agent may change of itself after the shift.

    Attributes:
        allowed: ``"none"``: nothing, it plays as it is. ``"context"``: its memory within and over
            episodes, not its weights. ``"weights"``: everything.
        steps: Environment steps it may take to adapt; None leaves them open.
    """

    allowed: Literal["none", "context", "weights"] = "weights"
    steps: int | None = Field(None, ge=1, le=MAX_COUNT)


class Success(Part):
    """When the agent has coped with the shift.

    Attributes:
        fraction: It has recovered when its score is back at this share of what it was before.
        within: Learning steps within which it must; None leaves them open.
    """

    fraction: float = Field(0.9, gt=0)
    within: int | None = Field(None, ge=1, le=MAX_COUNT)


class Slots(Part):
    """Some sub-environments of a batch: those with ``i % modulo`` in ``remainders``."""

    modulo: int = Field(1, ge=1, le=1_000_000)
    remainders: tuple[Annotated[int, Field(ge=0)], ...] = (0,)

    def holds(self, i: int) -> bool:
        """Whether sub-environment ``i`` is one of them."""
        return i % self.modulo in self.remainders

    def meets(self, other: Slots) -> bool:
        """Whether any sub-environment is in both."""
        every = self.modulo * other.modulo
        return every > 1_000_000 or any(self.holds(i) and other.holds(i) for i in range(every))


class Shift(Part):
    """One shift.

    Attributes:
        name: Its name in ``info["shift"]``, in results and reports.
        what: What changes.
        when: The schedule.
        adaptation: What adaptation is allowed.
        success: What success means.
        slots: Which sub-environments of a batch it holds for.
    """

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")
    what: What
    when: Schedule
    adaptation: Adaptation = Adaptation()
    success: Success = Success()
    slots: Slots = Slots()


class ShiftPlan(Part):
    """Shifts that hold together.

    Attributes:
        shifts: In the order in which they are applied where several write the same.
    """

    schema_: Literal["adaptarium-shift/1"] = Field(SCHEMA, alias="schema")
    shifts: tuple[Shift, ...] = Field(min_length=1, max_length=64, alias="shift")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [shift.name for shift in self.shifts]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two shifts are named {name!r}: expected a name each")
        for one, other in combinations(self.shifts, 2):
            if clash := _clash(one, other):
                raise ValueError(
                    f"shifts {one.name!r} and {other.name!r} both write {clash} of the same "
                    "sub-environment at the same time; let one end before the other begins, or "
                    "give them other slots"
                )
        return self

    def __iter__(self) -> Iterator[Shift]:  # type: ignore[override]
        return iter(self.shifts)

    @classmethod
    def from_data(cls, data: Any) -> ShiftPlan:
        """A plan from the plain data of a shift file.

        Raises:
            ShiftError: the data describe no plan.
        """
        try:
            plan: ShiftPlan = validated(cls, data, "shift field")
        except AdaptariumError as problem:
            raise ShiftError(str(problem)) from None
        return plan

    def to_data(self) -> dict[str, Any]:
        """The plain data of a shift file; :meth:`from_data` gives an equal plan."""
        data = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for shift, written in zip(self.shifts, data["shift"], strict=True):
            for field in ("what", "when"):
                kind = getattr(shift, field).kind
                written[field] = {"kind": kind, **written[field]}
        return {"schema": SCHEMA, **data}

    @classmethod
    def load(cls, path: str | Path) -> ShiftPlan:
        """Read a shift file (``.toml`` or ``.json``).

        Raises:
            ShiftError: the file cannot be read, or describes no plan.
        """
        try:
            return cls.from_data(read_world_file(path))
        except AdaptariumError as problem:
            raise ShiftError(
                str(problem) if str(path) in str(problem) else f"{path}: {problem}"
            ) from None

    def save(self, path: str | Path) -> None:
        """Write a shift file, as TOML or JSON by its suffix; :meth:`load` gives an equal plan."""
        write_world_file(path, self.to_data())


def as_plan(plan: ShiftPlan | Shift | str | Path | dict[str, Any]) -> ShiftPlan:
    """A plan given in any way: a plan, one shift, a file, or the plain data of a file.

    Raises:
        ShiftError: it describes no plan.
    """
    if isinstance(plan, ShiftPlan):
        return plan
    if isinstance(plan, Shift):
        return ShiftPlan(shift=(plan,))
    if isinstance(plan, str | Path):
        return ShiftPlan.load(plan)
    return ShiftPlan.from_data(plan)


def _clash(one: Shift, other: Shift) -> str:
    """What both write of one sub-environment at one time; empty where nothing."""
    both = sorted(one.what.targets() & other.what.targets())
    if not both or not one.slots.meets(other.slots):
        return ""
    if one.when.unit == other.when.unit:
        (first, last), (begin, end) = one.when.window, other.when.window
        if last <= begin or end <= first:
            return ""
    return both[0]
