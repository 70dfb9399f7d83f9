"""What a worker judges with: its sandbox processes, and the children in which tests and checkers wait for programs."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from cotbench.core.errors import GradingError
from cotbench.core.verdict import Limits
from cotbench.grading.forkserver import ForkServer
from cotbench.grading.inside import wire
from cotbench.grading.levels import Level
from cotbench.grading.program import Ended, Program

_SCIENTIFIC = ("numpy", "scipy", "pandas", "sympy", "networkx")
_NAMED = re.compile(rf"\b(?:{'|'.join(_SCIENTIFIC)})\b")
_MOST_JUDGES = 16
_JUDGE_SECONDS = 1e9


class JudgeChild:
    """A child that holds a test or a checker. `recorded` is the packed list of the `calls` that the test makes."""

    def __init__(self, program: Program, recorded: bytes | None, calls: int) -> None:
        self.program = program
        self.recorded = recorded
        self.calls = calls


class Workbench:
    """The sandbox processes of one worker. They start when they are needed and are kept."""

    def __init__(self, level: Level, folder: Path) -> None:
        self._plain = ForkServer(level, folder / "programs")
        self._scientific = ForkServer(level, folder / "scientific-programs", preload=["numpy"])
        self._judging = ForkServer(level, folder / "tests")
        self._scientific_judging = ForkServer(level, folder / "scientific-tests", preload=["numpy"])
        self._servers = (self._plain, self._scientific, self._judging, self._scientific_judging)
        self._judges: OrderedDict[object, JudgeChild] = OrderedDict()

    def server_for(self, *sources: str) -> ForkServer:
        """Return the sandbox process for a program: the one with numpy for programs that name such a library.

        Raises SandboxDied.
        """
        named = any(map(_is_scientific, sources))
        # The last program must not run on beside the next one.
        (self._plain if named else self._scientific).settle()
        return self._scientific if named else self._plain

    def judge(self, key: object, start: Callable[[], tuple[list[object], str]], limits: Limits) -> JudgeChild:
        """Return the child that waits under `key`; a new one gets the order and source that `start` returns.

        Raises GradingError if the test or checker does not work, and SandboxDied.
        """
        kept = self._judges.get(key)
        if kept is not None:
            self._judges.move_to_end(key)
            return kept
        order, source = start()
        server = self._scientific_judging if _is_scientific(source) else self._judging
        program = Program(server, limits, whole=_JUDGE_SECONDS, name="cotbench-judge")
        try:
            program.send(wire.pack(order))
            child = JudgeChild(program, *_first_words(program))
        except BaseException:
            program.__exit__(None, None, None)
            raise
        self._judges[key] = child
        while len(self._judges) > _MOST_JUDGES:
            self.drop_judge(next(iter(self._judges)))
        return child

    def drop_judge(self, key: object) -> None:
        """End the child that waits under `key`, if there is one. Raises SandboxDied."""
        child = self._judges.pop(key, None)
        if child is not None:
            child.program.__exit__(None, None, None)

    def settle(self) -> None:
        """End what was dismissed; for when no program follows at once. Raises SandboxDied."""
        for server in self._servers:
            server.settle()

    def stop(self) -> None:
        """End every process."""
        for child in self._judges.values():
            child.program.abandon()
        self._judges.clear()
        for server in self._servers:
            server.stop()


def _is_scientific(source: str) -> bool:
    # Most programs contain none of the words, and that is found out in a tenth of the time.
    return any(name in source for name in _SCIENTIFIC) and _NAMED.search(source) is not None


def _first_words(program: Program) -> tuple[bytes | None, int]:
    try:
        match program.receive():
            case ["recorded"]:
                calls = program.receive() or []
                return wire.framed(program.body), len(calls)
            case ["live"] | ["ready"]:
                return None, 0
            case ["broken", why]:
                raise GradingError(f"the test program of a case does not work: {why}")
    except Ended as ended:
        program.end()
        raise GradingError(f"the test program of a case does not work: {ended.reason} while it was prepared") from None
    raise GradingError("the test program of a case does not work")
