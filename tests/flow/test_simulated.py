"""The simulated model through the real command line: real programs, the real sandbox, and the truth as the yardstick."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Callable

import pytest

from cotbench.cli.specify import complete
from cotbench.config import Settings
from cotbench.core.errors import ConfigurationError
from cotbench.latent import Truth
from tests.conftest import Workspace

MODEL = "sim/latent?seed=3&polarity=0.6"
BENCHMARK = "latent?problems=30"
ATTEMPTS = 5
STRATEGIES = ("repeated", "ideasearch", "plansearch")


def arguments(strategy: str, *more: str, attempts: int = ATTEMPTS, benchmark: str = BENCHMARK) -> list[str]:
    base = ["run", "-s", strategy, "-m", MODEL, "-b", benchmark, "--limit", "all", "--attempts", str(attempts)]
    return [*base, *([] if "--name" in more else ["--name", strategy]), *more]


def standard_error(workspace: Workspace, run: str, k: int) -> float:
    """Return a bound on the standard error of a run's pass@k: a problem's value lies in [0, 1] around its truth."""
    with (workspace.results / run / "pass_rates.csv").open() as file:
        counts = [(int(row["n"]), int(row["passed"])) for row in csv.DictReader(file)]
    values = [1 - math.comb(n - c, k) / math.comb(n, k) for n, c in counts]
    # With 1 / (2n) added, so that problems that came out at 0 or 1 are not taken for certain.
    smoothed = [value * (1 - value) + 1 / (2 * ATTEMPTS) for value in values]
    return math.sqrt(sum(smoothed)) / len(values)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace with a run of each strategy; what each printed is in STRATEGY.json."""
    space = Workspace(tmp_path_factory.mktemp("simulated"))
    for strategy in STRATEGIES:
        done = space.cot(*arguments(strategy, "--json"))
        assert done.returncode == 0, done.stderr
        (space.path / f"{strategy}.json").write_text(done.stdout)
    return space


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategies_come_out_at_the_truth(made: Workspace, strategy: str) -> None:
    truth = Truth.of(MODEL, BENCHMARK, temperature=0.8)
    closed_forms: dict[str, Callable[[int], float]] = {
        "repeated": truth.repeated,
        "ideasearch": truth.ideasearch,
        "plansearch": lambda k: truth.plansearch(k, attempts=ATTEMPTS),
    }
    summary = json.loads((made.path / f"{strategy}.json").read_text())
    found = {row["k"]: row["estimate"] for row in summary["rows"]}
    assert set(found) == {1, 2, 5}
    for k, value in found.items():
        assert abs(value - closed_forms[strategy](k)) < 2.5 * standard_error(made, strategy, k), k


def test_everything_says_simulated(made: Workspace) -> None:
    runs = [f"results/{strategy}" for strategy in STRATEGIES[:2]]
    for strategy in STRATEGIES:
        assert json.loads((made.path / f"{strategy}.json").read_text())["simulated"] is True
        assert json.loads((made.results / strategy / "manifest.json").read_text())["simulated"] is True
    again = made.cot(*arguments("repeated"))
    assert "is complete" in again.stderr
    for shown in (again, made.cot("compare", *runs), made.cot("show", runs[0])):
        assert "[simulated]" in shown.stdout
    with (made.results / "repeated" / "pass_rates.csv").open() as file:
        assert {row["simulated"] for row in csv.DictReader(file)} == {"yes"}
    drawn = made.cot("plot", *runs, "--out", "curve.svg")
    assert drawn.returncode == 0, drawn.stderr
    assert "(simulated)" in (made.path / "curve.svg").read_text()


def test_simulated_runs_are_not_compared_with_real_ones(made: Workspace) -> None:
    shutil.copytree(made.results / "repeated", made.results / "real")
    path = made.results / "real" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "simulated": False}))
    refused = made.cot("compare", "results/repeated", "results/real")
    assert refused.returncode == 2
    assert "never compared with real ones" in refused.stderr


def test_a_run_in_pieces_is_the_run_made_at_once(workspace: Workspace) -> None:
    for name, attempts, more in (
        ("whole", 9, ["--units", "2"]),
        ("pieces", 3, ["--concurrency", "1"]),
        ("pieces", 9, ["--units", "2", "--concurrency", "7"]),
    ):
        some = arguments("plansearch", "--name", name, *more, attempts=attempts, benchmark="latent?problems=2")
        done = workspace.cot(*some)
        assert done.returncode == 0, done.stderr
    for kind in ("calls", "attempts", "verdicts"):
        assert workspace.rows("pieces", kind) == workspace.rows("whole", kind)
    texts: dict[object, list[object]] = {0: [], 1: []}
    for row in workspace.rows("whole", "calls"):
        texts[row["unit"]].append((row["problem"], row["path"], row["text"]))
    assert texts[0] != texts[1], "another unit is another draw"


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (Settings(model="sim/latent?idea=3"), "did you mean ideas"),
        (Settings(model="sim/latent", benchmark="starter"), "give --benchmark latent"),
        (Settings(model="gpt-4o", idea_model="sim/latent"), "give --benchmark latent"),
        (Settings(model="sim/latent", benchmark="latent?problem=3"), "did you mean problems"),
    ],
)
def test_what_cannot_work_is_refused(said: Settings, hint: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        complete(said)
    assert hint in str(refused.value)


def test_names_are_completed() -> None:
    spec = complete(Settings(model="sim/latent?ideas=4&seed=1", idea_model="sim/latent?ideas=4"))
    assert (spec.model, spec.idea_model, spec.benchmark) == ("sim/latent?ideas=4", None, "latent")
    assert complete(Settings(model="sim/latent", benchmark="latent?seed=1&problems=9")).benchmark == "latent?problems=9"


def test_the_model_is_listed_with_its_parameters(workspace: Workspace) -> None:
    listed = workspace.cot("list", "models")
    assert "sim/latent" in listed.stdout
    assert "polarity=" in listed.stdout
