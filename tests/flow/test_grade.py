"""`cotbench grade` through the real command line: every format, bad lines, going on, repetitions, refusals."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import Workspace, stop_group

RIGHT = {
    "double": "def double(x):\n    return 2 * x\n",
    "square": "def square(x):\n    return x * x\n",
    "negate": "def negate(x):\n    return -x\n",
}
WRONG = {name: f"def {name}(x):\n    return x + 100\n" for name in RIGHT}
SLOW = "import time\ntime.sleep(0.3)\n"
FLIPPING = "import random\ndef double(x):\n    return 2 * x if random.SystemRandom().random() < 0.5 else 'no'\n"

ROWS: dict[str, list[dict[str, object]]] = {
    # of each problem: right, wrong, right once more, none
    "cotbench": [
        {"problem": name, "code": code} for name in RIGHT for code in (RIGHT[name], WRONG[name], RIGHT[name], None)
    ],
    "evalplus": [
        {"task_id": name, "solution": code} for name in RIGHT for code in (RIGHT[name], WRONG[name], RIGHT[name], " \n")
    ],
    "human-eval": [
        {"task_id": name, "completion": "".join(code.splitlines(True)[1:])}
        for name in RIGHT
        for code in (RIGHT[name], WRONG[name], RIGHT[name], "")
    ],
    "livecodebench": [
        {"question_id": name, "code_list": [RIGHT[name], WRONG[name], RIGHT[name], ""], "graded_list": [float("nan")]}
        for name in RIGHT
    ],
}


def write(workspace: Workspace, rows: Sequence[object], name: str = "made.jsonl") -> list[str]:
    """Write a file of programs; return the command that grades it."""
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    data = text.encode()
    (workspace.path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return ["grade", name, "--benchmark", "problems.jsonl"]


def hidden(workspace: Workspace, run: str) -> dict[tuple[object, object], object]:
    rows = workspace.rows(run, "verdicts")
    return {(row["problem"], row["index"]): row["outcome"] for row in rows if row["suite"] == "hidden"}


@pytest.mark.parametrize("form", ROWS)
def test_each_format_is_recognised_and_judged(workspace: Workspace, form: str) -> None:
    name = "made.jsonl.gz" if form in ("livecodebench", "human-eval") else "made.jsonl"
    done = workspace.cot(*write(workspace, ROWS[form], name))
    assert done.returncode == 0, done.stderr
    assert f"format {form}, by the fields of line 1" in done.stderr
    expected = ["passed", "wrong", "passed", "no_code"]
    run = "graded-made-problems"
    assert hidden(workspace, run) == {(name, index): expected[index] for name in RIGHT for index in range(4)}
    assert len(workspace.raw_keys(run, "verdicts")) == 2 * 3 * 4
    assert workspace.rows(run, "calls") == []
    assert "50.0 %" in done.stdout
    assert "$" not in done.stdout
    assert "calls, tokens and cost unknown" in done.stdout
    with (workspace.results / run / "pass_rates.csv").open() as file:
        for row in csv.DictReader(file):
            assert (row["n"], row["passed"], row["calls"], row["usd"], row["in_process"]) == ("4", "2", "", "", "0")


def test_bad_lines_are_named_and_the_rest_is_judged(workspace: Workspace) -> None:
    rows: list[object] = ["nonsense", ["a", "list"], "", {"problem": "double"}, {"problem": 7, "code": "x"}]
    rows += [{"problem": "triple", "code": "x"}, {"problem": "double", "code": 5}, *ROWS["cotbench"]]
    rows += [f'{{"broken": {place}' for place in range(8)]
    done = workspace.cot(*write(workspace, rows), "--json")
    assert done.returncode == 0, done.stderr
    reasons = {
        1: "not JSON",
        2: "not a JSON object",
        4: "code is missing",
        5: "problem is not a text",
        6: "the benchmark has no problem 'triple'",
        7: "code holds something that is not a text",
    }
    for number, reason in reasons.items():
        assert f"made.jsonl, line {number}: {reason}" in done.stderr
    assert "line 3:" not in done.stderr, "a blank line is no fault"
    assert done.stderr.count("; not used\n") == 10
    assert "4 more lines not used" in done.stderr
    document = json.loads(done.stdout)
    assert document["programs"]["bad"] == 14
    assert document["programs"]["lines"] == 26
    assert document["cost"]["usd"] is document["cost"]["tokens"] is document["cost"]["calls"] is None
    assert document["complete"] is True
    assert document["programs"]["first_bad"][0]["line"] == 1
    assert len(hidden(workspace, "graded-made-problems")) == 12


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ([], [], "fields of a known format"),
        ([{"task": "double", "text": "x"}], [], "fields of a known format"),
        ([{"task_id": "HumanEval/0", "completion": "x"}], [], "has no problem 'HumanEval/0'"),
        (ROWS["cotbench"], ["--attempts-format", "evalplus"], "no line of made.jsonl can be used as evalplus"),
        (ROWS["cotbench"], ["--attempts-format", "evalpuls"], "did you mean evalplus"),
        (ROWS["cotbench"], ["--ids", "doubel"], "did you mean double"),
        (ROWS["cotbench"][:4], ["--ids", "square"], "no program for the problems"),
        (ROWS["cotbench"], ["--limit", "none"], "limit must be"),
        (ROWS["cotbench"], ["--isolation", "fulll"], "known: none (0), basic (1), docker (2), full (3)"),
        (ROWS["cotbench"], ["--isolation", "basic"], "programs could reach your files, and at level none your network"),
        (ROWS["cotbench"], ["--isolation", "none"], "--allow-unsafe"),
        (ROWS["cotbench"], ["--benchmark", "absent.jsonl"], "absent.jsonl"),
        (ROWS["cotbench"], ["--repeat", "0"], "--repeat"),
    ],
)
def test_refusals(workspace: Workspace, rows: list[object], more: list[str], message: str) -> None:
    done = workspace.cot(*write(workspace, rows), *more)
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not workspace.results.exists() or not list(workspace.results.iterdir())


def test_files_that_cannot_be_read(workspace: Workspace) -> None:
    command = write(workspace, ROWS["cotbench"], "made.jsonl.gz")
    path = workspace.path / "made.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-12])
    for arguments in (command, ["grade", "absent.jsonl", *command[2:]], ["grade", ".", *command[2:]]):
        done = workspace.cot(*arguments)
        assert done.returncode == 2, done.stderr
        assert "cannot read" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_run_is_refused_too_where_programs_are_not_kept_in(workspace: Workspace) -> None:
    done = workspace.cot(*workspace.run_arguments("repeated"), "--isolation", "basic")
    assert done.returncode == 2
    assert "programs could reach your files, and at level none your network" in done.stderr
    assert "cotbench doctor" in done.stderr
    assert not workspace.answered, "refused before anything is spent"
    assert not list(workspace.results.iterdir())
    allowed = workspace.cot(*workspace.run_arguments("repeated"), "--isolation", "basic", "--allow-unsafe")
    assert allowed.returncode == 0, allowed.stderr
    assert "WARNING: the sandbox is at level basic only" in allowed.stderr
    assert "programs could reach your files" in allowed.stdout


def test_limit_and_ids_extend_a_run_and_the_file_must_stay(workspace: Workspace) -> None:
    command = write(workspace, ROWS["cotbench"])
    run = "graded-made-problems"
    workspace.cot(*command, "--ids", "square")
    assert {problem for problem, _ in hidden(workspace, run)} == {"square"}
    first = workspace.raw_keys(run, "verdicts")
    whole = workspace.cot(*command)
    assert whole.returncode == 0, whole.stderr
    assert "16 verdicts to reach, 8 kept" in whole.stderr
    keys = workspace.raw_keys(run, "verdicts")
    assert len(keys) == len(set(keys)) == 24
    assert set(first) < set(keys)
    again = workspace.cot(*command)
    assert (again.returncode, "is complete" in again.stderr) == (0, True)
    write(workspace, [*ROWS["cotbench"], {"problem": "double", "code": WRONG["double"]}])
    refused = workspace.cot(*command)
    assert refused.returncode == 2
    assert "another version of made.jsonl: digest" in refused.stderr
    assert "--fresh" in refused.stderr
    assert workspace.cot(*command, "--fresh").returncode == 0
    assert len(hidden(workspace, f"{run}-2")) == 13


def _slow_rows(count: int) -> list[dict[str, object]]:
    return [
        {"problem": name, "code": SLOW + f"# {place}\n" + (RIGHT, WRONG)[place % 2][name]}
        for place in range(count)
        for name in RIGHT
    ]


def _wait_for_verdicts(workspace: Workspace, run: str, count: int, process: subprocess.Popen[str]) -> None:
    limit = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < limit:
        if len(list((workspace.results / run).glob("verdicts/*.jsonl"))) and len(_lines(workspace, run)) >= count:
            return
        time.sleep(0.01)


def _lines(workspace: Workspace, run: str) -> list[bytes]:
    shards = (workspace.results / run / "verdicts").glob("*.jsonl")
    return [line for shard in shards for line in shard.read_bytes().split(b"\n")[:-1]]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_then_the_same_command(workspace: Workspace, how: signal.Signals) -> None:
    command = [*write(workspace, _slow_rows(2)), "--slots", "2"]
    run = "graded-made-problems"
    process = workspace.start(*command)
    _wait_for_verdicts(workspace, run, 3, process)
    if how is signal.SIGKILL:
        stop_group(process, how)
        process.communicate()
    else:
        os.kill(process.pid, how)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130, errors
        assert "every verdict so far is kept. Continue with: cotbench grade made.jsonl" in errors
        assert "Traceback" not in errors
        assert (workspace.results / run / "pass_rates.csv").exists()
    kept = len(_lines(workspace, run))
    assert 3 <= kept < 12
    again = workspace.cot(*command)
    assert again.returncode == 0, again.stderr
    assert f"{12 - kept} verdicts to reach, {kept} kept" in again.stderr
    keys = Counter(workspace.raw_keys(run, "verdicts"))
    assert len(keys) == 12
    assert set(keys.values()) == {1}, "none was judged twice"
    assert len(workspace.raw_keys(run, "attempts")) == 6
    assert Counter(hidden(workspace, run).values()) == {"passed": 3, "wrong": 3}


def test_repetitions_find_what_flips(workspace: Workspace) -> None:
    rows = [{"problem": "double", "code": code} for code in (RIGHT["double"], FLIPPING, WRONG["double"])]
    command = [*write(workspace, rows), "--repeat", "12"]
    done = workspace.cot(*command)
    assert done.returncode == 4, done.stderr
    flips = [line for line in done.stdout.splitlines() if line.startswith("flip: ")]
    assert flips
    assert all(line.startswith("flip: double attempt 1, ") for line in flips)
    assert "passed, " in flips[0]
    assert "did not come out the same" in done.stdout
    again = workspace.cot(*command, "--json")
    assert again.returncode == 4, "what an earlier session found is reported again"
    document = json.loads(again.stdout)
    assert {flip["index"] for flip in document["flips"]} == {1}
    assert all(flip["crosses"] and len(flip["outcomes"]) == 12 for flip in document["flips"])
    other = workspace.cot(*command[:-1], "2")
    assert other.returncode == 2
    assert "option repeat: 12 → 2" in other.stderr
    shown = workspace.cot("show", "graded-made-problems", "double")
    assert "repeated: " in shown.stdout


def test_nothing_flips(workspace: Workspace) -> None:
    done = workspace.cot(*write(workspace, ROWS["cotbench"][:2]), "--repeat", "2")
    assert done.returncode == 0, done.stderr
    assert "every program came out the same 2 times" in done.stdout


def test_compare_plot_show_and_list_take_graded_runs(workspace: Workspace) -> None:
    workspace.cot(*write(workspace, ROWS["cotbench"], "first.jsonl"))
    alone = workspace.cot("compare")
    assert alone.returncode == 2
    assert "make another with: cotbench run --benchmark problems.jsonl" in alone.stderr
    better = [{"problem": name, "code": RIGHT[name]} for name in RIGHT]
    workspace.cot(*write(workspace, better, "second.jsonl"), "--name", "second")
    compared = workspace.cot("compare")
    assert compared.returncode == 0, compared.stderr
    assert "unknown" in compared.stdout
    assert "$" not in compared.stdout
    assert "graded, file:second.jsonl − graded, file:first.jsonl" in compared.stdout
    document = json.loads(workspace.cot("compare", "--json").stdout)
    assert [run["cost"]["usd"] for run in document["runs"]] == [None, None]
    assert document["pairs"][0]["differences"][0]["estimate"] == pytest.approx(0.5)
    for form in ("--csv", "--markdown"):
        text = workspace.cot("compare", form)
        assert text.returncode == 0, text.stderr
    drawn = workspace.cot("plot", "--out", "curves.svg")
    assert drawn.returncode == 0, drawn.stderr
    table = workspace.cot("show", "second")
    assert table.returncode == 0, table.stderr
    assert "double" in table.stdout and "tokens" not in table.stdout
    tree = workspace.cot("show", "graded-first-problems", "double", "--full")
    assert tree.returncode == 0, tree.stderr
    for word in ("of first.jsonl", "program 3", "no_code", "return 2 * x"):
        assert word in tree.stdout
    listed = json.loads(workspace.cot("list", "runs", "--json").stdout)
    assert {row["strategy"] for row in listed} == {"graded"}
    config = "results/second/spec.yaml"
    for more in ([], ["--strategy", "repeated"]):
        refused = workspace.cot("run", "--config", config, *more)
        assert refused.returncode == 2, refused.stderr
        assert "Traceback" not in refused.stderr
    assert "cotbench grade FILE" in workspace.cot("run", "--config", config).stderr


def test_a_graded_run_beside_a_searched_one(workspace: Workspace) -> None:
    """The attempts of a run, judged from their file, get the verdicts that they had."""
    workspace.cot(*workspace.run_arguments("repeated"))
    (shard,) = (workspace.results / "repeated-script-problems" / "attempts").glob("*.jsonl")
    done = workspace.cot("grade", str(shard), "--benchmark", "problems.jsonl", "--name", "again")
    assert done.returncode == 0, done.stderr
    assert "format cotbench" in done.stderr
    before, after = (
        Counter((row["problem"], row["suite"], row["outcome"]) for row in workspace.rows(run, "verdicts"))
        for run in ("repeated-script-problems", "again")
    )
    assert before == after


def test_quiet_says_only_what_is_lost(workspace: Workspace) -> None:
    done = workspace.cot(*write(workspace, ["nonsense", *ROWS["cotbench"]]), "--quiet")
    assert done.returncode == 0
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == ["made.jsonl, line 1"]
    assert "pass@k" in done.stdout
    assert Path(workspace.results / "graded-made-problems" / "manifest.json").exists()


def test_a_test_that_can_judge_nobody_is_refused_by_name(workspace: Workspace) -> None:
    path = workspace.path / "problems.jsonl"
    broken = {
        "id": "b",
        "statement": "s",
        "entry": "f",
        "hidden": [{"check": "import absent_module\ndef check(c): 1\n"}],
    }
    path.write_text(path.read_text() + json.dumps(broken) + "\n")
    ids = {row["problem"] for row in ROWS["cotbench"]}
    command = write(workspace, [{"problem": "b", "code": "def f(x):\n    return x\n"}, *ROWS["cotbench"]])
    done = workspace.cot(*command)
    assert done.returncode == 2
    assert "the tests of b can judge no program" in done.stderr
    assert "ModuleNotFoundError" in done.stderr
    assert not (workspace.results / "graded-made-problems").exists()
    # The others are judged where they are asked for without it.
    assert workspace.cot(*command, "--ids", ",".join(sorted(ids))).returncode == 0
    assert len(hidden(workspace, "graded-made-problems")) == 12
