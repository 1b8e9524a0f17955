"""Exact references: the best return that full information allows, found on the kernel itself.

A deterministic world that pays only for an early success is solved by breadth-first search.
Every other world with few enough states is solved by value iteration over the time limit, on the
graph of its states with every branch of its chance enumerated (Puterman, *Markov Decision
Processes*, 1994, chapter 4).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core import driver, search, values
from adaptarium.envs.core.banks import read_records
from adaptarium.envs.core.compiling import Entry, kernel, small, source_digest, specialise
from adaptarium.envs.core.draws import SCRIPT_DEPTH
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.layout import Workspace, allocate_workspace
from adaptarium.envs.core.states import LAST, LAST_ACTION, NODES, Store
from adaptarium.envs.core.world import World

Method = Literal["exact", "search", "policy"]
Level = Mapping[str, Any] | tuple[Workspace, int]

# What a search may keep: beyond it there is no exact reference.
MAX_BYTES = 2**30
MAX_STATES = 4_000_000
MAX_JOINT_ACTIONS = 4096


class TooLargeError(LevelError):
    """A level has more states than an exact search may keep."""


@dataclass(frozen=True)
class Reference:
    """The best known return of a level under full information, summed over its agents.

    Attributes:
        return_: Return of one episode (all inner episodes of a trial), undiscounted.
        method: ``"exact"`` is the optimum; ``"search"`` and ``"policy"`` are the best found.
        actions: The plan, one action a step (a list of the agents' actions where there are
            several); None where chance or the method leaves no fixed plan.
        length: Steps that the plan takes, or the expected number, rounded.
        n: Episodes (or plans) behind the figure; 1 where it is exact.
        low: Lower end of the figure's interval, two standard errors down; itself where it is exact.
        high: Upper end of the interval.
        bound: What no player can get more than in expectation; infinite where that is not known.
    """

    return_: float
    method: Method
    actions: list[Any] | None
    length: int
    n: int = 1
    low: float = float("-inf")
    high: float = float("inf")
    bound: float = float("inf")

    @classmethod
    def exact(cls, return_: float, actions: list[Any] | None, length: int) -> Reference:
        """The optimum itself."""
        return cls(return_, "exact", actions, length, 1, return_, return_, return_)


@functools.cache
def _entry(family: Family) -> Entry:
    kernels = dict(family.kernels())
    names = ("start_inner", "clear_outputs", "settle")
    bound = specialise(driver, names, kernels)
    kernels.update({name: kernel(bound[name]) for name in names})
    plain: Any = None
    for name in search.TEMPLATE:
        plain = specialise(search, (name,), kernels)[name]
        kernels[name] = kernel(plain) if name == "transition" else small(plain)
    modules = ["adaptarium.envs.core.driver", search.__name__, *family.kernel_modules()]
    return Entry(plain, f"the {family.name} search", source_digest(modules))


@functools.cache
def _backward() -> Entry:
    return Entry(values.backward, "value iteration", source_digest([values.__name__]))


def allocate_store(w: Workspace, states: int, edges: int, transitions: int, levels: int) -> Store:
    """Room for a search in workspace ``w``; sizes are rows of the arrays of that name."""
    words = sum(part.shape[1] for part in w.rows)
    slots = 1 << (2 * states - 1).bit_length()
    agents = w.reward.shape[1]
    zeros, empty = np.zeros, np.empty
    return Store(
        words=empty((states, words), np.uint64),
        digest=empty(states, np.uint64),
        table=zeros(slots, np.int32),
        place=empty(states, np.int32),
        parent=empty(states, np.int32),
        action=empty(states, np.int32),
        depth=empty(states, np.int32),
        gain=empty(states, np.float64),
        first=zeros(edges + 1, np.int64),
        base=zeros(edges),
        slope=zeros(edges),
        target=empty(transitions, np.int32),
        weight=empty(transitions, np.float64),
        rows=zeros(levels, np.int64),
        value=zeros(levels),
        spread=zeros(levels),
        length=zeros(levels, np.int32),
        status=zeros(levels, np.int32),
        rewards=zeros((levels, agents)),
        ends=zeros((levels, 2, agents), np.bool_),
        count=zeros(8, np.int64),
    )


def solver_workspace(
    world: World, bank: Workspace, sizes: Mapping[str, int] | None = None
) -> Workspace:
    """A workspace of one slot that plays ``world`` on the level rows of ``bank``, shared."""
    layout = world.family.module("layout").layout(sizes or world.sizes())
    rules = world.family.module("rules")
    w = allocate_workspace(layout, 1, 1, 1, rules.RULES_DTYPE, bank.knobs.dtype)
    w.rules[0] = rules.flatten(world.rules)
    return _in_one_row(w)._replace(info=bank.info, levels=bank.levels)


def _in_one_row(w: Workspace) -> Workspace:
    """The one slot's state, alive and acting side by side in one row of words: quick to copy."""
    memory = np.zeros((1, sum(part.shape[1] for part in w.rows)), np.uint64)
    arrays, at = [], 0
    for array, part in zip((*w.state, w.alive, w.acting), w.rows, strict=True):
        words = memory[:, at : at + part.shape[1]].view(np.uint8)[:, : array.nbytes]
        arrays.append(words.view(array.dtype).reshape(array.shape))
        at += part.shape[1]
    *state, alive, acting = arrays
    return w._replace(state=type(w.state)(*state), alive=alive, acting=acting, rows=(memory,))


