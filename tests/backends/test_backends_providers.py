"""What providers answer, through a real HTTP server: faults by class, thinking, caches, usage that cannot be right."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from backends_fake_api import Answer, FakeApi, chat

from cotbench.backends import LitellmBackend, litellm_backend
from cotbench.core.errors import BackendError, ConfigurationError
from cotbench.core.message import Completion, Request, Sampling, Usage, user

KEY = "sk-ant-this-is-a-secret-0123456789"
CLAUDE = "anthropic/claude-sonnet-4-5"
GEMINI = "gemini/gemini-2.0-flash"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch, api: FakeApi) -> None:
    for provider in ("ANTHROPIC", "GEMINI", "DEEPSEEK", "OPENAI"):
        monkeypatch.setenv(f"{provider}_API_KEY", KEY)
    # Without an API base of the user's, so that prices count; a provider's own variable leads to the test's server.
    monkeypatch.setenv("ANTHROPIC_API_BASE", api.base.removesuffix("/v1"))
    monkeypatch.setenv("DEEPSEEK_API_BASE", api.base)
    monkeypatch.setenv("OPENAI_BASE_URL", api.base)


def ask(backend: LitellmBackend, *requests: Request, draws: int = 1) -> list[Sequence[Completion]]:
    async def run() -> list[Sequence[Completion]]:
        await backend.start()
        try:
            return [await backend.complete(one, draws) for one in requests or (said("a"),)]
        finally:
            await backend.aclose()

    return asyncio.run(run())


def said(text: str, extra: str = "") -> Request:
    return Request((user(text),), Sampling(1.0, 0.95, 50, extra))


def openai(message: str, **fields: object) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


def anthropic(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def gemini(code: int, message: str, status: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status}}


def claude(*content: dict[str, str], stop: str = "end_turn", **usage: int) -> Answer:
    body = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": list(content)}
    return Answer({**body, "stop_reason": stop, "usage": {"input_tokens": 10, "output_tokens": 20, **usage}})


TOO_LONG = "prompt is too long: 210000 tokens > 200000 maximum"
POOR = "Your credit balance is too low to access the Anthropic API"
BAD_KEY = "API key not valid. Please pass a valid API key."
UNSAFE = "Your request was rejected as a result of our safety system"


@pytest.mark.parametrize(
    ("model", "status", "body", "raised", "kind"),
    [
        (CLAUDE, 400, anthropic("invalid_request_error", TOO_LONG), "ContextWindowExceededError", "context"),
        (CLAUDE, 400, anthropic("invalid_request_error", POOR), "BadRequestError", "unavailable"),
        (CLAUDE, 401, anthropic("authentication_error", "invalid x-api-key"), "AuthenticationError", "authentication"),
        (CLAUDE, 403, anthropic("permission_error", "no"), "PermissionDeniedError", "authentication"),
        (CLAUDE, 404, anthropic("not_found_error", "model: claude-x"), "NotFoundError", "unavailable"),
        (CLAUDE, 413, anthropic("request_too_large", "too large"), "BadRequestError", "context"),
        (CLAUDE, 429, anthropic("rate_limit_error", "slow down"), "RateLimitError", "rate"),
        (CLAUDE, 500, anthropic("api_error", "oh"), "InternalServerError", "server"),
        (GEMINI, 400, gemini(400, BAD_KEY, "INVALID_ARGUMENT"), "AuthenticationError", "authentication"),
        (GEMINI, 403, gemini(403, "Permission denied", "PERMISSION_DENIED"), "BadRequestError", "authentication"),
        (GEMINI, 504, gemini(504, "Deadline expired", "DEADLINE_EXCEEDED"), "Timeout", "timeout"),
        ("openai/m", 200, openai("upstream is rate limited", code=429), "RateLimitError", "rate"),
        ("openai/m", 400, openai("m is not a valid model ID"), "BadRequestError", "unavailable"),
        ("openai/m", 400, openai("bad field in: an account with billing"), "BadRequestError", "request"),
        ("openai/m", 400, openai("Incorrect API key provided"), "BadRequestError", "authentication"),
        ("openai/m", 400, openai(UNSAFE), "BadRequestError", "content"),
        ("openai/m", 400, openai("Invalid value at safety_settings"), "BadRequestError", "request"),
        ("openai/m", 422, openai("top_k must be positive"), "BadRequestError", "request"),
    ],
)
def test_faults_of_providers(
    api: FakeApi,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    status: int,
    body: dict[str, Any],
    raised: str,
    kind: str,
) -> None:
    classes: list[str] = []
    real = litellm_backend.to_backend_error

    def spy(error: BaseException, **more: Any) -> BackendError:
        classes.append(type(error).__name__)
        return real(error, **more)

    monkeypatch.setattr(litellm_backend, "to_backend_error", spy)
    api.say(Answer(body, status))
    with pytest.raises(BackendError) as caught:
        ask(LitellmBackend(model, api_base=api.base, timeout=5))
    assert (caught.value.kind, classes) == (kind, [raised])
    assert body["error"]["message"] in str(caught.value)
    assert "{" not in str(caught.value) and "litellm" not in str(caught.value).lower()
    assert len(api.seen) == 1


def test_a_reply_that_was_broken_off_is_no_reply(api: FakeApi) -> None:
    answer = chat("def f(): ret")
    answer.body["choices"][0].update(finish_reason="error", error={"code": 502, "message": f"gone, {KEY}"})
    api.say(answer)
    with pytest.raises(BackendError, match=r"broke off its reply: gone, \[secret\]") as caught:
        ask(LitellmBackend("openai/m", api_base=api.base))
    assert caught.value.kind == "server"


def test_a_key_in_a_reply_is_blanked(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", KEY)
    api.say(chat(f"your key is {KEY}."))
    ((reply,),) = ask(LitellmBackend("openai/m", api_base=api.base, api_key_env="MINE"))
    assert reply.text == "your key is [secret]."


@pytest.mark.parametrize(
    ("message", "finish_reason", "text", "finish", "reasoning"),
    [
        ({"content": "<think>" + "x" * 30 + "</think>\n" + "y" * 10}, "stop", "y" * 10, "stop", 15),
        ({"content": "x" * 30 + "\n</think>\n\n" + "y" * 10}, "stop", "y" * 10, "stop", 15),
        ({"content": "<think>" + "x" * 30}, "length", "", "length", 20),
        ({"content": "y" * 10, "reasoning_content": "x" * 30}, "stop", "y" * 10, "stop", 15),
        ({"content": None, "reasoning_content": "x" * 30}, "length", "", "length", 20),
        ({"content": None, "reasoning_content": "x" * 30}, "stop", "", "empty", 20),
        ({"content": "print('</think>')  # <think>"}, "stop", "print('</think>')  # <think>", "stop", 0),
    ],
)
def test_thinking(
    api: FakeApi, message: dict[str, Any], finish_reason: str, text: str, finish: str, reasoning: int
) -> None:
    answer = chat("", finish=finish_reason, usage={"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29})
    answer.body["choices"][0]["message"].update(message)
    api.say(answer)
    ((reply,),) = ask(LitellmBackend("openai/m", api_base=api.base))
    assert (reply.text.strip(), reply.finish) == (text, finish)
    assert reply.usage == Usage(9, 20, reasoning)


@pytest.mark.parametrize(
    ("temperature", "top_p", "sent"),
    [
        (0.8, 1.0, {"temperature": 0.8}),
        (1.0, 0.9, {"top_p": 0.9}),
        (1.0, 1.0, {"temperature": 1.0}),
        (0.8, 0.9, {"temperature": 0.8, "top_p": 0.9}),
    ],
)
def test_a_sampler_that_does_nothing_is_not_sent_to_claude(
    api: FakeApi, temperature: float, top_p: float, sent: dict[str, float]
) -> None:
    api.say(claude({"type": "text", "text": "x"}))
    ask(LitellmBackend(CLAUDE), Request((user("a"),), Sampling(temperature, top_p, 50)))
    assert {name: api.seen[0][name] for name in ("temperature", "top_p") if name in api.seen[0]} == sent
    api.say(chat("x"))
    ask(LitellmBackend("openai/m", api_base=api.base), Request((user("a"),), Sampling(1.0, 1.0, 50)))
    assert (api.seen[1]["temperature"], api.seen[1]["top_p"]) == (1.0, 1.0)


def test_usage_as_deepseek_gives_it(api: FakeApi) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    more = {"prompt_cache_hit_tokens": 64, "completion_tokens_details": {"reasoning_tokens": 7}}
    api.say(chat("x", usage={**usage, **more}))
    ((reply,),) = ask(LitellmBackend("deepseek/deepseek-reasoner", api_base=api.base))
    assert reply.usage == Usage(100, 20, 7, 64)


def test_usage_and_price_as_anthropic_gives_them(api: FakeApi) -> None:
    text = {"type": "text", "text": "answer"}
    api.say(claude(text, cache_read_input_tokens=1000, cache_creation_input_tokens=200))
    ((reply,),) = ask(LitellmBackend(CLAUDE))
    assert (reply.text, reply.usage) == ("answer", Usage(1210, 20, 0, 1000))
    # Per million: 3 plain, 3.75 written to the cache, 0.30 read from it, 15 for the answer.
    assert reply.usd == pytest.approx((10 * 3 + 200 * 3.75 + 1000 * 0.30 + 20 * 15) / 1e6)


def test_price_of_cached_tokens_as_openai_counts_them(api: FakeApi) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    api.say(chat("x", usage={**usage, "prompt_tokens_details": {"cached_tokens": 60}}, model="gpt-4o-mini"))
    ((reply,),) = ask(LitellmBackend("gpt-4o-mini"))
    assert reply.usd == pytest.approx((40 * 0.15 + 60 * 0.075 + 20 * 0.60) / 1e6)


@pytest.mark.parametrize(
    ("content", "stop", "finish"),
    [([], "refusal", "refusal"), ([{"type": "thinking", "thinking": "hm", "signature": "s"}], "max_tokens", "length")],
)
def test_endings_as_anthropic_gives_them(api: FakeApi, content: list[dict[str, str]], stop: str, finish: str) -> None:
    api.say(claude(*content, stop=stop))
    ((reply,),) = ask(LitellmBackend(CLAUDE))
    assert (reply.text, reply.finish) == ("", finish)


def test_missing_usage_is_estimated(api: FakeApi) -> None:
    answer = chat("one two three four five six seven eight nine ten")
    del answer.body["usage"]
    api.say(answer)
    ((reply,),) = ask(LitellmBackend("openai/m", api_base=api.base), said("a b c d e f g h i j " * 10))
    # English words of this length are one token each; a chat message adds a few.
    assert 100 <= reply.usage.prompt <= 115
    assert reply.usage.completion == 11
    assert reply.usage.estimated


def test_usage_of_one_choice_only_is_counted_again(api: FakeApi) -> None:
    texts = ("one two three four", "one two three four five six", "one two")
    api.say(chat(*texts, usage={"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}))
    (replies,) = ask(LitellmBackend("openai/m", api_base=api.base), draws=3)
    assert [reply.usage for reply in replies] == [
        Usage(9, 5, estimated=True),
        Usage(0, 7, estimated=True),
        Usage(0, 3, estimated=True),
    ]
    api.say(chat(*texts, usage={"prompt_tokens": 9, "completion_tokens": 15, "total_tokens": 24}))
    (replies,) = ask(LitellmBackend("openai/m", api_base=api.base), draws=3)
    assert sum(reply.usage.completion for reply in replies) == 15
    assert not any(reply.usage.estimated for reply in replies)


def test_a_server_that_refuses_several_replies_is_asked_one_by_one(api: FakeApi) -> None:
    api.answers = lambda body: Answer(openai("n must be 1", param="n"), 400) if body.get("n") else chat("x")
    backend = LitellmBackend("openai/m", api_base=api.base, max_draws=4)

    async def run() -> None:
        await backend.start()
        assert backend.max_draws == 4
        # The rest is asked for by the engine, from a backend that now says that it takes one at a time.
        assert len(await backend.complete(said("a"), 3)) == 1
        assert backend.max_draws == 1
        await backend.aclose()

    asyncio.run(run())
    assert [body.get("n", 1) for body in api.seen] == [3, 1]


def test_a_bad_request_for_several_replies_stays_a_bad_request(api: FakeApi) -> None:
    api.say(Answer(openai("unknown field"), 400))
    backend = LitellmBackend("openai/m", api_base=api.base, max_draws=4)
    with pytest.raises(BackendError) as caught:
        ask(backend, draws=3)
    assert (caught.value.kind, backend.max_draws) == ("request", 4)


def test_extra_parameters_reach_the_provider_even_unknown_ones(api: FakeApi) -> None:
    extra = '{"chat_template_kwargs":{"enable_thinking":false},"reasoning_effort":"low","top_k":5,"verbosity":"low"}'
    ask(LitellmBackend("openai/m", api_base=api.base), said("a", extra))
    assert {name: api.seen[0][name] for name in json.loads(extra)} == json.loads(extra)
    thinking = '{"reasoning_effort":"low"}'
    api.say(claude({"type": "text", "text": "x"}))
    ask(LitellmBackend(CLAUDE), said("a", thinking))
    assert api.seen[1]["thinking"]["type"] == "enabled"
    assert "reasoning_effort" not in api.seen[1]


def test_orders_to_the_library_are_no_parameters(api: FakeApi) -> None:
    with pytest.raises(ConfigurationError, match="extra must not set mock_timeout"):
        ask(LitellmBackend("openai/m", api_base=api.base), said("a", '{"mock_timeout":true}'))
    with pytest.raises(ConfigurationError, match="extra must not set tags"):
        asyncio.run(LitellmBackend("openai/m", api_base=api.base, extra='{"tags":["a"]}').start())
    assert not api.seen


@pytest.mark.parametrize("wanted", [True, False])
def test_a_repeated_beginning_is_marked_for_the_cache(api: FakeApi, wanted: bool) -> None:
    api.say(claude({"type": "text", "text": "x"}))
    statement = "Compute the sum. " * 300 + "\n\n"
    short = said("Compute the sum.\n\nWrite it.")
    asked = [short, short, *(said(f"{statement}Question {number}.") for number in range(3))]
    ask(LitellmBackend(CLAUDE, prompt_cache=wanted), *asked)
    marks = [[part.get("cache_control") for part in body["messages"][0]["content"]] for body in api.seen]
    twice = [{"type": "ephemeral"}, None]
    assert marks == ([[None], [None], [None], twice, twice] if wanted else [[None]] * 5)
    texts = ["".join(part["text"] for part in body["messages"][0]["content"]) for body in api.seen]
    assert texts == [request.messages[0].content for request in asked]
    if wanted:
        assert {body["messages"][0]["content"][0]["text"] for body in api.seen[3:]} == {statement}


def test_other_providers_are_not_marked(api: FakeApi) -> None:
    statement = "Compute the sum. " * 300 + "\n\n"
    ask(LitellmBackend("openai/m", api_base=api.base), said(statement), said(statement))
    assert [body["messages"][0]["content"] for body in api.seen] == [statement] * 2
