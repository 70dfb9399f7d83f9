"""Measure the road to a model: calls per second against the bare openai client, CPU time per call, memory.

Run from the repository's root: `python -m benchmarks.backends`. README.md says what each row is.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from types import TracebackType
from typing import Any

from benchmarks.answering import MODEL
from benchmarks.callers import CALLS_PER_UNIT, SECONDS, WAYS
from benchmarks.hosting import ROOT
from benchmarks.rounds import Line, progress

_IN_FLIGHT = 128
_CALLS = 5_000
_QUICK_CALLS = 2_000
_WARM_UP = 256
_MEMORY_CALLS = 50_000
_ORDERS = 20
_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one way: seconds of wall and CPU time for so many calls."""

    calls: int
    seconds: float
    cpu: float
    resident: int

    @property
    def rate(self) -> float:
        """Calls per second."""
        return self.calls / self.seconds

    @property
    def milliseconds(self) -> float:
        """CPU time per call, in milliseconds."""
        return 1e3 * self.cpu / self.calls


class Caller:
    """One way of calling, in a process of its own."""

    def __init__(self, way: str, port: int) -> None:
        self.way = way
        environ = {**os.environ, "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"}
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.callers", way],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=ROOT,
            env=environ,
        )

    def call(self, calls: int, in_flight: int) -> Round:
        """Have so many calls made. Raises SystemExit if one of them was not answered."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"calls": calls, "in_flight": in_flight}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        reply: dict[str, Any] = json.loads(line) if line else {}
        if reply.get("answered") != calls:
            self._errors.seek(0)
            raise SystemExit(f"{self.way}: {reply.get('answered')} of {calls} calls answered\n{self._errors.read()}")
        return Round(calls, reply["seconds"], reply["cpu"], reply["resident"])

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()


def speed(port: int, rounds: int, calls: int) -> list[Line]:
    """Return calls per second against the openai client, and the CPU time that cotbench itself takes per call."""
    timed: dict[str, list[Round]] = {way: [] for way in WAYS}
    with ExitStack() as stack:
        callers = {way: stack.enter_context(Caller(way, port)) for way in WAYS}
        for caller in callers.values():
            caller.call(_WARM_UP // CALLS_PER_UNIT * CALLS_PER_UNIT, _IN_FLIGHT)
        for number in range(rounds):
            for way, caller in callers.items():
                timed[way].append(caller.call(calls, _IN_FLIGHT))
                progress(f"  round {number + 1}: {way} {timed[way][-1].rate:.0f} calls/s")
    rate = {way: median(one.rate for one in each) for way, each in timed.items()}
    cpu = {way: median(one.milliseconds for one in each) for way, each in timed.items()}
    notes = tuple(f"{way}: {rate[way]:.0f} calls/s, {cpu[way]:.2f} ms of CPU time per call" for way in WAYS)
    bound = f"{_IN_FLIGHT} in flight and {SECONDS * 1e3:.0f} ms each allow {_IN_FLIGHT / SECONDS:.0f} calls/s at most"
    return [
        Line(
            "speed", "calls/s of the bare openai client", rate["cotbench"] / rate["openai"], 0.85, notes=(*notes, bound)
        ),
        Line("cpu", "per call, without litellm's", cpu["without litellm"], 0.5, at_most=True, unit="ms"),
    ]


def memory(port: int, calls: int) -> list[Line]:
    """Return how far the resident memory of cotbench's whole path grows after the first tenth of many calls."""
    with Caller("cotbench", port) as caller:
        caller.call(_WARM_UP // CALLS_PER_UNIT * CALLS_PER_UNIT, _IN_FLIGHT)
        rounds = []
        for _ in range(_ORDERS):
            rounds.append(caller.call(calls // _ORDERS, _IN_FLIGHT))
            progress(f"  {sum(one.calls for one in rounds)} calls, {rounds[-1].resident / _MB:.1f} MB")
    after = [one.resident for one in rounds[_ORDERS // 10 :]]
    notes = (f"{calls} calls; {after[0] / _MB:.1f} MB after a tenth, {after[-1] / _MB:.1f} MB at the end",)
    return [Line("memory", "largest growth", (max(after) - after[0]) / _MB, 10, at_most=True, unit="MB", notes=notes)]


def main() -> int:
    """Measure what was asked for; return 0 if every target was met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backends", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    parser.add_argument("--calls", type=int, default=_CALLS, help=f"calls per round (default {_CALLS:,})")
    parser.add_argument("--quick", action="store_true", help=f"one round of {_QUICK_CALLS:,} calls")
    parser.add_argument(
        "--memory",
        type=int,
        nargs="?",
        const=_MEMORY_CALLS,
        metavar="N",
        help=f"measure resident memory over N calls (default {_MEMORY_CALLS:,}) instead",
    )
    asked = parser.parse_args()
    print(
        f"model {MODEL}, {_IN_FLIGHT} in flight; Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; medians",
        flush=True,
    )
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.answering", str(SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        port = int(server.stdout.readline())
        if asked.memory:
            lines = memory(port, asked.memory)
        else:
            lines = speed(port, 1 if asked.quick else asked.rounds, _QUICK_CALLS if asked.quick else asked.calls)
    finally:
        server.stdin.close()
        server.wait(10)
        server.stdout.close()
    for line in lines:
        target = f"{'at most' if line.at_most else 'at least'} {line.target:g} {line.unit}"
        said = "met" if line.met else "NOT MET"
        print(f"{line.row:<8} {line.what:<36} {line.value:>8.2f} {line.unit:<3} {target:<16} {said}")
        for note in line.notes:
            print(f"{'':<9}{note}")
    return int(any(line.met is False for line in lines))


if __name__ == "__main__":
    sys.exit(main())
