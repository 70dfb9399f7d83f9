"""Names of benchmarks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cotbench.benchmarks.registry import describe_benchmarks, load_benchmark
from cotbench.core.errors import BenchmarkError


def test_every_listed_benchmark_says_what_it_is() -> None:
    listings = {listing.name: listing for listing in describe_benchmarks()}
    named = {"PATH.jsonl", "PATH", "ORG/NAME[:SPLIT]", "NAME[0:20]"}
    assert {"starter", "humaneval"} | named <= set(listings)
    assert all(listing.about and listing.origin for listing in listings.values())
    assert listings["humaneval"].problems == 164


def test_the_starter_benchmark_has_the_listed_number_of_problems() -> None:
    benchmark = load_benchmark("starter")
    listing = next(listing for listing in describe_benchmarks() if listing.name == "starter")
    assert benchmark.name == "starter"
    assert len(benchmark.problems) == listing.problems


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("humanevl", "did you mean humaneval"),
        ("starter:x.jsonl", "not read from a file"),
        ("humaneval:", "names no file"),
        ("humaneval:gone.jsonl", "no file gone.jsonl"),
        ("gone.jsonl", "no benchmark file gone.jsonl"),
        ("./some/where", "no benchmark file ./some/where"),
        ("some/where", "no file or folder some/where, and the dataset some/where of the hub could not be loaded"),
        ("starter[0:2", "no benchmark is called"),
        ("starter[first]", r"\[first\] is no slice"),
        ("starter[::0]", r"\[::0\] is no slice"),
        ("starter[900:]", "holds no problem: starter has 44"),
        (" ", "is empty"),
    ],
)
def test_a_name_that_cannot_be_loaded_says_why(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(BenchmarkError, match=said):
        load_benchmark(name)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n")
    with pytest.raises(BenchmarkError, match="must end in"):
        load_benchmark(str(tmp_path / "table.csv"))


def test_a_file_may_not_hide_a_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("starter").write_text("")
    assert load_benchmark("starter").name == "starter"


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from cotbench.benchmarks.registry import describe_benchmarks as d; d(); "
        "sys.exit(' '.join({'datasets', 'pydantic', 'yaml'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
