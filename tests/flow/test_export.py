"""`cotbench export` on real runs: what is written is judged again with the same verdicts, and reads as it should."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import PROBLEMS, Workspace

DOCUMENTED = {
    "id": "triple",
    "statement": "Write `triple(xs)`: return thrice the first of a list.",
    "entry": "triple",
    "starter": 'from typing import List\n\ndef triple(xs: List[int]) -> int:\n    """Return thrice the first."""\n',
    "public": [{"arguments": [[1]], "expected": 3}],
    "hidden": [{"arguments": [[2, 9]], "expected": 6}],
}
SCRIPT = r"""
rules:
  - match: "Write `double"
    by: draw
    replies:
      - "```python\ndef double(x):\n    return 2 * x\n```"
      - "```python\ndef double(x: int) -> int:\n    return x + x\n```"
      - "```python\ndef double(x):\n    return x ** 2 + 1\n```"
  - match: "Write `square"
    by: draw
    replies: ["```python\nimport math\ndef square(x):\n    return math.prod((x, x))\n```", "I would multiply.", "```python\ndef square(x) return\n```"]
  - match: "Write `triple"
    by: draw
    replies:
      - "```python\ndef triple(xs):\n    return 3 * xs[0]\n```"
      - "```python\nfrom typing import List\n\ndef triple(xs: List[int]) -> int:\n    \"\"\"Return thrice the first.\"\"\"\n    return sum(xs[:1] * 3)\n```"
default: "```python\ndef negate(x):\n    return x\n```"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace with a run `r` of twelve attempts on each of four problems."""
    space = Workspace(tmp_path_factory.mktemp("export"))
    (space.path / "problems.jsonl").write_text(
        "".join(json.dumps(problem) + "\n" for problem in (*PROBLEMS, DOCUMENTED))
    )
    (space.path / "script.yaml").write_text(SCRIPT)
    done = space.cot(*space.run_arguments("repeated", "--name", "r", "--quiet", "--attempts", "12"))
    assert done.returncode == 0, done.stderr
    return space


def verdicts(space: Workspace, run: str) -> dict[str, object]:
    return {str(row["key"]): row["outcome"] for row in space.rows(run, "verdicts")}


@pytest.mark.parametrize("form", ["human-eval", "evalplus", "livecodebench"])
def test_what_is_exported_is_judged_alike(made: Workspace, form: str) -> None:
    file = f"{form}.out"
    done = made.cot("export", "r", "--format", form, "--out", file)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert f"{4 if form == 'livecodebench' else 48} rows to {file}" in done.stderr
    graded = made.cot("grade", file, "--benchmark", "problems.jsonl", "--name", form, "--quiet")
    assert graded.returncode == 0, graded.stderr
    assert verdicts(made, form) == verdicts(made, "r")
    assert {"passed", "wrong", "error", "no_code"} <= set(verdicts(made, "r").values())


def test_each_tool_gets_its_own_form(made: Workspace) -> None:
    rows = {form: made.cot("export", "r", "-f", form).stdout for form in ("human-eval", "evalplus", "livecodebench")}
    completions = [json.loads(line) for line in rows["human-eval"].splitlines()]
    solutions = [json.loads(line) for line in rows["evalplus"].splitlines()]
    assert [row["task_id"] for row in completions] == [row["task_id"] for row in solutions]
    assert all(row.keys() == {"task_id", "completion"} for row in completions)
    assert all(row.keys() == {"task_id", "solution"} for row in solutions)
    programs = json.loads(rows["livecodebench"])
    assert sorted(row["question_id"] for row in programs) == ["double", "negate", "square", "triple"]
    assert all(len(row["code_list"]) == 12 for row in programs)
    assert [row["solution"] for row in solutions if row["task_id"] == "square"].count("") >= 1


def test_a_table_of_all_attempts(made: Workspace) -> None:
    assert made.cot("export", "r", "-f", "parquet", "-o", "attempts.parquet").returncode == 0
    frame = pd.read_parquet(made.path / "attempts.parquet")
    assert len(frame) == 48 and {"problem", "unit", "index", "code", "outcome", "public_outcome"} <= set(frame)
    hidden = [outcome for key, outcome in verdicts(made, "r").items() if "::hidden::" in key]
    assert (frame.outcome == "passed").sum() == hidden.count("passed")


def test_rows_to_train_on_are_those_that_passed(made: Workspace) -> None:
    outcomes = verdicts(made, "r")
    for suite in ("hidden", "public"):
        rows = [
            json.loads(line) for line in made.cot("export", "r", "-f", "sft", "--passed", suite).stdout.splitlines()
        ]
        right = {
            key.split(f"::{suite}::")[0]
            for key, outcome in outcomes.items()
            if f"::{suite}::" in key and outcome == "passed"
        }
        exported = {f"{row['problem']}::{row['unit']}::{row['index']}" for row in rows}
        assert exported and exported <= right
        replies = {(row["problem"], row["completion"][0]["content"]) for row in rows}
        assert len(replies) == len(rows), "the same answer twice teaches nothing more"
        assert all(row["prompt"][0]["content"].startswith("Write `") for row in rows)
    pairs = [json.loads(line) for line in made.cot("export", "r", "-f", "dpo").stdout.splitlines()]
    assert pairs
    for row in pairs:
        assert outcomes[f"{row['problem']}::0::{row['index']}::hidden::{grader(made)}"] == "passed"
        assert outcomes[f"{row['problem']}::0::{row['rejected_index']}::hidden::{grader(made)}"] in ("wrong", "error")


def grader(space: Workspace) -> str:
    return str(json.loads((space.results / "r" / "manifest.json").read_text())["grader"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["r", "-f", "human_eval"], "did you mean human-eval"),
        (["r", "-f", "sft", "--passed", "all"], "--passed must be hidden or public"),
        (["nothing", "-f", "sft"], "there is no run 'nothing'"),
        (["r", "-f", "sft", "-o", "absent/x.jsonl"], "cannot write absent/x.jsonl"),
        (["r", "-f", "parquet", "-o", "absent/x.parquet"], "cannot write absent/x.parquet"),
    ],
)
def test_refusals(made: Workspace, arguments: list[str], message: str) -> None:
    done = made.cot("export", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert message in " ".join(done.stderr.split()) and "Traceback" not in done.stderr
    assert not [path for path in Path(made.path).iterdir() if path.name.startswith(".")]
