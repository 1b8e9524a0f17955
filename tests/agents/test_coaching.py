"""Coaching: what is said reaches the critic, what it advises reaches the player."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.negotiation import (
    Advised,
    Bargainer,
    LanguageCritic,
    RuleCritic,
    coach,
    coach_many,
    relationship,
)
from adaptarium.agents.negotiation.bargainer import ADVICE
from adaptarium.envs.core.errors import AgentError, FactorError

CAKE = [o / 20 for o in range(21)]
LEVEL = {
    "issues": [21],
    "parties": [
        {"utilities": CAKE, "reservation": 0.2, "kind": "tough"},
        {"utilities": CAKE[::-1], "reservation": 0.3, "kind": "linear"},
    ],
    "first": 0,
    "max_steps": 256,
}
WORLD = adaptarium.world("Price-v0", records=(LEVEL,))


def test_a_bargainer_concedes_from_its_opening_to_its_demand() -> None:
    tough = {**LEVEL, "parties": [LEVEL["parties"][0], {**LEVEL["parties"][1], "kind": "tough"}]}
    world = adaptarium.world("Price-v0", records=(tough,), **{"transition.deadline": 10})
    (game,) = coach(world, Bargainer(opening=1.0, demand=0.5), RuleCritic(), games=1)
    asked = [
        int(line.split()[-1]) for line in game.transcript if line.startswith("player_0: offer")
    ]
    t = np.arange(10) / 10
    expected = np.ceil((0.2 + 0.8 * (1 - 0.5 * t)) * 20 - 1e-4)
    assert asked == expected.astype(int).tolist()
    assert not game.deal
    assert np.isnan(game.price)
    assert game.utility == pytest.approx(0.2)
    assert game.transcript[-1] == "no deal"


def test_the_transcript_tells_both_sides_and_the_end() -> None:
    (game,) = coach(WORLD, Bargainer(demand=0.0), RuleCritic(), games=1)
    assert game.deal
    speakers = [line.split(":")[0] for line in game.transcript[:4]]
    assert speakers == ["player_0", "player_1", "player_0", "player_1"]
    deal = int(game.transcript[-1].removeprefix("deal: offer "))
    assert game.utility == pytest.approx(CAKE[deal])
    assert game.price == pytest.approx(deal / 21)
    # The shares of the cake over what no deal is worth, 0.2 and 0.3.
    assert game.gained == pytest.approx(((deal / 20 - 0.2) / 0.8, (0.7 - deal / 20) / 0.7))
    assert game.advice == ()


def test_advice_turns_the_dials_and_unknown_words_do_not() -> None:
    player = Bargainer(opening=0.8, demand=0.4, exponent=2.0)
    player.take(["Be nice.", *RuleCritic().advise(coach(WORLD, player, RuleCritic(), games=1)[0])])
    assert player.dials.opening == pytest.approx(0.85)
    assert player.dials.demand == pytest.approx(0.5)
    assert player.dials.exponent == pytest.approx(3.0)
    for _ in range(50):
        player.take(list(ADVICE))
    assert 0 <= player.dials.demand <= 1


def test_a_series_is_pressed_until_no_deal_is_left() -> None:
    games = coach(WORLD, Bargainer(demand=0.2), RuleCritic(), games=8)
    assert games[0].deal
    assert any(not game.deal for game in games)
    prices = [game.price for game in games if game.deal]
    assert prices[-1] > prices[0]
    assert [len(game.advice) for game in games] == [3] * 7 + [0]


def test_the_relationship_suffers_from_pressing_and_from_threats() -> None:
    games = coach(WORLD, Bargainer(demand=0.2), RuleCritic(), games=4)
    theirs = [game.gained[1] for game in games]
    change = sum(theirs[1:]) / 3 - theirs[0]
    assert change < 0
    assert relationship(games) == pytest.approx(5 * change)
    assert relationship(games[::-1]) > 0
    threatened = [games[0], replace(games[1], threats=1), *games[2:]]
    assert relationship(threatened) == pytest.approx(5 * change - 1)
    assert relationship([replace(game, threats=9) for game in games]) == -5
    with pytest.raises(FactorError, match="1 games: expected 2 at least"):
        relationship(games[:1])


def test_the_command_line_names_a_bargainer_and_one_that_was_coached(tmp_path: Path) -> None:
    plain, coached = load_agent("bargainer"), load_agent("coached")
    assert isinstance(plain, Bargainer)
    assert isinstance(coached, Bargainer)
    assert coached.dials != plain.dials
    path = tmp_path / "hard.toml"
    path.write_text('agent = "bargainer"\ndemand = 0.9\n')
    hard = load_agent(str(path))
    assert isinstance(hard, Bargainer)
    assert hard.dials.demand == 0.9
    again = tmp_path / "again.toml"
    again.write_text(f'agent = "coached"\nplayer = "{path.as_posix()}"\ndomains = 1\n')
    advised = load_agent(str(again))
    assert isinstance(advised, Bargainer)
    assert advised.dials.demand in (pytest.approx(0.85), pytest.approx(1.0))


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ('agent = "bargainer"\ndemands = 0.9\n', AgentError, "demands.*demand"),
        ('agent = "bargainer"\ndemand = 2\n', AgentError, "from 0 to 1"),
        ('agent = "coached"\ngames = 1\n', AgentError, "whole number from 2 on"),
        ('agent = "coached"\nworld = "Empty-v0"\n', AgentError, "expected negotiation"),
    ],
)
def test_settings_that_are_none_are_refused(
    tmp_path: Path, text: str, error: type[Exception], match: str
) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(text)
    with pytest.raises(error, match=match):
        load_agent(str(path))


def test_series_do_not_depend_on_those_beside_them() -> None:
    world = adaptarium.world("Price-v0", num_levels=6)
    several = coach_many(world, [Bargainer() for _ in range(4)], RuleCritic(), games=3)
    alone = coach_many(world, [Bargainer()], RuleCritic(), games=3)
    assert several[0] == alone[0]
    assert len({game[0].transcript for game in several}) > 1


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[Any]]]:
    """The address of a model that always says the same, and what it was asked."""
    asked: list[Any] = []

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
            asked.append(messages)
            critic = "critic" in messages[0]["content"]
            said = "Well:\n1. Smile.\n- Concede later.\n* Wait.\n- More." if critic else "walk away"
            self.send_response(200)
            self.end_headers()
            answer = {"choices": [{"message": {"role": "assistant", "content": said}}]}
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"llm:stand-in@http://127.0.0.1:{server.server_port}/v1", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_model_coaches_a_model(endpoint: tuple[str, list[Any]]) -> None:
    name, asked = endpoint
    first, second = coach(WORLD, Advised(name), LanguageCritic(name), games=2)
    assert first.transcript == ("player_0: walk away", "no deal")
    assert first.advice == ("Smile.", "Concede later.", "Wait.")
    assert second.advice == ()
    before, question, after = asked
    assert "Advice of your coach" not in before[-1]["content"]
    assert "player_0: walk away" in question[1]["content"]
    assert "Advice of your coach" in after[-1]["content"]
    assert "- Smile.\n- Concede later.\n- Wait.\n" in after[-1]["content"]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Bargainer(demand=1.5), FactorError),
        (lambda: Advised(Bargainer()), AgentError),
        (lambda: coach(WORLD, Bargainer(), RuleCritic(), games=0), FactorError),
        (lambda: coach(adaptarium.world("Empty-v0"), Bargainer(), RuleCritic()), FactorError),
    ],
)
def test_what_cannot_be_coached_is_refused(make: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="expected"):
        make()
