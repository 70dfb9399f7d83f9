"""The litellm backend against a real HTTP server: replies, usage, faults, secrets, and silence."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from backends_fake_api import Answer, FakeApi, chat

from cotbench.backends import LitellmBackend
from cotbench.core.errors import BackendError, ConfigurationError
from cotbench.core.message import Completion, Request, Sampling, Schema, Usage, assistant, user

SECRET = "sk-very-secret-0123456789"


def request(schema: Schema | None = None) -> Request:
    return Request((user("a"), assistant("b"), user("c")), Sampling(0.5, 0.9, 77), schema)


def ask(backend: LitellmBackend, draws: int = 1, schema: Schema | None = None) -> Sequence[Completion]:
    async def run() -> Sequence[Completion]:
        await backend.start()
        try:
            return await backend.complete(request(schema), draws)
        finally:
            await backend.aclose()

    return asyncio.run(run())


def fault(backend: LitellmBackend) -> BackendError:
    with pytest.raises(BackendError) as caught:
        ask(backend)
    assert "\n" not in str(caught.value)
    return caught.value


def local(api: FakeApi, **more: Any) -> LitellmBackend:
    return LitellmBackend("openai/m", api_base=api.base, **more)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_request_and_reply(api: FakeApi, capfd: pytest.CaptureFixture[str]) -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 6,
        "total_tokens": 16,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    api.say(chat("hello", usage=usage))
    (reply,) = ask(local(api))
    assert (reply.text, reply.finish, reply.usd) == ("hello", "stop", None)
    assert reply.usage == Usage(10, 6, 2, 4)
    assert 0 < reply.seconds < 30
    (sent,) = api.seen
    assert sent["model"] == "m"
    assert [turn["role"] for turn in sent["messages"]] == ["user", "assistant", "user"]
    assert (sent["temperature"], sent["top_p"], sent["max_tokens"]) == (0.5, 0.9, 77)
    assert "n" not in sent
    assert api.headers[0]["authorization"] == "Bearer none"
    assert capfd.readouterr() == ("", "")


def test_several_draws_share_the_usage(api: FakeApi) -> None:
    api.say(chat("aaaa", "b", "", usage={"prompt_tokens": 9, "completion_tokens": 100, "total_tokens": 109}))
    replies = ask(local(api, usd=0.0), draws=3)
    assert api.seen[0]["n"] == 3
    assert [reply.usage.prompt for reply in replies] == [9, 0, 0]
    assert sum(reply.usage.completion for reply in replies) == 100
    assert replies[0].usage.completion > replies[1].usage.completion > replies[2].usage.completion
    assert [reply.finish for reply in replies] == ["stop", "stop", "empty"]
    assert [reply.usd for reply in replies] == [0.0, 0.0, 0.0]


def test_server_that_ignores_n_gives_what_it_gives(api: FakeApi) -> None:
    assert len(ask(local(api), draws=3)) == 1
    api.say(chat("a", "b", "c", "d"))
    assert [reply.text for reply in ask(local(api), draws=3)] == ["a", "b", "c"]
    assert [body.get("n", 1) for body in api.seen] == [3, 3]


def test_key_from_a_named_variable(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_ENDPOINT", SECRET)
    ask(local(api, api_key_env="MY_ENDPOINT"))
    assert api.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_name_without_provider_at_an_api_base(api: FakeApi) -> None:
    backend = LitellmBackend("Qwen/some-model", api_base=api.base)
    ask(backend)
    assert api.seen[0]["model"] == "Qwen/some-model"
    assert backend.name == "Qwen/some-model"


def test_schema_goes_where_it_is_supported(api: FakeApi) -> None:
    closed = Schema("s", '{"additionalProperties":false,"properties":{},"required":[],"type":"object"}')
    ask(local(api, structured=True), schema=closed)
    ask(local(api, structured=True), schema=Schema("t", '{"type":"object"}'))
    ask(local(api), schema=closed)
    first, second, third = api.seen
    assert first["response_format"]["type"] == "json_schema"
    assert first["response_format"]["json_schema"]["strict"] is True
    assert second["response_format"]["json_schema"]["strict"] is False
    assert "response_format" not in third


@pytest.mark.parametrize(
    ("answer", "finish"),
    [
        (chat("half", finish="length"), "length"),
        (chat("", finish="content_filter"), "refusal"),
        (chat(None), "empty"),
        (chat(" \n"), "empty"),
    ],
)
def test_finish(api: FakeApi, answer: Answer, finish: str) -> None:
    api.say(answer)
    assert ask(local(api))[0].finish == finish


def problem(status: int, message: str = "no", **fields: object) -> Answer:
    return Answer({"error": {"message": message, **fields}}, status)


CONTEXT = "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(429), "rate"),
        (problem(429, "You exceeded your current quota", code="insufficient_quota"), "unavailable"),
        (problem(500), "server"),
        (problem(502), "server"),
        (problem(503), "overload"),
        (problem(529), "overload"),
        (Answer("<html>Bad gateway</html>", 502), "server"),
        (problem(401), "authentication"),
        (problem(403), "authentication"),
        (problem(404), "unavailable"),
        (problem(408), "timeout"),
        (problem(400, "bad parameter"), "request"),
        (problem(422), "request"),
        (problem(400, CONTEXT, type="exceed_context_size_error", n_ctx=4096), "context"),
        (problem(400, "This model's maximum context length is 8192 tokens"), "context"),
        (problem(400, "filtered due to content management policy", code="content_filter"), "content"),
        (Answer("this is not JSON"), "server"),
        (Answer("[]"), "server"),
        (Answer({"id": "x", "choices": []}), "server"),
        (Answer({}, delay=5.0), "timeout"),
    ],
)
def test_fault_kinds_without_hidden_retries(api: FakeApi, answer: Answer, kind: str) -> None:
    api.say(answer)
    error = fault(local(api, timeout=0.5))
    assert error.kind == kind, error
    assert str(error).startswith("openai/m: ")
    assert "litellm" not in str(error)
    assert len(api.seen) == 1


def test_refused_connection(api: FakeApi) -> None:
    backend = local(api)
    api.close()
    assert fault(backend).kind == "connection"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7.0), ({"retry-after-ms": "250"}, 0.25), ({"Retry-After": "later"}, None), ({}, None)],
)
def test_retry_after(api: FakeApi, headers: dict[str, str], seconds: float | None) -> None:
    api.say(Answer({"error": {"message": "slow down"}}, 429, headers))
    assert fault(local(api)).retry_after == seconds


def test_secrets_stay_out_of_messages(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_ENDPOINT", SECRET)
    monkeypatch.setenv("OTHER_TOKEN", "plain-words-as-token")
    said = f"Incorrect key {SECRET}, plain-words-as-token, https://user:pw12@host/x?api_key=abcd1234 Bearer abcdefgh123"
    api.say(problem(401, said))
    error = fault(local(api, api_key_env="MY_ENDPOINT"))
    text = f"{error} {error.__cause__}"
    for secret in (SECRET, "plain-words", "pw12", "abcd1234", "abcdefgh123"):
        assert secret not in text
    assert "Incorrect key [secret]" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "nope/zzz"}, "no provider is known for the model nope/zzz"),
        ({"model": "antropic/claude"}, "did you mean anthropic/"),
        ({"model": "gpt-4o-mni"}, "did you mean gpt-4o-mini"),
        ({"model": "gpt-4o-mini"}, "OPENAI_API_KEY"),
        ({"model": "anthropic/claude-x"}, "ANTHROPIC_API_KEY"),
        ({"model": "gemini/gemini-2.0-flash"}, "GOOGLE_API_KEY or GEMINI_API_KEY"),
        ({"model": "gpt-4o-mini", "api_key_env": "NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE"),
        ({"model": "openai/x", "api_base": "localhost:8000"}, "is not a web address"),
    ],
)
def test_start_refuses_before_any_work(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(LitellmBackend(**arguments).start())
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_key_given_in_place_of_a_variable_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(LitellmBackend("gpt-4o-mini", api_key_env=SECRET).start())
    assert SECRET not in str(caught.value)


def test_known_price_and_draws(monkeypatch: pytest.MonkeyPatch, api: FakeApi) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", api.base)
    backend = LitellmBackend("gpt-4o-mini")
    api.say(chat("aa", "bb", model="gpt-4o-mini"))
    replies = ask(backend, draws=2)
    assert backend.max_draws == 8
    assert sum(reply.usd or 0.0 for reply in replies) == pytest.approx(10 * 0.15e-6 + 6 * 0.6e-6)


def test_two_backends_share_connections(api: FakeApi) -> None:
    async def run() -> None:
        one, two = local(api), local(api)
        await one.start()
        await two.start()
        await one.complete(request(), 1)
        await one.aclose()
        await two.complete(request(), 1)
        await two.aclose()
        with pytest.raises(BackendError, match="not started"):
            await two.complete(request(), 1)

    asyncio.run(run())
    assert len(ask(local(api))) == 1


def test_cancelled_call_stays_cancelled(api: FakeApi) -> None:
    api.say(Answer({}, delay=5.0))

    async def run() -> None:
        backend = local(api)
        await backend.start()
        task = asyncio.create_task(backend.complete(request(), 1))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await backend.aclose()

    asyncio.run(run())


def test_nothing_is_printed_and_nothing_left_open(api: FakeApi, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(
        "import asyncio, sys\n"
        "from cotbench.backends import LitellmBackend\n"
        "from cotbench.core.errors import BackendError\n"
        "from cotbench.core.message import Request, Sampling, user\n"
        "async def main():\n"
        "    backend = LitellmBackend('openai/m', api_base=sys.argv[1])\n"
        "    await backend.start()\n"
        "    one = Request((user('x'),), Sampling())\n"
        "    await asyncio.gather(*(backend.complete(one, 1) for _ in range(20)), return_exceptions=True)\n"
        "    await backend.aclose()\n"
        "asyncio.run(main())\n"
    )
    api.answers = lambda body: problem(500) if len(api.seen) % 3 == 0 else chat("ok")
    command = [sys.executable, "-W", "default", str(script), api.base]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(api.seen) == 20


def test_loggers_are_silent(api: FakeApi) -> None:
    ask(local(api))
    assert logging.getLogger("LiteLLM").level == logging.CRITICAL
