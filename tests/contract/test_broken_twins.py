"""The testers tested: each defect, planted in a twin of the corridor, is called by its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import pytest
from corridor import codes, level, reference, render
from corridor.rules import Rules, flatten
from corridor.text import SEEN, Text
from corridor.twins import Twin, twin

from adaptarium.envs.core import banks as banks_module
from adaptarium.envs.core import snapshot
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.reference import Reference
from adaptarium.envs.core.world import World
from adaptarium.testing import DEFECTS, ContractError, check_family, check_world
from adaptarium.testing.contracts.machine_code import COUNTER


def defect_of(check: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """The name under which a check reports a defect; empty when it reports none."""
    try:
        check(*arguments, **options)
    except ContractError as error:
        return error.contract
    return ""


def test_a_sound_twin_is_sound() -> None:
    report = check_world(twin())
    assert {outcome.status for outcome in report.outcomes.values()} <= {"kept", "skipped"}
    assert "transition.slip" in report.acted


KERNELS = {
    "shared-randomness": twin(codes.SHARED),
    "stale-buffer": twin(codes.STALE, observation__fog=0.5),
    "wrong-mask": twin(codes.MASK),
    "reward-on-ignored-step": twin(codes.IGNORED),
    "padding-leak": twin(codes.PADDING, knobs={"size": 4}),
    "observe-impure": twin(codes.IMPURE),
    "factor-touches-other-group": twin(codes.TOUCHES),
    "nan": twin(codes.NOT_A_NUMBER),
    "out-of-space": twin(codes.OUTSIDE),
    "split-leak": twin(codes.SPLIT),
    "order-independence": twin(codes.MODE),
    "level-not-canonical": twin(codes.CANONICAL),
}


@pytest.mark.parametrize("defect", KERNELS)
def test_a_defect_of_a_kernel_is_named(defect: str) -> None:
    assert defect_of(check_world, KERNELS[defect]) == defect


def test_a_state_hidden_outside_the_state_arrays_is_a_stale_buffer() -> None:
    assert defect_of(check_world, twin(codes.HIDDEN)) == "stale-buffer"


def test_garbage_in_the_padding_of_an_observation_is_a_leak() -> None:
    assert defect_of(check_world, twin(codes.OBS_PADDING)) == "padding-leak"


class Mirrored(Text):
    def describe(self, observation: Any, agent: int = 0) -> str:
        return SEEN + super().describe(observation).removeprefix(SEEN)[::-1]


class Cut(Text):
    def describe(self, observation: Any, agent: int = 0) -> str:
        return super().describe(observation)[:-2]


class Raising(Text):
    def parse(self, text: Any) -> Any:
        return self.menu().index(text)


class Guessing(Text):
    def parse(self, text: Any) -> Any:
        found = super().parse(text)
        return 1 if isinstance(found, Invalid) else found


class Shuffled(Text):
    def menu(self) -> list[str]:
        return super().menu()[::-1]

    def parse(self, text: Any) -> Any:
        found = super().parse(text)
        return found if isinstance(found, Invalid) else (found + 1) % 3


class Silent(Text):
    def manual(self) -> str:
        return "Walk to the goal."


TEXTS = {
    "text-lies": Mirrored,
    "text-incomplete": Cut,
    "parse-raises": Raising,
    "parse-accepts-nonsense": Guessing,
    "menu-lies": Shuffled,
    "manual-silent": Silent,
}


@pytest.mark.parametrize("defect", TEXTS)
def test_a_defect_of_the_text_is_named(defect: str) -> None:
    assert defect_of(check_world, twin(swaps={"text": {"Text": TEXTS[defect]}})) == defect


def dawdling(world: World, row: Any) -> Reference:
    """A plan that waits before it walks, sold as the optimum."""
    best = reference.solve(world, row)
    cost = 2 * world.rules.reward.step_cost  # type: ignore[attr-defined]
    return Reference.exact(best.return_ - cost, [1, 1, *(best.actions or ())], best.length + 2)


def boasting(world: World, row: Any) -> Reference:
    """A return that no plan reaches."""
    best = reference.solve(world, row)
    return Reference.exact(best.return_ + 0.5, best.actions, best.length)


def test_a_beaten_reference_is_named() -> None:
    world = twin(swaps={"reference": {"solve": dawdling}}, reward__step_cost=0.1)
    assert defect_of(check_world, world) == "reference-beaten"


def test_a_beaten_search_is_a_new_best_and_no_defect() -> None:
    def searching(world: World, row: Any) -> Reference:
        return replace(dawdling(world, row), method="search")

    world = twin(swaps={"reference": {"solve": searching}}, reward__step_cost=0.1)
    outcome = check_world(world).outcomes["reference"]
    assert outcome.status == "noted"
    assert outcome.note.startswith("new best: level ")


def test_a_reference_that_no_plan_reaches_is_named() -> None:
    world = twin(swaps={"reference": {"solve": boasting}})
    assert defect_of(check_world, world) == "reference-unreachable"


def test_an_unsolvable_level_marked_solvable_is_named() -> None:
    assert defect_of(check_world, twin(knobs={"walls": True})) == "unsolvable-marked-solvable"


def mirrored(w: Any, k: int) -> dict[str, Any]:
    readable = level.read(w, k)
    return {**readable, "corridor": readable["corridor"][::-1]}


def test_a_readable_level_that_lies_is_named() -> None:
    assert defect_of(check_world, twin(swaps={"level": {"read": mirrored}})) == "level-text-lies"


def test_a_dead_factor_is_named() -> None:
    dead = twin(codes.DEAD)
    assert defect_of(check_family, dead.family, worlds=[dead]) == "dead-factor"
    sound = twin()
    assert defect_of(check_family, sound.family, worlds=[sound]) == ""


def test_a_snapshot_that_misses_a_field_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [name for name in snapshot._SLOT_FIELDS if name != "returns"]
    monkeypatch.setattr(snapshot, "_SLOT_FIELDS", tuple(fields))
    assert defect_of(check_world, twin(reward__step_cost=0.1)) == "snapshot-incomplete"


def test_a_copy_that_misses_a_field_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = snapshot.copy_slots

    def forgetful(batch: Batch, src: Any, dst: Any) -> None:
        keys = batch.w.core["episode"][dst].copy()
        copy(batch, src, dst)
        batch.w.core["episode"][dst] = keys + 1

    monkeypatch.setattr(snapshot, "copy_slots", forgetful)
    assert defect_of(check_world, twin()) == "copy-incomplete"


def test_a_structural_shift_without_room_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Batch, "_check_capacity", lambda *_: None)
    assert defect_of(check_world, twin()) == "structural-not-refused"


def test_machine_code_that_outlives_its_source_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    world = twin()
    Batch([world], 1)  # compiled under the digest that all twins share
    monkeypatch.setattr(Twin, "kernel_modules", lambda _: [])
    assert defect_of(check_world, world) == "stale-machine-code"


def test_a_module_without_its_names_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(render, "frame")
    assert defect_of(check_world, twin()) == "missing-name"


def test_a_bank_of_other_levels_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    generate = banks_module.generate_levels
    monkeypatch.setattr(
        banks_module, "generate_levels", lambda world, start, n: generate(world, start + 1, n)
    )
    assert defect_of(check_world, twin()) == "bank-mismatch"


def test_a_final_observation_of_the_next_episode_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    views = Batch._views

    def careless(batch: Batch) -> None:
        views(batch)
        batch.final_obs = batch.obs

    monkeypatch.setattr(Batch, "_views", careless)
    assert defect_of(check_world, twin()) == "final-observation"


def timeless(rules: Rules) -> Any:
    flat = flatten(rules)
    flat["max_steps"] = 0
    return flat


def test_a_time_limit_that_is_not_kept_is_named() -> None:
    assert defect_of(check_world, twin(swaps={"rules": {"flatten": timeless}})) == "time-limit"


def test_every_defect_of_the_kit_is_planted_somewhere_here() -> None:
    expected = re.findall(r'\) == "([a-z-]+)"', Path(__file__).read_text(encoding="utf-8"))
    counted_elsewhere = {"reference-counting"}
    assert {*KERNELS, *TEXTS, *expected} | counted_elsewhere == set(DEFECTS)


def test_reference_counting_shows_in_machine_code() -> None:
    counting = numba.njit(lambda array: (array, array))
    array = numba.types.float64[:]
    counting.compile((array,))
    (code,) = counting.overloads.values()
    assert COUNTER in code.library._get_compiled_object()


def test_an_error_names_contract_world_and_what_was_seen() -> None:
    with pytest.raises(ContractError, match="Twin-v0 breaks the contract 'wrong-mask': action 2"):
        check_world(twin(codes.MASK))