def placed(world: World, level: Level) -> tuple[World, Workspace, int]:
    """The world, workspace and row of a level given in either form."""
    if isinstance(level, Mapping):
        alone = world.override(records=(dict(level),))
        return alone, read_records(alone), 0
    workspace, row = level
    return world, workspace, int(row)


@dataclass
class Plan:
    """The solution of a graph: values, and the best joint action at every time and state.

    Attributes:
        value: Expected return from the root, of one inner episode.
        length: Expected steps from the root.
        since: Row of ``best`` for this and every earlier time.
        best: (limit, nodes) int16 joint actions.
    """

    value: float
    length: float
    since: int
    best: npt.NDArray[np.int16]


@dataclass
class Solver:
    """Searches of one world over the levels of one workspace.

    Args:
        world: The world whose rules hold.
        bank: A workspace whose level rows are searched; only read.
        max_states: States that one search may keep.
        sizes: Structural sizes other than the world's own: those of a batch that holds it.

    Attributes:
        w: The workspace of one slot in which the searches play.
        store: The states of the last search.
    """

    world: World
    bank: Workspace
    max_states: int = MAX_STATES
    sizes: Mapping[str, int] | None = None
    w: Workspace = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.w = solver_workspace(self.world, self.bank, self.sizes)
        self.room(2, 1, 1, 1)

    def room(self, states: int, edges: int, transitions: int, levels: int) -> None:
        """Take a new, empty store; sizes as for :func:`allocate_store`."""
        self.store = allocate_store(self.w, states, edges, transitions, levels)
        bound = _entry(self.world.family).bind(self.w, self.store, 0, 0, 0)
        self._search: Callable[..., int] = bound

    def _clear_room(self, states: int, levels: int) -> None:
        """Room for breadth-first searches, which forget what was seen before each.

        A store of that size is kept: to hand over another takes longer than most searches.
        """
        if (len(self.store.words), len(self.store.rows)) != (states, levels):
            self.room(states, 1, 1, levels)

    @property
    def joints(self) -> int:
        """Joint actions of a state; 0 where actions are continuous."""
        return int(self.w.mask.shape[2]) ** int(self.w.reward.shape[1])

    def run(self, op: int, first: int = 0, second: int = 0) -> int:
        """Run one operation of the search template."""
        return int(self._search(op, first, second))

    def start(self, row: int) -> None:
        """Put slot 0 at the start of a level."""
        self.run(search.OP_PREPARE, row, 1)

    def take(self, w: Workspace, i: int, row: int) -> None:
        """Put slot 0 into the state of slot ``i`` of a workspace of any capacity, on level ``row``.

        What a reset leaves alone (cells beyond the level's own) is zero, so that equal states have
        equal words whatever a slot has played before.
        """
        words = self.w.rows[0]
        words[:] = ~np.uint64(0)
        self.start(row)
        untouched = words.view(np.uint8).copy()
        words[:] = 0
        self.start(row)
        untouched &= ~words.view(np.uint8)
        theirs = (*w.state, w.alive, w.acting)
        for mine, other in zip((*self.w.state, self.w.alive, self.w.acting), theirs, strict=True):
            both = zip(mine.shape[1:], other.shape[1:], strict=True)
            window = tuple(slice(0, min(sizes)) for sizes in both)
            mine[(0, *window)] = other[(i, *window)]
        words.view(np.uint8)[untouched == 0xFF] = 0
        self.w.core[0]["elapsed"] = w.core[i]["elapsed"]

    def play(self, rows: npt.ArrayLike, n: int, seed: int) -> tuple[Any, Any]:
        """Random play: (rows,) mean returns and (rows,) standard errors over ``n`` episodes."""
        self.room(2, 1, 1, np.size(rows))
        self.store.rows[:] = rows
        self.run(search.OP_PLAY, n, seed)
        return self.store.value, np.sqrt(self.store.spread / max(n - 1, 1) / n)

    def shortest(self, rows: npt.ArrayLike) -> tuple[Any, Any, Any]:
        """Breadth-first searches: (rows,) returns, lengths and statuses (see ``search``).

        A status is FOUND, EXHAUSTED where no success can be reached in time, STOCHASTIC where the
        world left something to chance, or FULL where the search outgrew its room.
        """
        wanted = np.atleast_1d(np.asarray(rows, np.int64))
        values, lengths = np.zeros(len(wanted)), np.zeros(len(wanted), np.int32)
        statuses = np.full(len(wanted), search.FULL, np.int32)
        states, most = 1 << 13, self.most_states()
        while (waiting := np.flatnonzero(statuses == search.FULL)).size:
            self._clear_room(min(states, most), len(waiting))
            self.store.rows[:] = wanted[waiting]
            self.run(search.OP_SHORTEST)
            values[waiting] = self.store.value
            lengths[waiting] = self.store.length
            statuses[waiting] = self.store.status
            if states >= most:
                break
            states *= 8
        return values, lengths, statuses

    def onward(self, states: int) -> bool:
        """Search for the shortest success from the state in slot 0; False where none was found."""
        self._clear_room(min(states, self.most_states()), 1)
        self.run(search.OP_ONWARD)
        return int(self.store.status[0]) == search.FOUND

    def path(self) -> list[int]:
        """The actions of the last search of :meth:`shortest`, which found a success."""
        return [action for _, action in self.way()]

    def way(self) -> list[tuple[bytes, int]]:
        """As :meth:`path`, with the state in which each action is taken."""
        s = self.store
        last = int(s.count[LAST])
        return [*self.way_to(last), (s.words[last].tobytes(), int(s.count[LAST_ACTION]))]

    def way_to(self, node: int) -> list[tuple[bytes, int]]:
        """States and actions that lead from the root of the last search to one of its nodes."""
        s, found = self.store, list[tuple[bytes, int]]()
        while (before := int(s.parent[node])) >= 0:
            found.append((s.words[before].tobytes(), int(s.action[node])))
            node = before
        return found[::-1]

    def seen(self, name: str) -> npt.NDArray[Any]:
        """One array of the state, in every node of the last search: (nodes, …), nearest first."""
        mine, memory = getattr(self.w.state, name), self.w.rows[0]
        first = mine.ctypes.data - memory.ctypes.data
        nodes = self.store.words[: int(self.store.count[NODES])].view(np.uint8)
        part = nodes[:, first : first + mine.nbytes].view(mine.dtype)
        return part.reshape(len(nodes), *mine.shape[1:])

    def most_states(self) -> int:
        """How many states one search may keep."""
        width = sum(part.shape[1] for part in self.w.rows)
        return max(2, min(self.max_states, MAX_BYTES // (8 * width + 64)))

    def explore(self) -> None:
        """Build the graph of the states reachable from the state in slot 0.

        Raises:
            TooLargeError: there are more than may be kept, or actions are continuous.
            LevelError: rewards are not affine in time, or a step has too many chance nodes.
        """
        joints = self.joints
        if not joints:
            raise TooLargeError(
                f"{self.world.id}: its actions are continuous, expected a finite number for an "
                "exact reference"
            )
        if joints > MAX_JOINT_ACTIONS:
            raise TooLargeError(
                f"{self.world.id}: {joints} joint actions a state, expected at most "
                f"{MAX_JOINT_ACTIONS} for an exact reference"
            )
        states, most = 1 << 11, min(self.most_states(), MAX_BYTES // (joints * 48))
        while True:
            states = min(states, most)
            edges = states * joints
            self.room(states, edges, 4 * edges, 1)
            start = [part.copy() for part in self.w.rows]
            elapsed = int(self.w.core[0]["elapsed"])
            status = self.run(search.OP_EXPLORE, joints)
            for part, words in zip(self.w.rows, start, strict=True):
                part[:] = words
            self.w.core[0]["elapsed"] = elapsed
            if status == search.FOUND:
                return
            if status != search.FULL or states >= most:
                raise self._refusal(status, states)
            states *= 4

    def _refusal(self, status: int, states: int) -> LevelError:
        if status == search.FULL:
            return TooLargeError(
                f"{self.world.id}: the level has more than {states} states, expected at most that "
                "for an exact reference; take a smaller level"
            )
        if status == search.NOT_AFFINE:
            return LevelError(f"{self.world.id}: rewards are not affine in time")
        return LevelError(f"{self.world.id}: a step has more than {SCRIPT_DEPTH} draws")

    def iterate(self) -> Plan:
        """Value iteration over the graph of the last :meth:`explore`."""
        s, limit = self.store, int(self.w.core[0]["limit"])
        nodes = int(s.count[NODES])
        rows = [np.zeros(nodes) for _ in range(4)]
        best = np.zeros((limit, nodes), np.int16)
        arguments = (s, self.joints, limit, *rows, best)
        since = int(_backward().bind(*arguments)(*arguments[1:]))
        return Plan(float(rows[0][0]), float(rows[2][0]), since, best)

    def locate(self) -> int:
        """Node of the state in slot 0 in the last explored graph; negative where it is new."""
        return self.run(search.OP_LOCATE)

    def split(self, joint: int) -> list[int]:
        """The agents' actions of a joint action."""
        size = int(self.w.mask.shape[2])
        return [joint // size**a % size for a in range(int(self.w.reward.shape[1]))]

    def actions(self, plan: Plan) -> list[Any] | None:
        """The fixed plan of a deterministic graph, or None."""
        s, node, found = self.store, 0, list[Any]()
        for time in range(int(self.w.core[0]["limit"])):
            joint = int(plan.best[max(time, plan.since), node])
            found.append(self._shown(joint))
            edge = node * self.joints + joint
            first, end = int(s.first[edge]), int(s.first[edge + 1])
            if first == end:
                return found
            if end - first > 1 or abs(s.weight[first] - 1.0) > 1e-9:
                return None
            node = int(s.target[first])
        return found

    def _shown(self, joint: int) -> Any:
        split = self.split(joint)
        return split if len(split) > 1 else split[0]


def by_values(solver: Solver, row: int) -> Reference:
    """The exact reference of a level by value iteration, over all inner episodes.

    Raises:
        TooLargeError: the level has too many states.
    """
    solver.start(row)
    solver.explore()
    plan = solver.iterate()
    rounds = int(solver.w.rules[0]["inner_episodes"])
    actions = solver.actions(plan)
    length = len(actions) if actions is not None else round(plan.length)
    repeated = None if actions is None else actions * rounds
    return Reference.exact(plan.value * rounds, repeated, length * rounds)


def random_return(world: World, level: Level, n: int, seed: int) -> tuple[float, float, int]:
    """Return of uniformly random (valid) actions on one level: mean, standard error and ``n``.

    Args:
        world: The world whose rules hold.
        level: A readable level, or a workspace and a row of it.
        n: Episodes to play.
        seed: The same seed gives the same figure.
    """
    world, bank, row = placed(world, level)
    means, errors = Solver(world, bank).play([row], n, seed)
    return float(means[0]), float(errors[0]), n


def random_returns(
    world: World, bank: Workspace, rows: npt.ArrayLike, n: int, seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], int]:
    """As :func:`random_return` for many rows: (rows,) means and errors, and ``n``."""
    means, errors = Solver(world, bank).play(rows, n, seed)
    return means, errors, n
