"""Budgets through the real command line: told before, held while it runs, and gone on from with a larger one."""

from __future__ import annotations

import json

from tests.conftest import Workspace

RUN = "plansearch-script-problems"
PRICES = 'prices: {"scripted:script.yaml": {input: 100, output: 1000}}\n'


def test_a_dry_run_tells_what_the_run_then_asks_and_a_cap_stops_it_on_the_way(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("plansearch")
    before = workspace.cot(*arguments, "--dry-run", "--json")
    told = json.loads(before.stdout)
    assert (told["units"], told["total"]["low"]["calls"], told["total"]["high"]["calls"]) == (3, 27, 27)
    assert {step: ends["high"]["calls"] for step, ends in told["steps"].items()} == {
        "observe": 3,
        "idea": 12,
        "code": 12,
    }
    assert told["total"]["high"]["usd"] == 0, "canned replies are free, and that is known"
    assert not workspace.results.exists()
    assert workspace.answered == []

    stopped = workspace.cot(*arguments, "--max-calls", "20")
    assert stopped.returncode == 3, stopped.stderr
    assert "stopped: --max-calls 20 is reached" in stopped.stderr
    assert "a larger --max-calls: cotbench run" in stopped.stderr
    assert "spent 20 of 20 calls" in stopped.stdout
    assert "with a larger cap goes on" in stopped.stdout
    assert len(workspace.answered) == 20 == len(workspace.rows(RUN, "calls"))
    attempts, units = workspace.rows(RUN, "attempts"), workspace.rows(RUN, "units")
    programs = [row for row in workspace.rows(RUN, "calls") if str(row["path"]).endswith("code")]
    assert len(attempts) == len(programs), "each program that was paid for is kept"
    assert len(workspace.rows(RUN, "verdicts")) == 2 * len(attempts)
    assert {(row["status"], row["setting"], row["cap"]) for row in units if row["status"] != "done"} == {
        ("partial", "max_calls", 20.0)
    }

    rest = workspace.cot(*arguments, "--dry-run")
    assert rest.returncode == 0, rest.stderr
    assert "would continue" in rest.stdout and "spent so far: 20 calls" in rest.stdout
    assert [line.split("│")[2].strip() for line in rest.stdout.splitlines() if "together" in line] == ["7"]
    done = workspace.cot(*arguments, "--max-calls", "27", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["complete"], summary["spent"]["calls"], summary["caps"]["calls"]) == (True, 27, 27)
    assert len(workspace.answered) == 27


def test_money_is_counted_by_the_prices_of_the_config(workspace: Workspace) -> None:
    (workspace.path / "priced.yaml").write_text(PRICES)
    arguments = workspace.run_arguments(
        "repeated", "--config", "priced.yaml", "--concurrency", "64", "--attempts", "60"
    )
    # A prompt of 150 bytes is reserved with 78 tokens at $100 per million, a reply of 10 tokens at $1000: $0.0178.
    done = workspace.cot(*arguments, "--reply-tokens", "10", "--max-usd", "0.5")
    assert done.returncode == 3, done.stderr
    assert "expected for repeated: 180 calls" in done.stderr
    rows = workspace.rows("repeated-script-problems", "calls")
    spent = 0.0
    for row in rows:
        usage = row["usage"]
        assert isinstance(usage, dict)
        assert abs(row["usd"] - (usage["prompt"] * 100 + usage["completion"] * 1000) / 1e6) < 1e-12  # type: ignore[operator]
        spent += row["usd"]  # type: ignore[operator]
    assert 0.5 - 0.05 < spent <= 0.5
    manifest = json.loads((workspace.results / "repeated-script-problems" / "manifest.json").read_text())
    assert manifest["prices"] == {"scripted:script.yaml": {"input": 100.0, "output": 1000.0, "cached": None}}


def test_a_cap_per_problem_completes_the_run_until_it_is_raised(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("repeated")
    run = "repeated-script-problems"
    capped = workspace.cot(*arguments, "--max-calls-per-problem", "2")
    assert capped.returncode == 0, capped.stderr
    assert "3 units stopped at a cap per problem (max_calls_per_problem 2)" in capped.stdout
    assert len(workspace.rows(run, "attempts")) == 6
    raised = workspace.cot(*arguments, "--max-calls-per-problem", "3")
    assert raised.returncode == 0, raised.stderr
    assert len(workspace.answered) == 9


def test_an_unknown_price_is_said_and_refused_where_it_would_have_to_hold(workspace: Workspace) -> None:
    arguments = workspace.run_arguments("repeated", "--model", "nobody/knows-this")
    refused = workspace.cot(*arguments, "--max-usd", "1")
    assert refused.returncode == 2
    assert "the price of nobody/knows-this is not known" in refused.stderr
    told = workspace.cot(*arguments, "--dry-run")
    assert told.returncode == 0, told.stderr
    assert "costs are shown as unknown" in told.stdout
    assert "$0" not in told.stdout
    assert not workspace.results.exists() or not list(workspace.results.iterdir())
