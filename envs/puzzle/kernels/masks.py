"""Which actions are valid."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.kernels.board import is_valid, span


@kernel
def masks(w, i):
    """Write the action mask of slot ``i``."""
    rules, mask = w.rules[i], w.mask[i, 0]
    for action in range(mask.shape[0]):
        mask[action] = False
    first = 0
    for place in range(rules.num_verbs):
        verb = rules.verbs[place]
        size = span(w, i, rules.places[place])
        for target in range(min(size, span(w, i, verb))):
            mask[first + target] = is_valid(w, i, verb, target)
        first += size
