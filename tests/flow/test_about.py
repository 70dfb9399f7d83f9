"""`cotbench show --about` and `--sort` on real run directories: tables, one JSON document each, errors with a way out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cotbench.cli.app import app
from cotbench.core.errors import ConfigurationError

from ..analysis.builder import spec
from ..analysis.lineages import Made, step, write_lineages


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    ideas = {
        name: [
            Made(
                (
                    step("idea", f"[b]way[/b] {idea}", f"i{idea}"),
                    step("probability", "0.5"),
                    step("sketch", "a", "words10"),
                ),
                passed=idea in right,
                public=idea != 0,
            )
            for idea in (0, 1, 2)
            for _ in range(3)
        ]
        for name, right in (("list[int]", (1,)), ("sum", (1, 2)), ("never", ()))
    }
    write_lineages(folder / "ideas", ideas, run=spec(strategy="conditioned"))
    plain = {name: [Made((), name == "never")] for name in ideas}
    write_lineages(folder / "plain", plain)
    return folder


def show(results: Path, *arguments: str, width: int = 160) -> str:
    done = CliRunner(env={"COLUMNS": str(width)}).invoke(app, ["show", *arguments, "--results", str(results)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_subject_is_a_table_and_a_document(results: Path) -> None:
    for about, more, name, columns in (
        ("polarisation", [], "polarisation", {"thought", "correlation", "p", "extreme"}),
        ("survival", [], "survival", {"stage", "alive", "product", "units"}),
        ("selection", [], "selection", {"k", "one_at_k", "pass_at_k", "efficiency"}),
        ("sketches", ["--with", "plain"], "sketches", {"words", "passed", "idea_gap"}),
        ("calibration", [], "calibration", {"score", "value"}),
        ("unique", ["--with", "plain"], "only_one_solves", {"run", "problem", "passed"}),
    ):
        text = show(results, "ideas", "--about", about, *more)
        document = json.loads(show(results, "ideas", "--about", about, "--json", *more))
        assert (document["run"], document["about"]) == ("ideas", about)
        row = document[name]["rows"][0]
        assert columns <= row.keys()
        heading = next(iter(columns)).replace("_", " ")
        assert heading in text


def test_no_number_is_cut_at_80_columns(results: Path) -> None:
    document = json.loads(show(results, "ideas", "--about", "survival", "--json"))["survival"]["rows"]
    text = show(results, "ideas", "--about", "survival", width=80)
    assert max(map(len, text.splitlines())) <= 80
    table = text.split("note:")[0]
    assert "…" not in table
    for row in document:
        assert f"{100 * row['alive']:.1f} [{100 * row['low']:.1f}, {100 * row['high']:.1f}]" in table
    # Many columns of few rows stand below each other.
    lines = show(results, "ideas", "--about", "polarisation", width=60).splitlines()
    assert any(re.fullmatch(r"programs each +3 +3", line) for line in lines)


def test_names_of_problems_are_no_markup(results: Path) -> None:
    text = show(results, "ideas", "--about", "polarisation")
    assert "list[int]" in text and "[b]way[/b]" in text


def test_numbers_of_the_document_are_exact(results: Path) -> None:
    document = json.loads(show(results, "ideas", "--about", "survival", "--json"))
    alive = {row["stage"]: row["alive"] for row in document["survival"]["rows"]}
    assert alive["public"] == pytest.approx(2 / 3)
    assert alive["hidden"] == pytest.approx((1 / 3 + 2 / 3 + 0) / 3)
    unique = json.loads(show(results, "ideas", "--about", "unique", "--with", "plain", "--json"))
    found = {(row["run"], row["problem"]) for row in unique["only_one_solves"]["rows"]}
    assert found == {("ideas", "list[int]"), ("ideas", "sum"), ("plain", "never")}


def test_problems_by_rate_and_attempts_as_json(results: Path) -> None:
    lines = show(results, "ideas", "--sort", "rate").splitlines()
    order = [line.split()[0] for line in lines if line.startswith(("sum", "list", "never"))]
    assert order == ["sum", "list[int]", "never"]
    rows = json.loads(show(results, "ideas", "--sort", "rate", "--json"))["problems"]["rows"]
    assert [row["rate"] for row in rows] == pytest.approx([2 / 3, 1 / 3, 0])
    attempts = json.loads(show(results, "ideas", "sum", "--json"))["attempts"]["rows"]
    assert len(attempts) == 9
    assert attempts[0]["passed"] is False and attempts[-1]["passed"] is True
    assert attempts[0]["lineage"].startswith("idea: [b]way[/b] 0\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plain", "--about", "polarisation"], "comes from a step of kind idea"),
        (["plain", "--about", "sketches"], "no judged attempt comes from a sketch"),
        (["ideas", "--about", "luck"], "nothing can be shown about 'luck'"),
        (["ideas", "--about", "unique"], "needs other runs"),
        (["ideas", "--about", "survival", "--with", "plain"], "--with has no meaning"),
        (["ideas", "sum", "--about", "survival"], "about a whole run"),
        (["ideas", "--with", "plain"], "no meaning without --about"),
        (["ideas", "--sort", "age"], "no order 'age'"),
    ],
)
def test_refuses_with_a_way_out(results: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        show(results, *arguments)
