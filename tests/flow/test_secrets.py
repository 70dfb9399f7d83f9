"""A key is in no file, no output, no title and no environment of another process, whatever the server does with it."""

from __future__ import annotations

import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Workspace
from tests.flow.serving import Answer, ChatServer, completion

KEY = "Zq7/very+private=9f3aXYZW"
SPELLED = urllib.parse.quote(KEY, safe="")
ARGUMENTS = ["run", "-s", "repeated", "-m", "my-model", "-b", "problems.jsonl", "--limit", "all", "-n", "2"]


def holders(name: str) -> dict[int, str]:
    """Return the command lines of all processes that have the key in their `name` (environ or cmdline)."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if KEY.encode() in (entry / name).read_bytes():
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
    return found


@pytest.mark.parametrize("last", [401, 400])
def test_a_key_that_the_server_echoes_is_nowhere(workspace: Workspace, last: int) -> None:
    seen: list[dict[int, str]] = []
    titles: list[dict[int, str]] = []

    def answer(body: dict[str, Any]) -> Answer:
        number = len(server.bodies)
        seen.append(holders("environ"))
        titles.append(holders("cmdline"))
        said = f"key {KEY} at https://api.example/v1?api_key={SPELLED}&x=1 or https://me:{SPELLED}@host/ was refused"
        if number == 1:
            return 500, {"error": {"message": said + " for now. " + "x" * 5000 + KEY}}
        if number == 2:
            return completion(f"```python\ndef double(x):\n    return 2 * x  # {KEY}\n```")
        return last, {"error": {"message": said, "type": said, "param": KEY}}

    server = ChatServer(answer)
    try:
        arguments = [*ARGUMENTS, "--api-base", server.url, "--api-key-env", "MINE", "--concurrency", "1"]
        done = workspace.cot(*arguments, "--debug", MINE=KEY)
        assert done.returncode == 3, done.stderr
        assert "was refused" in done.stderr
        again = workspace.cot(*arguments, "--debug", "--quiet", MINE=KEY)
        listed = workspace.cot("show", "repeated-my-model-problems")
    finally:
        server.close()
    output = "".join(one.stdout + one.stderr for one in (done, again, listed))
    files = [path.read_bytes() for path in workspace.results.rglob("*") if path.is_file()]
    assert len(files) >= 5
    for secret in (KEY, SPELLED, KEY[:12], KEY[-12:]):
        assert secret not in output
        assert not any(secret.encode() in text for text in files)
    assert any(b"return 2 * x  # [secret]" in text for text in files)
    # The tool itself was started with the key; no process that it started has it.
    assert all(set(each) and all("-m cotbench run" in line for line in each.values()) for each in seen)
    assert all(len(each) == 1 for each in seen)
    assert not any(titles)


@pytest.mark.parametrize(
    "flags",
    [
        ["--api-base", f"http://127.0.0.1:9/v1?api_key={KEY}"],
        ["--api-base", f"http://me:{KEY}@127.0.0.1:9/v1"],
        ["--api-base", "http://127.0.0.1:9/v1", "--api-key-env", KEY],
        ["--set-model", f"api_key={KEY}"],
        ["--set-model", f"provider_token={KEY}"],
        ["--set-model", f'provider={{"secret": "{KEY}"}}'],
        ["--set-model", KEY.replace("=", "")],
        ["--set-model", f"note={KEY}"],
    ],
)
def test_a_key_in_the_wrong_place_is_refused_and_not_repeated(workspace: Workspace, flags: list[str]) -> None:
    done = workspace.cot(*ARGUMENTS, *flags, MY_API_KEY=KEY)
    assert done.returncode == 2, done.stderr
    assert KEY not in done.stdout + done.stderr
    assert not workspace.results.exists() or not list(workspace.results.iterdir())
