"""From the name of an agent to the agent."""

from __future__ import annotations

import importlib
import inspect
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adaptarium.agents.bandit import factories
from adaptarium.agents.language import Settings, language_agent
from adaptarium.agents.language.address import FORM
from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.runs import is_run
from adaptarium.envs.core.errors import (
    AgentError,
    FactorError,
    UnknownNameError,
    unknown_name,
)


def _random() -> Agent:
    from adaptarium.agents.scripted.random import RandomAgent

    return RandomAgent()


def _reference() -> Agent:
    from adaptarium.agents.scripted.reference import ReferenceAgent

    return ReferenceAgent()


def _mcts(**settings: Any) -> Agent:
    from adaptarium.agents.planners.mcts import MCTSAgent

    return MCTSAgent(**settings)


def _explorer() -> Agent:
    from adaptarium.agents.scripted.explorer import Explorer

    return Explorer()


def _bargainer(**settings: Any) -> Agent:
    from adaptarium.agents.negotiation import Bargainer

    return _with("bargainer", Bargainer, settings)


def _coached(**settings: Any) -> Agent:
    from adaptarium.agents.negotiation import coached

    return _with("coached", coached, settings)


def _with(name: str, make: Callable[..., Agent], settings: dict[str, Any]) -> Agent:
    """What ``make`` gives; settings that it does not know are refused."""
    known = inspect.signature(make).parameters
    for setting in settings:
        if setting not in known:
            raise unknown_name(f"setting of agent {name}", setting, known)
    return make(**settings)


BUILT_IN: dict[str, Callable[[], Agent]] = {
    "random": _random,
    "reference": _reference,
    "explorer": _explorer,
    **factories(),
    "mcts": _mcts,
    "bargainer": _bargainer,
    "coached": _coached,
}
WITH_SETTINGS: dict[str, Callable[..., Agent]] = {
    "mcts": _mcts,
    "bargainer": _bargainer,
    "coached": _coached,
}
"""Those that an agent file may give settings to."""


def load_agent(agent: str | Agent, language: Settings | None = None) -> Agent:
    """The agent of a name, or the object itself where it is one already.

    Args:
        agent: ``"random"``, ``"reference"``, ``"explorer"`` (of continuous mazes), ``"bargainer"``
            and ``"coached"`` (negotiators, see :mod:`adaptarium.agents.negotiation`), a bandit
            policy such as ``"ucb1"`` (see :data:`adaptarium.agents.bandit.POLICIES`), ``"mcts"``,
            an agent file (TOML: a line ``agent = "mcts"``, and its settings by name), the folder of
            a run,
            ``"llm:MODEL@BASE_URL"`` (see :mod:`adaptarium.agents.language`), ``"module:factory"``
            (called without arguments; modules in the working directory are found too), or an object
            with ``act(observation, info)``.
        language: How language models are asked.

    Raises:
        UnknownNameError: the name is none of these.
        AgentError: the factory fails, or gives something that cannot act; or an address of a
            language model is malformed.
        RunError: the run's folder is damaged.
    """
    model = language_agent(agent, language)
    if model is not None:
        return model
    if not isinstance(agent, str):
        return _checked(agent, type(agent).__name__)
    if agent in BUILT_IN:
        return BUILT_IN[agent]()
    if agent.endswith(".toml"):
        return _from_file(Path(agent))
    if is_run(agent):
        from adaptarium.agents.rl.policy import run_agent

        return run_agent(agent)
    module, colon, factory = agent.partition(":")
    if colon and module and factory:
        return _checked(_made(module, factory), agent)
    meant_model = agent.startswith(FORM.partition(":")[0])
    choices = [FORM] if meant_model else [*BUILT_IN, FORM, *_runs_near(agent)]
    raise unknown_name("agent", agent, choices)


def agent_name(agent: str | Agent) -> str:
    """How results call an agent: its name, or its class where it is an object without one."""
    name = agent if isinstance(agent, str) else getattr(agent, "name", None)
    return name if isinstance(name, str) else type(agent).__name__


def _from_file(path: Path) -> Agent:
    """The built-in agent of an agent file, with its settings."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise AgentError(f"agent file {path}: {problem}") from None
    name = data.pop("agent", None)
    if not isinstance(name, str):
        raise AgentError(f'agent file {path}: agent = {name!r}; expected for example "mcts"')
    if name not in WITH_SETTINGS:
        raise unknown_name("agent with settings", name, WITH_SETTINGS)
    try:
        return WITH_SETTINGS[name](**data)
    except (FactorError, UnknownNameError) as problem:
        raise AgentError(f"agent file {path}: {problem}") from None


def _checked(found: Any, name: str) -> Agent:
    if not callable(getattr(found, "act", None)):
        raise AgentError(
            f"agent {name!r} is a {type(found).__name__} without act(observation, info)"
        )
    agent: Agent = found
    return agent


def _made(module: str, factory: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    name = f"agent '{module}:{factory}'"
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as problem:  # a stranger's module may raise anything
        raise AgentError(f"{name}: {_told(problem)}") from problem
    made = getattr(found, factory, None)
    if made is None:
        public = [word for word in dir(found) if not word.startswith("_")]
        raise unknown_name(f"factory of module {module}", factory, public)
    if not callable(made):
        return made
    try:
        inspect.signature(made).bind()
    except ValueError:  # written in C: its signature is not known
        pass
    except TypeError as problem:
        raise AgentError(f"{name}: {problem}; expected a factory that takes no arguments") from None
    try:
        return made()
    except (Exception, SystemExit) as problem:
        raise AgentError(f"{name}: {_told(problem)}") from problem


def _told(problem: BaseException) -> str:
    """What was raised, in one line; a module that is not there says so by itself."""
    if isinstance(problem, ModuleNotFoundError):
        return str(problem)
    return f"{type(problem).__name__}: {problem}"


def _runs_near(name: str) -> list[str]:
    """The training runs in the folder that ``name`` points into."""
    try:
        parent = Path(name).parent
        return [str(path) for path in sorted(parent.iterdir()) if path.is_dir() and is_run(path)]
    except OSError:
        return []
