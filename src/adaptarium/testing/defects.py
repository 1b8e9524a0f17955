"""The names of the defects that the kit reports, and what each means."""

from __future__ import annotations

from collections.abc import Mapping

DEFECTS: Mapping[str, str] = {
    "missing-name": "the family lacks a module, a name in it, or a kernel",
    "out-of-space": "an observation lies outside its declared space, or has another shape or type",
    "nan": "an observation or a reward is not finite",
    "observe-impure": "looking twice at one state shows two things, or changes the state",
    "time-limit": "an episode does not keep the limit that its rules set",
    "reward-on-ignored-step": "the step that only begins an episode pays, ends, or begins none",
    "final-observation": "a same-step batch's final observation is not the episode's last one",
    "stale-buffer": "garbage left in an output or scratch array shows after the next step",
    "shared-randomness": "a slot plays otherwise beside others than alone",
    "order-independence": "threads, autoreset mode, place or other worlds move an episode",
    "padding-leak": "spare capacity changes results, or padding is not zero",
    "wrong-mask": "a masked-out action acts, or an agent in play has no valid action",
    "bank-mismatch": "level s of a bank is not the first level of reset(seed=s)",
    "level-not-canonical": "the content hash of a level depends on the room around it",
    "level-text-lies": "a level read and written again is another level",
    "split-leak": "a level lies in two splits, or more than its content decides in which",
    "snapshot-incomplete": "a restored state goes on differently from the saved one",
    "copy-incomplete": "a copied slot goes on differently from its original",
    "text-incomplete": "a description does not hold the whole observation",
    "text-lies": "a description says other than the observation",
    "menu-lies": "an item of the action menu is not read as its action",
    "parse-raises": "an answer in words makes the parser raise",
    "parse-accepts-nonsense": "nonsense is read as an action, or refused without a reason",
    "manual-silent": "the manual says the same for two values of a factor that acts",
    "unsolvable-marked-solvable": "the reference's plan, replayed, does not succeed",
    "reference-unreachable": "the reference's plan, replayed, pays something else",
    "reference-beaten": "an agent gets more than an exact reference",
    "factor-touches-other-group": "a factor changes what belongs to another group",
    "dead-factor": "a value of a factor changes nothing in any world",
    "structural-not-refused": "a shift that outgrows the batch is taken, or one that fits refused",
    "reference-counting": "the driver's machine code counts references",
    "stale-machine-code": "a kernel's source can be edited without new machine code",
}
