"""Orders of tasks that recur: after every visit a task stays away for a gap drawn from a power law.

Most gaps are short and some are very long, as occurrences of things are in language and in the
world (Zipf's law); a power law's tail is what tells such a stream from tasks drawn evenly.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field


class Recurring(BaseModel):
    """Blocks of equal length in an order in which tasks recur with power-law gaps.

    Attributes:
        blocks: How many.
        steps: Steps of each.
        exponent: Of the power law: a gap of g blocks has a probability in proportion to
            ``g ** -exponent``.
        seed: Decides the order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    blocks: int = Field(ge=1, le=100_000)
    steps: int = Field(ge=1, le=10**12)
    exponent: float = Field(1.5, gt=0, le=10)
    seed: int = Field(0, ge=0, le=2**62)


def recurring_order(num_tasks: int, recurring: Recurring) -> list[int]:
    """Which task each block learns.

    Every task is due once at the beginning, in a random order. After a visit it is due again when
    its gap, drawn from 1 up to the number of blocks, is over; of all tasks the one that has been
    due for longest comes next, or the one that is due soonest.

    Args:
        num_tasks: How many tasks there are.
        recurring: The length of the order, the power law and the seed.
    """
    rng = np.random.default_rng(recurring.seed)
    gaps = np.arange(1, recurring.blocks + 1)
    chances = gaps ** -float(recurring.exponent)
    chances /= chances.sum()
    due = [int(place) - num_tasks for place in rng.permutation(num_tasks)]
    left = list(due)  # when each task was learnt last, for those that are due at the same time
    order = []
    for place in range(recurring.blocks):
        task = min(range(num_tasks), key=lambda one: (due[one], left[one]))
        order.append(task)
        left[task] = place
        due[task] = place + int(rng.choice(gaps, p=chances))
    return order
