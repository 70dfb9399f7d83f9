"""Read a chat completion: texts, why each ended, and its tokens and price shared out among the draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cotbench.core.message import Completion, Finish, Usage


@dataclass(frozen=True, slots=True)
class Choice:
    """One reply of a response that may hold several."""

    text: str
    finish: Finish


def choices_of(response: Any) -> list[Choice]:
    """Return the replies that a response holds, in order."""
    return [_choice(choice) for choice in getattr(response, "choices", None) or []]


def usage_of(response: Any) -> Usage:
    """Return the tokens of a whole response; counts that the provider does not give are 0."""
    usage = getattr(response, "usage", None)
    prompt_details = getattr(usage, "prompt_tokens_details", None)
    completion_details = getattr(usage, "completion_tokens_details", None)
    cached = _count(prompt_details, "cached_tokens") or _count(usage, "cache_read_input_tokens")
    return Usage(
        prompt=_count(usage, "prompt_tokens"),
        completion=_count(usage, "completion_tokens"),
        reasoning=_count(completion_details, "reasoning_tokens"),
        cached=cached,
    )


def completions(choices: Sequence[Choice], usage: Usage, usd: float | None, seconds: float) -> list[Completion]:
    """Share the usage and price of one response among its draws, so that their sums are those of the response.

    The prompt is processed and charged once: it counts for the first draw. Completion and reasoning tokens, which
    providers count for all draws together, are shared in proportion to the length of the texts; the price in
    proportion to all tokens. Every draw has the latency of the request.
    """
    weights = [len(choice.text) + 1 for choice in choices]
    completion = shares(usage.completion, weights)
    reasoning = shares(usage.reasoning, weights)
    parts = [
        Usage(
            prompt=usage.prompt if index == 0 else 0,
            completion=completion[index],
            reasoning=reasoning[index],
            cached=usage.cached if index == 0 else 0,
        )
        for index in range(len(choices))
    ]
    total = sum(part.total for part in parts)
    result = []
    for choice, part in zip(choices, parts, strict=True):
        portion = part.total / total if total else 1 / len(choices)
        cost = None if usd is None else usd * portion
        result.append(Completion(choice.text, part, choice.finish, cost, seconds))
    return result


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Return whole numbers in proportion to `weights` that add up to `total`."""
    whole = sum(weights)
    result: list[int] = []
    taken = seen = 0
    for weight in weights:
        seen += weight
        upto = round(total * seen / whole)
        result.append(upto - taken)
        taken = upto
    return result


def _choice(choice: Any) -> Choice:
    message = getattr(choice, "message", None)
    text = _text(getattr(message, "content", None))
    reason = str(getattr(choice, "finish_reason", None) or "")
    extra = getattr(message, "provider_specific_fields", None)
    refusal = extra.get("refusal") if isinstance(extra, dict) else None
    finish: Finish
    if reason in ("content_filter", "refusal", "safety") or refusal:
        finish = "refusal"
    elif not text.strip():
        finish = "empty"
    elif reason in ("length", "max_tokens"):
        finish = "length"
    else:
        finish = "stop"
    return Choice(text or (str(refusal) if refusal else ""), finish)


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _count(holder: Any, name: str) -> int:
    value = getattr(holder, name, None)
    return value if isinstance(value, int) and value > 0 else 0
