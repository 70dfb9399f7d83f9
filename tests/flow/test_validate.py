"""`cotbench benchmark validate`, and the example of the documentation from its file to its run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cotbench.cli.benchmark import app
from cotbench.core.errors import BenchmarkError
from tests.conftest import Workspace

DOCS = Path(__file__).parent.parent.parent / "docs"
EXAMPLE = DOCS / "own_benchmark.jsonl"

BAD = [
    '{"id": "double", "statement": "Return twice x.", "entry": "double", "public": [{"arguments": [1], "expected": 2}], '
    '"hidden": [{"arguments": [4], "expected": 8}, {"arguments": [1], "expected": 3}], "reference": "def double(x): return 2*x"}',
    '{"id": "double", "statement": "Again.", "entry": "double", "hidden": [{"arguments": [4], "expected": 8}]}',
    '{"id": "b", "statement": "b", "entry": "b", "hidden": []}',
    '{"id": "c", "statement": "c", "entry": "c", "hidden": [{"arguments": [4], "expected": 8}], "dat": 1, "date": "soon"}',
    "{oops",
    "",
    '{"id": "e", "statement": "e", "entry": "not a name", "hidden": [{"stdin": "a"}]}',
    '{"id": "f", "statement": "Return  twice x.", "entry": "f", "hidden": [{"check": "def check(candidate):\\n    pass\\n"}]}',
]
FOUND = [
    ("schema", "line 3", "hidden: "),
    ("schema", "line 4", "date: 'soon' is not a date"),
    ("schema", "line 4", "dat: Extra inputs"),
    ("schema", "line 5", "not JSON"),
    ("schema", "line 7", "entry: 'not a name'"),
    ("schema", "line 7", "hidden.0: a case holds arguments and expected"),
    ("duplicate id", "line 2", "is already on line 1"),
    ("same statement", "line 8", "as double"),
    ("contradiction", "line 1", "public.0 and hidden.1 have the same input"),
    ("broken test", "line 8", "hidden.0: "),
    ("reference", "line 1", "hidden cases: wrong: case 2"),
]


def validate(path: Path, *more: str) -> tuple[int, str]:
    """Run the command in this process; return its exit code and what it printed."""
    done = CliRunner().invoke(app, ["validate", str(path), "--allow-unsafe", "--quiet", *more])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_everything_that_is_wrong_is_listed(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("\n".join(BAD) + "\n")
    code, out = validate(tmp_path / "bad.jsonl", "--json")
    assert code == 4
    document = json.loads(out)
    for kind, where, text in FOUND:
        same = [
            finding["text"] for finding in document["findings"] if (finding["kind"], finding["where"]) == (kind, where)
        ]
        assert any(said.startswith(text) for said in same), (kind, where, same)
    assert len(document["findings"]) == len(FOUND)
    assert (document["ok"], document["problems"], document["without_reference"]) == (False, 2, ["f"])


def test_many_faults_of_a_kind_are_counted(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{\n" * 33)
    code, out = validate(tmp_path / "bad.jsonl")
    assert code == 4
    assert out.count("schema: line") == 20
    assert "schema: 13 more; --json lists all" in out
    assert "33 faults found" in out


def test_what_cannot_be_read_is_no_finding(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="there is no benchmark file"):
        validate(tmp_path / "absent.jsonl")


def test_a_run_with_a_broken_test_is_refused_before_it_asks(workspace: Workspace) -> None:
    (workspace.path / "bad.jsonl").write_text(BAD[-1] + "\n")
    done = workspace.cot(
        *["run", "--strategy", "repeated", "--model", "scripted:script.yaml", "--benchmark", "bad.jsonl"]
    )
    assert done.returncode == 2
    assert "the tests of f can judge no program" in done.stderr
    assert not workspace.answered
    assert not workspace.results.exists() or not list(workspace.results.iterdir())


def test_the_documented_example_is_the_file() -> None:
    text = (DOCS / "own_benchmark.md").read_text(encoding="utf-8")
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        assert line in text


def test_the_example_is_sound_and_runs(workspace: Workspace) -> None:
    shutil.copy(EXAMPLE, workspace.path / "mine.jsonl")
    code, out = validate(workspace.path / "mine.jsonl")
    assert code == 0, out
    assert "4 problems, 4 references run" in out
    assert "nothing is wrong with it" in out
    rules = "".join(
        f"  - match: {json.dumps(row['statement'])}\n    reply: {json.dumps(chr(96) * 3 + 'python' + chr(10) + row['reference'])}\n"
        for row in map(json.loads, EXAMPLE.read_text().splitlines())
    )
    (workspace.path / "right.yaml").write_text(f"rules:\n{rules}")
    command = ["run", "--strategy", "repeated", "--model", "scripted:right.yaml", "--benchmark", "mine.jsonl"]
    done = workspace.cot(*command, "--limit", "all", "--attempts", "1", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["problems"], summary["cost"]["solved"]) == (4, 4)
