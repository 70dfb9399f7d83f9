"""The programs that the measurements run: mutants, stdin programs, the program that only uses the CPU."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from benchmarks.mutants import mutants
from benchmarks.spin import spin_answer, spin_program
from benchmarks.stdin_programs import stdin_cases, stdin_programs

ROW: dict[str, object] = {
    "task_id": "Own/1",
    "prompt": 'def helper(x):\n    """Say + 1."""\n    return x + 1\n\n\ndef f(items):\n    """Sum 2 < 3."""\n',
    "canonical_solution": (
        "    total = 0\n    for i in range(len(items)):\n        if items[i] > 2 and i != 7:\n"
        "            total += helper(items[i])\n        else:\n            total -= 1\n"
        "    while total > 100:\n        total -= 100\n    return total\n"
    ),
}


def test_mutants_are_the_same_every_time_and_all_different() -> None:
    first = mutants(ROW, 100, seed=3)
    assert first == mutants(ROW, 100, seed=3)
    assert first[:5] != mutants(ROW, 100, seed=4)[:5]
    assert len({mutant.code for mutant in first}) == len(first) > 25
    original = ast.unparse(ast.parse(f"{ROW['prompt']}{ROW['canonical_solution']}"))
    assert all(ast.unparse(ast.parse(mutant.code)) != original for mutant in first)


def test_a_few_mutants_are_of_as_many_kinds() -> None:
    assert len({mutant.kind for mutant in mutants(ROW, 12)}) == 12


def test_a_loop_and_a_docstring_stay_as_they_are() -> None:
    for mutant in mutants(ROW, 1000):
        assert "Sum 2 < 3." in mutant.code or mutant.where == "helper"
        loops = [node for node in ast.walk(ast.parse(mutant.code)) if isinstance(node, ast.While)]
        assert [ast.unparse(loop) for loop in loops] in ([], ["while total > 100:\n    total -= 100"]), mutant.code


def test_a_mutant_says_in_which_function_it_is() -> None:
    for mutant in mutants(ROW, 1000):
        before, after = (
            ast.parse(source).body for source in (f"{ROW['prompt']}{ROW['canonical_solution']}", mutant.code)
        )
        changed = [a.name for a, b in zip(after, before, strict=True) if ast.dump(a) != ast.dump(b)]  # type: ignore[attr-defined]
        assert changed == [mutant.where]


def test_there_are_200_stdin_programs_of_25_problems() -> None:
    programs = stdin_programs()
    assert len(programs) == len({program.code for program in programs}) == 200
    assert {program.problem for program in programs} == set(stdin_cases())
    assert all(len(cases) == 10 for cases in stdin_cases().values())


@pytest.mark.parametrize("index", range(0, 200, 9))
def test_a_stdin_program_is_right_when_it_runs_as_a_script(index: int) -> None:
    program = stdin_programs()[index]
    text, expected = stdin_cases()[program.problem][0]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program.code], input=text, capture_output=True, text=True, check=True
    )
    assert done.stdout == expected


@pytest.mark.parametrize("loops", [0, 1, 2, 1000, 54321])
def test_the_spinning_program_returns_what_is_said(loops: int) -> None:
    script = f"{spin_program(loops)}print(spin(1))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) == spin_answer(loops, 1)
