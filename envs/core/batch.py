"""A batch: many slots of one family, each with its own world and level, advanced together."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.arguments import checked_threads, positive
from adaptarium.envs.core.banks import bank_of, copy_levels
from adaptarium.envs.core.driver import (
    MODE_DISABLED,
    MODE_NEXT_STEP,
    MODE_SAME_STEP,
    OP_GENERATE,
    OP_MASKS,
    OP_OBSERVE,
    OP_RESET,
    OP_STEP,
    SOURCE_BANK,
    SOURCE_FRESH,
)
from adaptarium.envs.core.errors import (
    FactorError,
    ResetNeededError,
    ShiftError,
    SplitError,
    StructuralShiftError,
    unknown_name,
)
from adaptarium.envs.core.factors import RulesBase, factors_of, with_factors
from adaptarium.envs.core.family import common_family, program
from adaptarium.envs.core.layout import Workspace, allocate_workspace
from adaptarium.envs.core.room import checked_sizes
from adaptarium.envs.core.seeds import entropy, slot_seeds
from adaptarium.envs.core.shifting import (
    Shifter,
    ShiftProgram,
    check_room,
    generators_of,
    level_trials,
)
from adaptarium.envs.core.world import SPLITS, World

MODES: Mapping[str, int] = {
    "next_step": MODE_NEXT_STEP,
    "same_step": MODE_SAME_STEP,
    "disabled": MODE_DISABLED,
}


_NO_SLOTS = np.zeros(0, np.int64)


class Batch:
    """Slots of one family behind plain arrays; the faces are thin layers over it.

    Slot ``i`` runs ``worlds[i % len(worlds)]``. All buffers are made once; ``w`` holds them.

    Args:
        worlds: The worlds, all of one family.
        num_envs: Number of slots.
        autoreset: ``"next_step"``, ``"same_step"`` or ``"disabled"``, as in Gymnasium.
        num_threads: CPU threads, at most ``arguments.MAX_THREADS``; 0 takes one a core.
        capacity: Spare structural sizes, so that shifts may grow within them; each at most
            ``arguments.MAX_SIZE``, and the batch within ``room.MAX_BYTES`` of memory.

    Raises:
        AdaptariumError: no world, or worlds of several families.
        UnknownNameError: no such mode, or ``capacity`` names no structural size.
        FactorError: a number is outside its bounds, or the batch would be too large.
        SplitError: a world's split holds no level.
    """

    def __init__(
        self,
        worlds: Sequence[World],
        num_envs: int,
        *,
        autoreset: str = "next_step",
        num_threads: int = 1,
        capacity: Mapping[str, int] | None = None,
    ) -> None:
        self.worlds = tuple(worlds)
        self.family = common_family(self.worlds)
        self.num_envs = positive("num_envs", num_envs)
        if autoreset not in MODES:
            raise unknown_name("autoreset mode", autoreset, MODES)
        self.mode = MODES[autoreset]
        threads = checked_threads(num_threads)
        copies = 2 if self.mode == MODE_SAME_STEP else 1
        self.sizes = checked_sizes(self.worlds, capacity, self.num_envs, copies)
        # The world of each slot: an index into `worlds`, kept with the slot's state.
        self.world_of = np.arange(self.num_envs) % len(self.worlds)
        self._rules: list[RulesBase] = [self.world_at(i).rules for i in range(self.num_envs)]
        self.shifter: Shifter | None = None
        banks = [bank_of(world) for world in self.worlds]
        self.w = self._allocate(banks)
        self._fill_sources(banks)
        self._fill_rules()
        self._views()
        self._entry: Any = program(self.family).advance(self.w)
        self.equip()
        compiled = self._entry.bound is not None  # threads run machine code alone
        self.num_threads = min(threads, self.num_envs) if compiled else 1
        self._crew: Any = None
        self.seeded = np.zeros(self.num_envs, np.bool_)  # has begun an episode
        self._begun = False
        self._check_splits()

    # ---- making ----

    def world_at(self, i: int) -> World:
        """The world that slot ``i`` runs."""
        return self.worlds[self.world_of[i]]

    @property
    def rules(self) -> list[RulesBase]:
        """The factors of every slot as they are now, those of its keyframe under shifts."""
        if self.shifter is None:
            return self._rules
        return [self.shifter.world(i).rules for i in range(self.num_envs)]

    def present_world(self, i: int) -> World:
        """The world that slot ``i`` runs, with its factors and levels as they are now."""
        if self.shifter is not None:
            return self.shifter.world(i)
        world = self.world_at(i)
        return world if self._rules[i] is world.rules else replace(world, rules=self._rules[i])

    def _allocate(self, banks: Sequence[Workspace | None]) -> Workspace:
        layout = self.family.module("layout").layout(self.sizes)
        levels = self.num_envs + sum(len(bank.info) for bank in banks if bank is not None)
        rows = self.num_envs * (2 if self.mode == MODE_SAME_STEP else 1)
        rules = self.family.module("rules").RULES_DTYPE
        generators = self.family.generator_module()
        kinds = rules, generators.KNOBS_DTYPE, len(generators.GENERATORS)
        try:
            return allocate_workspace(layout, self.num_envs, levels, rows, *kinds)
        except MemoryError as problem:  # within our limit, beyond this machine
            raise FactorError(
                f"num_envs = {self.num_envs}, sizes {self.sizes}: this machine has no room for the "
                f"batch ({problem}); take fewer slots or less capacity"
            ) from None

    def _fill_sources(self, banks: Sequence[Workspace | None]) -> None:
        """Copy the banks behind the fresh rows and point every slot at its source."""
        first = self.num_envs
        self.banks: list[tuple[int, int]] = []  # first row and count of each world's bank
        for bank in banks:
            count = 0 if bank is None else len(bank.info)
            if bank is not None:
                copy_levels(bank, self.w, slice(0, count), slice(first, first + count))
            self.banks.append((first, count))
            first += count
        generators = self.family.generator_module()
        for index, world in enumerate(self.worlds):
            rows = slice(index, None, len(self.worlds))
            start, count = self.banks[index]
            source = self.w.source[rows]
            source["kind"] = SOURCE_BANK if count else SOURCE_FRESH
            source["first"], source["count"] = start, count
            source["split"] = SPLITS.index(world.levels.split) if world.is_split() else 0
            if world.levels.generator:
                number, _ = self.family.generator(world.levels.generator)
                self.w.knobs[rows] = generators.flatten(number, world.knobs())

    def _fill_rules(self) -> None:
        flatten = self.family.module("rules").flatten
        for index, world in enumerate(self.worlds):
            self.w.rules[index :: len(self.worlds)] = flatten(world.rules)

    def _views(self) -> None:
        layout = self.family.module("layout")
        self._public = layout.public_observation(self.w.obs, self.sizes)
        n = self.num_envs
        self.obs = {name: view[:n] for name, view in self._public.items()}
        self.final_obs = {name: view[n:] for name, view in self._public.items()}
        self.action_space = layout.action_space(self.sizes)
        self.observation_space = layout.observation_space(self.sizes)

    def _check_splits(self) -> None:
        """Refuse a split without levels before the run: try one level a world."""
        for index, world in enumerate(self.worlds):
            if self.w.source["kind"][index % self.num_envs] == SOURCE_BANK:
                continue
            if index >= self.num_envs or world.levels.split == "all":
                continue
            self._entry(OP_GENERATE, 0, index, index + 1)
            self._raise_failures()

    def _raise_failures(self) -> None:
        failed = np.flatnonzero(self.w.core["failed"])
        if len(failed):
            self.w.core["failed"] = 0
            self._refuse_split(self.present_world(int(failed[0])))

    def _refuse_split(self, world: World) -> None:
        raise SplitError(
            f"{world.id}: generator {world.levels.generator!r} made no level of split "
            f"{world.levels.split!r} with knobs {world.levels.knobs}; "
            "take another split, or knobs with more distinct levels"
        )

    def equip(self, numbers: Iterable[int] = ()) -> None:
        """Have the generators at hand that the slots' fresh levels come from, and ``numbers``."""
        fresh = self.w.source["kind"] == SOURCE_FRESH
        used = np.unique(self.w.knobs["generator"][fresh]).tolist()
        program(self.family).equip(self.w, {*numbers, *used})

    # ---- running ----

    def _advance(self, op: int) -> None:
        if self.num_threads <= 1:
            self._entry(op, self.mode, 0, self.num_envs)
            return
        if self._crew is None or self._crew.pid != os.getpid():
            from adaptarium.envs.core.crew import Crew

            self._crew = Crew(self._entry.bound, self.num_envs, self.num_threads - 1)
        self._crew.advance(op, self.mode)

    def reset(
        self,
        seed: int | Sequence[int | None] | None = None,
        mask: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Begin new episodes.

        Args:
            seed: Slot ``i`` takes ``seed + i`` (or ``seed[i]``) and its episode number starts at 0.
                None keeps a slot's seed and goes on to the next episode; a slot that has no seed
                yet draws one from the system's entropy.
            mask: (num_envs,) bool; only these slots begin anew. None takes all.

        Raises:
            FactorError: a seed is out of range, or there are not ``num_envs``. Nothing has been
                changed then.
        """
        chosen = np.ones(self.num_envs, np.bool_) if mask is None else mask
        core = self.w.core
        seeds, given = slot_seeds(seed, self.num_envs)
        fresh = chosen & ~given & ~self.seeded
        if fresh.any():
            seeds[fresh] = (entropy() + np.arange(self.num_envs))[fresh]
        given = chosen & (given | fresh)
        core["episode"][chosen] += 1
        core["episode"][given] = 0
        core["lived"][given] = 0
        core["seed"][given] = seeds[given]
        core["restart"] = chosen
        self._lead(np.flatnonzero(given))
        self.seeded |= chosen
        self._advance(OP_RESET)
        if core["failed"].any():
            self._raise_failures()

    def step(self) -> None:
        """Advance every slot by the actions in ``w.actions``, which the caller has checked.

        In mode ``disabled`` a slot whose episode is over stays as it is.

        Raises:
            ResetNeededError: a slot has never been reset.
        """
        if not self._begun:
            self._check_begun()
        if self.shifter is not None:
            self._lead()
        self._advance(OP_STEP)

    def stepper(self) -> Callable[[], None]:
        """:meth:`step` with nothing checked, on the calling thread: for the leanest loops.

        It is out of date once a plan of shifts is attached.
        """
        if self.shifter is not None:
            return self.step
        return functools.partial(self._entry, OP_STEP, self.mode, 0, self.num_envs)

    def _check_begun(self) -> None:
        if not self.seeded.all():
            never = np.flatnonzero(~self.seeded)
            which = "" if len(never) == self.num_envs else f" of slots {never.tolist()[:8]}"
            raise ResetNeededError(f"step was called before reset{which}; call reset() first")
        self._begun = True

    def observe(self) -> None:
        """Write the observations of the present states again (after a restore, or a shift)."""
        self._advance(OP_OBSERVE)

    def masks(self) -> npt.NDArray[np.bool_]:
        """The (num_envs, A, actions) mask buffer, written now."""
        self._advance(OP_MASKS)
        return self.w.mask

    def generate(self, seeds: npt.NDArray[np.int64]) -> None:
        """Write the first level of each seed into the fresh rows, without starting episodes.

        Args:
            seeds: (num_envs,) level seeds.
        """
        self.w.core["seed"] = seeds
        self._advance(OP_GENERATE)
        self._raise_failures()

    # ---- shifting ----

    def set_rules(self, mask: npt.NDArray[np.bool_] | None = None, **factors: Any) -> None:
        """Change factors of slots while the batch runs: the only door to the rule arrays.

        Args:
            mask: (num_envs,) bool of the slots; None for all.
            **factors: Dotted factor names to values.

        Raises:
            UnknownNameError, FactorError: a factor or value does not exist.
            StructuralShiftError: a structural factor would outgrow the batch's capacity. Nothing
                has been changed then.
            ShiftError: the batch follows a plan, which would write over the change.
        """
        if self.shifter is not None:
            raise ShiftError(
                "the factors of this batch follow a plan of shifts; state the change in the plan"
            )
        slots = range(self.num_envs) if mask is None else self._masked(mask)
        fresh = {key: with_factors(key.rules, factors) for key in self._distinct(slots)}
        self._check_capacity(factors, slots, fresh)
        flatten = self.family.module("rules").flatten
        flat = {key: flatten(rules) for key, rules in fresh.items()}
        for i in slots:
            key = _Key(self._rules[i])
            self.w.rules[i] = flat[key]
            self._rules[i] = fresh[key]

    def attach(self, plan: ShiftProgram) -> None:
        """Let the slots follow a plan of shifts from their next reset with a seed on.

        Every slot must be reset before the next step. A stepper, and views of ``w.shift``, that
        were taken before are out of date. The plan is a program made for the batch's worlds.

        Raises:
            ShiftError: the batch follows a plan already, or slots have been given other factors.
            StructuralShiftError: a keyframe needs more room than the batch has.
            SplitError: a keyframe's split holds no level. Nothing has been changed then.
        """
        if self.shifter is not None:
            raise ShiftError("this batch follows a plan already: put all shifts into one plan")
        if any(rules is not self.world_at(i).rules for i, rules in enumerate(self._rules)):
            raise ShiftError("factors were set by hand: attach the plan to a batch as it was made")
        check_room(plan, self.sizes)
        self.equip(generators_of(plan))
        self._check_frames(plan)
        self.close()
        self.shifter = Shifter(plan, self.w, self.world_of)
        self.w = self.w._replace(shift=self.shifter.arrays)
        self._entry = program(self.family).advance(self.w)
        self.seeded[:] = False
        self._begun = False

    def _lead(self, begun: npt.NDArray[np.int64] = _NO_SLOTS) -> None:
        """Keep the timelines of shifts ahead of the slots; those in ``begun`` start anew."""
        shifter = self.shifter
        if shifter is None:
            return
        if len(begun):
            shifter.begin(begun, self.w.core["seed"][begun])
        if shifter.is_due() or len(begun):
            shifter.write(self.w.core)
            self._publish()

    def _publish(self) -> None:
        """For batches whose slots run elsewhere: the host has written the timelines."""

    def reach(self, name: str, position: float) -> None:
        """Move a shift that follows the learner's progress.

        The position, in [0, 1], holds from the step after the next on, or from the next episode.

        Raises:
            ShiftError: the batch follows no plan, or the position is outside 0 to 1.
            UnknownNameError: the plan has no such shift.
            FactorError: the shift follows another schedule.
        """
        if self.shifter is None:
            raise ShiftError(f"shift {name!r}: this batch follows no plan of shifts")
        self.shifter.reach(name, position, self.w.core)
        self._publish()

    def _check_frames(self, plan: ShiftProgram) -> None:
        """Refuse a keyframe whose split holds no level: try one level of each."""
        for index, world in level_trials(plan, self.w, self.num_envs):
            self._entry(OP_GENERATE, 0, index, index + 1)
            if self.w.core["failed"][index]:
                self._refuse_split(world)

    def _masked(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        array = np.asarray(mask)
        if array.dtype != np.bool_ or array.shape != (self.num_envs,):
            raise FactorError(
                f"mask of type {array.dtype}, shape {array.shape}: expected ({self.num_envs},) bool"
            )
        return np.flatnonzero(array)

    def _distinct(self, slots: Any) -> dict[_Key, None]:
        return {_Key(self._rules[i]): None for i in slots}

    def _check_capacity(
        self, factors: Mapping[str, Any], slots: Any, fresh: Mapping[_Key, RulesBase]
    ) -> None:
        """Refuse rules that need more than there is, each on the levels of its slots' worlds."""
        known = factors_of(type(self._rules[0]))
        if all(known[name].kind == "live" for name in factors):
            return
        structure = self.family.module("layout").structure
        pairs = {(_Key(self._rules[i]), int(self.world_of[i])): None for i in slots}
        for key, number in pairs:
            for name, size in structure(fresh[key], self.worlds[number].needs()).items():
                if size > self.sizes[name]:
                    raise StructuralShiftError(
                        f"{', '.join(factors)}: the shift needs {name} = {size}, the batch was made"
                        f" with {self.sizes[name]}; make it with capacity={{{name!r}: {size}}}"
                    )

    # ---- ending ----

    def close(self) -> None:
        """Stop the worker threads."""
        if self._crew is not None and self._crew.pid == os.getpid():
            self._crew.close()
        self._crew = None


class _Key:
    """Identity of a rules object, which is frozen but may hold unhashable values."""

    def __init__(self, rules: RulesBase) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.rules is self.rules
