"""A key is in no file, no output, no title and no environment of another process, whatever the server does with it."""

from __future__ import annotations

import urllib.parse
from pathlib import Path
from typing import Any

from tests.conftest import Workspace
from tests.flow.serving import Answer, ChatServer, completion

KEY = "Zq7/very+private=9f3aXYZW"
SPELLED = urllib.parse.quote(KEY, safe="")
ARGUMENTS = ["run", "-s", "repeated", "-m", "my-model", "-b", "problems.jsonl", "--limit", "all", "-n", "2"]


def holders(name: str) -> list[str]:
    """Return the command lines of all processes that have the key in their `name` (environ or cmdline)."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if KEY.encode() in (entry / name).read_bytes():
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


def test_a_key_that_the_server_echoes_is_nowhere(workspace: Workspace) -> None:
    environments: list[list[str]] = []
    titles: list[list[str]] = []

    def answer(body: dict[str, Any]) -> Answer:
        number = len(server.bodies)
        environments.append(holders("environ"))
        titles.append(holders("cmdline"))
        said = f"key {KEY} at https://api.example/v1?api_key={SPELLED}&x=1 or https://me:{SPELLED}@host/ was refused"
        if number == 1:
            return 500, {"error": {"message": said + " for now. " + "x" * 5000 + KEY}}
        if number == 2:
            return completion(f"```python\ndef double(x):\n    return 2 * x  # {KEY}\n```")
        # One failed unit for each of the others, and then the end of the run.
        return 400 if number == 3 else 401, {"error": {"message": said, "type": said, "param": KEY}}

    server = ChatServer(answer)
    try:
        more = ["--api-base", server.url, "--api-key-env", "MINE", "--concurrency", "1", "--debug"]
        done = workspace.fresh(*ARGUMENTS, *more, MINE=KEY)
    finally:
        server.close()
    assert done.returncode == 3, done.stderr
    assert "was refused" in done.stderr
    files = [path.read_bytes() for path in workspace.results.rglob("*") if path.is_file()]
    assert len(files) >= 5
    for secret in (KEY, SPELLED, KEY[:12], KEY[-12:]):
        assert secret not in done.stdout + done.stderr
        assert not any(secret.encode() in text for text in files)
    assert any(b"return 2 * x  # [secret]" in text for text in files)
    # The tool itself was started with the key; no process that it started has it.
    assert len(environments) >= 4
    assert all(len(each) == 1 and "-m cotbench" in each[0] for each in environments)
    assert not any(titles)


def test_a_key_in_the_wrong_place_is_refused_and_not_repeated(workspace: Workspace) -> None:
    done = workspace.cot(*ARGUMENTS, "--set-model", f"note={KEY}", MY_API_KEY=KEY)
    assert done.returncode == 2, done.stderr
    assert "extra note looks like a secret" in done.stderr
    assert KEY not in done.stdout + done.stderr
    assert not workspace.results.exists()
