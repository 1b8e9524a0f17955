"""Games with a critic between them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from adaptarium.agents.protocol import is_batched
from adaptarium.agents.text import EpisodeText
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import AgentError, FactorError
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.manual import menu


@dataclass(frozen=True)
class Game:
    """One negotiation of a coached player.

    Attributes:
        world_id: The world.
        manual: The world and its rules in words.
        transcript: What was said, a line each: ``player_1: offer 40``; the last one tells the end.
        deal: Whether there was a deal.
        utility: The player's utility of it, its reservation value without one.
        price: The share of outcomes that are worse for the player than the deal, which is the price
            in its favour where prices are the outcomes; NaN without a deal.
        return_: What the game paid.
        gained: Of every party, the share of what it can gain that it gained: its advantage over no
            deal in that of its best outcome; below 0 where it lost.
        threats: How often the player threatened.
        advice: What the critic said after it; nothing after the last.
    """

    world_id: str
    manual: str
    transcript: tuple[str, ...]
    deal: bool
    utility: float
    price: float
    return_: float
    gained: tuple[float, ...] = ()
    threats: int = 0
    advice: tuple[str, ...] = ()


class Coached(Protocol):
    """An agent that takes advice between games."""

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        """As every agent."""

    def take(self, advice: Sequence[str]) -> None:
        """Follow advice from the next game on."""


class Critic(Protocol):
    """Reads a game and advises its player."""

    def advise(self, game: Game) -> Sequence[str]:
        """Sentences for the player; best not about a single price."""


def relationship(games: Sequence[Game]) -> float:
    """How repeated play on one domain has changed what the others have of it, from -5 to 5.

    SOTOPIA's dimension (Zhou et al., ICLR 2024) asks whether a tie has grown or suffered; by rule,
    it is 5 times the mean over the games after the first of the change since then in the share of
    their possible gains that the other parties gained, less one for each threat of the player.

    Args:
        games: Of one player on one domain, in their order.

    Raises:
        FactorError: there are fewer than two games.
    """
    if len(games) < 2:
        raise FactorError(f"{len(games)} games: expected 2 at least, a first and a later one")
    others = [float(np.mean(game.gained[1:])) for game in games]
    change = float(np.mean(others[1:])) - others[0]
    return min(max(5.0 * change - sum(game.threats for game in games), -5.0), 5.0)


def coach(
    world: World, player: Coached, critic: Critic, *, games: int = 5, seed: int = 0
) -> list[Game]:
    """Play one domain again and again, with advice between the games.

    The opponent begins each game anew; the player keeps what it was told.

    Args:
        world: A negotiation; player_0 is coached, built-in players take the other seats.
        player: The player.
        critic: The critic.
        games: How many.
        seed: Decides the domain and all chance.

    Raises:
        FactorError: ``games`` is not positive, or the world is no negotiation.
        AgentError: the player's answers are no actions.
    """
    return coach_many(world, [player], critic, games=games, seed=seed)[0]


def coach_many(
    world: World, players: Sequence[Coached], critic: Critic, *, games: int = 5, seed: int = 0
) -> list[list[Game]]:
    """:func:`coach` for several players, each on a domain of its own where there are enough."""
    if games < 1:
        raise FactorError(f"games = {games}: expected 1 at least")
    if world.family.name != "negotiation":
        raise FactorError(f"{world.id} is of family {world.family.name!r}, expected negotiation")
    banked = world.levels.records or world.levels.num_levels
    table = _Table(world.alone() if banked else world.alone().override(num_levels=len(players)))
    start = run_seed(seed) // table.domains * table.domains
    return [
        list(_lessons(table, player, critic, games, start + run))
        for run, player in enumerate(players)
    ]


def _lessons(
    table: _Table, player: Coached, critic: Critic, games: int, seed: int
) -> Iterator[Game]:
    for number in range(games):
        # The same domain under other chance: a bank's row is the seed modulo its length.
        game = table.play(player, seed + number * table.domains)
        if number + 1 < games:
            game = replace(game, advice=tuple(critic.advise(game)))
            player.take(game.advice)
        yield game


class _Table:
    """A place to play at, made once for many games."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.batch = Batch([world], 1, autoreset="disabled")
        self.domains = int(self.batch.w.source["count"][0])
        self.manual = str(world.family.module("text").Text(world).manual())
        self.menu = menu(world)

    def play(self, player: Coached, seed: int) -> Game:
        """One game of the player, from the seed."""
        batch, step = self.batch, 0
        batch.reset(seed=[seed])
        said = list(self._said(None))
        while not batch.w.core["ended"][0]:
            action = self._asked(player, seed, step)
            batch.w.actions[0, 0] = action
            batch.step()
            said += self._said(action)
            step += 1
        return self._game(said)

    def _asked(self, player: Coached, seed: int, step: int) -> int:
        """The action of the player.

        Raises:
            AgentError: its answer is none.
        """
        batch, mask = self.batch, self.batch.masks()[0, 0].astype(np.bool_)
        seen = {name: view[0, 0] for name, view in batch.obs.items()}
        info: dict[str, Any] = {
            "first": step == 0,
            "step": step,
            "seed": seed,
            "mask": mask,
            "reward": float(batch.w.reward[0, 0]),
            "action_space": batch.action_space,
            "mission": self.world.mission,
            "text": EpisodeText(self.world, batch, 0, step),
        }
        if is_batched(player):
            seen = {name: view[None] for name, view in seen.items()}
            info = {**info, "mask": mask[None]}
        answer = np.asarray(player.act(seen, info)).reshape(-1)
        if answer.shape != (1,) or answer[0] not in range(len(mask)):
            raise AgentError(
                f"{player!r} gave {answer!r:.80}; expected an action below {len(mask)}"
            )
        return int(answer[0])

    def _said(self, action: int | None) -> Iterator[str]:
        """What the player and then each other party said since the last look."""
        w = self.batch.w
        now, record = w.state.now[0, 0], w.metrics[0]
        if action is not None:
            yield f"player_0: {self.menu[action]}"
        if now["standing"] >= 0 and now["proposer"] > 0 and not record["success"]:
            yield f"player_{now['proposer']}: {self.menu[codes.FIRST_OFFER + int(now['standing'])]}"
        if record["walked"] > 1:
            yield f"player_{record['walked'] - 1}: walk away"

    def _game(self, said: list[str]) -> Game:
        w = self.batch.w
        record, now, k = w.final_metrics[0], w.state.now[0, 0], int(w.core["level"][0])
        deal = bool(record["success"])
        price, outcome = math.nan, int(record["outcome"]) - 1
        if deal:
            values = w.levels.utilities[k, 0, : int(w.levels.head[k]["num_outcomes"])]
            price = float((values < values[outcome]).mean())
        end = f"deal: {self.menu[codes.FIRST_OFFER + outcome]}"
        return Game(
            world_id=self.world.id,
            manual=self.manual,
            transcript=(*said, end if deal else "no deal"),
            deal=deal,
            utility=float(record["utility"]),
            price=price,
            return_=float(w.final_returns[0, 0]),
            gained=self._gained(k, outcome) if deal else (0.0,) * int(now["num_parties"]),
            threats=int(record["threats"]),
        )

    def _gained(self, k: int, outcome: int) -> tuple[float, ...]:
        levels = self.batch.w.levels
        parties = levels.parties[k, : int(levels.head[k]["num_parties"])]
        advantage = levels.utilities[k, : len(parties), outcome] - parties["reservation"]
        most = np.maximum(parties["best"] - parties["reservation"], 1)
        return tuple((advantage / most).tolist())
