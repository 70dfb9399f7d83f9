"""Read a chat completion: texts, thoughts, why each ended, and its tokens and price shared out among the draws."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cotbench.core.message import Completion, Finish, Usage

_OPENING = re.compile(r"\s*<(think|thinking|thought)>")
_CLOSING = re.compile(r"</(?:think|thinking|thought)>\s?")
_CLOSING_LINE = re.compile(r"^[ \t]*</(?:think|thinking|thought)>[ \t]*$\s*", re.M)


@dataclass(frozen=True, slots=True)
class Choice:
    """One reply of a response that may hold several. A `thought` is no part of the text."""

    text: str
    finish: Finish
    thought: str = ""


def choices_of(response: Any) -> list[Choice]:
    """Return the replies that a response holds, in order."""
    return [_choice(choice) for choice in getattr(response, "choices", None) or []]


def fault_of(response: Any) -> str | None:
    """Return what a provider says of a reply that it broke off half-way, or None. Such a text is no reply."""
    for choice in getattr(response, "choices", None) or []:
        extra = getattr(choice, "provider_specific_fields", None)
        fields = extra if isinstance(extra, dict) else {}
        error = fields.get("error") or getattr(choice, "error", None)
        if error or fields.get("native_finish_reason") == "error":
            message = error.get("message") if isinstance(error, dict) else error
            return str(message or "no reason given")
    return None


def usage_of(response: Any) -> Usage:
    """Return the tokens of a whole response; counts that the provider does not give are 0."""
    usage = getattr(response, "usage", None)
    prompt_details = getattr(usage, "prompt_tokens_details", None)
    completion_details = getattr(usage, "completion_tokens_details", None)
    prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    cached = (
        _count(prompt_details, "cached_tokens")
        or _count(usage, "cache_read_input_tokens")
        or _count(usage, "prompt_cache_hit_tokens")
    )
    reasoning = _count(completion_details, "reasoning_tokens") or _count(usage, "reasoning_tokens")
    return Usage(prompt, completion, min(reasoning, completion), min(cached, prompt))


def checked(
    usage: Usage,
    choices: Sequence[Choice],
    count_prompt: Callable[[], int],
    count_text: Callable[[str], int],
    *,
    doubt: bool,
) -> tuple[Usage, list[int]]:
    """Return the usage with what is missing or wrong counted here, and the weights of the choices among each other.

    `doubt` is for servers that are known to count the completion tokens of one choice only where they gave several:
    their count stands if it is nearer to the sum over the choices than to any single one.
    """
    weights = [len(choice.thought) + len(choice.text) + 1 for choice in choices]
    written = [choice.thought + choice.text for choice in choices]
    if not usage.prompt:
        usage = replace(usage, prompt=count_prompt(), estimated=True)
    unreported = not usage.completion and any(written)
    if unreported or (doubt and len(choices) > 1):
        counts = [count_text(text) if text else 0 for text in written]
        total = sum(counts)
        nearest = min((abs(usage.completion - count) for count in counts), default=0)
        if unreported or nearest < abs(usage.completion - total):
            # The token that ends a reply is generated, too.
            counts = [count + (choice.finish != "length") for count, choice in zip(counts, choices, strict=True)]
            usage = replace(usage, completion=sum(counts), estimated=True)
            weights = counts
    thought, whole = sum(len(choice.thought) for choice in choices), sum(map(len, written))
    if not usage.reasoning and thought:
        usage = replace(usage, reasoning=round(usage.completion * thought / whole))
    return usage, weights


def completions(
    choices: Sequence[Choice], usage: Usage, weights: Sequence[int], usd: float | None, seconds: float
) -> list[Completion]:
    """Share the usage and price of one response among its draws, so that their sums are those of the response.

    The prompt is processed and charged once: it counts for the first draw. Completion and reasoning tokens, which
    providers count for all draws together, are shared in proportion to `weights`; the price in proportion to all
    tokens. Every draw has the latency of the request.
    """
    if len(choices) == 1:
        return [Completion(choices[0].text, usage, choices[0].finish, usd, seconds)]
    completion = shares(usage.completion, weights)
    reasoning = [min(part, whole) for part, whole in zip(shares(usage.reasoning, weights), completion, strict=True)]
    parts = [
        Usage(
            prompt=usage.prompt if index == 0 else 0,
            completion=completion[index],
            reasoning=reasoning[index],
            cached=usage.cached if index == 0 else 0,
            estimated=usage.estimated,
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


def split_thought(text: str) -> tuple[str, str]:
    """Return the thought that a reply's text begins with, and the rest.

    Some servers leave out the opening mark, which their chat template puts into the prompt; then the closing one must
    stand on a line of its own. A thought without a closing mark was cut, and nothing follows it.
    """
    opening = _OPENING.match(text)
    if opening is None:
        ending = _CLOSING_LINE.search(text)
        return ("", text) if ending is None else (text[: ending.start()], text[ending.end() :])
    closing = _CLOSING.search(text)
    if closing is None:
        return text[opening.end() :], ""
    return text[opening.end() : closing.start()], text[closing.end() :]


def _choice(choice: Any) -> Choice:
    message = getattr(choice, "message", None)
    text = _text(getattr(message, "content", None))
    thought = _text(getattr(message, "reasoning_content", None))
    if not thought and ("</th" in text or text.lstrip().startswith("<th")):
        thought, text = split_thought(text)
    reason = str(getattr(choice, "finish_reason", None) or "")
    extra = getattr(message, "provider_specific_fields", None)
    refusal = extra.get("refusal") if isinstance(extra, dict) else None
    finish: Finish
    if reason in ("content_filter", "refusal", "safety") or refusal:
        finish = "refusal"
    elif reason in ("length", "max_tokens"):
        # Also where nothing but a thought was written: the limit is what stopped it.
        finish = "length"
    elif not text.strip():
        finish = "empty"
    else:
        finish = "stop"
    return Choice(text or (str(refusal) if refusal else ""), finish, thought)


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _count(holder: Any, name: str) -> int:
    value = getattr(holder, name, None)
    return value if isinstance(value, int) and value > 0 else 0
