"""Games of people as references: recorded by ``adaptarium play``, replayed before they count.

A file of games is JSON Lines, one finished game a line, with its level and its actions. A game
holds wherever its rules do: it is known by the family, a digest of the rules and the level, so
games on a level file or on a split count for the world that it is of. An evaluation shows them as
the agent ``human``, on the levels that people have played, beside random play and the reference.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium._version import __version__
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AdaptariumError, ResultsError
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.truth import TRUE_RETURN, has_truth
from adaptarium.envs.core.world import SPLITS, World
from adaptarium.evaluation.json_lines import append_lines, typed, whole_lines
from adaptarium.evaluation.playing import level_name
from adaptarium.evaluation.protocol import LevelSet, level_references
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.scores import EpisodeResult, score_world

SCHEMA = "adaptarium-games/1"
HUMAN = "human"
"""How results call the people of a file."""
TOLERANCE = 1e-6
DIGITS = 12


@dataclass(frozen=True, slots=True)
class HumanGame:
    """One finished game of a person.

    Attributes:
        schema_name: ``SCHEMA``.
        version: The version of the package that it was played with.
        family: The family of the world.
        world: The id of the world as it was called.
        rules: Digest of the world's rules.
        player: The name that the player gave; may be empty.
        attempt: 1 for the player's first game on the level in the session, and so on: games that
            were given up count.
        seed: Of the episode.
        split: The split that the level lies in.
        level_hash: The level's canonical content hash.
        level: The level in readable form.
        actions: One a step; a list of the agents' actions where there are several.
        episode_return: Undiscounted sum of rewards, over all agents.
        length: Steps.
        solved: Whether the world's own criterion of success was met.
        true_return: As in :class:`~adaptarium.evaluation.scores.EpisodeResult`.
    """

    __pydantic_config__ = {"extra": "forbid"}

    schema_name: str
    version: str
    family: str
    world: str
    rules: str
    player: str
    attempt: int
    seed: int
    split: str
    level_hash: str
    level: dict[str, Any]
    actions: tuple[Any, ...]
    episode_return: float
    length: int
    solved: bool
    true_return: float | None


def rules_digest(world: World) -> str:
    """What tells the rules of a world from others, whatever its levels and its name."""
    text = dumps(world.rules.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:DIGITS]


def game_of(
    world: World, batch: Batch, seed: int, actions: Sequence[Any], player: str, attempt: int
) -> HumanGame:
    """The game that has just ended in slot 0 of a batch of ``world``, played by ``actions``."""
    w = batch.w
    row = int(w.core["level"][0])
    info, measures = w.info[row], w.final_metrics[0]
    return HumanGame(
        schema_name=SCHEMA,
        version=__version__,
        family=world.family.name,
        world=world.id,
        rules=rules_digest(world),
        player=player,
        attempt=attempt,
        seed=seed,
        split=SPLITS[int(info["split"])],
        level_hash=level_name(info["content"]),
        level=world.family.module("level").read(w, row),
        actions=tuple(actions),
        episode_return=float(w.final_returns[0].sum()),
        length=len(actions),
        solved=bool(measures["success"]),
        true_return=float(measures[TRUE_RETURN]) if has_truth(world) else None,
    )


def save_game(path: str | Path, game: HumanGame) -> None:
    """Add a game to a file and wait until it is on the disk; folders on the way are made.

    Raises:
        ResultsError: the file cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        append_lines(path, dumps(asdict(game)).encode("utf-8") + b"\n")
    except OSError as problem:
        raise ResultsError(f"{path}: {problem.strerror or problem}") from None


def read_games(path: str | Path) -> list[HumanGame]:
    """The games of a file, in the order in which they ended.

    Raises:
        ResultsError: there is no such file, or a line is no game.
    """
    path = Path(path)
    if not path.is_file():
        raise ResultsError(f"{path} is no file of games; adaptarium play --record makes one")
    games = []
    for number, line in enumerate(whole_lines(path), start=1):
        what = f"{path.name}, line {number}"
        game = typed(HumanGame, line, what)
        if game.schema_name != SCHEMA:
            raise ResultsError(f"{what}: schema {game.schema_name!r}; expected {SCHEMA!r}")
        games.append(game)
    return games


