"""What attacks aim at: a grader at one level, and around it secrets, listeners, a neighbour and places where nothing may appear.

Everything lies in folders of the test, answers on 127.0.0.1 only, and is taken away again at the end.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from attack import DONE, PATIENT, SECRET, Attack, Form
from traces import MARK, is_plain, marked_processes, remove_leftovers, wait_for

import cotbench
from cotbench.core.problem import CallCase, Case, CheckCase, Entry, StdinCase
from cotbench.core.verdict import Job, Limits, Verdict
from cotbench.grading import SandboxGrader

_PACKAGE = Path(cotbench.__file__).parent
_MOST_GROWTH = 300 << 20


def _cases(form: Form, pairs: tuple[tuple[object, object], ...]) -> tuple[Case, ...]:
    if form == "stdin":
        return tuple(StdinCase(str(given), str(expected)) for given, expected in pairs)
    if form == "check":
        asserts = "".join(f"    assert candidate({given!r}) == {expected!r}\n" for given, expected in pairs)
        return (CheckCase(f"def check(candidate):\n{asserts}"),)
    return tuple(CallCase((given,), expected) for given, expected in pairs)


@functools.cache
def _usual_cases(form: Form, expected: object) -> tuple[Case, ...]:
    """Always the same objects, as of a problem with many programs: a grader is sent them once."""
    return _cases(form, (("1\n", f"{expected}\n") if form == "stdin" else (1, expected),))


_RIGHT: Mapping[Form, str] = {
    "call": "def f(x): return x + 1",
    "check": "def f(x): return x + 1",
    "stdin": "print(int(input()) + 1)",
}
"""A program for each form that makes 2 of 1."""


class Arena:
    """One grader and what is around it, for all attacks at one level."""

    def __init__(self, grader: SandboxGrader, level: str, folder: Path, sandboxes: Path) -> None:
        self.grader = grader
        self.level = level
        self.outside = folder / "outside"
        self.sandboxes = sandboxes
        self.signals = 0
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0{MARK}-{level}")
        self.datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.datagrams.bind(f"\0{MARK}-{level}-datagrams")
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "socket"))
        for listener in (self.abstract, self.unix):
            listener.listen(64)
        self.home, self.data = folder / "home", self.outside / "data"
        self.socket_file = folder / "socket"
        self._furnish(folder)
        self.neighbour = self._new_neighbour()
        self._names = self._all_names()
        signal.signal(signal.SIGUSR1, self._count)
        for form in _RIGHT:
            self.judge_right(form)
        # The sandbox process for programs that name numpy starts on its own.
        self._judge("import numpy\ndef f(x): return x", "call", _cases("call", ((1, 1),)), Limits(5.0))
        self._judge("def f(x): return x\n'numpy'", "check", _cases("check", ((1, 1),)), Limits(5.0))
        self._tree = self._temporary()
        self._memory = _resident()

    def _furnish(self, folder: Path) -> None:
        for path in (self.home / ".ssh", self.data, folder / "site-packages" / "advdata"):
            path.mkdir(parents=True)
        (self.home / ".ssh" / "id_rsa").write_text(SECRET + "\n")
        (self.home / "stolen.py").write_text(f"KEY = {SECRET!r}\n")
        with contextlib.closing(sqlite3.connect(self.home / "keys.db")) as base:
            base.execute("create table keys (key text)")
            base.execute("insert into keys values (?)", (SECRET,))
            base.commit()
        for path in (self.data, folder / "site-packages" / "advdata"):
            (path / "answers.json").write_text(json.dumps({"expected": SECRET}))
        (folder / "site-packages" / "advdata" / "__init__.py").write_text("")
        (self.outside / "precious").write_text("precious")

    def _new_neighbour(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-S", "-c", "import time; time.sleep(900)"],
            env={"NEIGHBOUR_API_KEY": SECRET},
            start_new_session=True,
        )

    def _count(self, number: int, frame: object) -> None:
        self.signals += 1

    def _all_names(self) -> dict[str, str]:
        return {
            "SECRET_FILE": str(self.home / ".ssh" / "id_rsa"),
            "HOME": str(self.home),
            "DATA": str(self.data),
            "OUTSIDE": str(self.outside),
            "PACKAGE": str(_PACKAGE),
            "TCP": str(self.tcp.getsockname()[1]),
            "UDP": str(self.udp.getsockname()[1]),
            "ABSTRACT": f"{MARK}-{self.level}",
            "SOCKET": str(self.socket_file),
            "NEIGHBOUR": str(self.neighbour.pid),
            "NEIGHBOUR_STACK": _stack(self.neighbour.pid),
            "GRADER": str(os.getpid()),
            "MARK": MARK,
            "DONE": DONE,
        }

    def judge(self, attack: Attack) -> Verdict:
        """Judge an attack in its form."""
        cases = _cases(attack.form, attack.cases) if attack.cases else _usual_cases(attack.form, attack.expected)
        return self._judge(attack.code, attack.form, cases, attack.limits)

    def judge_second(self, attack: Attack) -> Verdict:
        """Judge the second program of an attack, which passes if it finds what the first one left."""
        return self._judge(attack.then, "call", _usual_cases("call", DONE), attack.limits)

    def judge_right(self, form: Form) -> None:
        """Assert that a right program passes and a wrong one does not, in a reasonable time."""
        began = time.monotonic()
        right, cases = _RIGHT[form], _usual_cases(form, 2)
        verdict = self._judge(right, form, cases, PATIENT)
        assert verdict.outcome == "passed", f"a right program: {verdict}"
        verdict = self._judge(right.replace("+ 1", "+ 2"), form, cases, PATIENT)
        assert verdict.outcome == "wrong", f"a wrong program: {verdict}"
        assert time.monotonic() - began < 10

    def _judge(self, code: str, form: Form, cases: tuple[Case, ...], limits: Limits) -> Verdict:
        code = re.sub("@([A-Z_]+)@", lambda match: self._names[match.group(1)], code)
        entry = Entry("stdin") if form == "stdin" else Entry("function", "f")
        comparer = "livecodebench-stdin" if form == "stdin" else "exact"
        return self.grader.judge(Job(code, entry, cases, comparer, limits))

    def happened(self, probe: str) -> bool:
        """Whether the act that a probe looks for happened; afterwards everything is as before."""
        return {
            "": lambda: False,
            "written": self._written,
            "called": self._called,
            "harmed": self._harmed,
            "signalled": self._signalled,
        }[probe]()

    def _written(self) -> bool:
        precious = self.outside / "precious"
        found = [path for path in self._forbidden() if path.is_symlink() or path.exists()]
        for path in found:
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        intact = precious.exists() and precious.read_text() == "precious" and is_plain(precious)
        if not intact:
            precious.unlink(missing_ok=True)
            precious.write_text("precious")
        return bool(found) or not intact

    def _forbidden(self) -> list[Path]:
        written = [self.outside / "written", self.home / "written"]
        folders = [Path("/tmp"), Path("/dev/shm"), _PACKAGE / "grading", Path(sysconfig.get_path("stdlib"))]
        folders += [Path(path) for path in sys.path if Path(path).name == "site-packages"]
        return written + [folder / MARK for folder in folders]

    def _called(self) -> bool:
        ready, _, _ = select.select([self.tcp, self.udp, self.abstract, self.datagrams, self.unix], [], [], 0)
        for one in ready:
            if one in (self.udp, self.datagrams):
                one.recv(100)
            else:
                while select.select([one], [], [], 0)[0]:
                    one.accept()[0].close()
        return bool(ready) or self._written()

    def _harmed(self) -> bool:
        # A signal takes effect a moment after it was sent.
        time.sleep(0.02)
        state = Path(f"/proc/{self.neighbour.pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state not in "TtZX":
            return False
        self._end_neighbour()
        self.neighbour = self._new_neighbour()
        self._names = self._all_names()
        return True

    def _signalled(self) -> bool:
        seen, self.signals = self.signals, 0
        return seen > 0

    def assert_calm(self, attack: Attack) -> None:
        """Assert that grading goes on, and that no process, no file and not much memory is left of the last program."""
        self.judge_right(attack.form)
        gone = True
        if "@MARK@" in attack.code:
            gone = wait_for(lambda: not marked_processes())
            for pid in marked_processes():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            for path in self._forbidden():
                if path.is_symlink() or path.exists():
                    path.unlink()
        if attack.then:
            remove_leftovers()
        assert gone, "processes of a program are left"
        self.assert_tidy()

    def assert_tidy(self) -> None:
        """Assert that no file of a program is left, and that this process did not grow much."""
        left = self._temporary() - self._tree
        assert not left, f"files of a program are left: {sorted(left)[:5]}"
        assert _resident() - self._memory < _MOST_GROWTH

    def _temporary(self) -> set[str]:
        """What lies in the folder for temporary files, without the names that differ between graders and slots."""
        return {"/".join(path.relative_to(self.sandboxes).parts[2:]) for path in self.sandboxes.glob("*/*/**/*")} | {
            path.name for path in self.sandboxes.iterdir() if not path.name.startswith("cotbench-grading-")
        }

    def _end_neighbour(self) -> None:
        self.neighbour.kill()
        self.neighbour.wait()

    def close(self) -> None:
        """Take everything away."""
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        self._end_neighbour()
        for one in (self.tcp, self.udp, self.abstract, self.datagrams, self.unix):
            one.close()


def _stack(pid: int) -> str:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            if line.endswith("[stack]"):
                low, high = (int(word, 16) for word in line.split()[0].split("-"))
                return f"{low}, {high}"
        time.sleep(0.01)
    pytest.fail("the neighbour did not start")


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
