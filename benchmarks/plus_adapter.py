"""EvalPlus's rows as problems, for as long as cotbench has no loader of its own for them.

Expected outputs are what the reference returns in the sandbox.
"""

from __future__ import annotations

from benchmarks.data import Row, reference
from benchmarks.executor import Missing
from cotbench.core.problem import UNKNOWN, CallCase, Entry, Problem
from cotbench.core.verdict import Job, Limits
from cotbench.grading import SandboxGrader, known_comparers

_SECONDS = 30.0


def plus_problem(name: str, row: Row, grader: SandboxGrader) -> Problem:
    """Return the problem of a row, with expected outputs. Raises Missing if the reference does not run."""
    if name != "humaneval+":
        raise Missing(f"cotbench has no loader for {name} yet")
    inputs = [*row["base_input"], *row["plus_input"]]  # type: ignore[misc]
    cases = tuple(CallCase(tuple(arguments), UNKNOWN) for arguments in inputs)
    entry = Entry("function", str(row["entry_point"]))
    comparer = "evalplus" if "evalplus" in known_comparers() else "exact"
    asked = grader.observe(Job(reference(row), entry, cases, comparer, Limits(seconds=_SECONDS)))
    if len(asked.outputs) != len(cases):
        raise Missing(f"the reference of {row['task_id']} does not run: {asked.outcome} {asked.detail}")
    hidden = tuple(CallCase(case.arguments, output) for case, output in zip(cases, asked.outputs, strict=True))
    return Problem(
        id=str(row["task_id"]),
        statement=str(row["prompt"]),
        entry=entry,
        hidden=hidden,
        comparer=comparer,
        tolerance=float(row["atol"]),  # type: ignore[arg-type]
        oracle="find_zero" if entry.name == "find_zero" and comparer == "evalplus" else "",
    )
