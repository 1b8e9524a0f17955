"""Monte Carlo tree search as an agent."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.spaces import Discrete

from adaptarium.agents.planners import kernels
from adaptarium.agents.planners.graph import (
    OUTCOMES,
    allocate_graph,
    allocate_walkers,
    forget,
    grown,
)
from adaptarium.agents.planners.settings import MCTSSettings
from adaptarium.agents.planners.simulation import Simulator, simulation_keys
from adaptarium.envs.core import host_draws
from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.factors import validated

Rows = npt.NDArray[np.int64]
FIRST_STATES = 256  # room that a graph begins with


class MCTSAgent:
    """Plans every move by simulations from the present state, many episodes at once.

    UCB1 chooses within what is known; chance is handled by chance nodes in a closed loop: every
    step of a simulation is played, with numbers of its own, and the state that comes decides where
    the simulation goes on, so that an action's value weighs its outcomes as often as they came. The
    move is the action of the highest value, of equal ones the most tried. What was found is kept
    for the next move.

    It plans on the true state and the true rules of our own worlds, hidden parts included, and
    knows neither the chance nor the shifts to come. A trial is one episode: it plans on beyond the
    end of an inner one.

    Args:
        settings: Changes to the defaults of :class:`MCTSSettings`.

    Raises:
        UnknownNameError, FactorError: there is no such setting, or its value is wrong.
        AgentError: when it is asked to play a world of several seats, without discrete actions, or
            one that is not ours.
    """

    __slots__ = ("__dict__", "_search")  # what it has found is no part of what the agent is
    batched = True
    name = "mcts"

    def __init__(self, **settings: Any) -> None:
        self.settings: MCTSSettings = validated(MCTSSettings, settings, "setting of mcts")
        self._search: _Search | None = None

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Rows:
        """(n,) actions."""
        batch = info.get("batch")
        if batch is None:
            raise AgentError("agent mcts plans on the state: it plays our own worlds alone")
        if not isinstance(batch.action_space, Discrete) or batch.w.reward.shape[1] != 1:
            raise AgentError(
                f"agent mcts: {info['world'].id} has actions {batch.action_space} for "
                f"{batch.w.reward.shape[1]} seats; expected one seat with discrete actions"
            )
        search = self._search
        if search is None or search.batch is not batch or search.world is not info["world"]:
            if search is not None:
                search.close()
            search = self._search = _Search(info["world"], batch, self.settings)
        return search.act(np.asarray(info["slots"]), info)


@functools.cache
def _entries() -> tuple[Entry, Entry, Entry]:
    digest = source_digest([kernels.__name__])
    functions = (kernels.advance, kernels.back, kernels.settle)
    advance, back, settle = (Entry(one, "tree search", digest) for one in functions)
    return advance, back, settle


class _Search:
    """The graphs and simulations of all episodes of one batch."""

    def __init__(self, world: Any, batch: Any, settings: MCTSSettings) -> None:
        self.world, self.batch, self.settings = world, batch, settings
        n, self._actions = batch.num_envs, int(batch.w.mask.shape[2])
        self._sim = Simulator(world, batch, n, settings)
        self._walkers = allocate_walkers(n, settings.side_by_side, self._actions, settings.depth)
        self._graph = allocate_graph(n, min(FIRST_STATES, settings.states), self._actions)
        self._bind()

    def _bind(self) -> None:
        advance, back, settle = _entries()
        g, w = self._graph, self._walkers
        rows = np.zeros(1, np.int64)
        self._advance = advance.bind(g, w, 0, False, 0.0, 0.0, False, 0, False)
        self._back = back.bind(g, w, 0.0)
        self._settle = settle.bind(g, rows, 0.0, 0)

    def close(self) -> None:
        """Stop the simulations' threads."""
        self._sim.close()

    def act(self, slots: Rows, info: Mapping[str, Any]) -> Rows:
        """Plan the moves of some slots."""
        settings = self.settings
        begun = np.asarray(info["first"], bool) | (not settings.transpositions)
        self._forget(slots, begun)
        self._sim.place(self.batch, slots, slots)
        n = self._sim.n
        seeds, steps = np.zeros(n, np.int64), np.zeros(n, np.int64)
        seeds[slots], steps[slots] = info["seed"], info["step"]
        playing = np.zeros(n, np.bool_)
        playing[slots] = True
        for wave in range(-(-settings.simulations // settings.side_by_side)):
            keys = simulation_keys(seeds, steps, settings.side_by_side, wave)
            left = settings.simulations - wave * settings.side_by_side
            self._wave(keys, playing, left)
        self._settle(slots, settings.discount, settings.depth)
        return self._decide(slots, np.asarray(info["mask"], bool).reshape(len(slots), -1))

    def _forget(self, slots: Rows, begun: npt.NDArray[np.bool_]) -> None:
        """Empty the graphs of episodes that are over, and those that are full."""
        full = self._graph.used[slots] >= self.settings.states
        forget(self._graph, slots[begun | full])

    def _make_room(self) -> None:
        """Room for all that one wave may find: only ``states`` ever keeps anything out."""
        settings, graph = self.settings, self._graph
        most = settings.side_by_side * settings.depth + 1
        outcomes = -(-(int(graph.outcomes.max()) + most) // OUTCOMES)
        needed = min(max(int(graph.used.max()) + most, outcomes), settings.states)
        if needed > graph.digest.shape[1]:
            self._graph = grown(graph, min(2 * needed, settings.states))
            self._bind()

    def _wave(self, keys: Any, playing: npt.NDArray[np.bool_], left: int) -> None:
        """Simulate side by side, from the present states to the end or the greatest depth."""
        settings, sim, walkers = self.settings, self._sim, self._walkers
        self._make_room()
        numbers = np.tile(np.arange(settings.side_by_side), sim.n)
        walkers.active[:] = np.repeat(playing, settings.side_by_side) & (numbers < left)
        sim.begin(keys)
        limits = (settings.exploration, settings.discount, settings.novelty, settings.expansions)
        for t in range(settings.depth + 1):
            last = t == settings.depth
            walkers.digest[:] = sim.digests()
            walkers.mask[:] = sim.masks()
            walkers.draw[:] = host_draws.at(keys, t)
            if not self._advance(t, last, *limits, settings.rollout == "uniform"):
                break
            sim.step(walkers.action, walkers.digest)
            walkers.reward[:], walkers.over[:] = sim.reward, sim.over
        self._back(settings.discount)
        self._settle(np.flatnonzero(playing), settings.discount, settings.depth)

    def _decide(self, slots: Rows, masks: npt.NDArray[np.bool_]) -> Rows:
        """The best valid action of each slot; the first one where nothing was found."""
        graph, roots = self._graph, self._sim.present()
        chosen = np.zeros(len(slots), np.int64)
        for place, slot in enumerate(slots.tolist()):
            states = graph.digest[slot, : graph.used[slot]]
            found = np.flatnonzero(states == roots[slot])
            seen = graph.seen[slot, found[0]] if len(found) else np.zeros(self._actions, np.int32)
            known = masks[place] & (seen > 0)
            if not known.any():
                chosen[place] = masks[place].argmax()
                continue
            worth = np.where(known, graph.worth[slot, found[0]], -np.inf)
            best = worth >= worth.max() - kernels.SETTLED
            chosen[place] = np.where(best, graph.tries[slot, found[0]], -1).argmax()
        return chosen
