"""Every attack at every level: none passes unless it is right, none does what its level forbids, and grading goes on."""

from __future__ import annotations

import time

import pytest
from arena import Arena
from attack import DONE, EITHER, EXPECTED, FAILS, SECRET, Attack
from attacks import ALL
from crowd import Judged

from cotbench.core.errors import GradingError
from cotbench.core.problem import CallCase, Entry
from cotbench.core.verdict import Job, Limits
from cotbench.grading import known_comparers


def test_the_table_is_large() -> None:
    assert len({attack.code for attack in ALL.values()}) >= 80
    assert {attack.form for attack in ALL.values()} == {"call", "check", "stdin"}
    for attack in ALL.values():
        assert attack.may <= EITHER, attack.name
        assert attack.cases or attack.expected in (EXPECTED, SECRET, DONE), attack.name


@pytest.mark.parametrize("name", ALL)
def test_attack(arena: Arena, crowd: dict[str, Judged], name: str) -> None:
    attack = ALL[name]
    contained = attack.contained_at(arena.level)
    judged = crowd[name] if name in crowd else _judged_alone(arena, attack)
    verdict = judged.verdict
    assert verdict.outcome in (attack.may if contained else EITHER), verdict
    assert not (contained and judged.happened), judged.happened
    assert str(attack.expected) not in verdict.detail
    assert SECRET not in verdict.detail
    assert len(verdict.detail) < 300
    assert "\n" not in verdict.detail
    assert judged.seconds < 10
    assert not judged.trouble


def _judged_alone(arena: Arena, attack: Attack) -> Judged:
    began = time.monotonic()
    try:
        verdict = arena.judge(attack)
        seconds = time.monotonic() - began
        happened = "the forbidden act happened" if arena.happened(attack.probe) else ""
        if attack.then and arena.judge_second(attack).outcome == "passed":
            happened = "the second program found what the first one left"
    finally:
        arena.assert_calm(attack)
    return Judged(verdict, seconds, happened)


HOSTILE = {
    "decimal": "from decimal import Decimal\ndef f(x): return [Decimal('1E+999999999'), Decimal('-7E-999999999')]",
    "one decimal": "from decimal import Decimal\ndef f(x): return Decimal('1E+999999999')",
    "fraction": "from fractions import Fraction\ndef f(x): return Fraction(3 ** 9_000, 2 ** 14_000)",
    "int": "def f(x): return 10 ** 200_000",
    "range": "def f(x): return range(10 ** 15)",
    "mixed": "def f(x): return [1, 'a', None, float('nan'), (), {}, set(), b'', 1j]",
    "deep": "def f(x):\n    v = 0.5\n    for _ in range(190): v = [v]\n    return v",
    "object": "class E:\n    def __eq__(self, o): return True\ndef f(x): return [E(), E()]",
    "text": "def f(x): return '1' * 900_000",
}


@pytest.mark.parametrize("comparer", known_comparers())
def test_no_comparer_is_stopped_or_fooled_by_a_hostile_value(arena: Arena, comparer: str) -> None:
    for code in HOSTILE.values():
        for expected in (5, 0.5, [0.5, 0.25], (0.5, "a"), {1, 2}, "5", None, {"a": 0.5}):
            cases = (CallCase((1,), expected),)
            job = Job(code, Entry("function", "f"), cases, comparer, Limits(1.0, 256 << 20, 1 << 20), tolerance=1e-6)
            began = time.monotonic()
            try:
                verdict = arena.grader.judge(job)
            except GradingError as error:
                pytest.skip(f"{comparer} needs more than a value: {error}")
            assert verdict.outcome in FAILS, (code, expected, verdict)
            assert time.monotonic() - began < 5, (code, expected)
    arena.judge_right("call")
