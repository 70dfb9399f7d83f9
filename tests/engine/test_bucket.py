"""Token buckets: exact waits, and the bound on what can be taken in any span of time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.engine.bucket import Bucket


def test_waits_are_exact() -> None:
    bucket = Bucket(30, now=100.0)
    assert bucket.wait(1, 100.0) == 0.0
    bucket.take(1, 100.0)
    assert bucket.wait(1, 100.0) == 2.0, "30 a minute is one in two seconds"
    assert bucket.wait(1, 101.5) == 0.5
    assert bucket.wait(1, 102.0) == 0.0
    assert bucket.wait(1, 500.0) == 0.0
    bucket.take(1, 500.0)
    assert bucket.wait(1, 500.0) == 2.0, "idle time is not saved up"


def test_more_than_a_bucket_holds_is_owed_by_the_next() -> None:
    bucket = Bucket(6000, now=0.0)
    assert bucket.wait(1000, 0.0) == 0.0, "a second's worth is 100; 1000 would otherwise never fit"
    bucket.take(1000, 0.0)
    assert bucket.wait(1, 0.0) == pytest.approx(9.01)
    bucket.give(850, 0.0)
    assert bucket.wait(1, 0.0) == pytest.approx(0.51), "only 150 were used"
    bucket.give(-100, 0.0)
    assert bucket.wait(1, 0.0) == pytest.approx(1.51), "and then 100 more"
    bucket.give(10**6, 0.0)
    bucket.take(100, 0.0)
    assert bucket.wait(100, 0.0) == pytest.approx(1.0), "never more than full"


@given(
    st.integers(1, 5000),
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 500)), min_size=1, max_size=60),
)
def test_no_span_of_time_sees_more_than_its_share(per_minute: int, arrivals: list[tuple[float, int]]) -> None:
    bucket, now = Bucket(per_minute, 0.0), 0.0
    taken: list[tuple[float, int]] = []
    for pause, amount in arrivals:
        now += pause
        now += bucket.wait(amount, now)
        assert bucket.wait(amount, now) == pytest.approx(0.0, abs=1e-6)
        bucket.take(amount, now)
        taken.append((now, amount))
    saved = max(1.0, per_minute / 60)
    for first in range(len(taken)):
        total = 0
        for at, amount in taken[first:]:
            # What the last one took beyond a full bucket is paid for by whoever comes after it.
            assert total + min(amount, saved) <= saved + (at - taken[first][0]) * per_minute / 60 + 1e-3
            total += amount
