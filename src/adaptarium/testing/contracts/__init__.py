"""The table of contracts: what a world must keep, in the order in which it is looked at."""

from __future__ import annotations

from adaptarium.testing.contracts import (
    actions,
    autoreset,
    factors,
    independence,
    levels,
    machine_code,
    names,
    outputs,
    reference,
    snapshots,
    structure,
    text,
)
from adaptarium.testing.report import Contract

# What a defect would disturb elsewhere is looked at first, so that it is called by its own name.
CONTRACTS: tuple[Contract, ...] = (
    Contract("family-names", names.missing_name),
    Contract("in-spaces", outputs.in_spaces),
    Contract("observe-pure", outputs.observe_impure),
    Contract("ignored-step", autoreset.reward_on_ignored_step),
    Contract("no-stale-buffer", outputs.stale_buffer),
    Contract("independent-slots", independence.shared_randomness),
    Contract("final-observation", autoreset.same_step_final),
    Contract("order-independence", independence.order_independence),
    Contract("mixed-worlds", independence.mixed_worlds),
    Contract("level-names", levels.level_names),
    Contract("padding", independence.padding_leak),
    Contract("masks", actions.wrong_mask),
    Contract("level-round-trip", levels.level_round_trip),
    Contract("splits", levels.split_leak),
    Contract("snapshot", snapshots.snapshot_incomplete),
    Contract("snapshot-in-process", snapshots.snapshot_in_process, thorough=True),
    Contract("copy", snapshots.copy_incomplete),
    Contract("text-observations", text.text_complete),
    Contract("text-actions", text.text_acts),
    Contract("solvable", reference.unsolvable_level),
    Contract("reference", reference.reference_beaten),
    Contract("live-factors", factors.factors_act),
    Contract("structural-factors", structure.structural_factors),
    Contract("no-reference-counting", machine_code.reference_counting),
    Contract("fresh-machine-code", machine_code.stale_machine_code),
)

__all__ = ["CONTRACTS"]
