"""Retries: bounded, only for faults that can pass, honouring what the server asks for."""

from __future__ import annotations

import asyncio

import pytest

from cotbench.core.errors import BackendError
from cotbench.engine.retry import RetryPolicy, with_retries

FAST = RetryPolicy(tries=4, first=0.001, longest=0.002)


def _run(kinds: list[str], policy: RetryPolicy = FAST) -> tuple[str, list[float]]:
    waits: list[float] = []
    left = list(kinds)

    async def call() -> str:
        if left:
            raise BackendError("no", kind=left.pop(0))  # type: ignore[arg-type]
        return "reply"

    result = asyncio.run(with_retries(call, policy, lambda error, wait: waits.append(wait)))
    return result, waits


def test_passing_faults_are_tried_again() -> None:
    result, waits = _run(["rate", "timeout", "connection"])
    assert result == "reply"
    assert len(waits) == 3


def test_tries_run_out() -> None:
    with pytest.raises(BackendError):
        _run(["rate"] * 4)


@pytest.mark.parametrize("kind", ["authentication", "request", "context", "content", "unavailable"])
def test_other_faults_are_not(kind: str) -> None:
    with pytest.raises(BackendError):
        _run([kind])


def test_waits_grow_and_have_a_bound() -> None:
    policy = RetryPolicy(first=1.0, longest=8.0)
    for failures, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (9, 8.0)):
        assert longest / 2 <= policy.wait(failures, None) <= longest
    assert 30.0 <= policy.wait(1, 30.0) <= 33.0
    assert 600.0 <= policy.wait(1, 1e9) <= 660.0, "patience has an end"
    assert policy.wait(10**6, None) <= 8.0


def test_timeouts_run_out_sooner_than_other_tries() -> None:
    policy = RetryPolicy(tries=9, timeouts=2, first=0.001, longest=0.001)
    result, waits = _run(["timeout", *["server"] * 4, "overload"], policy)
    assert (result, len(waits)) == ("reply", 6)
    with pytest.raises(BackendError):
        _run(["timeout", "server", "timeout"], policy)
