"""A language model plays in words; a stand-in answers where OPENAI_BASE_URL names no endpoint."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import adaptarium
from adaptarium.agents.language import Settings


class StandIn(BaseHTTPRequestHandler):
    """Speaks the chat protocol, and always walks straight on."""

    def do_POST(self) -> None:
        """Answer one request."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        answer = {"choices": [{"message": {"role": "assistant", "content": "forward"}}]}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


def main(episodes: int = 4) -> None:
    """Score a model; the key is taken from OPENAI_API_KEY and written nowhere."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base_url = os.environ.get("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    agent = f"llm:{os.environ.get('OPENAI_MODEL', 'stand-in')}@{base_url}"
    asking = Settings(concurrency=2, history=4, request={"max_tokens": 200})
    out = "results/language_model"  # a line a cell; transcripts/ holds all that was said
    for cell in adaptarium.evaluate("Empty-v0", agent, episodes=episodes, language=asking, out=out):
        print(f"score {cell['score']['score']:.2f};", *cell["notes"])


if __name__ == "__main__":
    main()
