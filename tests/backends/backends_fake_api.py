"""A small real HTTP server that speaks as much of the OpenAI interface as the tests need."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What the server sends back: a status, a body (JSON unless it is text already), headers, a delay."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


def chat(
    *texts: str | None,
    finish: str = "stop",
    usage: dict[str, Any] | None = None,
    model: str = "m",
) -> Answer:
    """Return a chat completion with one choice per text."""
    return Answer(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": model,
            "choices": [
                {"index": index, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
                for index, text in enumerate(texts)
            ],
            "usage": usage or {"prompt_tokens": 10, "completion_tokens": 6, "total_tokens": 16},
        }
    )


class FakeApi:
    """The server: `answers` is asked for each request body; `seen` and `headers` keep what came in."""

    def __init__(self) -> None:
        self.answers: Callable[[dict[str, Any]], Answer] = lambda body: chat("hello")
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.seen.append(body)
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                answer = outer.answers(body)
                if answer.delay:
                    outer.released.wait(answer.delay)
                data = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
                try:
                    self.send_response(answer.status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def say(self, *answers: Answer) -> None:
        """Give these answers in turn, the last one for ever."""
        queue = list(answers)
        self.answers = lambda body: queue.pop(0) if len(queue) > 1 else queue[0]

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
