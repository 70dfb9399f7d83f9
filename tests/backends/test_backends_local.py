"""The local server's life: with SmolLM2 where it is in the cache, and its failures without any model."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cotbench.backends import LocalBackend
from cotbench.backends.local.catalogue import find_row
from cotbench.backends.local.fetch import cached_file
from cotbench.backends.local.server import ModelServer, ServerOptions, usable_cores
from cotbench.core.errors import BackendError
from cotbench.core.message import Request, Sampling, Schema, user

MODEL = "local/smollm2-135m"
ENGINE = importlib.util.find_spec("xllamacpp") is not None


def need_model() -> None:
    if not ENGINE:
        pytest.skip("the package xllamacpp is not installed")
    if cached_file(find_row(MODEL)) is None:
        pytest.skip("smollm2-135m is not in the cache")


def request(text: str, tokens: int) -> Request:
    return Request((user(text),), Sampling(0.8, 0.95, tokens))


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.local_model
def test_replies_counts_schema_and_restart(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    need_model()
    monkeypatch.setenv("OTHER_API_KEY", "not-for-children")

    async def run() -> None:
        backend = LocalBackend(MODEL, slots=2, context=1024)
        await backend.start()
        try:
            assert b"not-for-children" not in Path(f"/proc/{backend.server_pid}/environ").read_bytes()
            (one,) = await backend.complete(request("Say hello.", 12), 1)
            assert one.text
            assert one.usd == 0.0
            assert 0 < one.usage.completion <= 12
            two = await backend.complete(request("Write a very long story about a dog.", 24), 2)
            assert [reply.usage.prompt > 0 for reply in two] == [True, False]
            assert all(0 < reply.usage.completion <= 25 for reply in two)
            assert two[0].text != two[1].text
            shape = '{"type":"object","properties":{"n":{"type":"integer","maximum":9,"minimum":0}},"required":["n"]}'
            wish = Request((user("A number"),), Sampling(max_tokens=40), Schema("s", shape))
            assert '"n"' in (await backend.complete(wish, 1))[0].text
            with pytest.raises(BackendError) as caught:
                await backend.complete(request("word " * 3000, 8), 1)
            assert caught.value.kind == "context"
            assert caught.value.message.startswith(MODEL)
            first = backend.server_pid
            assert first is not None
            calls = [asyncio.create_task(backend.complete(request(f"Tell long story {i}", 60), 1)) for i in range(2)]
            await asyncio.sleep(0.5)
            os.kill(first, signal.SIGKILL)
            assert all(replies[0].text for replies in await asyncio.gather(*calls))
            second = backend.server_pid
            assert second not in (None, first)
        finally:
            began = time.monotonic()
            await backend.aclose()
        assert time.monotonic() - began < 5
        assert second is not None
        assert not alive(second)
        assert backend.server_pid is None

    asyncio.run(run())
    assert capfd.readouterr() == ("", "")


@pytest.mark.local_model
def test_second_death_in_one_call_gives_up() -> None:
    need_model()

    async def run() -> None:
        backend = LocalBackend(MODEL, slots=1, context=1024)
        await backend.start()
        try:
            call = asyncio.create_task(backend.complete(request("Tell a long story", 500), 1))
            killed: list[int] = []
            while not call.done():
                pid = backend.server_pid
                if pid is not None and pid not in killed and backend._server is not None and backend._server.port:
                    await asyncio.sleep(0.3)
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                await asyncio.sleep(0.05)
            with pytest.raises(BackendError, match=r"died twice.*signal 9") as caught:
                await call
            assert caught.value.kind == "unavailable"
            assert len(killed) == 2
        finally:
            await backend.aclose()

    asyncio.run(run())


PROGRAM = """
import asyncio, sys, threading
from cotbench.backends.local.fetch import ensure_model
from cotbench.backends.local.server import ModelServer, ServerOptions

async def main():
    server = ModelServer(ServerOptions(ensure_model("smollm2-135m"), "m", slots=1, context=512))
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(60)

if sys.argv[1] == "main":
    asyncio.run(main())
else:
    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    thread.join()
"""


@pytest.mark.local_model
@pytest.mark.parametrize("where", ["main", "thread"])
def test_server_does_not_outlive_a_killed_parent(where: str) -> None:
    need_model()
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", PROGRAM, where]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        try:
            server = int(parent.stdout.readline())
            assert alive(server)
        finally:
            parent.kill()
        assert gone_within(server, 5)


@pytest.mark.local_model
def test_server_outlives_the_thread_that_started_it() -> None:
    need_model()
    path = cached_file(find_row(MODEL))
    assert path is not None
    server = ModelServer(ServerOptions(path, "m", slots=1, context=512))
    thread = threading.Thread(target=lambda: asyncio.run(server.start()))
    thread.start()
    thread.join()
    try:
        time.sleep(0.7)
        assert server.pid is not None
        assert alive(server.pid)
    finally:
        asyncio.run(server.stop())


@pytest.mark.skipif(not ENGINE, reason="the package xllamacpp is not installed")
def test_unreadable_model_is_said_with_the_servers_last_words(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 64)

    async def run() -> None:
        backend = LocalBackend(str(path))
        with pytest.raises(BackendError, match="ended while starting") as caught:
            await backend.start()
        assert caught.value.kind == "unavailable"
        assert "\n" not in str(caught.value)
        assert backend.server_pid is None
        with pytest.raises(BackendError, match="not started"):
            await backend.complete(request("x", 1), 1)

    asyncio.run(run())


def test_usable_cores() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
