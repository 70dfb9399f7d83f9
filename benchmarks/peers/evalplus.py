"""EvalPlus's own check in the pool of processes that its evaluation uses.

As in the package, this process holds the data set and the expected outputs, and every program travels to the pool
with its problem and answers. The expected outputs are computed before any clock starts, by the package's own function.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeAlias

from benchmarks.data import plus_path
from benchmarks.executor import PASSED, Executor, Judged, Missing, Options, Program
from benchmarks.spin import SPIN_NAME, spin_answer, spin_program

_Answers: TypeAlias = Mapping[str, Sequence[Any]]
"""Expected outputs and the reference's times: `base`, `base_time`, `plus`, `plus_time`."""

_Problem: TypeAlias = Mapping[str, Any]

_PARTS = {"base": ("base",), "plus": ("plus",), "": ("base", "plus")}


class EvalPlus:
    """Judges by `evalplus.eval.untrusted_check`."""

    def __init__(self, options: Options) -> None:
        name = options.problems
        self._workers = options.workers
        self._least = options.seconds
        self._dataset = name.rstrip("+")
        self._problems = _spin_problems() if name == "spin" else _problems(name, options.data)
        code = spin_program(options.loops)
        self._expected = _spin_expected(code, options.loops) if name == "spin" else _expected(name, self._problems)

    def judge(self, programs: Sequence[Program]) -> list[Judged]:
        """Return how each program did, in order; `at` counts over the base and the plus inputs."""
        with ProcessPoolExecutor(max_workers=self._workers) as executor:
            futures = [
                executor.submit(_check, self._dataset, *self._problem(program), self._least) for program in programs
            ]
            return [future.result() for future in futures]

    def close(self) -> None:
        """Nothing outlives a round."""

    def _problem(self, program: Program) -> tuple[_Problem, str, _Answers, tuple[str, ...]]:
        task, _, part = program.problem.partition("@")
        problem, expected = self._problems[task], self._expected[task]
        if part in _PARTS:
            return problem, program.code, expected, _PARTS[part]
        number = int(part)
        inputs = [*problem["base_input"], *problem["plus_input"]]
        answers, times = [*expected["base"], *expected["plus"]], [*expected["base_time"], *expected["plus_time"]]
        only = {**problem, "base_input": inputs[number : number + 1]}
        return only, program.code, {"base": answers[number:][:1], "base_time": times[number:][:1]}, ("base",)


def _check(
    dataset: str,
    problem: _Problem,
    code: str,
    expected: _Answers,
    parts: tuple[str, ...],
    least: float,
) -> Judged:
    from evalplus.eval import PASS, untrusted_check

    limits = {"min_time_limit": least} if least else {}
    before, verdict = 0, Judged(PASSED)
    for part in parts:
        inputs = problem[f"{part}_input"]
        if not inputs:
            continue
        status, details = untrusted_check(
            dataset,
            code,
            inputs,
            problem["entry_point"],
            expected=expected[part],
            atol=problem["atol"],
            ref_time=expected[f"{part}_time"],
            fast_check=True,
            **limits,
        )
        if status != PASS and verdict.outcome == PASSED:
            verdict = Judged(
                "timeout" if status == "timeout" else "failed", f"{part}: {status}", before + max(len(details) - 1, 0)
            )
        before += len(inputs)
    return verdict


def _problems(name: str, data: str) -> Mapping[str, _Problem]:
    # Read by the package's own code, which must not try to download.
    variable = "HUMANEVAL_OVERRIDE_PATH" if name == "humaneval+" else "MBPP_OVERRIDE_PATH"
    os.environ[variable] = str(plus_path(name, data))
    from evalplus.data import get_human_eval_plus, get_mbpp_plus

    rows: Mapping[str, _Problem] = get_human_eval_plus() if name == "humaneval+" else get_mbpp_plus()
    return rows


def _expected(name: str, problems: Mapping[str, _Problem]) -> Mapping[str, _Answers]:
    from evalplus.eval._special_oracle import MBPP_OUTPUT_NOT_NONE_TASKS
    from evalplus.gen.util import trusted_exec

    not_none = MBPP_OUTPUT_NOT_NONE_TASKS if name == "mbpp+" else []
    expected = {}
    for task, problem in problems.items():
        answers: dict[str, Sequence[object]] = {}
        for part in ("base", "plus"):
            answers[part], answers[f"{part}_time"] = trusted_exec(
                str(problem["prompt"]) + str(problem["canonical_solution"]),
                problem[f"{part}_input"],
                problem["entry_point"],
                record_time=True,
                output_not_none=problem["entry_point"] in not_none,
            )
        expected[task] = answers
    return expected


def _spin_problems() -> Mapping[str, _Problem]:
    return {"spin": {"base_input": [[1]], "plus_input": [], "entry_point": SPIN_NAME, "atol": 0}}


def _spin_expected(code: str, loops: int) -> Mapping[str, _Answers]:
    from evalplus.gen.util import trusted_exec

    _, times = trusted_exec(code, [[1]], SPIN_NAME, record_time=True)
    return {"spin": {"base": [spin_answer(loops, 1)], "base_time": times, "plus": [], "plus_time": []}}


def make(options: Options) -> Executor:
    """Return the executor. Raises Missing if the package or the data is missing."""
    try:
        return EvalPlus(options)
    except ImportError as error:
        raise Missing(f"evalplus is missing ({error}): pip install evalplus==0.3.1") from error
