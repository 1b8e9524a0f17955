"""Several training runs as one algorithm: ``NAME=RUN+RUN+RUN``, or a :class:`Group` in Python.

What a single network reaches says little of the algorithm that trained it. The members of a group
are trained alike but for their seeds; each plays cells of its own, and what is said of the group is
said over its members: a run, in the sense of the statistics, is then a training run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.runs import RunFolder, is_run, plan_difference
from adaptarium.envs.core.errors import AgentError

FORM = "NAME=RUN+RUN"
_FORM = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)=(?P<members>.*)", re.DOTALL)
_ALIKE = ("world_data", "others", "algo", "num_envs", "hyperparameters")


@dataclass(frozen=True)
class Group:
    """An algorithm with the agents that came of its training runs.

    Attributes:
        name: What results call it.
        members: The agents, by name or as objects: folders of training runs, or agents of your own.
    """

    name: str
    members: tuple[Agent | str, ...]


def read_group(word: str) -> Group | None:
    """The group that ``NAME=RUN+RUN`` means; None for the name of a single agent.

    Raises:
        AgentError: a member has no name.
    """
    match = _FORM.fullmatch(word)
    if match is None or is_run(word):
        return None
    members = tuple(part.strip() for part in match["members"].split("+"))
    if not all(members):
        raise AgentError(f"group {word!r}: a member without a name; expected {FORM}")
    return Group(match["name"], members)


def spelled(name: str, members: Sequence[str]) -> str:
    """A group as the command line takes it."""
    return f"{name}={'+'.join(members)}"


def check_group(group: Group) -> None:
    """Refuse members that are not what different seeds of one algorithm give.

    Raises:
        UnknownNameError, AgentError, RunError: a member does not exist, or cannot be loaded.
        AgentError: there is no member, one is there twice, or they were not trained alike.
    """
    where = f"group {group.name!r}"
    if not group.members:
        raise AgentError(f"{where} has no members; expected for example {FORM}")
    for member in group.members:
        load_agent(member)
    runs = [Path(member) for member in group.members if _is_run(member)]  # type: ignore[arg-type]
    _check_kinds(where, group, runs)
    _check_different(where, group)
    for other in runs[1:]:
        _check_alike(where, runs[0], other)
    _check_seeds(where, runs)


def _is_run(member: Agent | str) -> bool:
    return isinstance(member, str) and is_run(member)


def _check_kinds(where: str, group: Group, runs: Sequence[Path]) -> None:
    others = [agent_name(member) for member in group.members if not _is_run(member)]
    if runs and others:
        raise AgentError(
            f"{where} mixes training runs with {others[0]!r}; expected training runs alone, or none"
        )


def _check_different(where: str, group: Group) -> None:
    known: set[str] = set()
    for member in group.members:
        name = agent_name(member)
        place = str(Path(name).resolve()) if _is_run(member) else name
        if place in known:
            raise AgentError(f"{where} has {name!r} twice; expected different members")
        known.add(place)


def _check_alike(where: str, first: Path, other: Path) -> None:
    """Refuse runs of two plans, or of one plan at two points of it."""
    plans = [RunFolder(path).info() for path in (first, other)]
    found = plan_difference(plans[0], plans[1], _ALIKE)
    if found is None:
        steps = [RunFolder(path).rows()[-1]["step"] for path in (first, other)]
        found = None if steps[0] == steps[1] else f"steps ({steps[0]}, not {steps[1]})"
    if found is not None:
        raise AgentError(
            f"{where}: {first} and {other} were not trained alike: other {found}; expected runs "
            "that differ in their seeds alone"
        )


def _check_seeds(where: str, runs: Sequence[Path]) -> None:
    seeds: dict[object, Path] = {}
    for path in runs:
        seed = RunFolder(path).info().get("seed")
        known = seeds.setdefault(seed, path)
        if known is not path:
            raise AgentError(
                f"{where}: {known} and {path} were both trained with seed {seed}, so they are the "
                "same run; expected another seed each"
            )
