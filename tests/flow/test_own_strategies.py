"""Strategies from a user's file or an installed package: the documented example, and what goes wrong in such files."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from cotbench.core.errors import ConfigurationError
from cotbench.strategies import open_strategy, prompt_digests, resolve_options, strategy_entry
from tests.conftest import Workspace, joined

DOCS = Path(__file__).parents[2] / "docs" / "strategies.md"


def example() -> str:
    """Return the Python example of the documentation, word for word."""
    (found,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    return str(found)


def own(path: Path, text: str) -> str:
    file = path / "own.py"
    file.write_text(f"from cotbench.api import *\n{text}")
    return f"{file}:search"


def test_the_documented_example_runs_word_for_word(workspace: Workspace) -> None:
    file = workspace.path / "hardest.py"
    file.write_text(example())
    assert len(example().splitlines()) < 40
    command = re.search(r"^    cotbench (run --strategy hardest\.py.*)$", DOCS.read_text(encoding="utf-8"), re.M)
    assert command is not None
    arguments = ["--model", "scripted:script.yaml", "--benchmark", "problems.jsonl", "--limit", "all", "--name", "h"]
    done = workspace.cot(*command[1].split(), *arguments, "--quiet")
    assert done.returncode == 0, done.stderr
    attempts = workspace.rows("h", "attempts")
    assert len(attempts) == 9
    steps = [[step["kind"] for step in attempt["lineage"]] for attempt in attempts]
    assert steps == [["idea", "code"]] * 9
    manifest = json.loads((workspace.results / "h" / "manifest.json").read_text())
    assert manifest["prompts"]["hardest.py"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert "words: 20" in (workspace.results / "h" / "spec.yaml").read_text()
    assert not list(workspace.path.rglob("__pycache__"))

    file.write_text(example() + "# changed\n")
    again = workspace.cot(*command[1].split(), *arguments, "--quiet")
    assert again.returncode == 2
    assert "made with other prompts: hardest.py changed" in joined(again.stderr)


def test_an_error_while_it_searches_is_one_line_with_its_place(workspace: Workspace) -> None:
    name = own(workspace.path, "async def search(view, ctx):\n    yield missing\n")
    arguments = ["--model", "scripted:script.yaml", "--benchmark", "problems.jsonl", "--limit", "1"]
    done = workspace.cot("run", "--strategy", name, *arguments, "--quiet")
    assert done.returncode == 3
    assert "own.py, line 3: NameError: name 'missing' is not defined" in joined(done.stderr)
    assert "Traceback" not in done.stderr


def test_a_package_offers_strategies_by_entry_points(workspace: Workspace) -> None:
    (workspace.path / "offered.py").write_text(example())
    folder = workspace.path / "offered-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: offered\nVersion: 1\n")
    points = "hardest = offered:hardest\nbroken = offered:nothing\n"
    (folder / "entry_points.txt").write_text(f"[cotbench.strategies]\n{points}")
    path = f"{workspace.path}:{Path(__file__).parents[2]}"
    listed = workspace.cot("list", "strategies", "--json", PYTHONPATH=path)
    assert listed.returncode == 0, listed.stderr
    rows = {row["strategy"]: row for row in json.loads(listed.stdout)}
    assert rows["hardest"]["what"].startswith("Name the input that breaks careless programs")
    assert rows["hardest"]["options"] == {"words": "length of the description, in words [30]"}
    assert "cannot be loaded" in rows["broken"]["what"]
    arguments = ["--model", "scripted:script.yaml", "--benchmark", "problems.jsonl", "--limit", "1", "--name", "h"]
    done = workspace.cot("run", "--strategy", "hardest", *arguments, "--quiet", PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert len(workspace.rows("h", "attempts")) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("async def search(view, ctx)\n", r"own.py, line 2: expected ':'"),
        ("import nowhere_to_be_found\n", r"own.py, line 2: ModuleNotFoundError: No module named"),
        ("raise SystemExit('no')\n", r"own.py, line 2: SystemExit: no"),
        ("async def serach(view, ctx):\n    yield 1\n", r"no strategy 'search' \(did you mean serach"),
        ("async def search(view, ctx):\n    return 1\n", r"no strategy 'search' \(a strategy is an `async def` with"),
        ("async def search(view):\n    yield 1\n", r"search must take \(view, ctx\) or \(view, ctx, options\)"),
        ("async def search(view, ctx, words):\n    yield 1\n", r"annotate 'words' with the dataclass of its options"),
        ("async def search(view, ctx, o: 'Lost'):\n    yield 1\n", r"annotations cannot be read: name 'Lost'"),
        (
            "from dataclasses import dataclass\n@dataclass\nclass O:\n    n: int\n"
            "async def search(view, ctx, o: O):\n    yield 1\n",
            r"option n of O needs a default",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        strategy_entry(own(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [("gone.py:search", "cannot read the strategy gone.py: No such file"), ("own.py", "which of its functions")],
)
def test_names_that_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    own(tmp_path, "async def search(view, ctx):\n    yield 1\n")
    with pytest.raises(ConfigurationError, match=message):
        strategy_entry(name)


def test_options_of_a_file_are_read_like_any_others(tmp_path: Path) -> None:
    text = (
        "from dataclasses import dataclass\n@dataclass\nclass O:\n    n: int = 3\n    on: bool = False\n"
        "async def search(view, ctx, o: O):\n    yield o\n"
    )
    name = own(tmp_path, text)
    assert resolve_options(name, None, {"on": "yes"}) == {"n": 3, "on": True}
    with pytest.raises(ConfigurationError, match="has no option m"):
        resolve_options(name, None, {"m": 1})
    with pytest.raises(ConfigurationError, match="n must be a whole number"):
        resolve_options(name, None, {"n": "many"})
    assert open_strategy(name, {}).name == name


def test_templates_beside_the_file_are_digested_and_edits_are_seen(tmp_path: Path) -> None:
    name = own(tmp_path, 'async def search(view, ctx):\n    """One."""\n    yield 1\n')
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "ask.md").write_text("{{ problem }}")
    before = prompt_digests(name)
    assert {"own.py", "own/ask.md"} < before.keys()
    assert strategy_entry(name).summary == "One."
    own(tmp_path, 'async def search(view, ctx):\n    """Two."""\n    yield 1\n')
    assert strategy_entry(name).summary == "Two."
    assert prompt_digests(name)["own.py"] != before["own.py"]
