"""No strategy's calls hold anything of a hidden case: marks are planted there and looked for in a run of each."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cotbench.benchmarks.registry import load_benchmark
from cotbench.strategies import StrategyEntry, strategy_entries
from tests.conftest import Workspace, stop_group

MARK = "canary"
REFERENCE = f"{MARK}reference"
HIDDEN = [f"{MARK}{place}" for place in ("argument", "expected", "check", "setup", "oracle", "stdin", "stdout")]

PROBLEMS = [
    {
        "id": "calls",
        "statement": "Write `shout(text)`: return the text in capitals.",
        "entry": "shout",
        "starter": "def shout(text):\n",
        "public": [{"arguments": ["seen"], "expected": "SEEN"}],
        "hidden": [
            {"arguments": [f"{MARK}argument"], "expected": f"{MARK}expected"},
            {"check": f"def check(f):\n    assert f('x') == '{MARK}check'\n", "setup": f"{MARK}setup = 1\n"},
        ],
        "reference": f"def shout(text):\n    {REFERENCE} = text.upper()\n    return {REFERENCE}\n",
    },
    {
        "id": "checker",
        "statement": "Write `any_vowel(text)`: return one of the vowels in the text.",
        "entry": "any_vowel",
        "comparer": "checker",
        "checker": f"def check(arguments, output):\n    {MARK}oracle = True\n    return False\n",
        "hidden": [{"arguments": [f"{MARK}argument"], "expected": f"{MARK}expected"}],
        "reference": f"def any_vowel(text):\n    {REFERENCE} = 'a'\n    return {REFERENCE}\n",
    },
    {
        "id": "stdin",
        "statement": "Print the line that is read.",
        "entry": "stdin",
        "public": [{"stdin": "seen\n", "expected": "seen\n"}],
        "hidden": [{"stdin": f"{MARK}stdin\n", "expected": f"{MARK}stdout\n"}],
        "reference": f"{REFERENCE} = input()\nprint({REFERENCE})\n",
    },
]

# Passes the public cases and fails the hidden ones, so that whatever a strategy does after a failure is done.
SCRIPT = r"""
rules:
  - match: 'of the form ."(observations|ideas|templates)"'
    reply: '["it is short", "it may be empty"]'
  - match: "Print the line"
    reply: "Read it.\n```python\nprint(input())\n```"
  - match: "shout"
    reply: "Use capitals.\n```python\ndef shout(text):\n    return text.upper()\n```"
default: "Take the first.\n```python\ndef any_vowel(text):\n    return 'b'\n```"
"""


def texts_of_calls(run: Path) -> dict[str, str]:
    """Return all that was sent in each call, and what came back, by the call's key."""
    texts: dict[str, str] = {}
    for shard in run.glob("texts/*.jsonl"):
        for row in map(json.loads, shard.read_text().splitlines()):
            texts[row["digest"]] = row["text"]
    calls: dict[str, str] = {}
    for shard in run.glob("calls/*.jsonl"):
        for row in map(json.loads, shard.read_text().splitlines()):
            sent = [texts[digest] for _, digest in row["messages"]]
            calls[row["key"]] = "\n".join([*sent, row["text"], json.dumps(row["fields"])])
    return calls


Runs = tuple[Workspace, dict[str, "subprocess.Popen[str]"]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Start a run of every strategy, side by side: with the paper's preset where there is one."""
    space = Workspace(tmp_path_factory.mktemp("marked"))
    write_problems(space.path)
    (space.path / "script.yaml").write_text(SCRIPT)
    started: dict[str, subprocess.Popen[str]] = {}
    try:
        for entry in strategy_entries():
            preset = ["--preset", "paper"] if "paper" in entry.presets else []
            source = ["--model", "scripted:script.yaml", "--benchmark", "marked.jsonl", "--limit", "all"]
            more = ["--attempts", "9", "--name", entry.name, "--quiet"]
            started[entry.name] = space.start("run", "--strategy", entry.name, *preset, *source, *more)
        yield space, started
    finally:
        for process in started.values():
            if process.poll() is None:
                stop_group(process, signal.SIGTERM)
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


def write_problems(folder: Path) -> Path:
    path = folder / "marked.jsonl"
    path.write_text("".join(json.dumps(problem) + "\n" for problem in PROBLEMS))
    return path


def test_the_marks_are_planted(tmp_path: Path) -> None:
    problems = load_benchmark(str(write_problems(tmp_path))).problems
    planted = repr([(problem.hidden, problem.oracle) for problem in problems])
    assert all(mark in planted for mark in HIDDEN)
    assert all(REFERENCE in problem.reference for problem in problems)
    assert MARK not in repr([problem.view() for problem in problems])


@pytest.mark.parametrize("entry", strategy_entries(), ids=lambda entry: entry.name)
def test_no_call_holds_anything_of_a_hidden_case(runs: Runs, entry: StrategyEntry) -> None:
    space, started = runs
    _, said = started[entry.name].communicate(timeout=240)
    assert started[entry.name].returncode == 0, said
    calls = texts_of_calls(space.results / entry.name)
    # What a strategy sets apart for its groundwork is not part of the run, but its calls are looked through as well.
    manifest = json.loads((space.results / entry.name / "manifest.json").read_text())
    apart = (manifest["groundwork"] or {"problems": {}})["problems"]
    assert bool(apart) == (entry.groundwork is not None) and not apart.keys() & manifest["problems"].keys()
    hidden = [row for row in space.rows(entry.name, "verdicts") if row["suite"] == "hidden"]
    outcomes = [row["outcome"] for row in hidden if row["problem"] not in apart]
    assert len(outcomes) == 9 * (3 - len(apart)) and set(outcomes) == {"wrong"}
    for problem in PROBLEMS:
        own = [text for key, text in calls.items() if key.startswith(f"{problem['id']}::")]
        # Who rewrites the statement asks for programs of what it wrote.
        said = [str(problem["statement"]) in text for text in own]
        assert any(said) if entry.name == "rewrite" else own and all(said)
    for key, text in calls.items():
        assert not [mark for mark in HIDDEN if mark in text], key
        # A strategy that begins from right programs shows them to the call that describes them, and to no other.
        described = entry.donor is not None and key.endswith("/sketch#0")
        assert described == (REFERENCE in text), key
