"""Inputs to watch programs on: seeded, of the right types, never with an expected output."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.core.problem import UNKNOWN, CallCase, Case, CheckCase, Entry, ProblemView, StdinCase
from cotbench.engine.inputs import watched_inputs
from cotbench.engine.mutation import mutated, mutated_text

FUNCTION = Entry("function", "f")
CALLS = (CallCase(([3, 1], "abc", {"a", "b"}), "SECRET-1"), CallCase(([7, -2, 5], "xyz", {"c"}), "SECRET-2"))


def _view(*public: Case, entry: Entry = FUNCTION) -> ProblemView:
    return ProblemView("p", "statement", entry, "", public)


def test_public_inputs_come_first_without_what_is_expected() -> None:
    inputs = watched_inputs(_view(*CALLS, CALLS[0]), seed=1, generated=10)
    assert inputs.public == 2
    assert len(inputs.cases) == 12
    assert [case.arguments for case in inputs.cases[:2] if isinstance(case, CallCase)] == [c.arguments for c in CALLS]
    assert all(isinstance(case, CallCase) and case.expected is UNKNOWN for case in inputs.cases)
    assert "SECRET" not in repr(inputs)
    kinds = {
        tuple(type(argument) for argument in case.arguments) for case in inputs.cases if isinstance(case, CallCase)
    }
    assert kinds == {(list, str, set)}


def test_the_same_seed_gives_the_same_inputs_and_a_shorter_list_is_a_beginning() -> None:
    whole, again, other = (watched_inputs(_view(*CALLS), seed=seed, generated=12) for seed in (1, 1, 2))
    assert whole == again
    assert whole.digest != other.digest
    short = watched_inputs(_view(*CALLS), seed=1, generated=5)
    assert short.cases == whole.cases[:7]
    assert short.digest != whole.digest


def test_the_digest_does_not_depend_on_the_process() -> None:
    """Sets of texts are held in another order in every process."""
    here = Path(__file__)
    program = (
        f"import sys; sys.path.insert(0, {str(here.parent)!r}); import test_inputs as t;"
        "print(t.watched_inputs(t._view(*t.CALLS), seed=1).digest)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == watched_inputs(_view(*CALLS), seed=1).digest


@pytest.mark.parametrize("public", [(), (CheckCase("def check(candidate): assert candidate(1) == 'SECRET'"),)])
def test_without_public_inputs_there_are_none(public: tuple[Case, ...]) -> None:
    inputs = watched_inputs(_view(*public), seed=0)
    assert inputs.cases == ()
    assert inputs.public == 0


def test_a_problem_with_few_inputs_has_fewer() -> None:
    assert len(watched_inputs(_view(CallCase((True,), 1)), seed=0).cases) == 2


def test_words_that_count_stay_and_numbers_stay_numbers() -> None:
    text = "3\n2\n10 20\n4\n1 -2 3 4\n1\n0.50\n"
    rng = random.Random(3)
    changed = {mutated_text(text, [text], rng) for _ in range(300)}
    assert len(changed) > 100
    for other in changed:
        lines = other.split("\n")
        assert [lines[1], lines[3], lines[5]] == ["2", "4", "1"]
        assert [len(line.split()) for line in lines] == [1, 1, 2, 1, 4, 1, 1, 0]
        assert [int(word) < 0 for word in lines[4].split() if int(word)].count(True) <= 1
        assert len(lines[6].split(".")[1]) == 2


def test_standard_input_is_mutated_with_its_expected_output_left_out() -> None:
    inputs = watched_inputs(_view(StdinCase("2\n5 6\n", "SECRET"), entry=Entry("stdin")), seed=0, generated=6)
    assert all(isinstance(case, StdinCase) and case.expected == "" for case in inputs.cases)
    assert {case.stdin.split("\n")[0] for case in inputs.cases if isinstance(case, StdinCase)} == {"2"}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner) | st.frozensets(st.integers()),
    max_leaves=8,
)


@given(PLAIN, st.integers(0, 10**6))
def test_a_mutation_is_of_the_same_type_and_leaves_the_value_alone(value: object, seed: int) -> None:
    before = repr(value)
    assert type(mutated(value, random.Random(seed))) is type(value)
    assert repr(value) == before
