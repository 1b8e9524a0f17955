"""Environments of others, as they are: any Gymnasium id and any PettingZoo module.

=====================  ==========================================================================
``gym:ID``             what ``gymnasium.make("ID")`` makes: ``gym:CartPole-v1``, or
                       ``gym:MODULE:ID`` where a module registers the id when it is imported
``pettingzoo:MODULE``  what ``MODULE.parallel_env()`` makes, or ``MODULE.env()`` where agents act in
                       turn alone: ``pettingzoo:mpe2.simple_spread_v3``
=====================  ==========================================================================

Modules in the working directory are found too. Overrides, and shifts by name, are arguments of the
constructor; a plan of interface shifts wraps the environment. These environments have no levels:
the seed of an episode is its level. Random play is measured on seeds of its own; what good play is
worth only the user can say. An episode that goes on for ``max_steps`` is cut: by default after
``MAX_STEPS`` where the environment names no limit.

An agent is given one observation at a time, just as the environment gives it, and in ``info`` the
entries ``first``, ``step``, ``seed``, ``reward`` and ``mission`` of
:mod:`adaptarium.agents.protocol`, ``action_space``, and ``mask`` where the environment gives an
``action_mask``. In a PettingZoo environment the observation, the mask, the space, the reward and
the answer are dicts by the names of the agents that act now: all that are still in the game, or the
one whose turn it is.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.agents.loading import load_agent
from adaptarium.agents.protocol import Agent, is_batched
from adaptarium.agents.scripted.random import RandomAgent
from adaptarium.agents.scripted.reference import ReferenceAgent
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import AgentError, FactorError, ShiftError, unknown_name
from adaptarium.evaluation.failures import EvaluationError, described
from adaptarium.evaluation.games import Game, ParallelGame, Purse, SingleGame, TeamPurse, TurnGame
from adaptarium.evaluation.place import note
from adaptarium.evaluation.playing import SeatListener
from adaptarium.evaluation.scores import EpisodeResult
from adaptarium.evaluation.shifting import pays
from adaptarium.wrappers.interface import wrap
from adaptarium.wrappers.spec import ShiftPlan

RANDOM_EPISODES = 200
"""Random episodes behind an environment's random return ..."""

RANDOM_STEPS = 100_000
"""... or fewer, once they have had this many steps together: strangers can be slow."""

RANDOM_AT_ONCE = 20

MAX_STEPS = 10_000
"""Steps after which an episode is cut where neither the environment nor the user sets a limit."""

SEEDS = 2**30
"""Episodes have seeds below this, random play from here on; both fit what old generators take."""

Listener = Callable[[int], None]


@dataclass(frozen=True)
class ForeignWorld:
    """A Gymnasium or PettingZoo environment by its name.

    Attributes:
        id: The name with its prefix, for example ``"gym:CartPole-v1"``.
        settings: Arguments of the constructor.
        reference_return: What good play returns in an episode, where the user says so.
        max_steps: Steps after which an episode is cut; ``None``: see ``MAX_STEPS``.
    """

    id: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    reference_return: float | None = None
    max_steps: int | None = None

    def override(self, **settings: Any) -> ForeignWorld:
        """The environment with other arguments of its constructor."""
        return replace(self, settings={**self.settings, **settings})

    def with_reference(self, value: float) -> ForeignWorld:
        """The environment with the return of good play.

        Raises:
            FactorError: the value is not finite.
        """
        if not math.isfinite(value):
            raise FactorError(f"reference return of {self.id} = {value}; expected a finite number")
        return replace(self, reference_return=float(value))

    def limit(self, game: Game) -> int | None:
        """Steps after which the evaluator cuts an episode of ``game``; ``None``: never."""
        if self.max_steps is None and game.time_limit is None:
            return MAX_STEPS
        return self.max_steps

    def game(self, shift: ShiftPlan | None = None) -> Game:
        """The environment, ready for a first ``reset``, under interface shifts where given.

        Raises:
            UnknownNameError: there is no such environment.
            FactorError: its constructor does not take the settings.
            EvaluationError: it cannot be made.
            ShiftError: the shifts do not fit its spaces.
        """
        kind, _, name = self.id.partition(":")
        _find_modules_here()
        return _KINDS[kind](self.id, name, dict(self.settings), shift)


def is_foreign(name: object) -> bool:
    """Whether a world's name has the prefix of a foreign environment."""
    return isinstance(name, str) and name.partition(":")[0] in _KINDS and ":" in name


