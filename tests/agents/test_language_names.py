"""Language models as agents: names, keys, options and the command line."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import adaptarium
from adaptarium.agents.language import LanguageAgent, Prices, Settings
from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.cli.app import app
from adaptarium.commands.cross_play import cross_play
from adaptarium.envs.core.errors import AgentError, UnknownNameError
from adaptarium.envs.core.world import load_world
from adaptarium.evaluation.cross_play import Matches
from adaptarium.evaluation.playing import play_episodes

CANARY = "sk-canary-0123456789abcdef"
SHORT = load_world("Empty-v0", size=5, **{"episode.max_steps": 2})
QUICK = Settings(timeout=1.0, backoff=0.01, retries=2)


def completion(reply: str) -> bytes:
    return json.dumps({"choices": [{"message": {"content": reply}}]}).encode()


@pytest.mark.parametrize(
    ("name", "model", "base_url"),
    [
        ("llm:m@http://localhost:8000/v1", "m", "http://localhost:8000/v1"),
        ("llm:org/m:7b@q4@https://host/api/v1/", "org/m:7b@q4", "https://host/api/v1"),
        ("llm:m@http://[::1]:80/v1", "m", "http://[::1]:80/v1"),
    ],
)
def test_well_formed_names(name: str, model: str, base_url: str) -> None:
    agent = load_agent(name, QUICK)
    assert isinstance(agent, LanguageAgent)
    assert agent_name(agent) == name
    assert (agent.address.model, agent.address.base_url) == (model, base_url)
    assert agent.concurrency == QUICK.concurrency


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("llm:", "for example llm:my-model@http://localhost:8000/v1"),
        ("llm:gpt", "did you mean 'llm:gpt@http://localhost:8000/v1'?"),
        ("llm:gpt@localhost:8000/v1", "did you mean 'llm:gpt@http://localhost:8000/v1'?"),
        ("llm:gpt@api.host.com/v1", "did you mean 'llm:gpt@https://api.host.com/v1'?"),
        ("llm:gpt@ftp://host/v1", "did you mean 'llm:gpt@https://host/v1'?"),
        ("llm:@https://host/v1", "did you mean 'llm:MODEL@https://host/v1'?"),
        ("LLM:gpt@https://host/v1", "did you mean 'llm:gpt@https://host/v1'?"),
        ("llm:gpt@https:///v1", "names no host or no valid port"),
        ("llm:gpt@https://host:99999/v1", "names no host or no valid port"),
        ("llm:gpt@https://host/v1/chat/completions", "did you mean 'llm:gpt@https://host/v1'?"),
        (f"llm:gpt@https://me:{CANARY}@host:81/v1", "did you mean 'llm:gpt@https://host:81/v1'?"),
        (f"llm:gpt@https://host/v1?key={CANARY}", "did you mean 'llm:gpt@https://host/v1'?"),
        (f"llm:gpt@me:{CANARY}@host/v1", "for example llm:my-model@http://localhost:8000/v1"),
    ],
)
def test_malformed_names_give_the_nearest(name: str, said: str) -> None:
    with pytest.raises(AgentError) as caught:
        load_agent(name)
    assert said in str(caught.value)
    assert CANARY not in str(caught.value)


def test_the_form_is_among_the_choices() -> None:
    with pytest.raises(UnknownNameError, match="llm:MODEL@BASE_URL"):
        load_agent("llm")


def test_an_environment_without_words() -> None:
    agent = LanguageAgent("llm:m@http://localhost:8000/v1")
    with pytest.raises(AgentError, match="plays in words, and this environment has none"):
        agent.act({}, {"first": True})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"concurrency": 0}, "concurrency = 0: expected an integer; the least is 1"),
        ({"tries": True}, "tries = True"),
        ({"timeout": 1e300}, "expected seconds above 0"),
        ({"timeout": float("nan")}, "timeout = nan"),
        ({"request": {"stream": True}}, "'stream' is set by the agent"),
        ({"request": {"x": object()}}, "expected what JSON can hold"),
    ],
)
def test_settings_out_of_range(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(AgentError) as caught:
        Settings(**settings)
    assert said in str(caught.value)


@pytest.mark.parametrize("words", ["", "1", "1,2,3", "a,b", "-1,2", "nan,1", "1,inf"])
def test_prices_out_of_range(words: str) -> None:
    with pytest.raises(AgentError, match="US dollars for a million tokens"):
        Prices.read(words)


# ---- the key ----


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        (None, "it wants a key: set ADAPTARIUM_API_KEY (or OPENAI_API_KEY)"),
        ("ADAPTARIUM_API_KEY", "it refuses the key in ADAPTARIUM_API_KEY"),
        ("OPENAI_API_KEY", "it refuses the key in OPENAI_API_KEY"),
    ],
)
def test_a_refused_key(
    chat: Any, monkeypatch: pytest.MonkeyPatch, variable: str | None, said: str
) -> None:
    if variable:
        monkeypatch.setenv(variable, CANARY)
    chat.fault = lambda *_: (401, {}, f'{{"error": {{"message": "bad {CANARY}"}}}}'.encode())
    with pytest.raises(AgentError) as caught:
        play_episodes(SHORT, LanguageAgent(chat.name, QUICK), [1])
    assert said in str(caught.value)
    assert variable is None or CANARY not in str(caught.value)
    assert chat.authorisations == [f"Bearer {CANARY}" if variable else None]


def test_the_first_variable_counts(chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-other-key")
    monkeypatch.setenv("ADAPTARIUM_API_KEY", f" {CANARY}\n")
    chat.player = lambda _words: "left"
    play_episodes(SHORT, LanguageAgent(chat.name, QUICK), [1])
    assert set(chat.authorisations) == {f"Bearer {CANARY}"}


def test_a_key_that_no_header_can_hold(chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTARIUM_API_KEY", f"{CANARY}\nX-Other: 1")
    with pytest.raises(AgentError, match="ADAPTARIUM_API_KEY holds blanks") as caught:
        play_episodes(SHORT, LanguageAgent(chat.name, QUICK), [1])
    assert CANARY not in str(caught.value)
    assert chat.requests == []


def test_a_redirection_is_not_followed(chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTARIUM_API_KEY", CANARY)
    chat.fault = lambda *_: (302, {"Location": f"http://127.0.0.1:{chat.port}/elsewhere"}, b"")
    with pytest.raises(AgentError, match="a redirection; give the base URL itself"):
        play_episodes(SHORT, LanguageAgent(chat.name, QUICK), [1])
    assert len(chat.requests) == 1


def test_a_model_that_does_not_exist(chat: Any) -> None:
    chat.fault = lambda *_: (404, {}, b'{"error": {"message": "no model"}}')
    with pytest.raises(AgentError, match="HTTP 404: no model; it has no model 'test-model'"):
        play_episodes(SHORT, LanguageAgent(chat.name, QUICK), [1])
    assert len(chat.requests) == 1


def test_the_key_is_nowhere(
    chat: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ADAPTARIUM_API_KEY", CANARY)
    caplog.set_level(logging.DEBUG)
    echo = f'{{"error": {{"message": "key {CANARY}"}}}}'.encode()

    def leak(_server: Any, number: int, _request: Any) -> Any:
        if number % 3 == 1:
            return (500, {"Retry-After": "0"}, echo)
        return completion(f"You sent {CANARY}.\nAction: left") if number < 12 else (400, {}, echo)

    chat.fault = leak
    words = ["evaluate", "--worlds", "Empty-v0", "--set", "size=5", "--episodes", "2", "--retries"]
    words += ["3", "--agents", chat.name, "--out", str(tmp_path / "r"), "--no-pictures"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert set(chat.authorisations) == {f"Bearer {CANARY}"}, "the endpoint never got the key"
    files = [path for path in (tmp_path / "r").rglob("*") if path.is_file()]
    (transcript,) = [path for path in files if path.parent.name == "transcripts"]
    assert "You sent [key]." in transcript.read_text(encoding="utf-8")
    assert "HTTP 400: key [key]" in result.output
    agent = LanguageAgent(chat.name)
    told = [path.read_text(encoding="utf-8") for path in files]
    told += [result.output, result.stderr, repr(result.exception), *capfd.readouterr()]
    told += [caplog.text, repr(agent), repr(vars(agent)), repr(vars(agent.client))]
    assert [text for text in told if CANARY in text] == []


# ---- the command line ----


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--agents", "llm:m"], "did you mean 'llm:m@http://localhost:8000/v1'?"),
        (["--agents", "random", "--prices", "free"], "expected PROMPT,COMPLETION"),
        (["--agents", "random", "--concurrency", "0"], "the nearest valid is 1"),
        (["--agents", "random", "--request", "n=2"], "request field 'n' is set by the agent"),
    ],
)
def test_refusals_are_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    out = tmp_path / "r"
    result = CliRunner().invoke(
        app, ["evaluate", "--worlds", "Empty-v0", *words, "--out", str(out)]
    )
    assert result.exit_code != 0
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not out.exists()


def test_options_reach_the_requests(chat: Any, tmp_path: Path) -> None:
    chat.player = lambda _words: "right"
    words = ["evaluate", "--worlds", "Empty-v0", "--set", "size=5", "--set", "episode.max_steps=8"]
    words += ["--episodes", "2", "--agents", f"{chat.name},random", "--out", str(tmp_path / "r")]
    words += ["--history", "0", "--request", "temperature=0", "--prices", "0.5,1.5", "--json"]
    result = CliRunner().invoke(app, [*words, "--no-pictures"])
    assert result.exit_code == 0, result.output
    assert {len(request["messages"]) for request in chat.requests} == {2}
    assert {request["temperature"] for request in chat.requests} == {0}
    first, second = json.loads(result.stdout)["cells"]
    assert (first["agent"], second["agent"]) == (chat.name, "random")
    assert "0.0010 USD" in first["notes"][-1]


def test_cross_play_keeps_a_transcript_of_each_match_and_model(chat: Any, tmp_path: Path) -> None:
    chat.player = lambda _words: "stay"
    terms: dict[str, Any] = {"episodes": 2, "split": "all", "out": tmp_path}
    world = adaptarium.world(
        "Foraging-v0", size=5, food=1, num_levels=1, **{"episode.max_steps": 3}
    )
    cross_play(world, [chat.name, "random"], language=Settings(prices=Prices(1.0, 2.0)), **terms)
    files = sorted((tmp_path / "transcripts").iterdir())
    assert len(files) == 3  # with itself, and at either seat beside the other
    seats = []
    for path in files:
        told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        asked = [line for line in told if line["kind"] == "exchange"]
        seats.append(tuple(sorted({line["seat"] for line in asked})))
        assert {line["step"] for line in asked} == {0, 1, 2}
        assert told[-1]["kind"] == "usage"
    assert sorted(seats) == [(0,), (0, 1), (1,)]
    notes = [match.notes[-1] for match in Matches(tmp_path).read().values() if match.notes]
    assert sum("USD" in note for note in notes) == 3
    asked_before = len(chat.requests)
    cross_play(world, [chat.name, "random"], language=Settings(prices=Prices(1.0, 2.0)), **terms)
    assert len(chat.requests) == asked_before
