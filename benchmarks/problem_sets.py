"""The problems of each set as cotbench's own types, for the executor that is cotbench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmarks.data import humaneval_path, plus_path, plus_rows
from benchmarks.executor import Options
from benchmarks.plus_adapter import plus_problem
from benchmarks.spin import SPIN_NAME, spin_check_row
from benchmarks.stdin_programs import stdin_cases
from cotbench.benchmarks.registry import describe_benchmarks, load_benchmark
from cotbench.core.problem import Benchmark, CheckCase, Entry, Problem, StdinCase
from cotbench.grading import SandboxGrader


def problems_of(options: Options, grader: SandboxGrader) -> dict[str, Problem]:
    """Return the problems of the set that `options` names, by identifier.

    Expected outputs that come from a reference are made with `grader`. Raises Missing, BenchmarkError, GradingError.
    """
    name = options.problems
    if name in ("humaneval+", "mbpp+"):
        return _plus(name, options, grader)
    makers: dict[str, Callable[[Options], list[Problem]]] = {"humaneval": _humaneval, "stdin": _stdin, "spin": _spin}
    return {problem.id: problem for problem in makers[name](options)}


def _humaneval(options: Options) -> list[Problem]:
    return list(load_benchmark(f"humaneval:{humaneval_path()}").problems)


def _stdin(options: Options) -> list[Problem]:
    return [
        Problem(
            id=name,
            statement="",
            entry=Entry("stdin"),
            hidden=tuple(StdinCase(text, expected) for text, expected in cases),
            comparer="livecodebench-stdin",
        )
        for name, cases in stdin_cases().items()
    ]


def _spin(options: Options) -> list[Problem]:
    test = CheckCase(str(spin_check_row(options.loops)["test"]))
    return [Problem(id="spin", statement="", entry=Entry("function", SPIN_NAME), hidden=(test,))]


def _plus(name: str, options: Options, grader: SandboxGrader) -> dict[str, Problem]:
    path, rows = plus_path(name, options.data), plus_rows(name, options.data, options.every)
    if name in {listing.name for listing in describe_benchmarks()}:
        whole = load_benchmark(f"{name}:{path}")
        wanted = replace(whole, problems=tuple(problem for problem in whole.problems if problem.id in rows))
        problems = _with_references(wanted, grader).problems
    else:
        problems = tuple(plus_problem(name, row, grader) for row in rows.values())
    parts = {}
    for problem in problems:
        bases = len(rows[problem.id]["base_input"])  # type: ignore[arg-type]
        parts[problem.id] = problem
        parts[f"{problem.id}@base"] = replace(problem, hidden=problem.hidden[:bases])
        parts[f"{problem.id}@plus"] = replace(problem, hidden=problem.hidden[bases:])
    return parts


def _with_references(benchmark: Benchmark, grader: SandboxGrader) -> Benchmark:
    from cotbench.engine.references import with_references

    filled: Benchmark = with_references(benchmark, grader)
    return filled
