"""``adaptarium evaluate``: agents on held-out levels, scored against random play and reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from adaptarium.agents.language import Settings, language_agent
from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.agents.locks import locked
from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import (
    AgentError,
    FactorError,
    ResultsError,
    ShiftError,
    unknown_name,
)
from adaptarium.envs.core.world import SPLITS, World, resolve_world
from adaptarium.evaluation.aggregates import aggregate, as_data
from adaptarium.evaluation.foreign import (
    PREFIXES,
    ForeignWorld,
    check_foreign,
    foreign_world,
    is_foreign,
)
from adaptarium.evaluation.groups import Group, check_group, read_group
from adaptarium.evaluation.humans import read_games
from adaptarium.evaluation.partners import check_partners
from adaptarium.evaluation.protocol import told_return
from adaptarium.evaluation.report.social import measure_means
from adaptarium.evaluation.results import Cell, Results
from adaptarium.evaluation.running import Plan, add_humans, carry_out_plan
from adaptarium.evaluation.shifting import (
    as_begun,
    check_playable,
    overrides_in,
    plan_in,
    shows,
)
from adaptarium.evaluation.stage import Stage
from adaptarium.wrappers.spec import ShiftPlan, as_plan

Listener = Callable[[str], None]
T = TypeVar("T")


def evaluate(
    worlds: Sequence[World | ForeignWorld | str] | World | ForeignWorld | str = (),
    agents: Sequence[Agent | str | Group] | Agent | str | Group = (),
    *,
    stream: str | Path | Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
    split: str = "test",
    episodes: int = 200,
    shift: Mapping[str, Any] | str | Path | ShiftPlan | None = None,
    seed: int = 0,
    seeds: Sequence[int] | None = None,
    reference_return: float | Mapping[str, float] | None = None,
    max_steps: int | None = None,
    out: str | Path = "results/latest",
    pictures: bool = True,
    humans: str | Path | None = None,
    language: Settings | None = None,
    workers: int = 0,
    listener: Listener = lambda _what: None,
    on_failure: Listener = lambda _what: None,
) -> list[dict[str, Any]]:
    """Evaluate every agent on every world and add the cells to a results folder.

    Cells that the folder holds already are not played again, so a run that was killed goes on.

    Args:
        worlds: Worlds, registered ids, world files, or the environments of others by name:
            ``gym:CartPole-v1``, ``pettingzoo:module.path`` (:mod:`adaptarium.evaluation.foreign`).
        agents: Names (see :func:`adaptarium.agents.loading.load_agent`), objects that can act, and
            groups of several training runs as one algorithm: ``"ppo=runs/s0+runs/s1"`` or a
            :class:`~adaptarium.evaluation.groups.Group`.
        stream: Instead of worlds: a stream file, whose tasks are learnt one after the other
            (:mod:`adaptarium.evaluation.streams.file`). Agents may then be learners too (``"ppo"``,
            ``"dqn"``, ..., or your own: :mod:`adaptarium.evaluation.streams.learners`), ``ppo``
            where none is named; the file says which levels and how many episodes are played, and
            a report is written.
        overrides: Generator knobs by name, factors by dotted name; of a foreign environment the
            arguments of its constructor. What a world object differs in from the registered one is
            added in the results.
        split: The levels that are played: those that training did not see, by default.
        episodes: Episodes a cell, each on a level of its own while there are enough.
        shift: Changes on top of ``overrides`` that the agents were not trained under: values by
            name, in force from the first step on; or a shift file or a plan, which every episode
            follows from its own beginning. Schedules that count episodes, or follow a learner, stay
            where they begin, and scores keep the scale of the world without the shifts of its
            physics and interface. Scores count the world's own rewards; what agents are told
            where shifts change that stands beside them (``told_return``).
        seed: Decides levels and chance.
        seeds: Several of them, instead of ``seed``: each makes a cell of its own.
        reference_return: What good play returns on a foreign environment, or a mapping from names
            to that. Without it returns are reported as they are, with no score.
        max_steps: Steps after which an episode of a foreign environment is cut. By default 10,000
            where the environment names no limit of its own (PettingZoo's never do).
        out: The results folder.
        pictures: Draw some of the levels and an episode of each agent, where pygame is installed.
        humans: A file of people's games (``adaptarium play --record``): they are replayed and stand
            beside the agents as ``human``, on the levels of the split that people have played.
        language: How language models are asked; their transcripts lie in ``out/transcripts``.
        workers: Worker processes (the command line takes one a core); 0 plays in this process.
            A script that asks for workers needs ``if __name__ == "__main__":``.
        listener: Told what is being done.
        on_failure: Told of each cell that fails, at once; the others go on.

    Returns:
        One table a cell, without its single episodes and references, with the mean of each measure
        that its world reports (``measures``: value, low, high); of a stream one a learner, seed and
        task (:func:`adaptarium.evaluation.streams.running.final_rows`).

    Raises:
        StreamError: the stream is malformed, or names what does not exist or fit together.
        UnknownNameError, FactorError, AgentError: a name or a value does not exist.
        ShiftError: the plan does not fit a world, or holds what no episode can show: slots, or
            partners where there is one seat.
        ResultsError: the folder is damaged, in use by another process, or holds these cells played
            under other terms.
        EvaluationError: some cells failed; the others are finished and kept.
    """
    if stream is not None:
        from adaptarium.commands.stream import evaluate_stream

        _check_stream_alone(
            worlds=worlds,
            overrides=overrides,
            shift=shift,
            reference_return=reference_return,
            max_steps=max_steps,
            humans=humans,
            split=None if split == "test" else split,
            episodes=None if episodes == 200 else episodes,
        )
        return evaluate_stream(
            stream,
            _several(agents) or ["ppo"],
            seeds=_seeds(seed, seeds),
            out=out,
            workers=workers,
            listener=listener,
            on_failure=on_failure,
        )
    plan = plan_of(
        worlds,
        agents,
        overrides=overrides,
        split=split,
        episodes=episodes,
        shift=shift_data(shift),
        seed=seed,
        seeds=seeds,
        reference_return=reference_return,
        max_steps=max_steps,
        language=language,
        workers=workers,
    )
    games = None if humans is None else read_games(humans)
    if games is not None and plan.shift:
        raise ShiftError("games of people under a shift: people have played without it")
    with locked(out, ResultsError):
        results = Results(out)
        results.record_invocation(seeds=plan.seeds)
        carry_out_plan(
            plan,
            results,
            workers=workers,
            pictures=pictures,
            listener=listener,
            on_failure=on_failure,
        )
        human_keys = add_humans(plan, games or [], results, listener)
    cells = {cell.key: cell for cell in results.cells()}
    return [summary(cells[key]) for key in [*plan.cell_keys(), *human_keys]]


def plan_of(
    worlds: Any,
    agents: Any,
    *,
    overrides: Mapping[str, Any] | None,
    split: str,
    episodes: int,
    shift: Mapping[str, Any] | None,
    seed: int,
    seeds: Sequence[int] | None,
    reference_return: float | Mapping[str, float] | None = None,
    max_steps: int | None,
    language: Settings | None,
    workers: int,
) -> Plan:
    """What is to be played, checked before anything is; the arguments are those of ``evaluate``.

    Raises:
        UnknownNameError, FactorError, AgentError: a name or a value does not exist.
    """
    chosen = [_world(world) for world in _several(worlds)]
    members, groups = _members(_several(agents))
    plan = Plan(
        worlds=tuple(_limited(_with_references(chosen, reference_return), max_steps)),
        agents=members,
        seeds=_seeds(seed, seeds),
        overrides=dict(overrides or {}),
        shift=dict(shift) if shift else None,
        split=split,
        episodes=episodes,
        language=language,
        groups=groups,
    )
    _check(plan, workers)
    return plan


def _check_stream_alone(**others: Any) -> None:
    """Refuse what a stream file says itself."""
    for name, value in others.items():
        if value is not None and value != {} and value != [] and value != ():
            raise FactorError(
                f"{name} = {value!r} beside a stream: expected it in the stream file alone"
            )


def shift_data(
    shift: Mapping[str, Any] | str | Path | ShiftPlan | None,
) -> dict[str, Any] | None:
    """Changes by name, or the plain data of a plan."""
    if isinstance(shift, str | Path | ShiftPlan):
        return as_plan(shift).to_data()
    return dict(shift) if shift else None


def _several(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]


def _members(
    given: Sequence[Agent | str | Group],
) -> tuple[tuple[Agent | str, ...], dict[str, str]]:
    """All agents, and the groups of those that are members of one.

    Raises:
        UnknownNameError, AgentError, RunError: a group has members that make no algorithm.
        AgentError: two groups, or a group and an agent, have one name.
    """
    found: list[Agent | str] = []
    groups: dict[str, str] = {}
    names: list[str] = []
    for one in given:
        group = one if isinstance(one, Group) else read_group(one) if isinstance(one, str) else None
        if group is None:
            found.append(one)  # type: ignore[arg-type]
            names.append(agent_name(found[-1]))
            continue
        check_group(group)
        found += group.members
        names.append(group.name)
        groups.update({agent_name(member): group.name for member in group.members})
    if twice := _twice(names):
        raise AgentError(f"two agents are called {twice!r}; give objects a `name` each")
    return tuple(found), groups


def _world(given: World | ForeignWorld | str) -> World | ForeignWorld:
    if isinstance(given, ForeignWorld):
        return given
    if isinstance(given, str) and ":" in given and not given.endswith((".toml", ".json")):
        if is_foreign(given):
            return foreign_world(given)
        raise unknown_name("prefix of a world", given.partition(":")[0] + ":", PREFIXES)
    return resolve_world(given)


def _with_references(
    worlds: Sequence[World | ForeignWorld], given: float | Mapping[str, float] | None
) -> list[World | ForeignWorld]:
    """The worlds, the foreign ones among them with the returns that were given for good play."""
    if given is None:
        return list(worlds)
    names = [world.id for world in worlds if isinstance(world, ForeignWorld)]
    if not isinstance(given, Mapping):
        if len(names) != 1:
            raise FactorError(
                f"reference return {given} for {len(names)} foreign environments; expected one of "
                "them, or a return for each by name (our own worlds have references)"
            )
        given = {names[0]: given}
    for name in given:
        if name not in names:
            raise unknown_name("foreign environment with a reference return", name, names)
    return [
        world.with_reference(given[world.id])
        if isinstance(world, ForeignWorld) and world.id in given
        else world
        for world in worlds
    ]


def _limited(
    worlds: Sequence[World | ForeignWorld], max_steps: int | None
) -> list[World | ForeignWorld]:
    """The worlds, the foreign ones among them with the steps after which they are cut."""
    if max_steps is None:
        return list(worlds)
    if isinstance(max_steps, bool) or not isinstance(max_steps, int) or max_steps < 1:
        raise FactorError(f"max_steps = {max_steps!r}; expected a positive integer")
    if not any(isinstance(world, ForeignWorld) for world in worlds):
        raise FactorError(
            f"max_steps = {max_steps}, and no foreign environment; our own worlds have a time "
            "limit, see adaptarium show WORLD --factors"
        )
    return [
        replace(world, max_steps=max_steps) if isinstance(world, ForeignWorld) else world
        for world in worlds
    ]


def _seeds(seed: int, seeds: Sequence[int] | None) -> tuple[int, ...]:
    chosen = (seed,) if seeds is None else tuple(seeds)
    if not chosen or len(set(chosen)) < len(chosen) or min(chosen) < 0:
        raise FactorError(
            f"seeds {list(chosen)}; expected different numbers from 0, for example 0,1,2"
        )
    return chosen


def _check(plan: Plan, workers: int) -> None:
    """Refuse what cannot be played before anything is played or written."""
    if not plan.worlds or not plan.agents:
        raise AgentError("nothing to evaluate: expected worlds and agents, or a stream")
    if plan.split not in SPLITS:
        raise unknown_name("split", plan.split, SPLITS)
    if twice := _twice([agent_name(agent) for agent in plan.agents]):
        raise AgentError(f"agent {twice!r} is named twice; expected it by itself, or in one group")
    if same := _twice(plan.cell_keys()):
        raise FactorError(f"two worlds are called {same[0]!r}; give one of them another id")
    for agent in plan.agents:
        load_agent(agent, plan.language)
        if workers and not isinstance(agent, str):
            raise AgentError(
                f"agent {type(agent).__name__} is an object and plays in this process; "
                f"expected workers=0, not {workers}, or its name as module:factory"
            )
    shifts = plan_in(plan.shift)
    if shows(shifts):
        _check_shown(plan)
    for world in plan.worlds:
        changed = world.override(**{**plan.overrides, **overrides_in(plan.shift)})
        if shifts is not None:
            check_playable(shifts, isinstance(changed, ForeignWorld))
        if isinstance(changed, ForeignWorld):
            check_foreign(changed, plan.agents, shifts)
        elif shifts is not None:
            check_partners(changed, shifts)
            Stage(as_begun(changed, shifts), 1, shifts).close()


def _check_shown(plan: Plan) -> None:
    """Refuse agents that would not see shifted observations."""
    for agent in plan.agents:
        if language_agent(agent, plan.language) is not None:
            raise ShiftError(
                f"agent {agent_name(agent)} reads the text of a world, which shifts of "
                "observations do not reach; expected shifts of actions or of the physics"
            )


def _twice(names: Sequence[T]) -> T | None:
    """What occurs more than once: its cells could not be told apart."""
    return next((name for name in names if names.count(name) > 1), None)


def summary(cell: Cell) -> dict[str, Any]:
    """A cell as plain data without its episodes and references."""
    data = asdict(cell)
    del data["episodes"], data["references"]
    told = told_return(cell.episodes)
    if told is not None:
        data["told_return"] = [told.value, told.low, told.high]
    found = measure_means(cell.episodes)
    if found:
        data["measures"] = {name: [one.value, one.low, one.high] for name, one in found.items()}
    methods = sorted({reference.method for reference in cell.references})
    return {**data, "reference_methods": methods, "notes": list(cell.notes)}


def aggregates(results: str | Path) -> list[dict[str, Any]]:
    """The agents of a results folder over several worlds, as its report shows them.

    Args:
        results: A folder that :func:`evaluate` wrote.

    Returns:
        For each split and shift, of every agent that played all worlds: IQM, median, mean and
        optimality gap as ``[value, low, high]``, and its performance profile; and for each pair of
        agents the probability of improvement. ``run_is`` says what a run is: a training run of a
        group, or a seed of the evaluation. A single run gives values without intervals.

    Raises:
        ResultsError: the folder is missing or damaged.
    """
    return as_data(aggregate(Results(results).cells()))
