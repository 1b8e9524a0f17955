"""A chat-completions server on this machine, which plays from the text and can misbehave."""

from __future__ import annotations

import importlib.util
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Request = dict[str, Any]
Fault = Callable[["ChatServer", int, Request], Any]


def completion(reply: str | None, **fields: Any) -> bytes:
    """A chat completion as endpoints send it."""
    choices = [{"index": 0, "message": {"role": "assistant", "content": reply}}]
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return json.dumps({"choices": choices, "usage": usage, **fields}).encode()


class ChatServer:
    """Answers by ``player``; a ``fault`` may answer some requests in another way.

    A fault is given the server, the number of the request (from 1) and the request. It returns None
    (no fault), a body, ``(status, headers, body)``, ``"reset"``, ``"hang"``, ``"trickle"`` or
    ``"cut"``.
    """

    def __init__(self, player: Callable[[str], str]) -> None:
        self.player = player
        self.fault: Fault = lambda _server, _number, _request: None
        self.requests: list[Request] = []
        self.authorisations: list[str | None] = []
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.start(0)

    def start(self, port: int) -> None:
        """Listen; 0 takes any free port."""
        server, chat = ThreadingHTTPServer(("127.0.0.1", port), _Handler), self
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up
        server.chat = chat  # type: ignore[attr-defined]
        self.port = server.server_address[1]
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; connections from then on are refused."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def name(self) -> str:
        """The agent that plays through this server."""
        return f"llm:test-model@http://127.0.0.1:{self.port}/v1"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        chat: ChatServer = self.server.chat  # type: ignore[attr-defined]
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with chat.lock:
            chat.requests.append(request)
            chat.authorisations.append(self.headers.get("Authorization"))
            number = len(chat.requests)
        fault = chat.fault(chat, number, request)
        if isinstance(fault, str):
            self._break_off(fault, chat)
        elif isinstance(fault, tuple):
            self._send(*fault)
        elif self.path != "/v1/chat/completions":
            self._send(404, {}, b"no such page")
        else:
            words = request["messages"][-1]["content"]
            self._send(200, {}, fault or completion(f"Action: {chat.player(words)}"))

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _break_off(self, how: str, chat: ChatServer) -> None:
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif how == "hang":
            chat.ended.wait(2)
        elif how == "cut":
            self._send(200, {"Content-Length": "5000"}, completion("Action: left")[:40])
        elif how == "trickle":
            self.send_response(200)
            self.end_headers()
            for _ in range(60):
                chat.ended.wait(0.03)
                self.wfile.write(b" ")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def text_player() -> Callable[[str], str]:
    """The player of tests/text, who sees only strings: a description -> an action."""
    path = Path(__file__).resolve().parents[1] / "text" / "test_text.py"
    spec = importlib.util.spec_from_file_location("text_player", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda words: module.Plan(words).first()


@pytest.fixture
def chat(
    text_player: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ChatServer]:
    """A server that plays DoorKey well; the environment holds no key."""
    for variable in ("ADAPTARIUM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ChatServer(text_player)
    yield server
    server.ended.set()
    server.stop()
