"""Digests, keys and seeds: every identifier is derived from content, never from a clock or a counter."""

from __future__ import annotations

import hashlib
import json
import random

from cotbench.core.message import Request, Sampling


def digest(value: object) -> str:
    """Return the SHA-256 (hex) of plain data written as canonical JSON."""
    return text_digest(canonical(value))


def canonical(value: object) -> str:
    """Return plain data as JSON in the one form that digests are taken of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def text_digest(text: str) -> str:
    """Return the SHA-256 (hex) of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def request_fields(model: str, request: Request) -> dict[str, str]:
    """Return what identifies a request, field by field, so that a mismatch can be named."""
    return {
        "model": model,
        "messages": digest([[message.role, message.content] for message in request.messages]),
        "temperature": repr(float(request.sampling.temperature)),
        "top_p": repr(float(request.sampling.top_p)),
        "max_tokens": str(request.sampling.max_tokens),
        "schema": text_digest(request.schema.text) if request.schema else "",
        "stop": digest(list(request.stop)) if request.stop else "",
        **{f"extra {name}": canonical(value) for name, value in extra_parameters(request.sampling).items()},
    }


def extra_parameters(sampling: Sampling) -> dict[str, object]:
    """Return the provider's further parameters by name. Raises ValueError if they are no JSON object."""
    found = json.loads(sampling.extra or "{}")
    if not isinstance(found, dict):
        raise ValueError("extra parameters: an object was expected")
    return found


def unit_key(problem: str, unit: int) -> str:
    """Return the key of a unit: the problem and the number of the repetition."""
    return f"{problem}::{unit}"


def attempt_key(problem: str, unit: int, index: int) -> str:
    """Return the key of an attempt."""
    return f"{unit_key(problem, unit)}::{index}"


def call_key(problem: str, unit: int, path: str, draw: int) -> str:
    """Return the key of a call: unit, path of child labels, draw index."""
    return f"{unit_key(problem, unit)}::{path}#{draw}"


def seeded(*parts: object) -> random.Random:
    """Return a random generator whose state depends on `parts` only."""
    return random.Random(int(digest([str(part) for part in parts])[:16], 16))
