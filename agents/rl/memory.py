"""Whether what a learner remembers fits into this machine."""

from __future__ import annotations

import os

from adaptarium.agents.rl.settings import TrainingPlan
from adaptarium.envs.core.errors import FactorError


def check_memory(plan: TrainingPlan, a_step: int) -> None:
    """Refuse buffers larger than the machine's memory before anything is allocated.

    Args:
        plan: The run.
        a_step: Bytes that one remembered step takes.

    Raises:
        FactorError: they do not fit.
    """
    name, count = plan.fitted.remembered(plan.rows)
    present = memory_bytes()
    if count * a_step > present:
        asked = getattr(plan.fitted, name)
        fits = max(1, asked * present // (count * a_step))
        raise FactorError(
            f"hyper-parameter {name} = {asked}: its observations take {count * a_step:,} bytes, "
            f"and this machine has {present:,}; the nearest that may fit is {fits}"
        )


def memory_bytes() -> int:
    """The machine's memory; where it does not tell, 16 GiB."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 2**34
