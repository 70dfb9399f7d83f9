"""Turn what a provider's library raises into a BackendError: kind, one line without secrets, when to try again."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from cotbench.backends.redact import redact
from cotbench.core.errors import BackendError, FaultKind

_CONTEXT = re.compile(
    r"exceed_context_size|exceeds the available context|maximum context length|context window|context length"
    r"|prompt is too long|input is too long|too many input tokens|request_too_large|input token count .* exceeds",
    re.I,
)
_CONTENT = re.compile(
    r"content[ _-]?(?:management )?(?:filter|policy)|safety (?:system|filter|polic|reason|check)|responsible ai"
    r"|blocked by [a-z ]*safety|flagged by [a-z ]*moderation|data_inspection_failed",
    re.I,
)
_KEY = re.compile(
    r"api[ _-]?key (?:is )?(?:not valid|invalid|incorrect|expired|missing)"
    r"|(?:invalid|incorrect|missing|wrong)[ _](?:x-)?api[ _-]?key|API_KEY_INVALID|authentication[ _]?error",
    re.I,
)
_MODEL = re.compile(
    r"model_not_found|not a valid model|unknown model|model [^.]{0,80}(?:does not exist|not found|is not available)"
    r"|no such model|invalid model",
    re.I,
)
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|billing|credit balance", re.I)
_POOR = re.compile(r"insufficient[_ ](?:quota|funds|balance|credits?)|credit balance", re.I)
_CONNECTION = re.compile(
    r"connection (?:error|refused|reset|aborted)|cannot connect|server disconnected|name or service", re.I
)
_OWN_WORDS = re.compile(r"^LiteLLM:\s*|\.?\s*Handle with `litellm\.\w+`\.?", re.I)
_PREFIX = re.compile(r"^(?:litellm\.)?\w*(?:Error|Timeout|Exception|Error_str)\b\s*[:-]\s*", re.I)
_BY_CLASS: Mapping[str, FaultKind] = {
    "ContextWindowExceededError": "context",
    "ContentPolicyViolationError": "content",
    "RejectedRequestError": "content",
    "Timeout": "timeout",
    "APITimeoutError": "timeout",
    "TimeoutError": "timeout",
    "AuthenticationError": "authentication",
    "PermissionDeniedError": "authentication",
    "APIConnectionError": "connection",
    "ServiceUnavailableError": "overload",
    "BadGatewayError": "server",
    "UnsupportedParamsError": "request",
}
_BY_STATUS: Mapping[int, FaultKind] = {
    401: "authentication",
    402: "unavailable",
    403: "authentication",
    404: "unavailable",
    408: "timeout",
    409: "server",
    413: "context",
    425: "server",
    429: "rate",
    503: "overload",
    529: "overload",
}


def to_backend_error(error: BaseException, *, model: str, secrets: Iterable[str] = ()) -> BackendError:
    """Return the BackendError for an exception raised by a model call. `secrets` are blanked in its message."""
    whole = str(error)
    # The library's text may be a whole page; the patterns need only its beginning. Secrets are blanked before
    # anything is cut off, since half a key is matched by nothing.
    text = whole[:4000]
    kind = _kind(error, text)
    line = redact(_bare(whole) or type(error).__name__, extra=secrets)
    what = {
        "timeout": "timed out",
        "rate": "refused for now, too many requests",
        "overload": "overloaded",
        "connection": "cannot be reached",
        "authentication": "did not accept the key",
        "context": "the prompt does not fit into the context",
        "content": "blocked by a content filter",
    }.get(kind)
    message = f"{model}: {what}: {line}" if what else f"{model}: {line}"
    return BackendError(message, kind=kind, hint=_hint(error, kind, text), retry_after=retry_after(error))


def retry_after(error: BaseException, *, now: float | None = None) -> float | None:
    """Return the seconds after which the provider wants to be asked again, as its headers say, or None."""
    headers: Any = getattr(getattr(error, "response", None), "headers", None) or {}
    more: Any = getattr(error, "litellm_response_headers", None) or {}
    for source in (more, headers):
        try:
            fields = {str(name).lower(): str(value).strip() for name, value in source.items()}
        except (AttributeError, TypeError):
            continue
        for name, scale in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
            seconds = _seconds(fields.get(name, ""), now)
            if seconds is not None:
                return seconds * scale
    return None


def _seconds(value: str, now: float | None) -> float | None:
    if re.fullmatch(r"\d+(?:\.\d+)?", value):
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError):
        return None
    return max(0.0, moment - (time.time() if now is None else now))


def _kind(error: BaseException, text: str) -> FaultKind:
    name = type(error).__name__
    status = _status(error)
    if name in ("ContextWindowExceededError", "ContentPolicyViolationError"):
        return _BY_CLASS[name]
    if status in (400, 413, 422) and _CONTEXT.search(text):
        return "context"
    if status in (400, 403, 422) and _CONTENT.search(text):
        return "content"
    if status in (400, 403, 422) and _KEY.search(text):
        return "authentication"
    if status in (400, 422) and _MODEL.search(text):
        return "unavailable"
    if (status == 429 or name == "RateLimitError") and _QUOTA.search(_with_body(error, text)):
        return "unavailable"
    # Some say so with another status, whose text may repeat the prompt: fewer words count.
    if status in (400, 403) and _POOR.search(text):
        return "unavailable"
    if name in _BY_CLASS:
        return _BY_CLASS[name]
    if isinstance(error, TimeoutError):
        return "timeout"
    if _CONNECTION.search(text) and (status is None or status >= 500):
        return "connection"
    if isinstance(error, OSError):
        return "connection"
    if status is not None:
        return _BY_STATUS.get(status) or ("server" if status >= 500 else "request")
    return "request"


def _status(error: BaseException) -> int | None:
    value = getattr(error, "status_code", None)
    try:
        return int(value) if value is not None else None
    except (TypeError, ValueError):
        return None


def _with_body(error: BaseException, text: str) -> str:
    return f"{text} {getattr(error, 'body', '')}"


def _bare(text: str) -> str:
    text = _said(text) or text
    previous = None
    while previous != text:
        previous, text = text, _PREFIX.sub("", text.strip())
    return _OWN_WORDS.sub("", text).strip()


def _said(text: str) -> str:
    """Return what a provider says in the JSON that its answer is, or ""."""
    try:
        body = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except (ValueError, RecursionError):
        return ""
    for place in (body.get("error"), body):
        if isinstance(place, str):
            return place
        message = place.get("message") or place.get("detail") if isinstance(place, dict) else None
        if isinstance(message, str):
            return message
    return ""


def _hint(error: BaseException, kind: FaultKind, text: str) -> str:
    status = _status(error)
    if status == 404 or (kind == "unavailable" and _MODEL.search(text)):
        return "no such model or address; an API base usually ends in /v1"
    if kind == "unavailable" and (_QUOTA.search(_with_body(error, text)) or _POOR.search(text)):
        return "the account's quota is used up"
    if "temperature" in text and "top_p" in text:
        return "give --top-p 1, or --temperature 1 with --top-p"
    if kind == "timeout":
        return "a longer timeout or fewer calls at once may help"
    return ""
