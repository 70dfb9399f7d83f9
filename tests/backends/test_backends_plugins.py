"""Backends of other packages: a real distribution's metadata on the path, found, listed, run and refused."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from cotbench.backends import plugins
from cotbench.backends.registry import check_model_name, kind_of, open_backend
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Request, Sampling, user
from tests.conftest import Workspace

SOURCE = """
from cotbench.core.message import Completion, Usage

class Echo:
    max_draws, thinks = 1, False
    def __init__(self, name):
        self.name = name
    async def start(self):
        pass
    async def complete(self, request, draws):
        name = request.messages[-1].content.split("`")[1].split("(")[0]
        text = f"```python\\ndef {name}(x):\\n    return 2 * x\\n```"
        return [Completion(text, Usage(5, 7), "stop", None, 0.0) for _ in range(draws)]
    async def aclose(self):
        pass

def half(model):
    return object()

def broken(model):
    raise RuntimeError("no such thing")
"""
ENTRIES = "[cotbench.backends]\necho = echo_models:Echo\nhalf = echo_models:half\nbroken = echo_models:broken\nlocal = echo_models:Echo\nabsent = nowhere:Echo\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "echo_models-1.2.dist-info").mkdir(parents=True)
    (folder / "echo_models.py").write_text(SOURCE)
    (folder / "echo_models-1.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: echo-models\nVersion: 1.2\nSummary: says the same again\n"
    )
    (folder / "echo_models-1.2.dist-info" / "entry_points.txt").write_text(ENTRIES)
    return folder


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(site))
    plugins.plugins.cache_clear()
    monkeypatch.setattr(plugins, "plugins", plugins.plugins.__wrapped__)
    return site


def test_a_prefix_leads_to_the_plugin(installed: Path) -> None:
    assert [kind_of(name) for name in ("echo/a", "echo", "echos/a", "local", "gpt-4o-mini")] == [
        "plugin",
        "litellm",
        "litellm",
        "local",
        "litellm",
    ]
    check_model_name("echo/a")
    backend = open_backend("echo/a")
    assert (backend.name, type(backend).__name__) == ("echo/a", "Echo")


def test_names_of_the_tool_itself_cannot_be_taken(installed: Path) -> None:
    assert set(plugins.plugins()) == {"echo", "half", "broken", "absent"}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("half/x", "gave no backend: name, max_draws, thinks, start, complete, aclose missing"),
        ("broken/x", "cannot be used: RuntimeError: no such thing"),
        ("absent/x", "cannot be used: ModuleNotFoundError"),
    ],
)
def test_a_plugin_that_does_not_work_is_named(installed: Path, model: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_backend(model)
    assert message in str(caught.value)
    assert "of the package echo-models" in str(caught.value)


def test_a_run_with_a_plugin_and_the_list(workspace: Workspace, site: Path) -> None:
    path = os.pathsep.join([str(site), str(Path(__file__).parents[2])])
    arguments = ["run", "-s", "repeated", "-m", "echo/a", "-b", "problems.jsonl", "--limit", "all", "-n", "1"]
    done = workspace.cot(*arguments, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    calls = workspace.rows("repeated-a-problems", "calls")
    assert [(row["fields"]["model"], row["usd"]) for row in calls] == [("echo/a", None)] * 3  # type: ignore[index]
    assert "solved 1 of 3 problems" in done.stdout
    listed = workspace.cot("list", "models", PYTHONPATH=path).stdout
    assert listed.index("local/") < listed.index("From other packages:") < listed.index("echo/…")
    rows = json.loads(workspace.cot("list", "models", "--json", PYTHONPATH=path).stdout)
    assert {"name": "echo/…", "note": "says the same again", "package": "echo-models 1.2"} in rows


def test_the_example_of_the_documentation_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
    (code,) = re.findall(r"```python\n(# shouting\.py\n.*?\n)```\n", text, re.S)
    assert len(code.splitlines()) < 30
    (tmp_path / "shouting.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    backend = plugins.open_plugin(plugins.Plugin("shout", "shouting:Shout", "shouting", "1", ""), "shout/loud")
    (reply,) = asyncio.run(backend.complete(Request((user("a b c"),), Sampling()), 1))
    assert (backend.name, reply.usage.prompt, reply.finish) == ("shout/loud", 3, "stop")