def foreign_world(name: str) -> ForeignWorld:
    """The environment of a prefixed name; it is made when it is played.

    Raises:
        UnknownNameError: nothing follows the prefix.
    """
    kind, _, rest = name.partition(":")
    if not rest:
        raise unknown_name("world", name, [_EXAMPLES[kind]])
    return ForeignWorld(name)


def check_foreign(
    world: ForeignWorld, agents: Sequence[Agent | str], shift: ShiftPlan | None = None
) -> None:
    """Refuse what cannot be made, and agents that cannot play it, before anything is played.

    Raises:
        UnknownNameError, FactorError, EvaluationError, ShiftError: as :meth:`ForeignWorld.game`.
        AgentError: an agent plays our own worlds only.
    """
    world.game(shift).close()
    for agent in agents:
        foreign_player(world, load_agent(agent))


def _find_modules_here() -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)


def _gymnasium(world: str, name: str, settings: dict[str, Any], shift: ShiftPlan | None) -> Game:
    import gymnasium

    try:
        env = gymnasium.make(name, disable_env_checker=True, **settings)
    except gymnasium.error.UnregisteredEnv:
        raise unknown_name("Gymnasium environment", name, gymnasium.registry) from None
    except Exception as problem:  # a stranger's constructor may raise anything
        raise _not_made(world, settings, problem) from problem
    purse = Purse(env) if pays(shift) else None
    return SingleGame(_shifted(purse or env, shift), purse)


def _pettingzoo(world: str, name: str, settings: dict[str, Any], shift: ShiftPlan | None) -> Game:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as problem:
        raise EvaluationError(
            f"{world} cannot be imported: {problem}; expected a module with parallel_env()"
        ) from None
    except Exception as problem:  # a stranger's module may raise anything
        raise EvaluationError(f"{world} cannot be imported: {described(problem)}") from problem
    together, in_turn = (getattr(module, part, None) for part in ("parallel_env", "env"))
    maker = together if callable(together) else in_turn
    if not callable(maker):
        found = ", ".join(part for part in dir(module) if "env" in part) or "nothing of the kind"
        raise EvaluationError(f"{world} has neither parallel_env() nor env(); found {found}")
    try:
        env = maker(**settings)
    except Exception as problem:  # a stranger's constructor may raise anything
        raise _not_made(world, settings, problem) from problem
    if maker is not together:
        return TurnGame(_shifted(env, shift), env if pays(shift) else None)
    purse = TeamPurse(env) if pays(shift) else None
    return ParallelGame(_shifted(purse or env, shift), purse)


def _shifted(env: Any, shift: ShiftPlan | None) -> Any:
    if shift is None:
        return env
    try:
        return wrap(env, shift)
    except ShiftError:
        env.close()
        raise


def _not_made(world: str, settings: Mapping[str, Any], problem: Exception) -> Exception:
    if settings and isinstance(problem, TypeError):
        return FactorError(f"{world}: settings {dict(settings)}: {problem}")
    return EvaluationError(f"{world} cannot be made: {described(problem)}")


_KINDS: dict[str, Callable[[str, str, dict[str, Any], ShiftPlan | None], Game]] = {
    "gym": _gymnasium,
    "pettingzoo": _pettingzoo,
}
_EXAMPLES = {"gym": "gym:CartPole-v1", "pettingzoo": "pettingzoo:mpe2.simple_spread_v3"}
PREFIXES = tuple(f"{kind}:" for kind in _KINDS)


class _Random:
    """Samples the action space, valid actions only where the environment says which are."""

    def act(self, observation: Any, info: Mapping[str, Any]) -> Any:
        """An action, or one for each agent in the game."""
        space, mask = info["action_space"], info.get("mask")
        if not isinstance(space, dict):
            return self._drawn(space, mask, info, 0)
        masks = mask or {}
        return {
            name: self._drawn(space[name], masks.get(name), info, k) for k, name in enumerate(space)
        }

    @staticmethod
    def _drawn(space: Any, mask: Any, info: Mapping[str, Any], k: int) -> Any:
        if info["first"]:
            space.seed(run_seed(info["seed"] + k) % SEEDS)
        return space.sample(_int8(mask))


