"""Ways of calling a model: cotbench's whole path, the same without litellm, bare litellm, the bare openai client.

Every way makes so many calls with so many in flight. Run as a script it is the process that holds one of them: orders
come in as JSON lines, and what was measured in here goes out.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.answering import MODEL, response
from cotbench.backends.litellm_backend import LitellmBackend
from cotbench.backends.litellm_library import load_litellm
from cotbench.core.attempt import Attempt
from cotbench.core.message import Sampling, user
from cotbench.core.problem import Benchmark, CallCase, Entry, Problem, ProblemView
from cotbench.core.protocols import Context
from cotbench.core.spec import RunSpec
from cotbench.core.verdict import Job, Observation, Verdict
from cotbench.engine import Tools, execute, open_run

CALLS_PER_UNIT = 5
SECONDS = 0.2
_STATEMENT = "Return x increased by forty, without a loop and without a recursion. " * 16
_SAMPLING = Sampling(0.8, 0.95, 512)

Way = Callable[[int, int], Awaitable[int]]
"""Makes so many calls, so many at a time; returns how many were answered."""


class _Asking:
    """A strategy that only asks: every call a prompt of its own, one after another."""

    name = "asking"

    async def attempts(self, view: ProblemView, ctx: Context) -> AsyncGenerator[Attempt, None]:
        for number in range(CALLS_PER_UNIT):
            await ctx.child(str(number)).ask([user(f"{view.statement}\n\nAnswer number {number}.")])
        return
        yield


class _NoGrader:
    """A grader that is never asked: no program is written."""

    isolation, slots = "none", 1

    def judge(self, job: Job) -> Verdict:
        raise NotImplementedError

    def observe(self, job: Job) -> Observation:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to do."""


class _Standing(LitellmBackend):
    """The backend with litellm's request taken out: the same response object comes back after the same time."""

    async def start(self) -> None:
        await super().start()
        library = self._library
        answer = library.ModelResponse(**response())
        answer._hidden_params["response_cost"] = 0.0001

        class Instead:
            async def acompletion(self, **arguments: Any) -> Any:
                await asyncio.sleep(SECONDS)
                return answer

            def __getattr__(self, name: str) -> Any:
                return getattr(library, name)

        self._library = Instead()


def cotbench(backend: LitellmBackend) -> Way:
    """The engine: contexts, ledger, rows on disk, prices."""
    started = False

    async def run(calls: int, in_flight: int) -> int:
        nonlocal started
        if not started:
            await backend.start()
            started = True
        problems = tuple(
            Problem(f"p{number}", f"Problem {number}. {_STATEMENT}", Entry("function", "f"), (CallCase((1,), 41),))
            for number in range(calls // CALLS_PER_UNIT)
        )
        spec = RunSpec("asking", backend.name, "made", None, 1, None, 0, _SAMPLING, concurrency=in_flight)
        benchmark = Benchmark("made", problems, "0" * 64)
        tools = Tools(_Asking(), {"code": backend, "idea": backend}, _NoGrader(), "0", in_flight)
        with (
            tempfile.TemporaryDirectory(prefix="cotbench-") as folder,
            open_run(spec, benchmark, problems, {}, Path(folder), grader="0", isolation="none") as opened,
        ):
            await execute(opened, tools)
            rows = (opened.directory.path / "calls").glob("*.jsonl")
            return sum(line.count(b'"usd":0.0001') for path in rows for line in path.open("rb"))

    return run


def litellm() -> Way:
    """litellm alone."""
    library = load_litellm()
    return _each(lambda text: library.acompletion(**_arguments(text), num_retries=0, timeout=60))


def openai() -> Way:
    """The client of the openai package alone."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(max_retries=0, timeout=60)
    return _each(lambda text: client.chat.completions.create(**_arguments(text)))


def _arguments(text: str) -> dict[str, Any]:
    turns = [{"role": "user", "content": text}]
    return {"model": MODEL, "messages": turns, "temperature": 0.8, "top_p": 0.95, "max_tokens": 512}


def _each(call: Callable[[str], Awaitable[Any]]) -> Way:
    async def run(calls: int, in_flight: int) -> int:
        numbers = iter(range(calls))
        answered = 0

        async def worker() -> None:
            nonlocal answered
            for number in numbers:
                reply = await call(f"Problem {number}. {_STATEMENT}\n\nAnswer number {number}.")
                answered += bool(reply.choices[0].message.content)

        await asyncio.gather(*(worker() for _ in range(in_flight)))
        return answered

    return run


WAYS: dict[str, Callable[[], Way]] = {
    "cotbench": lambda: cotbench(LitellmBackend(MODEL)),
    "without litellm": lambda: cotbench(_Standing(MODEL)),
    "litellm": litellm,
    "openai": openai,
}


async def main(way: Way) -> None:
    """Carry out orders until the standard input ends."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        began, used = time.perf_counter(), time.process_time()
        answered = await way(order["calls"], order["in_flight"])
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        print(json.dumps({"seconds": seconds, "cpu": cpu, "answered": answered, "resident": _resident()}), flush=True)


def _resident() -> int:
    """Return the resident memory of this process in bytes, or its largest so far where that is all there is."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    asyncio.run(main(WAYS[sys.argv[1]]()))
