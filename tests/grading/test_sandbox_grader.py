"""The grader as a whole: slots, threads, closing, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sandbox_jobs import LIMITS, descendants_of, job, processes_of

from cotbench.core.errors import GradingError
from cotbench.core.problem import CallCase, Case, CheckCase, Entry, StdinCase
from cotbench.core.protocols import Grader
from cotbench.core.verdict import Job
from cotbench.grading import SandboxGrader
from cotbench.grading import grader as grader_module
from cotbench.grading.levels import choose_level
from cotbench.grading.packing import PackedCases
from cotbench.grading.processes import is_stopped
from cotbench.grading.slot import Slot, WorkerDied

RIGHT = "def f(x): return x + 1"
CASES: tuple[Case, ...] = (CallCase((1,), 2), CallCase((2,), 3))


def wait_until_gone(folder: Path, pids: set[int]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (any(map(runs, pids)) or list(folder.iterdir())):
        time.sleep(0.02)
    assert [pid for pid in pids if runs(pid)] == []
    assert list(folder.rglob("*")) == []


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_it_is_a_grader(sandbox_folder: Path) -> None:
    with SandboxGrader() as default:
        grader: Grader = default
        assert grader.isolation == choose_level(None)[0]
        assert grader.slots == len(os.sched_getaffinity(0))
    with SandboxGrader(3) as three:
        assert three.slots == 3
    with pytest.raises(GradingError, match="at least one slot"):
        SandboxGrader(0)


def test_nothing_is_left_after_closing(sandbox_folder: Path) -> None:
    files, threads = open_files(), threading.active_count()
    others = set(sandbox_folder.iterdir())
    grader = SandboxGrader(2)
    for _ in range(3):
        assert grader.judge(job(RIGHT, CASES)).outcome == "passed"
        assert grader.judge(job(RIGHT, (CheckCase("def check(c): assert c(1) == 2"),))).outcome == "passed"
    made = set(sandbox_folder.iterdir()) - others
    assert made
    grader.close()
    grader.close()
    assert (open_files(), threading.active_count()) == (files, threads)
    assert not made & set(sandbox_folder.iterdir())
    assert all(processes_of(folder) == [] for folder in made)
    with pytest.raises(GradingError, match="closed"):
        grader.judge(job(RIGHT, CASES))


def test_many_programs_leave_no_open_files(sandbox_folder: Path) -> None:
    with SandboxGrader(1) as grader:
        grader.judge(job(RIGHT, CASES))
        files = open_files()
        for code in (RIGHT, "def f(x): return 0", "1 / 0", "import os\nos.kill(os.getppid(), 9)") * 3:
            grader.judge(job(code, CASES))
            grader.judge(Job(code, Entry("stdin"), (StdinCase("", ""),), "exact", LIMITS))
        grader.judge(job(RIGHT, CASES))
        assert open_files() == files


def test_threads_judge_at_the_same_time(sandbox_folder: Path) -> None:
    codes = [RIGHT, "def f(x): return 0", "1 / 0", "def f(x): return x + 1 if x == 1 else 0"] * 15
    outcomes = ["passed", "wrong", "error", "wrong"] * 15
    with SandboxGrader(2) as grader, ThreadPoolExecutor(6) as pool:
        verdicts = list(pool.map(lambda code: grader.judge(job(code, CASES)), codes))
    assert [verdict.outcome for verdict in verdicts] == outcomes


def test_a_slot_outlives_the_thread_that_used_it_first(sandbox_folder: Path) -> None:
    with SandboxGrader(1) as grader:
        pids = set()
        for _ in range(3):
            thread = threading.Thread(target=grader.judge, args=(job(RIGHT, CASES),))
            thread.start()
            thread.join()
            time.sleep(0.05)
            pids.add(grader._all[0].pid)
        assert len(pids) == 1
        os.kill(pids.pop(), 0)


def test_closing_ends_running_jobs(sandbox_folder: Path) -> None:
    grader = SandboxGrader(1)
    errors: list[BaseException] = []

    def judge() -> None:
        try:
            grader.judge(job("import time\ntime.sleep(1000)", CASES))
        except GradingError as error:
            errors.append(error)

    threads = [threading.Thread(target=judge) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    grader.close()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 5
    assert [str(error) for error in errors] == ["the grader is closed"] * 2


def test_a_sandbox_process_that_is_stopped_before_it_begins_ends_with_its_worker(tmp_path: Path) -> None:
    stopper = tmp_path / "stopper.py"
    stopper.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n")
    script = f"""