def _int8(mask: Any) -> Any:
    """A mask of whatever numbers as Gymnasium's spaces take it."""
    if isinstance(mask, tuple):
        return tuple(_int8(part) for part in mask)
    if isinstance(mask, Mapping):
        return {name: _int8(part) for name, part in mask.items()}
    return None if mask is None else np.asarray(mask, np.int8)


def foreign_player(world: ForeignWorld, agent: Agent) -> Agent:
    """The agent as one that can play ``world``.

    Raises:
        AgentError: it needs a batch of our own worlds, or the state of one.
    """
    if isinstance(agent, RandomAgent):
        return _Random()
    if isinstance(agent, ReferenceAgent):
        raise AgentError(
            f"agent 'reference' cannot play {world.id}: only our own worlds have a reference "
            "player; expected random or module:factory (--reference-return gives the score its one)"
        )
    if is_batched(agent):
        raise AgentError(
            f"agent {type(agent).__name__} plays batches of our own worlds and cannot play "
            f"{world.id}; expected one that takes an observation at a time"
        )
    return agent


def foreign_seeds(episodes: int, seed: int) -> list[int]:
    """The seeds of a cell's episodes, one after the other."""
    first = run_seed(seed) % (SEEDS - episodes)
    return list(range(first, first + episodes))


def random_episodes(world: ForeignWorld) -> list[EpisodeResult]:
    """Random play on seeds that no cell plays."""
    done: list[EpisodeResult] = []
    while len(done) < RANDOM_EPISODES and sum(e.length for e in done) < RANDOM_STEPS:
        first = SEEDS + len(done)
        done += play_foreign(world, RandomAgent(), range(first, first + RANDOM_AT_ONCE))
    return done


def play_foreign(
    world: ForeignWorld,
    agent: Agent,
    seeds: Sequence[int],
    listener: Listener = lambda _done: None,
    on_seats: SeatListener = lambda _seed, _returns: None,
    shift: ShiftPlan | None = None,
) -> list[EpisodeResult]:
    """Play one episode for each seed, one after the other.

    Args:
        world: The environment.
        agent: An agent of one episode at a time, or the built-in ``random``.
        seeds: The seeds that the environment is reset with.
        listener: Called with the number of episodes that are finished.
        on_seats: Called with the seed of each finished episode and the returns of its agents, in
            the order of ``possible_agents``.
        shift: Interface shifts that every episode follows, counted from its beginning.

    Raises:
        AgentError: the agent cannot play, raises, or answers with what is no action.
        EvaluationError: the environment raises.
    """
    player, game = foreign_player(world, agent), world.game(shift)
    done: list[EpisodeResult] = []
    try:
        for seed in seeds:
            done.append(_episode(world, game, player, int(seed), pays(shift)))
            on_seats(int(seed), list(game.returns.values()))
            listener(len(done))
    finally:
        game.close()
    return done


def _episode(world: ForeignWorld, game: Game, agent: Agent, seed: int, told: bool) -> EpisodeResult:
    step, total, proxy, limit = 0, 0.0, 0.0, world.limit(game)
    try:
        game.reset(seed)
        while not game.over and step != limit:
            note(seed, step)
            total += game.step(_answer(world, game, agent, seed, step))
            proxy += game.told
            step += 1
    except AgentError as problem:
        raise AgentError(f"episode seed {seed}, step {step}: {problem}") from problem
    except Exception as problem:  # a stranger's environment may raise anything
        where = f"episode seed {seed}, step {step}"
        raise EvaluationError(f"{where}: the environment: {described(problem)}") from problem
    return EpisodeResult(
        level_hash=f"{seed:016x}",
        seed=seed,
        episode_return=total,
        length=step,
        terminated=game.over and game.terminated,
        solved=game.solved,
        cut=not game.over,
        told_return=proxy if told else None,
    )


def _answer(world: ForeignWorld, game: Game, agent: Agent, seed: int, step: int) -> Any:
    info: dict[str, Any] = {
        "first": step == 0,
        "step": step,
        "seed": seed,
        "reward": game.reward,
        "mission": f"Earn as much reward as you can in {world.id}.",
        "action_space": game.action_space,
    }
    if game.mask is not None:
        info["mask"] = game.mask
    name = type(agent).__name__
    try:
        action = agent.act(game.observation, info)
    except Exception as problem:  # a stranger's agent may raise anything
        raise AgentError(f"agent {name}: {described(problem)}") from problem
    try:
        return game.fitting(action)
    except ValueError as problem:
        raise AgentError(f"agent {name} gave {problem}") from None
