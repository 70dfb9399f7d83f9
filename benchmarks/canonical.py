"""Do the references of HumanEval+ and MBPP+ pass, and do broken variants of them fail, end to end?

    python -m benchmarks.canonical [--data DIRECTORY] [--problems N] [--variants 50]

For each of the two benchmarks in each of its two formats a file of programs is written and judged by `cotbench grade`.
A variant is a reference with one small change (mutants.py) that was seen to return something else on one of the
original benchmark's own inputs: it is wrong whatever the comparer says of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.data import DEFAULT_DATA, plus_rows
from benchmarks.executor import Missing
from benchmarks.mutants import mutants
from cotbench.benchmarks.evalplus import base_cases
from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.problem import Problem
from cotbench.core.protocols import Grader
from cotbench.engine.verdict_cache import job_of
from cotbench.grading import SandboxGrader
from cotbench.store import RunDirectory, read_rows

FILES = {
    "humaneval+": ("HumanEvalPlus.jsonl.gz", "HumanEvalPlus-OriginFmt.jsonl.gz"),
    "mbpp+": ("MbppPlus.jsonl.gz", "MbppPlus-OriginFmt.jsonl.gz"),
}
_TRIED = 12
_KINDS = {"operator", "comparison", "constant", "and or", "not", "range", "branches", "return None"}


@dataclass(frozen=True, slots=True)
class Programs:
    """References by problem, and wrong variants of some of them."""

    references: dict[str, str]
    variants: dict[str, str]

    def write(self, path: Path) -> None:
        """Write both in evalplus's format, the reference of a problem before its variant."""
        pairs = [(name, code) for name, code in self.references.items()] + list(self.variants.items())
        path.write_text("".join(json.dumps({"task_id": name, "solution": code}) + "\n" for name, code in pairs))


@dataclass(frozen=True, slots=True)
class Result:
    """How many references passed, and which programs came out otherwise than they must."""

    file: str
    passed: int
    failed: int
    astray: tuple[str, ...]


def programs_of(name: str, data: str, grader: Grader, *, most: int | None, variants: int) -> Programs:
    """Return the references of the first `most` problems of a benchmark, and up to so many variants. Raises Missing."""
    problems = load_benchmark(f"{name}:{Path(data or DEFAULT_DATA) / FILES[name][0]}").problems[:most]
    rows = plus_rows(name, data)
    wrong: dict[str, str] = {}
    for problem in problems:
        if len(wrong) == variants:
            break
        if not problem.oracle and (code := _wrong_variant(problem, rows[problem.id], grader)):
            wrong[problem.id] = code
    return Programs({problem.id: problem.reference for problem in problems}, wrong)


def judge(name: str, path: Path, programs: Programs, results: Path) -> Result:
    """Judge the programs with the command line on the benchmark in a file. Raises RuntimeError if that fails."""
    made = results / f"{path.name.split('.')[0]}.jsonl"
    programs.write(made)
    command = [sys.executable, "-m", "cotbench", "grade", str(made), "--benchmark", f"{name}:{path}"]
    command += ["--results", str(results), "--name", made.stem, "--fresh", "--json", "--allow-unsafe"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    verdicts = read_rows(results / made.stem, programs=False).verdicts_on(
        "hidden", RunDirectory(results / made.stem).read_manifest().grader
    )
    passed = {(row.problem, row.index): row.outcome == "passed" for row in verdicts.values()}
    right = {problem: passed.get((problem, 0), False) for problem in programs.references}
    wrong = {problem: passed.get((problem, 1), True) for problem in programs.variants}
    astray = [f"{problem}: the reference fails" for problem, good in right.items() if not good]
    astray += [f"{problem}: the variant passes" for problem, good in wrong.items() if good]
    return Result(path.name, sum(right.values()), sum(not good for good in wrong.values()), tuple(astray))


def _wrong_variant(problem: Problem, row: dict[str, object], grader: Grader) -> str | None:
    """Return a variant that returns something else than the reference on an original input; None if none was found."""
    cases = problem.hidden[: base_cases(problem)]
    job = replace(job_of(problem, "hidden", problem.reference), cases=cases)
    right = grader.observe(job)
    for mutant in mutants(row, _TRIED):
        if mutant.kind not in _KINDS or mutant.where != problem.entry.name:
            continue
        seen = grader.observe(replace(job, code=mutant.code))
        if seen.outcome == "passed" and any(map(_differ, right.outputs, seen.outputs)):
            return mutant.code
    return None


def _differ(one: object, other: object) -> bool:
    """Whether two outputs differ by more than any tolerance: numbers by a tenth, anything else at all."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) > 0.1
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        return any(map(_differ, one, other))
    return one != other


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line per file; return 1 if any program came out otherwise than it must."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="", help="directory of EvalPlus's files")
    parser.add_argument("--problems", type=int, default=None, help="only the first so many of each benchmark")
    parser.add_argument("--variants", type=int, default=50, help="wrong programs per benchmark")
    said = parser.parse_args(arguments)
    bad = 0
    with tempfile.TemporaryDirectory() as folder, SandboxGrader() as grader:
        for name, files in FILES.items():
            try:
                programs = programs_of(name, said.data, grader, most=said.problems, variants=said.variants)
            except Missing as error:
                print(error, file=sys.stderr)
                return 2
            for file in files:
                result = judge(name, Path(said.data or DEFAULT_DATA) / file, programs, Path(folder))
                print(
                    f"{name} from {file}: {result.passed} of {len(programs.references)} references pass, "
                    f"{result.failed} of {len(programs.variants)} variants fail",
                    *result.astray,
                    sep="\n  ",
                    flush=True,
                )
                bad += len(result.astray)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
