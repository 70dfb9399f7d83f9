"""Fixtures that every test may use: a workspace of its own in which the real command line runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.commandline import FRESH, CommandLine, command_line

CACHE = Path(os.environ.get("COTBENCH_CACHE") or Path.home() / ".cache" / "cotbench")

PROBLEMS = [
    {
        "id": name,
        "statement": f"Write `{name}(x)`: {what}.",
        "entry": name,
        "starter": f"def {name}(x: int) -> int:\n",
        "public": [{"arguments": [1], "expected": first}],
        "hidden": [{"arguments": [x], "expected": value} for x, value in cases],
        "difficulty": band,
    }
    for name, what, band, first, cases in [
        ("double", "return twice x", "easy", 2, [(2, 4), (-3, -6)]),
        ("square", "return x squared", "easy", 1, [(2, 4), (-3, 9)]),
        ("negate", "return minus x", "hard", -1, [(2, -2), (0, 0)]),
    ]
]

SCRIPT = """
delay: {delay}
log: answered.txt
rules:
  - match: 'of the form ."observations"'
    reply: '{{"observations": ["x may be negative", "x may be zero", "x is an integer", "it is short"]}}'
  - match: 'of the form ."ideas"'
    reply: '{{"ideas": ["use one formula", "use a loop", "use a table", "use recursion", "use a library"]}}'
  - match: "How would you solve it"
    replies: ["Use one formula.", "Add in a loop.", "Look at the sign first.", "Try small values."]
  - match: "Write `double"
    replies:
      - "```python\\ndef double(x):\\n    return 2 * x\\n```"
      - "```python\\ndef double(x):\\n    return x + x\\n```"
      - "```python\\ndef double(x):\\n    return x ** 2 + 1\\n```"
  - match: "Write `square"
    replies:
      - "```python\\ndef square(x):\\n    return x * x\\n```"
      - "```python\\ndef square(x):\\n    return abs(x) * x\\n```"
      - "I would multiply x by itself."
  - match: "Write `negate"
    reply: "```python\\ndef negate(x):\\n    return x\\n```"
"""


@dataclass(frozen=True)
class Workspace:
    """A folder with a benchmark of three problems and a script of canned replies."""

    path: Path
    commands: CommandLine = field(default_factory=command_line)

    @property
    def results(self) -> Path:
        return self.path / "results"

    @property
    def answered(self) -> list[str]:
        """One line per reply that the scripted model gave."""
        log = self.path / "answered.txt"
        return log.read_text().splitlines() if log.exists() else []

    def write_script(self, delay: float = 0.0) -> None:
        (self.path / "script.yaml").write_text(SCRIPT.format(delay=delay))

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_TOKEN"))}
        return {**kept, "COLUMNS": "150", "TERM": "dumb", "NO_COLOR": "1", **more}

    def command(self, *arguments: str) -> list[str]:
        """Return the command line; unless the test names a level, judging works whatever the machine's sandbox is."""
        judges = arguments[:1] in (("run",), ("grade",), ("regrade",)) and "--isolation" not in arguments
        return [sys.executable, "-m", "cotbench", *arguments, *(["--allow-unsafe"] if judges else [])]

    def cot(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        if any(name.startswith(FRESH) for name in more):
            return self.fresh(*arguments, **more)
        return self.commands.run(self.command(*arguments)[3:], self.path, self.environment(**more), 240)

    def fresh(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in an interpreter of its own, as a shell starts it."""
        env = self.environment(**more)
        return subprocess.run(
            self.command(*arguments), cwd=self.path, env=env, capture_output=True, text=True, timeout=240
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command line and leave it running, in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.path,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run_arguments(self, strategy: str, *more: str) -> list[str]:
        base = ["run", "--strategy", strategy, "--model", "scripted:script.yaml", "--benchmark", "problems.jsonl"]
        return [*base, "--limit", "all", "--attempts", "4", *more]

    def rows(self, run: str, kind: str) -> list[dict[str, object]]:
        """Return the rows of one kind, first row of each key, without times and writers, sorted by key."""
        found: dict[str, dict[str, object]] = {}
        for shard in sorted((self.results / run / kind).glob("*.jsonl")):
            for line in shard.read_text().splitlines():
                row = json.loads(line)
                found.setdefault(row["key"], {key: row[key] for key in row if key not in ("at", "seconds")})
        return [found[key] for key in sorted(found)]

    def raw_keys(self, run: str, kind: str) -> list[str]:
        """Return the keys of all rows of one kind, repetitions included."""
        shards = (self.results / run / kind).glob("*.jsonl")
        return [json.loads(line)["key"] for shard in shards for line in shard.read_text().splitlines()]


@pytest.fixture(scope="session", autouse=True)
def _end_of_the_command_line() -> Iterator[None]:
    yield
    command_line().close()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    space = Workspace(tmp_path)
    (tmp_path / "problems.jsonl").write_text("".join(json.dumps(problem) + "\n" for problem in PROBLEMS))
    space.write_script()
    yield space


def stop_group(process: subprocess.Popen[str], how: signal.Signals) -> None:
    """Signal the process itself and wait for its end."""
    os.kill(process.pid, how)
    process.wait(timeout=60)


def lines(text: str) -> list[str]:
    return [line for line in textwrap.dedent(text).splitlines() if line.strip()]


def joined(output: Sequence[str] | str) -> str:
    return " ".join((output if isinstance(output, str) else "\n".join(output)).split())
