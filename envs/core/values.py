"""Value iteration over an explored graph of states (see ``envs.core.search``)."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.states import LAST, NODES

TIE = 1e-12  # values closer than this are equal


def backward(store, joints, limit, now, after, steps, later, best):
    """Value iteration from the time limit back over an explored graph.

    Args:
        store: An explored :class:`Store`.
        joints: Joint actions of a state.
        limit: Time limit in steps.
        now: (nodes,) float64; ends with the values at the first time.
        after: (nodes,) float64 work space.
        steps: (nodes,) float64; ends with the expected steps to the end.
        later: (nodes,) float64 work space.
        best: (limit, nodes) int16, filled with the best joint actions from the returned time on.

    Returns:
        The earliest time computed; before it nothing changes with time any more.
    """
    expanded, nodes = store.count[LAST], store.count[NODES]
    for node in range(nodes):
        after[node] = 0.0
        later[node] = 0.0
        now[node] = 0.0
        steps[node] = 0.0
    for time in range(limit - 1, -1, -1):
        moved = False
        for node in range(expanded):
            top, chosen, fewest = -np.inf, node * joints, np.inf
            for edge in range(node * joints, (node + 1) * joints):
                total = store.base[edge] + store.slope[edge] * time
                ahead = 1.0
                for place in range(store.first[edge], store.first[edge + 1]):
                    total += store.weight[place] * after[store.target[place]]
                    ahead += store.weight[place] * later[store.target[place]]
                moved |= store.slope[edge] != 0.0
                # Among equally good actions the one that ends soonest, so that no plan dawdles.
                if total > top + TIE or (total >= top - TIE and ahead < fewest):
                    top, chosen, fewest = max(top, total), edge, ahead
            moved |= top != after[node] or fewest != later[node]
            now[node] = top
            steps[node] = fewest
            best[time, node] = chosen - node * joints
        for node in range(expanded):
            after[node] = now[node]
            later[node] = steps[node]
        if not moved:
            return time
    return 0
