"""Graphs of states, one an episode, and the walkers that simulate in them, as plain arrays.

``n`` episodes, ``m`` walkers, ``S`` states of room, ``A`` actions, ``O`` outcomes
a state, ``D`` steps of a simulation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

OUTCOMES = 4  # room for outcomes, for each state


class Graph(NamedTuple):
    """What is known of each episode's states; a state is known by its digest alone."""

    used: npt.NDArray[np.int32]  # (n,) states
    digest: npt.NDArray[np.uint64]  # (n, S)
    table: npt.NDArray[np.int32]  # (n, a power of two) open addressing: state + 1, 0 where free
    visits: npt.NDArray[np.int32]  # (n, S) simulations that chose an action here
    value: npt.NDArray[np.float64]  # (n, S)
    promise: npt.NDArray[np.float64]  # (n, S) how much is still untried behind it, 0 to 1
    hint: npt.NDArray[np.float64]  # (n, S) mean return of the rollouts from here
    hints: npt.NDArray[np.int32]  # (n, S) rollouts from here
    tries: npt.NDArray[np.int32]  # (n, S, A) simulations that chose the action, unfinished too
    seen: npt.NDArray[np.int32]  # (n, S, A) results of it
    ends: npt.NDArray[np.int32]  # (n, S, A) results that ended the episode
    gain: npt.NDArray[np.float64]  # (n, S, A) sum of rewards
    worth: npt.NDArray[np.float64]  # (n, S, A) the action's value
    novel: npt.NDArray[np.float64]  # (n, S, A) how much is still untried behind it
    head: npt.NDArray[np.int32]  # (n, S, A) the first outcome + 1, 0 for none
    outcomes: npt.NDArray[np.int32]  # (n,) outcomes
    target: npt.NDArray[np.int32]  # (n, O S) an outcome's state
    times: npt.NDArray[np.int32]  # (n, O S) how often it came
    after: npt.NDArray[np.int32]  # (n, O S) the action's next outcome + 1
    low: npt.NDArray[np.float64]  # (n,) least value of an action
    high: npt.NDArray[np.float64]  # (n,) greatest


class Walkers(NamedTuple):
    """Simulations under way; the host writes what the last step gave, and reads the actions."""

    graph: npt.NDArray[np.int32]  # (m,) the episode
    digest: npt.NDArray[np.uint64]  # (m,) of the present state
    mask: npt.NDArray[np.bool_]  # (m, A) valid actions
    draw: npt.NDArray[np.uint64]  # (m,) random bits for this step
    reward: npt.NDArray[np.float64]  # (m,) of the last step
    over: npt.NDArray[np.bool_]  # (m,) the last step ended the episode
    action: npt.NDArray[np.int64]  # (m,) chosen now
    active: npt.NDArray[np.bool_]  # (m,) the simulation goes on
    rolling: npt.NDArray[np.bool_]  # (m,) it is a rollout from the last state on its path
    length: npt.NDArray[np.int32]  # (m,) steps within the graph
    fresh: npt.NDArray[np.int32]  # (m,) states that it has added
    path: npt.NDArray[np.int32]  # (m, D + 1) states
    taken: npt.NDArray[np.int32]  # (m, D) actions
    tail: npt.NDArray[np.float64]  # (m,) discounted return of the rollout so far
    weight: npt.NDArray[np.float64]  # (m,) discount of the rollout's next reward


def allocate_graph(n: int, states: int, actions: int) -> Graph:
    """Empty graphs with room for ``states`` states each."""
    zeros = np.zeros
    node, edge, outcome = (n, states), (n, states, actions), (n, OUTCOMES * states)
    return Graph(
        used=zeros(n, np.int32),
        digest=zeros(node, np.uint64),
        table=zeros((n, 1 << (2 * states - 1).bit_length()), np.int32),
        visits=zeros(node, np.int32),
        value=zeros(node),
        promise=zeros(node),
        hint=zeros(node),
        hints=zeros(node, np.int32),
        tries=zeros(edge, np.int32),
        seen=zeros(edge, np.int32),
        ends=zeros(edge, np.int32),
        gain=zeros(edge),
        worth=zeros(edge),
        novel=zeros(edge),
        head=zeros(edge, np.int32),
        outcomes=zeros(n, np.int32),
        target=zeros(outcome, np.int32),
        times=zeros(outcome, np.int32),
        after=zeros(outcome, np.int32),
        low=np.full(n, np.inf),
        high=np.full(n, -np.inf),
    )


def allocate_walkers(n: int, side_by_side: int, actions: int, depth: int) -> Walkers:
    """Walkers of ``n`` episodes, those of one episode next to each other."""
    m, zeros = n * side_by_side, np.zeros
    return Walkers(
        graph=np.repeat(np.arange(n, dtype=np.int32), side_by_side),
        digest=zeros(m, np.uint64),
        mask=zeros((m, actions), np.bool_),
        draw=zeros(m, np.uint64),
        reward=zeros(m),
        over=zeros(m, np.bool_),
        action=zeros(m, np.int64),
        active=zeros(m, np.bool_),
        rolling=zeros(m, np.bool_),
        length=zeros(m, np.int32),
        fresh=zeros(m, np.int32),
        path=zeros((m, depth + 1), np.int32),
        taken=zeros((m, depth), np.int32),
        tail=zeros(m),
        weight=zeros(m),
    )


def forget(graph: Graph, rows: npt.NDArray[np.int64]) -> None:
    """Empty the graphs of some episodes."""
    for name in ("used", "table", "outcomes"):
        getattr(graph, name)[rows] = 0
    graph.low[rows], graph.high[rows] = np.inf, -np.inf


def grown(graph: Graph, states: int) -> Graph:
    """The same graphs with room for more states."""
    n = len(graph.used)
    larger = allocate_graph(n, states, graph.tries.shape[2])
    for name, array in graph._asdict().items():
        if name != "table":
            window = tuple(slice(0, size) for size in array.shape)
            getattr(larger, name)[window] = array
    last = np.uint64(larger.table.shape[1] - 1)
    for row in range(n):
        for state in range(int(graph.used[row])):
            place = int((graph.digest[row, state] >> np.uint64(1)) & last)
            while larger.table[row, place]:
                place = (place + 1) & int(last)
            larger.table[row, place] = state + 1
    return larger
