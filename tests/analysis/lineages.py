"""Write runs whose attempts have lineages, from plain descriptions of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cotbench.core.attempt import Step, StepKind
from cotbench.core.message import Usage
from cotbench.core.spec import RunSpec
from cotbench.store import AttemptRow, CallRow, Manifest, ProblemInfo, RunDirectory, RunWriter, UnitRow, VerdictRow

from .builder import SPEC, manifest


@dataclass(frozen=True, slots=True)
class Made:
    """One attempt: the steps before its code, its verdicts (None: not judged on public cases), hidden cases passed."""

    steps: tuple[Step, ...] = ()
    passed: bool = False
    public: bool | None = None
    code: str | None = "pass\n"
    cases: int = 0
    unit: int = 0


def step(kind: StepKind, text: str, label: str = "", call: str = "") -> Step:
    """Return a step; its call is named after its label where none is given."""
    return Step(kind, text, call or f"call of {label or text}", label)


def write_lineages(
    path: Path,
    made: Mapping[str, Sequence[Made]],
    *,
    run: RunSpec = SPEC,
    base: int | None = None,
    counters: Mapping[str, Mapping[str, int]] | None = None,
    tokens: Mapping[str, tuple[str, int]] | None = None,
    without: Sequence[str] = (),
) -> RunDirectory:
    """Write a run with public cases if any attempt was judged on them; problems `without` attempts are done, too.

    `tokens` are the problem and the completion tokens of further calls, by their path.
    """
    directory = RunDirectory(path)
    directory.claim()
    names = [*made, *without]
    public = int(any(item.public is not None for items in made.values() for item in items))
    infos = {name: ProblemInfo("easy", "", public, 10, base) for name in names}
    plain: Manifest = replace(manifest(names), problems=infos)
    directory.write_manifest(plain)
    directory.write_spec(run)
    with RunWriter(path, writer="w") as writer:
        for problem in names:
            for index, item in enumerate(made.get(problem, ())):
                steps = (*item.steps, Step("code", "text", f"code{index}"))
                writer.append(AttemptRow(problem, item.unit, index, item.code, steps, ()))
                for suite, right in (("public", item.public), ("hidden", item.passed)):
                    if right is None or item.code is None:
                        continue
                    cases = 10 if right else item.cases
                    outcome = "passed" if right else "wrong"
                    writer.append(
                        VerdictRow(problem, item.unit, index, suite, outcome, cases, 10, 0.1, "", "1")  # type: ignore[arg-type]
                    )
            units = {item.unit for item in made.get(problem, ())} or {0}
            for unit in units:
                noted = (counters or {}).get(problem, {})
                writer.append(UnitRow(problem, unit, "done", run.attempts, 0, noted, at=1050.0))
        for path_of, (problem, count) in (tokens or {}).items():
            usage = Usage(prompt=10, completion=count)
            writer.append(CallRow(problem, 0, path_of, 0, {}, (), "text", "stop", usage, 0.0, 1.0, 1001.0))
    return directory
