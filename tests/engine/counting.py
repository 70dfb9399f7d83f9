"""The real grader with a count of what it is given, for tests of what is judged and what is not."""

from __future__ import annotations

from cotbench.core.verdict import Job, Observation, Verdict
from cotbench.grading import SandboxGrader


class Counting:
    """Passes everything on to a real grader. `broken` programs find the sandbox failing."""

    def __init__(self, grader: SandboxGrader, broken: str = "") -> None:
        self._grader = grader
        self._broken = broken
        self.judged: list[str] = []

    @property
    def isolation(self) -> str:
        return self._grader.isolation

    @property
    def slots(self) -> int:
        return self._grader.slots

    def judge(self, job: Job) -> Verdict:
        if self._broken and self._broken in job.code:
            return Verdict("infra", 0, len(job.cases), 0.0, "the sandbox went away")
        self.judged.append(job.code)
        return self._grader.judge(job)

    def observe(self, job: Job) -> Observation:
        if self._broken and self._broken in job.code:
            return Observation((), "infra", 0.0, "the sandbox went away")
        return self._grader.observe(job)

    def close(self) -> None:
        self._grader.close()
