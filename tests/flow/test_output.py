"""What people read in the terminal: it fits, nothing is broken apart, names are printed as they are."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Workspace


@pytest.mark.parametrize("width", [80, 120])
def test_compare_fits_the_terminal(workspace: Workspace, width: int) -> None:
    for strategy in ("repeated", "plansearch", "ideasearch"):
        workspace.cot(*workspace.run_arguments(strategy))
    done = workspace.cot("compare", "--all-pairs", COLUMNS=str(width))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= width, done.stdout
    for label in ("repeated", "plansearch", "ideasearch"):
        # in the legend, with pass@k, with 1@k and with the cost
        assert len([line for line in lines if line.startswith(f"{label}  ")]) == 4
        assert f"{label}-script-problems" in done.stdout
    for pair in ("plansearch − repeated", "ideasearch − repeated", "ideasearch − plansearch"):
        assert lines.count(pair) == 1
    assert len([line for line in lines if "isolation of judged programs" in line]) == 1
    assert "with 3 problems no p below 0.25 is possible" in lines


def test_many_ks_and_long_names_fit_too(workspace: Workspace) -> None:
    names = [f"a-name-that-says-very-much-about-the-run-{place}" for place in (1, 2)]
    for name in names:
        workspace.cot(*workspace.run_arguments("repeated", "--attempts", "20", "--name", name, "--fresh"))
    done = workspace.cot("compare", *names, "--k", "1,2,3,5,7,10,15,20", COLUMNS="80")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80, done.stdout
    assert f"#1 repeated  {names[0]}" in lines
    assert "#2 repeated − #1 repeated" in lines
    for k in (1, 2, 3, 5, 7, 10, 15, 20):
        assert f"pass@{k} " in f"{done.stdout} ".replace("\n", " ")
    wide = workspace.cot("compare", *names, COLUMNS="200")
    assert f"{names[1]} − {names[0]}" in wide.stdout


def test_names_are_printed_as_they_are(workspace: Workspace) -> None:
    path = workspace.path / "problems.jsonl"
    odd = ["list[int]", "a[/b]", ":smile: [red]"]
    problems = [json.loads(line) for line in path.read_text().splitlines()]
    changed = [{**problem, "id": name, "difficulty": "[/]"} for problem, name in zip(problems, odd, strict=True)]
    path.write_text("".join(json.dumps(problem) + "\n" for problem in changed))
    made = workspace.cot(*workspace.run_arguments("plansearch", "--attempts", "1", "--name", "odd"))
    assert made.returncode == 0, made.stderr
    shown = workspace.cot("show", "odd")
    assert shown.returncode == 0, shown.stderr
    for name in (*odd, "[/]"):
        assert name in shown.stdout
    for name in odd:
        tree = workspace.cot("show", "odd", name, "--full")
        assert tree.returncode == 0, tree.stderr
        assert name in tree.stdout
    workspace.cot(*workspace.run_arguments("repeated", "--attempts", "1"))
    compared = workspace.cot("compare")
    assert compared.returncode == 0, compared.stderr
    assert any(name in compared.stdout for name in odd)
