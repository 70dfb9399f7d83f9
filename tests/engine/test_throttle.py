"""The throttle: halved once per window, recovered place by place, closed for as long as the server asks."""

from __future__ import annotations

from cotbench.engine.retry import RetryPolicy
from cotbench.engine.throttle import Throttle

POLICY = RetryPolicy(first=1.0, longest=60.0, patience=600.0)


def test_all_refusals_of_one_window_halve_once() -> None:
    throttle = Throttle(16, POLICY)
    window = [throttle.sent() for _ in range(16)]
    changes = [throttle.refused(number, None, 0.0) for number in window]
    assert changes == [True, *[False] * 15]
    assert throttle.limit == 8
    assert 0.5 <= throttle.opens <= 1.0
    again = [throttle.sent() for _ in range(8)]
    for number in again:
        throttle.refused(number, None, 10.0)
    assert throttle.limit == 4
    assert 11.0 <= throttle.opens <= 12.0, "the second refusal in a row waits twice as long"


def test_never_below_one() -> None:
    throttle = Throttle(3, POLICY)
    limits = []
    for moment in range(4):
        throttle.refused(throttle.sent(), None, float(moment))
        limits.append(throttle.limit)
    assert limits == [1, 1, 1, 1]


def test_recovery_adds_one_place_per_round_of_answers() -> None:
    throttle = Throttle(16, POLICY)
    old = [throttle.sent() for _ in range(3)]
    throttle.refused(throttle.sent(), None, 0.0)
    assert throttle.limit == 8
    for number in old:
        assert not throttle.answered(number), "sent before the reduction: says nothing about it"
    needed = []
    while throttle.limit < 16:
        answers = 1
        while not throttle.answered(throttle.sent()):
            answers += 1
        needed.append(answers)
    assert needed == [8, 9, 10, 11, 12, 13, 14, 15]
    assert not any(throttle.answered(throttle.sent()) for _ in range(100)), "never above what the user allows"


def test_every_retry_after_is_honoured_the_longest_wins() -> None:
    throttle = Throttle(8, POLICY)
    numbers = [throttle.sent() for _ in range(4)]
    assert throttle.refused(numbers[0], 20.0, 100.0)
    assert 120.0 <= throttle.opens <= 122.0
    assert throttle.refused(numbers[1], 50.0, 100.0), "the same window, but a longer silence"
    assert 150.0 <= throttle.opens <= 155.0
    assert not throttle.refused(numbers[2], 3.0, 100.0)
    assert 150.0 <= throttle.opens <= 155.0
    assert throttle.limit == 4
    throttle.refused(throttle.sent(), 1e9, 200.0)
    assert throttle.opens <= 200.0 + 660.0, "patience has an end"


def test_an_answer_ends_the_row_of_refusals() -> None:
    throttle = Throttle(8, POLICY)
    for _ in range(5):
        throttle.refused(throttle.sent(), None, 0.0)
    throttle.answered(throttle.sent())
    before = throttle.opens
    throttle.refused(throttle.sent(), None, before)
    assert 0.5 <= throttle.opens - before <= 1.0
