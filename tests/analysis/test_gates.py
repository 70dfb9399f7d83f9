"""Gates: the grammar, every quantity against a comparison by hand, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.analysis import Comparison, Wanted, compare, run_table
from cotbench.analysis.gates import read_gate, unmet
from cotbench.core.errors import ConfigurationError

from .builder import spec, write_run


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    path = tmp_path_factory.mktemp("gates")
    base = run_table(write_run(path / "base", {"a": "--", "b": "+-", "c": "++", "d": "+-"}, usd=0.25))
    plan = write_run(path / "plan", {"a": "+-", "b": "++", "c": "++", "d": "--"}, run=spec(strategy="plansearch"))
    none = run_table(write_run(path / "none", dict.fromkeys("abcd", "--"), run=spec(strategy="other")))
    wanted = Wanted(axis="attempts", at=(1.0, 2.0), submissions=(1, 2))
    return compare([base, run_table(plan), none], wanted=wanted)


def failed(text: str, compared: Comparison) -> list[tuple[str, float]]:
    return [(found.subject, found.value) for found in unmet([read_gate(text)], compared, {"here": "base"})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pass@1 < 0.55", [("base", 0.5), ("none", 0.0)]),
        ("pass@1(base) < 55%", [("base", 0.5)]),
        ("pass@1 (here) <= 0.5", [("base", 0.5)]),
        ("pass@2(plan) >= 75 %", [("plan", 0.75)]),
        ("pass@1(plan) < 0.5", []),
        # No program of these runs has passed a public case.
        ("1@1(plan) < 0.6", [("plan", 0.0)]),
        ("filtered@1(base)>0", []),
        ("difference@1 > 0.12", [("plan − base", 0.125)]),
        ("p@1(plan) > 0.05", [("plan − base", 1.0)]),
        ("p_holm@2(plan) > 5e-2", [("plan − base", 1.0)]),
        ("solved < 3", [("none", 0)]),
        ("attempts > 7", [("base", 8), ("plan", 8), ("none", 8)]),
        ("usd(base) > 1.9", [("base", 2.0)]),
        ("usd_per_solved(base) > 0.6", [("base", 2 / 3)]),
        ("tokens_per_solved(base) > 400", []),
        ("tokens_per_solved > 400", [("none", float("inf"))]),
        ("solved@2(plan) < 0.8", [("plan", 0.75)]),
        ("difference_at@1(plan) < 0.1", [("plan − base", 0.0)]),
        ("p_at@2(none) < 1", [("none − base", 0.25)]),
    ],
)
def test_quantities(text: str, expected: list[tuple[str, float]], compared: Comparison) -> None:
    assert failed(text, compared) == [(subject, pytest.approx(value)) for subject, value in expected]


def test_the_sentence_names_gate_run_and_value(compared: Comparison) -> None:
    [found] = unmet([read_gate("pass@2(none)  <   0.5")], compared, {})
    assert str(found) == "pass@2(none) < 0.5: none has 0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pass@1",
        "pass < 0.5",
        "pass@0 < 1",
        "pass@1.5 < 1",
        "recall@1 < 1",
        "tokens@1 < 1",
        "3@2 > 0.5",
        "0@2 > 0.5",
        "pass@1 == 0.5",
        "pass@1 < half",
        "pass@1() < 0.5",
        "pass@1 < 0.5; import os",
        "__import__('os') < 1",
    ],
)
def test_what_is_no_gate_is_refused_with_the_grammar(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--fail-if") as caught:
        read_gate(text)
    assert "pass@10 < 0.5" in caught.value.hint


@given(st.text(alphabet="pas@difrnce_tokuN0123456789.<>=()% -e", max_size=30))
def test_any_text_is_a_gate_or_refused(text: str) -> None:
    try:
        gate = read_gate(text)
    except ConfigurationError:
        return
    assert gate.sign in ("<", "<=", ">", ">=")
    assert float(gate.bound) == gate.bound


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pass@1(nobody) < 0.5", "no run 'nobody' is compared"),
        ("pass@9 < 0.5", "no such k is defined"),
        ("solved@7 < 0.5", "no such budget is known"),
        ("p@1(base) < 0.5", "nothing is known of it"),
    ],
)
def test_a_gate_that_cannot_be_checked_is_an_error(text: str, message: str, compared: Comparison) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        failed(text, compared)
    assert caught.value.hint


def test_unknown_values_are_an_error_and_not_met_in_silence(tmp_path: Path) -> None:
    runs = [run_table(write_run(tmp_path / name, {"a": "+"}, usd=None)) for name in ("one", "two")]
    with pytest.raises(ConfigurationError, match="the usd of one is not known"):
        failed("usd > 1", compare(runs))
    with pytest.raises(ConfigurationError, match="give --by") as caught:
        failed("solved@1 > 1", compare(runs))
    assert "equal cost" in caught.value.message
