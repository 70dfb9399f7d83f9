"""Messages of faults, secrets in them, and how usage is shared out: pure functions."""

from __future__ import annotations

from cotbench.backends.faults import retry_after, to_backend_error
from cotbench.backends.redact import redact
from cotbench.backends.replies import shares


def test_retry_after_as_a_date() -> None:
    error = RuntimeError()
    error.litellm_response_headers = {"Retry-After": "Thu, 01 Jan 1970 00:01:40 GMT"}  # type: ignore[attr-defined]
    assert retry_after(error, now=40.0) == 60.0


def test_redact_is_one_short_line() -> None:
    assert redact("a\n b" + "c" * 500, limit=20, environ={}) == "a b" + "c" * 16 + "…"
    assert redact("say none", environ={"API_KEY": "none"}) == "say none"


def test_shares_add_up() -> None:
    assert shares(10, [1, 1, 1]) == [3, 4, 3]
    assert sum(shares(97, [5, 1, 9, 2])) == 97


def test_unknown_exceptions_become_one_line() -> None:
    error = to_backend_error(ValueError("odd\nthing"), model="m")
    assert (error.kind, str(error)) == ("request", "m: odd thing")
    assert to_backend_error(ConnectionResetError("reset"), model="m").kind == "connection"
    assert to_backend_error(TimeoutError(), model="m").kind == "timeout"