from pathlib import Path
from cotbench.grading import forkserver
forkserver._ZYGOTE = Path({str(stopper)!r})
forkserver.ForkServer("none", Path({str(tmp_path / "folder")!r})).fork(forkserver.Allowance("any", 1 << 30, 1 << 20, 8))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", script], env=environment) as worker:
        deadline = time.monotonic() + 20
        while not any(map(is_stopped, started := descendants_of(worker.pid))) and time.monotonic() < deadline:
            time.sleep(0.02)
        worker.kill()
    assert len(started) == 1
    while any(map(runs, started)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(runs, started))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_a_grader_that_is_killed(tmp_path: Path, end: signal.Signals) -> None:
    script = """
import sys, threading
from cotbench.core.problem import CallCase, CheckCase, Entry
from cotbench.core.verdict import Job, Limits
from cotbench.grading import SandboxGrader
grader = SandboxGrader(2)
def judge(code, case):
    return grader.judge(Job(code, Entry("function", "f"), (case,), "exact", Limits(100.0)))
judge("def f(x): return x", CheckCase("def check(c): assert c(1) == 1"))
loop = "import time\\nwhile True: time.sleep(1)"
threading.Thread(target=judge, args=(loop, CallCase((1,), 1)), daemon=True).start()
print("ready", flush=True)
judge(loop, CallCase((1,), 1))
"""
    folder = tmp_path / "tmp"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            # Two workers, three sandbox processes, two programs and a test.
            deadline = time.monotonic() + 10
            while len(started := descendants_of(process.pid)) < 8 and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(end)
            process.wait(20)
        finally:
            process.kill()
    assert len(started) >= 8
    wait_until_gone(folder, started)


@pytest.mark.parametrize("seconds", [0.02, 0.06, 0.1])
def test_nothing_is_left_of_a_grader_that_is_killed_while_it_starts(tmp_path: Path, seconds: float) -> None:
    script = """
import threading
from cotbench.core.problem import CallCase, Entry
from cotbench.core.verdict import Job, Limits
from cotbench.grading import SandboxGrader
grader = SandboxGrader(2)
job = Job("def f(x): return x", Entry("function", "f"), (CallCase((1,), 1),), "exact", Limits())
print("ready", flush=True)
threading.Thread(target=grader.judge, args=(job,)).start()
grader.judge(job)
"""
    folder = tmp_path / "tmp"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(seconds)
        started = descendants_of(process.pid)
        process.kill()
    wait_until_gone(folder, started)


def test_a_broken_sandbox_is_never_a_wrong_answer(sandbox_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SandboxGrader(1) as grader:
        monkeypatch.setattr(sys, "executable", "/does/not/exist")
        verdict = grader.judge(job(RIGHT, CASES))
        assert verdict.outcome == "infra"
        assert "did not start" in verdict.detail
        monkeypatch.undo()
        assert grader.judge(job(RIGHT, CASES)).outcome == "passed"


def test_trouble_that_passes_is_tried_again(grader: SandboxGrader, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, failures = Slot.ask, [0, 0]

    def sometimes(self: Slot, verb: str, job: Job, packed: PackedCases) -> list[object]:
        if failures:
            failures.pop()
            raise WorkerDied("no worker")
        return ask(self, verb, job, packed)

    monkeypatch.setattr(grader_module, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(Slot, "ask", sometimes)
    assert grader.judge(job(RIGHT, CASES)).outcome == "passed"
    assert not failures


def test_a_sandbox_that_died_between_jobs_is_replaced(grader: SandboxGrader) -> None:
    assert grader.judge(job(RIGHT, CASES)).outcome == "passed"
    os.kill(grader._all[0].pid, signal.SIGKILL)
    assert grader.judge(job(RIGHT, CASES)).outcome == "passed"


def test_mixed_cases_are_judged_in_order(grader: SandboxGrader) -> None:
    check = CheckCase("def check(c): assert c(1) == 2")
    verdict = grader.judge(job(RIGHT, (*CASES, check, CallCase((1,), 5), check)))
    assert (verdict.outcome, verdict.passed, verdict.total) == ("wrong", 3, 5)
    assert verdict.detail == "case 4: wrong output"


def test_jobs_that_can_not_be_judged_are_refused(grader: SandboxGrader) -> None:
    with pytest.raises(GradingError, match="did you mean exact"):
        grader.judge(Job(RIGHT, Entry("function", "f"), CASES, "exactly", LIMITS))
    with pytest.raises(GradingError, match="does not apply"):
        grader.judge(Job("", Entry("stdin"), (StdinCase("", ""),), "livecodebench-call", LIMITS))
    with pytest.raises(GradingError, match="not plain data"):
        grader.judge(job(RIGHT, (CallCase((object(),), 1),)))
    with pytest.raises(GradingError, match="name"):
        grader.judge(Job(RIGHT, Entry("function"), CASES, "exact", LIMITS))
    assert grader.judge(job(RIGHT, CASES)).outcome == "passed"
