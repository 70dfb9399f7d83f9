"""A run against an OpenAI-compatible server: replies become verdicts, keys and faults stay out of every file."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.conftest import Workspace

KEY = "sk-this-must-never-be-written-down"
PROGRAMS = {"double": "return 2 * x", "square": "return x * x", "negate": "return x"}


class Api:
    """Answers with a right program for two of the three problems; says no to every fifth request first."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                outer.keys.add(self.headers.get("Authorization", ""))
                if len(outer.bodies) % 5 == 1:
                    self._send(429, {"error": {"message": f"slow down, {KEY}", "type": "rate_limit"}})
                    return
                name = next(name for name in PROGRAMS if f"Write `{name}" in body["messages"][-1]["content"])
                text = f"```python\ndef {name}(x):\n    {PROGRAMS[name]}\n```"
                choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
                usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
                self._send(
                    200,
                    {
                        "id": "x",
                        "object": "chat.completion",
                        "created": 1,
                        "model": "m",
                        "choices": [choice],
                        "usage": usage,
                    },
                )

            def _send(self, status: int, body: dict[str, Any]) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(timeout=10)


@pytest.fixture
def api() -> Iterator[Api]:
    served = Api()
    yield served
    served.close()


def test_a_run_against_a_server(workspace: Workspace, api: Api) -> None:
    arguments = ["run", "-s", "repeated", "-m", "my-model", "--api-base", api.url, "--api-key-env", "MY_KEY"]
    arguments += ["-b", "problems.jsonl", "--limit", "all", "--attempts", "2", "--concurrency", "2"]
    done = workspace.cot(*arguments, MY_KEY=KEY)
    assert done.returncode == 0, done.stderr
    run = "repeated-my-model-problems"
    outcomes = {(row["problem"], row["outcome"]) for row in workspace.rows(run, "verdicts") if row["suite"] == "hidden"}
    assert outcomes == {("double", "passed"), ("square", "passed"), ("negate", "wrong")}
    calls = workspace.rows(run, "calls")
    assert len(calls) == 6
    assert all(call["usage"]["prompt"] == 11 and call["usd"] is None for call in calls)  # type: ignore[index]
    assert "cost unknown" in done.stdout
    assert "trying again" in done.stderr
    assert api.keys == {f"Bearer {KEY}"}
    written = "".join(path.read_text() for path in workspace.results.rglob("*") if path.is_file())
    assert KEY not in written + done.stdout + done.stderr
    answered = len(api.bodies)
    assert "is complete" in workspace.cot(*arguments, MY_KEY=KEY).stderr
    assert len(api.bodies) == answered


def test_a_missing_key_is_named_before_any_work(workspace: Workspace, api: Api) -> None:
    done = workspace.cot(
        "run", "-m", "my-model", "--api-base", api.url, "--api-key-env", "MY_KEY", "-b", "problems.jsonl"
    )
    assert done.returncode == 2, done.stderr
    assert "MY_KEY" in done.stderr
    assert not api.bodies
