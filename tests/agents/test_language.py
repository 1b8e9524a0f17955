"""Language models as agents, against a server on this machine that plays, lies, stalls and dies."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import adaptarium
from adaptarium.agents.language import LanguageAgent, Prices, Settings
from adaptarium.agents.loading import load_agent
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.world import load_world
from adaptarium.evaluation.failures import EvaluationError
from adaptarium.evaluation.in_flight import UnfinishedError
from adaptarium.evaluation.playing import play_episodes

FULL = {"observation.view": "full", "observation.signals": True, "observation.occlusion": False}
DOORKEY = load_world("DoorKey-v0", size=5, **FULL)
SEEDS = [11, 12, 13, 14]
QUICK: dict[str, Any] = {"timeout": 0.3, "backoff": 0.01, "retries": 3}


def quick(**settings: Any) -> Settings:
    return Settings(**{**QUICK, **settings})


def lines(path: Path, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in found if line["kind"] == kind]


def completion(reply: Any, **fields: Any) -> bytes:
    return json.dumps({"choices": [{"message": {"content": reply}}], **fields}).encode()


def reference_lengths(world: Any, seeds: list[int]) -> list[int]:
    return [episode.length for episode in play_episodes(world, load_agent("reference"), seeds)]


# ---- play ----


def test_a_model_that_reads_reaches_the_reference(chat: Any, tmp_path: Path) -> None:
    agent = LanguageAgent(chat.name, quick(history=2), tmp_path / "t.jsonl")
    episodes = play_episodes(DOORKEY, agent, SEEDS)
    assert [episode.length for episode in episodes] == reference_lengths(DOORKEY, SEEDS)
    assert all(episode.solved for episode in episodes)
    manual = DOORKEY.text().manual()
    assert all(r["messages"][0] == {"role": "system", "content": manual} for r in chat.requests)
    assert {len(r["messages"]) for r in chat.requests} == {2, 4, 6}
    assert all(r["model"] == "test-model" for r in chat.requests)
    asked = lines(tmp_path / "t.jsonl", "exchange")
    assert len(asked) == len(chat.requests) == sum(episode.length for episode in episodes)
    assert {line["seed"] for line in asked} == set(SEEDS)
    assert all(line["world"] == "DoorKey-v0" and line["latency"] > 0 for line in asked)
    assert lines(tmp_path / "t.jsonl", "header")[0]["system"] == manual


def test_the_words_are_those_of_the_text_face(chat: Any, tmp_path: Path) -> None:
    agent = LanguageAgent(chat.name, quick(), tmp_path / "t.jsonl")
    play_episodes(DOORKEY, agent, [5])
    env = DOORKEY.text()
    words = env.reset(seed=5)
    for line in lines(tmp_path / "t.jsonl", "exchange"):
        content = line["messages"][0]["content"]
        assert content.startswith(words + "\nAnswer with one action")
        words = env.step(line["action"]).text
    assert env.agents == []


def test_results_do_not_depend_on_the_order(chat: Any) -> None:
    def slow(_server: Any, number: int, _request: Any) -> None:
        time.sleep(0.003 * (number % 4))

    chat.fault = slow
    one = play_episodes(DOORKEY, LanguageAgent(chat.name, quick(concurrency=1)), SEEDS)
    many = play_episodes(DOORKEY, LanguageAgent(chat.name, quick(concurrency=8)), SEEDS)
    assert one == many


def test_episodes_are_in_flight_at_once_and_no_more_than_asked(chat: Any) -> None:
    now, most = 0, 0

    def count(server: Any, _number: int, _request: Any) -> None:
        nonlocal now, most
        with server.lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with server.lock:
            now -= 1

    chat.fault = count
    play_episodes(DOORKEY, LanguageAgent(chat.name, quick(concurrency=3)), [*SEEDS, 15, 16])
    assert most == 3


def test_the_limit_holds_over_all_cells_of_an_evaluation(chat: Any, tmp_path: Path) -> None:
    now, most = 0, 0

    def count(server: Any, _number: int, _request: Any) -> bytes:
        nonlocal now, most
        with server.lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with server.lock:
            now -= 1
        return completion("Action: forward")

    chat.fault = count
    cells = adaptarium.evaluate(
        "Empty-v0",
        chat.name,
        overrides={"size": 5, "episode.max_steps": 12},
        seeds=range(3),
        episodes=3,
        split="all",
        workers=3,
        language=quick(concurrency=2),
        out=tmp_path,
    )
    assert len(cells) == 3
    assert most == 2


def test_every_seat_has_a_conversation_of_its_own(chat: Any, tmp_path: Path) -> None:
    chat.player = lambda _words: "stay"
    world = load_world("Foraging-v0", players=2, **{"episode.max_steps": 3})
    play_episodes(world, LanguageAgent(chat.name, quick(), tmp_path / "t.jsonl"), [1])
    asked = lines(tmp_path / "t.jsonl", "exchange")
    assert [(line["step"], line["seat"]) for line in asked] == [
        (step, seat) for step in range(3) for seat in range(2)
    ]


# ---- answers that are no action ----


def test_prose_is_told_back_with_the_reason(chat: Any, tmp_path: Path) -> None:
    def prose(_server: Any, number: int, request: Any) -> bytes | None:
        if number == 1:
            return completion("I see a key in the corner, so I shall dance around it")
        return completion("So far away!\n**Action: left**") if number == 3 else None

    chat.fault = prose
    chat.player = lambda words: "left" if "is no action here" in words else "right"
    world = DOORKEY.override(**{"episode.max_steps": 2})
    agent = LanguageAgent(chat.name, quick(), tmp_path / "t.jsonl")
    play_episodes(world, agent, [1])
    first, second, third = lines(tmp_path / "t.jsonl", "exchange")
    assert "is no action here" in first["invalid"]
    assert (first["action"], first["try_number"], first["fallback"]) == (None, 1, False)
    assert first["invalid"] in second["messages"][0]["content"]
    assert (second["action"], second["try_number"], second["invalid"]) == ("left", 2, None)
    assert (third["action"], third["step"]) == ("left", 1)
    assert agent.usage.invalid == 1


@pytest.mark.parametrize(("world_id", "fallback"), [("DoorKey-v0", "stay"), ("Maze-v0", None)])
def test_the_fallback_is_recorded(
    chat: Any, tmp_path: Path, world_id: str, fallback: str | None
) -> None:
    chat.fault = lambda *_: completion(None)
    vocabulary = ["left", "right", "forward"] if fallback is None else None
    changes = {"episode.max_steps": 2} | ({"action.vocabulary": vocabulary} if vocabulary else {})
    agent = LanguageAgent(chat.name, quick(tries=2), tmp_path / "t.jsonl")
    play_episodes(load_world(world_id, **changes), agent, [1])
    asked = lines(tmp_path / "t.jsonl", "exchange")
    assert [line["fallback"] for line in asked] == [False, True] * 2
    assert [line["action"] for line in asked] == [None, fallback or "left"] * 2
    assert "was played for you" in asked[2]["messages"][0]["content"]
    assert agent.usage.fallbacks == 2


# ---- an endpoint that fails ----

FAULTS: dict[str, tuple[Any, str]] = {
    "malformed": (b'{"choices": [', "not valid JSON"),
    "no object": (b"[]", "no choices"),
    "empty choices": (b'{"choices": []}', "no choices"),
    "no message": (b'{"choices": [{}]}', "no message"),
    "nested": (b"[" * 100_000, "nested"),
    "half a character": (completion("\ud800"), "surrogate"),
    "500": ((500, {}, b"oh no"), "HTTP 500: oh no"),
    "503": ((503, {}, b'{"error": {"message": "busy"}}'), "HTTP 503: busy"),
    "429": ((429, {"Retry-After": "0"}, b""), "HTTP 429"),
    "reset": ("reset", "connection failed"),
    "hang": ("hang", "timeout"),
    "trickle": ("trickle", "timeout"),
    "cut": ("cut", "not valid JSON"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_passing_fault_is_survived_and_recorded(chat: Any, tmp_path: Path, fault: str) -> None:
    what, said = FAULTS[fault]
    chat.fault = lambda _server, number, _request: what if number in (2, 3) else None
    settings = quick(timeout=0.15 if fault in ("hang", "trickle") else 2.0, concurrency=1)
    agent = LanguageAgent(chat.name, settings, tmp_path / "t.jsonl")
    episodes = play_episodes(DOORKEY, agent, [11])
    assert [episode.length for episode in episodes] == reference_lengths(DOORKEY, [11])
    hit = lines(tmp_path / "t.jsonl", "exchange")[1]
    assert hit["attempts"] == 3
    assert len(hit["failures"]) == 2
    assert all(said in failure for failure in hit["failures"])
    assert agent.usage.repeated == 2


def test_retry_after_is_waited_for(chat: Any) -> None:
    times: list[float] = []

    def busy(_server: Any, number: int, _request: Any) -> Any:
        times.append(time.monotonic())
        return (429, {"Retry-After": "1"}, b"") if number == 1 else None

    chat.fault = busy
    play_episodes(DOORKEY, LanguageAgent(chat.name, quick()), [11])
    assert times[1] - times[0] >= 1.0


@pytest.mark.parametrize("as_date", [False, True])
def test_too_long_a_wait_fails_the_episode(chat: Any, as_date: bool) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    chat.fault = lambda *_: (429, {"Retry-After": later if as_date else "7200"}, b"")
    with pytest.raises(UnfinishedError, match="asks to wait 7[12]"):
        play_episodes(DOORKEY, LanguageAgent(chat.name, quick()), [11])
    assert len(chat.requests) == 1


def test_waits_grow_and_end(chat: Any, tmp_path: Path) -> None:
    times: list[float] = []

    def down(*_: Any) -> Any:
        times.append(time.monotonic())
        return (500, {}, b"")

    chat.fault = down
    agent = LanguageAgent(chat.name, quick(backoff=0.04), tmp_path / "t.jsonl")
    with pytest.raises(UnfinishedError) as caught:
        play_episodes(DOORKEY, agent, [11])
    waits = [after - before for before, after in pairwise(times)]
    assert len(waits) == 3
    assert all(wait >= 0.02 * 2**k for k, wait in enumerate(waits))
    assert "HTTP 500 (4 requests)" in str(caught.value)
    (failed,) = lines(tmp_path / "t.jsonl", "failed")
    assert (failed["world"], failed["seed"], failed["step"]) == ("DoorKey-v0", 11, 0)
    assert failed["failures"] == ["HTTP 500"] * 4


def test_a_request_that_is_refused_is_not_repeated(chat: Any) -> None:
    chat.fault = lambda *_: (400, {}, b'{"error": {"message": "context too long"}}')
    with pytest.raises(UnfinishedError, match="HTTP 400: context too long"):
        play_episodes(DOORKEY, LanguageAgent(chat.name, quick()), [11])
    assert len(chat.requests) == 1


def test_a_server_that_dies_leaves_what_was_finished_and_is_gone_on_with(
    chat: Any, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {
        "overrides": {"size": 5, **FULL},
        "episodes": 8,
        "pictures": False,
        "out": tmp_path,
        "language": quick(concurrency=2, prices=Prices(1.0, 2.0)),
    }
    expected = adaptarium.evaluate("DoorKey-v0", "reference", **settings)
    chat.fault = lambda _server, number, _request: "reset" if number > 40 else None
    told = r"of 8 episodes failed, \d+ were not begun.* seed \d+"
    with pytest.raises(EvaluationError, match=told):
        adaptarium.evaluate("DoorKey-v0", [chat.name, "random"], **settings)
    (transcript,) = (tmp_path / "transcripts").iterdir()
    failed, before = lines(transcript, "failed"), len(lines(transcript, "exchange"))
    assert len(failed) >= 3
    assert before == 40
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 2, "random was not played"
    port = chat.port
    chat.stop()
    with pytest.raises(EvaluationError, match="connection failed: Connection refused"):
        adaptarium.evaluate("DoorKey-v0", chat.name, **settings)
    chat.start(port)
    chat.fault = lambda *_: None
    chat.requests.clear()
    (cell,) = adaptarium.evaluate("DoorKey-v0", chat.name, **settings)
    assert cell["score"] == expected[0]["score"]
    asked = lines(transcript, "exchange")
    assert len(chat.requests) == len(asked) - before
    assert len({(line["seed"], line["step"]) for line in asked}) == len(asked)
    (usage,) = lines(transcript, "usage")
    assert usage["prompt_tokens"] == 100 * len(asked)
    assert usage["cost_usd"] == pytest.approx(len(asked) * 120e-6)
    assert f"{usage['cost_usd']:.4f} USD" in cell["notes"][-1]
    assert adaptarium.evaluate("DoorKey-v0", chat.name, **settings) == [cell]


def test_a_killed_run_asks_only_for_what_is_missing(chat: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    whole = play_episodes(DOORKEY, LanguageAgent(chat.name, quick(), path), SEEDS)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])  # in the middle of a line
    kept = len(content[: len(content) // 2].splitlines()) - 2  # header and torn line
    asked = len(chat.requests)
    chat.requests.clear()
    again = LanguageAgent(chat.name, quick(), path)
    assert play_episodes(DOORKEY, again, SEEDS) == whole
    assert len(chat.requests) == asked - kept
    assert again.usage.answers == asked
    chat.requests.clear()
    assert play_episodes(DOORKEY, LanguageAgent(chat.name, quick(), path), SEEDS) == whole
    assert chat.requests == []


def test_a_transcript_of_other_questions_is_refused(chat: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    play_episodes(DOORKEY, LanguageAgent(chat.name, quick(), path), [11])
    with pytest.raises(AgentError, match="made with another history"):
        play_episodes(DOORKEY, LanguageAgent(chat.name, quick(history=1), path), [11])
    content = path.read_text(encoding="utf-8")
    path.write_text(content.replace("You face", "You faced"), encoding="utf-8")
    with pytest.raises(AgentError, match="differs from the one that was played at seed 11, step 0"):
        play_episodes(DOORKEY, LanguageAgent(chat.name, quick(), path), [11])
    path.write_text(content.replace('"seat": 0', '"seat": "x"'), encoding="utf-8")
    with pytest.raises(AgentError, match="line 2: seat: "):
        LanguageAgent(chat.name, quick(), path)
    path.write_text("".join(content.splitlines(True)[1:]), encoding="utf-8")
    with pytest.raises(AgentError, match="line 1: expected one header"):
        LanguageAgent(chat.name, quick(), path)


def test_unknown_costs_are_not_invented(chat: Any, tmp_path: Path) -> None:
    chat.fault = lambda _server, number, _request: completion("right") if number == 1 else None
    settings, world = quick(prices=Prices(1.0, 1.0)), DOORKEY.override(**{"episode.max_steps": 3})
    agent = LanguageAgent(chat.name, settings, tmp_path / "t.jsonl")
    play_episodes(world, agent, [1])
    assert "1 answers came without token counts" in agent.finish()
    assert "USD" not in agent.finish()
    assert "cost_usd" not in lines(tmp_path / "t.jsonl", "usage")[0]
    assert agent.usage.prompt_tokens == 200
