"""The cache of a run: used while it holds these very rows, never otherwise, and never half of one."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cotbench.analysis import run_table
from cotbench.cli.compact import app
from cotbench.core.errors import StoreError
from cotbench.store import RunDirectory, RunWriter
from cotbench.store import cache as cache_module
from cotbench.store.cache import compact, load_columns
from tests.analysis.builder import verdict, write_run
from tests.analysis.rows_table import table_of_rows

KINDS = ("calls", "attempts", "verdicts")


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return write_run(tmp_path / "run", {"a": "+-0e_", "b": "-+?!", "c": ""})


def passes(run: RunDirectory) -> int:
    """Return how many attempts on problem `a` passed, as tables see it."""
    return run_table(run).problems[0].passed


def change_in_place(run: RunDirectory) -> os.stat_result:
    """Make a passed verdict a wrong one without changing the size of its shard; return the state before."""
    (shard,) = (run.path / "verdicts").iterdir()
    before = shard.stat()
    text = shard.read_bytes()
    assert text.count(b'"outcome":"passed"') == 2
    shard.write_bytes(text.replace(b'"outcome":"passed"', b'"outcome":"memory"', 1))
    return before


def test_tables_come_from_the_cache(run: RunDirectory) -> None:
    assert compact(run).built
    before = change_in_place(run)
    (shard,) = (run.path / "verdicts").iterdir()
    assert passes(run) == 0, "another time of change: not these rows"
    os.utime(shard, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert passes(run) == 1, "read from the cache, for the lines say otherwise"


def test_a_cache_of_fewer_rows_is_not_used(run: RunDirectory) -> None:
    compact(run)
    with RunWriter(run.path, writer="later") as writer:
        writer.append(verdict("b", 2, "passed"))
    assert run_table(run) == table_of_rows(run)
    assert run_table(run).problems[1].passed == 2
    assert compact(run).built
    assert run_table(run) == table_of_rows(run)
    (run.path / "verdicts" / "later.jsonl").unlink()
    assert run_table(run).problems[1].passed == 1


def test_a_cache_of_another_format_is_built_anew(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    compact(run)
    assert not compact(run).built
    monkeypatch.setattr(cache_module, "CACHE_FORMAT", 99)
    assert compact(run).built
    monkeypatch.undo()
    assert compact(run).built


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "byte", "other"])
def test_a_damaged_cache_is_not_used(run: RunDirectory, tmp_path: Path, kind: str, damage: str) -> None:
    compact(run)
    file = run.path / "cache" / f"{kind}.parquet"
    data = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif damage == "byte":
        # The first pages begin after four bytes; somewhere in them.
        data[60] ^= 0xFF
        file.write_bytes(data)
    else:
        other = write_run(tmp_path / "other", {"a": "+++++", "b": "++++"})
        compact(other)
        file.write_bytes((other.path / "cache" / f"{kind}.parquet").read_bytes())
    assert run_table(run) == table_of_rows(run)
    assert compact(run).built
    assert not compact(run).built


def test_only_large_idle_runs_get_their_cache_unasked(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    load_columns(run)
    assert not (run.path / "cache").exists(), "9 attempts are not many"
    monkeypatch.setattr(cache_module, "LARGE", 8)
    with run.lock():
        load_columns(run)
        assert not (run.path / "cache").exists(), "a process works on it"
        with pytest.raises(StoreError, match="another cotbench process"):
            compact(run)
    load_columns(run)
    assert sorted(path.name for path in (run.path / "cache").iterdir()) == [f"{kind}.parquet" for kind in sorted(KINDS)]
    assert not compact(run).built


def test_where_no_cache_can_be_written_the_lines_are_read(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "LARGE", 0)
    (run.path / "cache").write_text("in the way")
    assert run_table(run) == table_of_rows(run)
    with pytest.raises(StoreError, match=r"cannot write .*cache"):
        compact(run)


def test_rows_that_come_while_it_is_built_leave_no_cache(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(size: int) -> None:
        with RunWriter(run.path, writer="late") as writer:
            writer.append(verdict("b", 2, "passed"))

    with pytest.raises(StoreError, match="grew while it was read"):
        compact(run, late)
    assert not (run.path / "cache").exists()


def test_a_killed_build_leaves_no_bad_cache(run: RunDirectory) -> None:
    truth = table_of_rows(run)
    code = (
        "import sys\nfrom pathlib import Path\nfrom cotbench.store import RunDirectory\n"
        "from cotbench.store.cache import compact\n"
        "while True:\n    compact(RunDirectory(Path(sys.argv[1])), again=True)\n    print(flush=True)\n"
    )
    pause = random.Random(7)
    abandoned = 0
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", code, str(run.path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process, process.stdout:
            process.stdout.readline()
            time.sleep(pause.uniform(0, 0.05))
            process.kill()
        assert run_table(run) == truth
        parts = list((run.path / "cache").glob(".*"))
        abandoned += len(parts)
        for part in parts:
            os.utime(part, (0, 0))
        compact(run, again=True)
        assert len(list((run.path / "cache").iterdir())) == len(KINDS), "leftovers are swept away"
    assert abandoned, "no build was killed half-way: the test shows nothing"


def test_the_command_says_what_it_did(run: RunDirectory, tmp_path: Path) -> None:
    write_run(tmp_path / "another", {"a": "+"})
    place = ["--results", str(tmp_path)]
    asked = CliRunner().invoke(app, [*place, "another", "run"])
    assert asked.exit_code == 0
    first, second = asked.stdout.splitlines()
    assert first.startswith(f"{tmp_path}/another/cache: 1 attempt, 0.0 MB of rows")
    assert second.startswith(f"{tmp_path}/run/cache: 9 attempts")
    assert "built in" in second
    plain = CliRunner().invoke(app, [*place, "--json"])
    document = json.loads(plain.stdout)
    assert {entry["run"]: (entry["attempts"], entry["built"]) for entry in document} == {
        "another": (1, False),
        "run": (9, False),
    }
    assert all(entry["cache_bytes"] > 0 and entry["rows_bytes"] > 0 for entry in document)
    again = CliRunner().invoke(app, [*place, "--again", "--json", "run"])
    assert [entry["built"] for entry in json.loads(again.stdout)] == [True]
    with run.lock():
        busy = CliRunner().invoke(app, [*place, "--again"])
    assert busy.exit_code == 3
    assert "skipped" in busy.stderr
    assert len(busy.stdout.splitlines()) == 1, "the other run is not held up"
