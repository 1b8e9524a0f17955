"""A family is the same names in every package."""

from __future__ import annotations

from collections.abc import Mapping

from adaptarium.testing.probe import Probe
from adaptarium.testing.report import Outcome, kept

# As in the table of `adaptarium.envs.core.family`.
NAMES: Mapping[str, tuple[str, ...]] = {
    "rules": ("Rules", "RULES_DTYPE", "PRESETS", "flatten"),
    "layout": ("structure", "layout", "observation_space", "action_space", "public_observation"),
    "level": ("read", "write", "needs"),
    "kernels": ("KERNELS",),
    "text": ("Text",),
    "render": ("frame", "ansi"),
    "reference": ("solve",),
}
KERNELS = ("reset", "step", "observe", "masks", "content_hash", "generate")
GENERATOR_NAMES = ("GENERATORS", "KNOBS_DTYPE", "flatten", "generate")


def missing_name(probe: Probe) -> Outcome:
    """Every module of the family can be imported and holds its fixed names."""
    family = probe.world.family
    for module, names in NAMES.items():
        try:
            found = probe.module(module)
        except ModuleNotFoundError as error:
            probe.fail("missing-name", f"{family.package}.{module} cannot be imported: {error}")
        for name in names:
            if not hasattr(found, name):
                probe.fail("missing-name", f"{family.package}.{module} has no {name!r}")
    for name in GENERATOR_NAMES:
        if not hasattr(family.generator_module(), name):
            probe.fail("missing-name", f"{family.generators} has no {name!r}")
    for name in KERNELS:
        if name not in family.kernels():
            probe.fail("missing-name", f"{family.package}.kernels.KERNELS has no {name!r}")
    return kept(names=sum(map(len, NAMES.values())) + len(GENERATOR_NAMES) + len(KERNELS))
