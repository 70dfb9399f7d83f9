"""A real HTTP server that speaks the OpenAI interface and misbehaves on purpose.

What it answers is a function of what the prompt is about. Whether it misbehaves, and how, is a function of the seed, of
that and of how often it was asked before, so a run meets the same faults in whatever order its calls arrive.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

FAULTS = (
    "429 with Retry-After",
    "429",
    "500",
    "502",
    "503",
    "reset",
    "reset in the middle",
    "stall",
    "truncated JSON",
    "wrong content type",
    "empty choices",
    "slow headers",
)
DROPPED = "dropped choices"
"""A third of the faults of requests for several replies: only a part of them comes."""

_PAID = ("slow headers", DROPPED)
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Spoken:
    """What the model says to a prompt; `finish` as on the wire."""

    text: str
    finish: str = "stop"


def number(*parts: object) -> int:
    """Return a large number that looks random and depends on `parts` only."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big")


class FaultyServer:
    """Answers `share` of all requests with one of the faults. `stall` and `slow` are in seconds.

    `about` says what a prompt is about (about nothing: no faults), `answer` what the model says to that. `paid` counts the replies that are sent
    whole, by what they are about; `met` counts the faults; `seen` holds the moments of the requests.
    """

    def __init__(
        self,
        about: Callable[[str], str],
        answer: Callable[[str], Spoken],
        *,
        share: float = 0.0,
        seed: int = 0,
        faults: tuple[str, ...] = FAULTS,
        retry_after: float = 0.05,
        slow: float = 0.1,
        stall: float = 20.0,
    ) -> None:
        self.paid: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self.seen: list[float] = []
        self._about = about
        self._answer = answer
        self._share = share
        self._seed = seed
        self._faults = faults
        self._retry_after = retry_after
        self._slow = slow
        self._stall = stall
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> FaultyServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def serve(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        """Answer one request, or do not."""
        topic = self._about("\n\n".join(str(message["content"]) for message in body["messages"]))
        draws = int(body.get("n") or 1)
        fault = self._choose(topic, draws)
        spoken = self._answer(topic)
        given = max(1, draws // 2) if fault == DROPPED else draws
        whole = _completion(spoken, given)
        headers = {"Content-Type": "application/json"}
        if fault is None or fault in _PAID:
            with self._lock:
                self.paid[topic] += given
            _send(handler, 200, whole, headers, pause=self._slow if fault == "slow headers" else 0.0)
        elif fault == "stall":
            self._closing.wait(self._stall)
            handler.close_connection = True
        elif fault == "reset":
            _reset(handler.connection)
        elif fault == "reset in the middle":
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(whole)))
            handler.end_headers()
            handler.wfile.write(whole[: len(whole) // 2])
            _reset(handler.connection)
        elif fault == "truncated JSON":
            _send(handler, 200, whole[: len(whole) // 2], headers)
        elif fault == "wrong content type":
            _send(handler, 200, b"<html><body>Please log in</body></html>", {"Content-Type": "text/html"})
        elif fault == "empty choices":
            _send(handler, 200, _completion(spoken, 0), headers)
        elif fault == "429 with Retry-After":
            _send(handler, 429, _error("slow down"), {**headers, "Retry-After": str(self._retry_after)})
        elif fault == "502":
            _send(handler, 502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"})
        else:
            _send(handler, int(fault), _error("not now"), headers)

    def _choose(self, topic: str, draws: int) -> str | None:
        with self._lock:
            self.seen.append(time.monotonic())
            turn = self._asked[topic]
            self._asked[topic] += 1
            if not topic or number(self._seed, topic, turn) % 1000 >= self._share * 1000:
                return None
            faults = self._faults + (DROPPED,) * 6 * (draws > 1)
            fault = faults[number("which", self._seed, topic, turn) % len(faults)]
            self.met[fault] += 1
            return fault


def _handler(server: FaultyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                server.serve(self, body)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler


def _send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str], *, pause: float = 0.0
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        if pause:
            handler.flush_headers()
            time.sleep(pause)
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _reset(connection: socket.socket) -> None:
    """Close a connection so that the other side sees a reset, not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    os.close(connection.detach())
    raise ConnectionResetError


def _completion(spoken: Spoken, draws: int) -> bytes:
    message = {"role": "assistant", "content": spoken.text}
    choices = [{"index": index, "finish_reason": spoken.finish, "message": message} for index in range(draws)]
    used = len(spoken.text.split()) * draws
    usage = {"prompt_tokens": 20, "completion_tokens": used, "total_tokens": 20 + used}
    kind = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    return json.dumps({**kind, "choices": choices, "usage": usage}).encode()


def _error(message: str) -> bytes:
    return json.dumps({"error": {"message": message}}).encode()
