"""`cotbench select` on a run of the simulated model: real programs in the real sandbox, the truth as the yardstick."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cotbench.cli.select import app
from cotbench.latent import Truth
from tests.conftest import Workspace

MODEL = "sim/latent?seed=3&accept=0.6&rate=0.4"
BENCHMARK = "latent?problems=30"
ATTEMPTS = 8


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    space = Workspace(tmp_path_factory.mktemp("select"))
    base = ["run", "-s", "repeated", "-m", MODEL, "-b", BENCHMARK, "--limit", "all", "--attempts", str(ATTEMPTS)]
    done = space.cot(*base, "--name", "made", "-q")
    assert done.returncode == 0, done.stderr
    return space


def choose(space: Workspace, *more: str) -> Result:
    """Run the command in this process; unless the sandbox is good, take what there is."""
    return CliRunner().invoke(app, [str(space.results / "made"), "--allow-unsafe", "--quiet", *more])


def document(space: Workspace, *more: str) -> dict[str, object]:
    done = choose(space, "--json", *more)
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def rates(found: dict[str, object]) -> dict[tuple[str, int], float]:
    rows = found["rows"]
    assert isinstance(rows, list)
    return {(row["selector"], row["k"]): row["rate"] for row in rows}


def test_selectors_come_out_at_the_truth_and_nothing_is_done_twice(made: Workspace) -> None:
    found = rates(document(made, "--k", "1,2,4,8"))
    truth = Truth.of(MODEL, BENCHMARK, temperature=0.8)
    # A rate lies in [0, 1] around each problem's truth: its mean over the problems is known to 0.5 / sqrt(30) at worst.
    error = 0.5 / math.sqrt(30 * ATTEMPTS / 4)
    for k in (1, 2, 4, 8):
        assert abs(found["public", k] - truth.selected(k)) < 2.5 * error
        assert abs(found["oracle", k] - truth.repeated(k)) < 2.5 * error
        assert abs(found["first", k] - truth.repeated(1)) < 2.5 * error
        assert found["first", k] <= found["public", k] <= found["oracle", k]
    assert found["cluster", 1] == pytest.approx(found["public", 1], abs=0.05)
    # Right programs agree, and wrong ones are of many kinds.
    assert found["cluster", 8] > found["public", 8]
    assert found["mbr", 8] > found["public", 8]
    before = _files(made.results / "made")
    again = rates(document(made, "--k", "1,2,4,8"))
    assert again == found
    assert _files(made.results / "made") == before


def test_the_submission_of_each_selector_is_named(made: Workspace) -> None:
    found = document(made, "--n", "2")
    submitted = found["submitted"]
    assert isinstance(submitted, dict)
    assert set(submitted) == {"first", "public", "cluster", "mbr"}
    assert submitted["first"]["latent/1/000"] == ["latent/1/000::0::0", "latent/1/000::0::1"]
    assert all(len(keys) <= 2 for keys in submitted["cluster"].values())


def test_the_table_says_what_it_is_about(made: Workspace) -> None:
    done = choose(made, "--selector", "cluster")
    assert done.exit_code == 0
    for words in ("[simulated]", "30 problems", "1@8", "of the oracle's gain", "mean over 200 draws per problem"):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--selector", "clusters"), "did you mean cluster"),
        (("--k", "9"), "every problem has fewer than 9 attempts"),
        (("--k", "two"), "whole numbers separated by commas"),
        (("--k", "0"), "k must be at least 1"),
    ],
)
def test_wrong_input_is_refused_in_words(made: Workspace, more: tuple[str, ...], words: str) -> None:
    done = choose(made, *more)
    assert done.exception is not None
    assert words in str(done.exception)


def _files(run: Path) -> dict[str, int]:
    return {str(path.relative_to(run)): path.stat().st_size for path in run.rglob("*") if path.is_file()}
