"""No strategy's calls hold anything of a hidden case: marks are planted there and looked for in a run of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cotbench.benchmarks.registry import load_benchmark
from cotbench.cli.app import app
from cotbench.strategies import strategy_entries

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
        "checker": f"def check(given, produced, expected):\n    {MARK}oracle = True\n    return False\n",
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

# Programs for one problem pass the public cases and for another fail them, so that a strategy does whatever it may do.
SCRIPT = r"""
rules:
  - match: 'of the form ."(observations|ideas|templates)"'
    reply: '["it is short", "it may be empty"]'
  - match: 'of the form ."cases"'
    reply: '{"cases": [{"input": "other", "output": "others"}]}'
  - match: 'of the form `assert shout'
    reply: "```python\nassert shout('other') == 'OTHER'\n```"
  - match: "Print the line"
    reply: "Read it.\n```python\nprint(input())\n```"
  - match: "shout"
    reply: "Use capitals.\n```python\ndef shout(text):\n    return text.title()\n```"
default: "Take the first.\n```python\ndef any_vowel(text):\n    return 'b'\n```"
"""

MORE = {
    "refine generated": ("refine", "--set", "feedback=generated"),
    "star sketched": ("star", "--set", "hint=sketch"),
    "diverse verbalized": ("diverse", "--set", "way=verbalized", "--set", "ideas_per_list=2"),
    "plansteps survival": ("plansteps", "--preset", "survival"),
    "refine explained": ("refine", "--set", "explain=true", "--set", "context=all"),
}
"""Runs besides one of each strategy, with the paper's preset where there is one."""

RUNS: dict[str, tuple[str, ...]] = {
    **{
        entry.name: (entry.name, *(("--preset", "paper") if "paper" in entry.presets else ()))
        for entry in strategy_entries()
    },
    **MORE,
}


def rows_of(run: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for shard in run.glob(f"{kind}/*.jsonl") for line in shard.read_text().splitlines()]


def texts_of_calls(run: Path) -> dict[str, str]:
    """Return all that was sent in each call, and what came back, by the call's key."""
    texts: dict[str, str] = {}
    for row in rows_of(run, "texts"):
        texts[row["digest"]] = row["text"]
    calls: dict[str, str] = {}
    for row in rows_of(run, "calls"):
        sent = [texts[digest] for _, digest in row["messages"]]
        calls[row["key"]] = "\n".join([*sent, row["text"], json.dumps(row["fields"])])
    return calls


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all RUNS; they are made in this process, which costs a tenth of a process for each."""
    folder = tmp_path_factory.mktemp("marked")
    benchmark = write_problems(folder)
    script = folder / "script.yaml"
    script.write_text(SCRIPT)
    source = ["--model", f"scripted:{script}", "--benchmark", str(benchmark), "--limit", "all", "--attempts", "9"]
    place = ["--results", str(folder / "results"), "--quiet"]
    for name, strategy in RUNS.items():
        done = CliRunner().invoke(app, ["run", "--strategy", *strategy, *source, *place, "--name", named(name)])
        assert done.exit_code == 0, (name, done.output)
    return folder / "results"


def named(run: str) -> str:
    return run.replace(" ", "-")


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


@pytest.mark.parametrize("name", RUNS)
def test_no_call_holds_anything_of_a_hidden_case(results: Path, name: str) -> None:
    strategy, *_ = RUNS[name]
    folder = results / named(name)
    calls = texts_of_calls(folder)
    # What a strategy sets apart for its groundwork is not part of the run, but its calls are looked through as well.
    manifest = json.loads((folder / "manifest.json").read_text())
    apart = (manifest["groundwork"] or {"problems": {}})["problems"]
    assert bool(apart) == (strategy in ("meta", "star")) and not apart.keys() & manifest["problems"].keys()
    hidden = [row for row in rows_of(folder, "verdicts") if row["suite"] == "hidden"]
    outcomes = [row["outcome"] for row in hidden if row["problem"] not in apart]
    # A strategy may end where the public cases pass.
    assert len(outcomes) == 9 * (3 - len(apart)) or (strategy == "staged" and 18 < len(outcomes) < 27)
    assert set(outcomes) == {"wrong"}
    for problem in PROBLEMS:
        own = [text for key, text in calls.items() if key.startswith(f"{problem['id']}::")]
        # Who rewrites the statement asks for programs of what it wrote.
        said = [str(problem["statement"]) in text for text in own]
        assert any(said) if strategy == "rewrite" else own and all(said)
    donor = next(entry.donor for entry in strategy_entries() if entry.name == strategy)
    for key, text in calls.items():
        assert not [mark for mark in HIDDEN if mark in text], key
        # A strategy that begins from right programs shows them to the call that describes them, and to no other.
        described = donor is not None and key.endswith("/sketch#0")
        assert described == (REFERENCE in text), key
    for row in rows_of(folder, "trials"):
        assert not [mark for mark in (*HIDDEN, REFERENCE) if mark in json.dumps(row)], row["key"]
