"""The problems of each set as cotbench's own types, for the executor that is cotbench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmarks.data import humaneval_path, plus_path
from benchmarks.executor import Options
from benchmarks.spin import SPIN_NAME, spin_answer
from benchmarks.stdin_programs import stdin_cases
from cotbench.benchmarks.evalplus import base_cases
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.problem import CallCase, Entry, Problem, StdinCase
from cotbench.engine.references import with_references
from cotbench.grading import SandboxGrader
from cotbench.wheels.cache import cache_directory


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
    case = CallCase((1,), spin_answer(options.loops, 1))
    return [Problem(id="spin", statement="", entry=Entry("function", SPIN_NAME), hidden=(case,))]


def _plus(name: str, options: Options, grader: SandboxGrader) -> dict[str, Problem]:
    whole = load_benchmark(f"{name}:{plus_path(name, options.data)}")
    parts = {}
    for problem in with_references(whole, whole.problems, grader, cache_directory() / "references"):
        bases = base_cases(problem)
        parts[problem.id] = problem
        parts[f"{problem.id}@base"] = replace(problem, hidden=problem.hidden[:bases])
        parts[f"{problem.id}@plus"] = replace(problem, hidden=problem.hidden[bases:])
    return parts
