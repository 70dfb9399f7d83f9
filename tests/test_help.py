"""Help: every verb explains itself with an example, the listing agrees, and the README mentions it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cotbench.cli.app import VERBS, load_verb
from tests.commandline import command_line

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_an_example(verb: str) -> None:
    command = load_verb(verb)
    text = command.help or ""
    assert text.splitlines()[0] == VERBS[verb]
    assert f"Example: cotbench {verb}" in text
    assert "Returns" not in text
    for parameter in command.params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            assert getattr(parameter, "help", ""), f"--{parameter.name} says nothing"
    assert f"cotbench {verb}" in README


@pytest.mark.parametrize("arguments", [["--help"], *([verb, "--help"] for verb in VERBS), []])
def test_help_runs(arguments: list[str], tmp_path: Path) -> None:
    done = command_line().run(arguments, tmp_path, dict(os.environ), 60)
    assert done.returncode == (0 if arguments else 2), done.stderr
    assert "Usage" in done.stdout + done.stderr


def test_version() -> None:
    done = subprocess.run([sys.executable, "-m", "cotbench", "--version"], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("cotbench ")


@pytest.mark.parametrize(("verb", "name"), [("benchmark", "validate")])
def test_a_verb_of_a_group_has_help_and_an_example(verb: str, name: str, tmp_path: Path) -> None:
    command = load_verb(verb).commands[name]
    assert f"Example: cotbench {verb} {name}" in (command.help or "")
    assert all(getattr(parameter, "help", "") for parameter in command.params if parameter.name != "help")
    done = command_line().run([verb, name, "--help"], tmp_path, dict(os.environ), 60)
    assert done.returncode == 0, done.stderr
