"""First passes: the cost of the union of the calls an attempt needed, and what cuts a search."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.analysis import RunTable, run_table
from cotbench.analysis.first_passes import AXES, Passes, first_passes
from cotbench.core.budget import Price
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import call_key
from cotbench.core.message import Usage
from cotbench.store import ProgramsInfo, RunDirectory, RunWriter, UnitRow

from .builder import attempt, call, manifest, spec, verdict, write_run


def write(path: Path, outcomes: str, needs: list[list[int]], calls: int, **ending: object) -> RunTable:
    """Write one unit on problem "a"; call number i takes 10 + i prompt and 1 completion token, 0.01 USD, 1 s."""
    directory = RunDirectory(path)
    directory.claim()
    directory.write_manifest(manifest(["a"]))
    directory.write_spec(spec(attempts=len(outcomes)))
    with RunWriter(path, writer="w") as writer:
        for draw in range(calls):
            writer.append(call("a", draw, usage=Usage(10 + draw, 1), usd=0.01))
        for index, (mark, needed) in enumerate(zip(outcomes, needs, strict=True)):
            keys = tuple(call_key("a", 0, "", draw) for draw in needed)
            writer.append(replace(attempt("a", index), calls=keys))
            if mark != "?":
                writer.append(verdict("a", index, "passed" if mark == "+" else "wrong"))
        row = UnitRow("a", 0, "done", len(outcomes), len(outcomes), at=1050.0)
        if ending.get("status") != "owed":
            writer.append(replace(row, **ending))  # type: ignore[arg-type]
    return run_table(directory)


def of(found: Passes) -> tuple[float, bool, bool]:
    units = found.units
    return float(units.cost[0]), bool(units.passed[0]), bool(units.cut[0])


def test_shared_calls_are_paid_for_once(tmp_path: Path) -> None:
    # The second attempt, which passes, shares call 0 with the first and needs 2 beside it; 3 is the third's.
    table = write(tmp_path / "r", "-+-", [[0, 1], [0, 2], [0, 3]], 5)
    costs = {axis: of(first_passes(table, axis, ["a"])) for axis in AXES}
    assert costs == {
        "attempts": (2, True, False),
        "tokens": (11 + 12 + 13, True, False),
        "completion-tokens": (3, True, False),
        "calls": (3, True, False),
        "usd": (pytest.approx(0.03), True, False),
        "seconds": (3, True, False),
    }
    # Of 5 calls, one was needed by nobody.
    assert first_passes(table, "calls", ["a"]).unused == pytest.approx(0.2)
    assert first_passes(table, "attempts", ["a"]).unused == 0


def test_how_a_search_ends(tmp_path: Path) -> None:
    needs = [[0], [1]]
    done = write(tmp_path / "done", "--", needs, 3)
    assert of(first_passes(done, "calls", ["a"])) == (2, False, False)
    # A stopped unit is watched until all that it spent, in calls; in attempts until its last one.
    stopped = write(tmp_path / "stopped", "--", needs, 3, status="partial", setting="max_usd_per_problem", cap=0.05)
    assert of(first_passes(stopped, "calls", ["a"])) == (3, False, True)
    assert of(first_passes(stopped, "attempts", ["a"])) == (2, False, True)
    owed = write(tmp_path / "owed", "--", needs, 2, status="owed")
    assert of(first_passes(owed, "calls", ["a"])) == (2, False, True)
    # Nobody knows whether the second attempt passed, so the pass of the third may not be the first one.
    ungraded = write(tmp_path / "ungraded", "-?+", [*needs, [2]], 3)
    assert of(first_passes(ungraded, "calls", ["a"])) == (1, False, True)
    # A unit that was done with fewer attempts than are wanted now goes on.
    extended = write(tmp_path / "extended", "--", needs, 2, wanted=1)
    assert of(first_passes(extended, "calls", ["a"])) == (2, False, True)


def test_units_of_one_problem_stay_apart(tmp_path: Path) -> None:
    directory = write_run(tmp_path / "r", {"a": "-+", "b": "--"}, run=spec(attempts=2))
    with RunWriter(directory.path, writer="w2") as writer:
        writer.append(attempt("a", 0, unit=1))
        writer.append(verdict("a", 0, "passed", unit=1))
        writer.append(UnitRow("a", 1, "done", 2, 1, at=1051.0))
    found = first_passes(run_table(directory), "attempts", ["b", "a"])
    assert sorted(
        zip(found.units.problem.tolist(), found.units.cost.tolist(), found.units.passed.tolist(), strict=True)
    ) == [
        (0, 2, False),
        (1, 1, True),
        (1, 2, True),
    ]


def test_unknown_costs_are_refused(tmp_path: Path) -> None:
    unpriced = run_table(write_run(tmp_path / "unpriced", {"a": "+"}, usd=None))
    with pytest.raises(ConfigurationError, match="nobody knows what replies of"):
        first_passes(unpriced, "usd", ["a"])
    free = run_table(write_run(tmp_path / "free", {"a": "+"}, usd=0.0))
    with pytest.raises(ConfigurationError, match="all its replies cost 0 usd"):
        first_passes(free, "usd", ["a"])
    empty = run_table(write_run(tmp_path / "empty", {"a": ""}))
    with pytest.raises(ConfigurationError, match="no search got as far as an attempt"):
        first_passes(empty, "attempts", ["a"])
    made = manifest(["a"], programs=ProgramsInfo("f", "0", "own", 1, 0))
    graded = run_table(write_run(tmp_path / "graded", {"a": "+"}, made_with=made))
    with pytest.raises(ConfigurationError, match="programs from a file"):
        first_passes(graded, "tokens", ["a"])
    assert of(first_passes(graded, "attempts", ["a"])) == (1, True, False)


def test_the_price_table_of_the_run_prices_what_the_backend_did_not(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "r")
    directory.claim()
    directory.write_manifest(manifest(["a"], prices={"m": Price(0.001, 0.01)}))
    directory.write_spec(spec(attempts=1))
    with RunWriter(directory.path, writer="w") as writer:
        writer.append(replace(call("a", 0, usage=Usage(3, 2), usd=None), fields={"model": "m"}))
        writer.append(replace(attempt("a", 0), calls=(call_key("a", 0, "", 0),)))
        writer.append(verdict("a", 0, "passed"))
    expected = Price(0.001, 0.01).usd(Usage(3, 2))
    assert of(first_passes(run_table(directory), "usd", ["a"])) == (pytest.approx(expected), True, False)
