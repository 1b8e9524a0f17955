"""The examples run, each in an empty folder: here with small sizes, under `full` as they stand."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

LONGEST = 40
# What each of them is given instead of its own sizes.
SIZES: dict[str, dict[str, int]] = {
    "language_model": {"episodes": 1},
    "make": {"episodes": 1},
    "make_vec": {"num_envs": 16, "steps": 300},
    "own_agent": {"episodes": 10},
    "own_environment": {"episodes": 5},
    "own_world": {},
    "sb3": {"steps": 2048, "episodes": 4},
    "self_play": {"episodes": 50},
    "shift": {"steps": 20},
    "stream": {"share": 128, "episodes": 4},
    "unified": {"num_envs": 12, "steps": 3000, "episodes": 4},
}


@pytest.fixture
def examples(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the examples, from an empty working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return root / "docs" / "examples"


def run_small(folder: Path, name: str) -> None:
    runpy.run_path(str(folder / f"{name}.py"))["main"](**SIZES[name])


def test_every_example_is_tested_and_short(root: Path) -> None:
    lines = {
        path.stem: len(path.read_text(encoding="utf-8").splitlines())
        for path in (root / "docs" / "examples").glob("*.py")
    }
    assert set(lines) == set(SIZES)
    assert not {name: n for name, n in lines.items() if n > LONGEST}


@pytest.mark.parametrize("name", SIZES)
def test_runs_with_small_sizes(
    examples: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_small(examples, name)
    assert capsys.readouterr().out.strip()


@pytest.mark.full
@pytest.mark.parametrize("name", SIZES)
def test_runs_as_it_stands(examples: Path, name: str) -> None:
    ran = subprocess.run(
        [sys.executable, str(examples / f"{name}.py")],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()


def test_own_agent_is_loaded_by_its_name(examples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import adaptarium

    monkeypatch.syspath_prepend(str(examples))
    rows = adaptarium.evaluate("Maze-v0", "own_agent:WallFollower", episodes=10)
    assert rows[0]["score"]["score"] > 0.5


class Model(BaseHTTPRequestHandler):
    """A chat endpoint that walks straight on and remembers what it was asked."""

    asked: list[tuple[str, str | None, dict[str, Any]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, self.headers["Authorization"], body))
        self.send_response(200)
        self.end_headers()
        answer = {"choices": [{"message": {"role": "assistant", "content": "forward"}}]}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


@pytest.fixture
def model_server() -> Iterator[HTTPServer]:
    Model.asked = []
    with HTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_language_model_asks_the_endpoint_that_is_named(
    examples: Path, model_server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{model_server.server_port}/v1")
    monkeypatch.setenv("OPENAI_MODEL", "a-model")
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    runpy.run_path(str(examples / "language_model.py"))["main"](episodes=1)
    assert Model.asked
    path, authorization, body = Model.asked[0]
    assert (path, authorization, body["model"]) == (
        "/v1/chat/completions",
        "Bearer a-key",
        "a-model",
    )
    assert "one action" in body["messages"][0]["content"]
    assert "You face" in body["messages"][1]["content"]
    written = [path.read_bytes() for path in Path("results").rglob("*") if path.is_file()]
    assert written
    assert not any(b"a-key" in content for content in written)