def games_of(world: World, games: Sequence[HumanGame], split: str = "all") -> list[HumanGame]:
    """The games that were played by the rules of ``world``, on levels of ``split``."""
    rules = rules_digest(world)
    return [
        game
        for game in games
        if (game.family, game.rules) == (world.family.name, rules)
        and (split in ("all", game.split) or not world.is_split())
    ]


def replay(world: World, game: HumanGame, what: str = "game") -> None:
    """Play a game again.

    Raises:
        ResultsError: its level or its actions are none of the world's, or it comes out otherwise
            than the file says.
    """
    try:
        batch = Batch([world.override(records=(game.level,), split="all")], 1, autoreset="disabled")
    except AdaptariumError as problem:
        raise ResultsError(f"{what}: {problem}") from None
    batch.reset(seed=game.seed)
    found = level_name(batch.w.info["content"][batch.w.core["level"][0]])
    if found != game.level_hash:
        raise ResultsError(f"{what}: level {game.level_hash}, but the level's hash is {found}")
    for step, action in enumerate(game.actions):
        if batch.w.core["ended"][0]:
            raise ResultsError(f"{what}: the game is over after {step} of {game.length} steps")
        try:
            batch.w.actions[0] = np.asarray(action, batch.w.actions.dtype)
        except (TypeError, ValueError, OverflowError):
            raise ResultsError(f"{what}, step {step}: {action!r:.60} is no action") from None
        batch.step()
    if not batch.w.core["ended"][0]:
        raise ResultsError(f"{what}: the game is not over after its {game.length} steps")
    told = (game.episode_return, game.length, game.solved)
    paid = float(batch.w.final_returns[0].sum())
    solved = bool(batch.w.final_metrics["success"][0])
    if abs(paid - told[0]) > TOLERANCE or (len(game.actions), solved) != told[1:]:
        raise ResultsError(
            f"{what}: replayed it pays {paid:.6g} in {len(game.actions)} steps and is "
            f"{'solved' if solved else 'not solved'}; the file says {told[0]:.6g}, {told[1]} and "
            f"{'solved' if told[2] else 'not solved'}"
        )


def human_cell(
    world: World,
    games: Sequence[HumanGame],
    *,
    overrides: Mapping[str, Any],
    split: str,
    seed: int,
    listener: Callable[[str], None] = lambda _what: None,
) -> Cell:
    """The games of people as a cell of an evaluation, each replayed and scored on its own level.

    Args:
        world: The world as it was asked for.
        games: Games of this and other worlds.
        overrides: Changes to it, which the games were played under.
        split: The split.
        seed: The seed of the cells that it stands beside.
        listener: Told what is being done.

    Raises:
        ResultsError: no game is of this world and split, or one comes out otherwise when replayed.
        LevelError: a level has no reference.
        ScoreError: the references do not exceed random play.
    """
    begun, played = time.perf_counter(), world.override(**overrides)
    chosen = games_of(played, games, split)
    if not chosen:
        raise ResultsError(
            f"{len(games)} games of people, none of {world.id} as it is asked for on levels of "
            f"split {split!r}: record some with adaptarium play {world.id} --record FILE"
        )
    for number, game in enumerate(chosen, start=1):
        listener(f"{world.id}: {HUMAN}, replaying game {number} of {len(chosen)}")
        replay(played, game, f"game {number} of {world.id} (seed {game.seed})")
    levels = {game.level_hash: game.level for game in chosen}
    holding = played.override(records=tuple(levels.values()), split="all")
    references = level_references(LevelSet(holding, tuple(levels), False), listener)
    episodes = tuple(
        EpisodeResult(
            level_hash=game.level_hash,
            seed=game.seed,
            episode_return=game.episode_return,
            length=game.length,
            terminated=game.solved,
            solved=game.solved,
            true_return=game.true_return,
        )
        for game in chosen
    )
    people = len({game.player for game in chosen})
    first = sum(game.attempt == 1 for game in chosen)
    note = f"{HUMAN}: {len(chosen)} games of {people} people, {first} of them first attempts."
    return Cell(
        world=world.id,
        overrides=dict(overrides),
        agent=HUMAN,
        split=split,
        shift=None,
        seed=seed,
        episodes=episodes,
        references=tuple(references),
        score=score_world(episodes, references),
        wall_seconds=time.perf_counter() - begun,
        notes=(note,),
        agent_version=games_digest(chosen),
    )


def games_digest(games: Sequence[HumanGame]) -> str:
    """What tells these games from others."""
    text = dumps([asdict(game) for game in games], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:DIGITS]
