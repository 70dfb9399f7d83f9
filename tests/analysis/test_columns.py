"""Tables from columns, from the cache and from row objects are the same, whatever a run directory holds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cotbench.analysis import run_table
from cotbench.core.budget import Caps, Price
from cotbench.core.message import Usage
from cotbench.store import AttemptRow, CallRow, ProgramsInfo, RunDirectory, Session, UnitRow, VerdictRow
from cotbench.store.cache import compact
from cotbench.store.rows import Row
from cotbench.store.writer import line_of

from .builder import manifest, spec
from .rows_table import table_of_rows

PROBLEMS = ("a", "b", "c")
# Few names and numbers, so that many rows are about the same thing.
names = st.sampled_from(["a", "a", "a", "a", "b", "foreign"])
small = st.integers(0, 1)
outcomes = st.sampled_from(["passed", "passed", "wrong", "error", "no_code", "infra"])
money = st.none() | st.floats(0, 1, allow_nan=False)
times = st.sampled_from([999.0, 1010.0, 2010.5, 2500.0])
usages = st.builds(Usage, small, small, small, small, st.booleans())
calls = st.builds(
    CallRow,
    problem=names,
    unit=small,
    path=st.sampled_from(["", "root/idea"]),
    draw=small,
    fields=st.sampled_from([{}, {"model": "m"}, {"model": "free"}]),
    messages=st.just(()),
    text=st.just("text"),
    finish=st.sampled_from(["stop", "length", "refusal", "empty"]),
    usage=usages,
    usd=money,
    seconds=st.just(1.0),
    at=times,
    source=st.sampled_from(["", "", "other", "third"]),
)
attempts = st.builds(
    AttemptRow, names, small, small, st.sampled_from([None, "", "pass"]), st.just(()), st.just(("a::0::#0", "gone"))
)
verdicts = st.builds(
    VerdictRow,
    problem=names,
    unit=small,
    index=small,
    suite=st.sampled_from(["public", "hidden", "hidden"]),
    outcome=outcomes,
    passed=small,
    total=small,
    seconds=st.just(0.5),
    detail=st.sampled_from(["", "case 1"]),
    grader=st.sampled_from(["1", "2", "3"]),
    integrity=st.sampled_from(["isolated", "in-process"]),
    outcomes=st.sampled_from([(), ("passed",), ("passed", "wrong"), ("wrong", "wrong")]),
)
units = st.builds(
    UnitRow,
    problem=names,
    unit=small,
    status=st.sampled_from(["done", "partial", "failed"]),
    wanted=st.sampled_from([None, 1, 4, 8]),
    produced=small,
    counters=st.sampled_from([{}, {"parse": 2}, {"parse": 1, "empty": 3}]),
    at=times,
    setting=st.just("max_calls_per_problem"),
    cap=st.sampled_from([None, 1.0, 5.0]),
)
broken = st.sampled_from(
    [
        (kind, line)
        for kind in (CallRow, AttemptRow, VerdictRow, UnitRow)
        for line in (b"{}\n", b"\n", b"  \n", b'{"problem":"a","unit":"0"}\n', b"\xff\n", b"null\n", b"[1]\n")
    ]
)
lines = st.one_of(calls, attempts, verdicts, verdicts, units).map(lambda row: (type(row), line_of(row))) | broken
"""Lines of a run directory, each with its kind: many share their keys, some are torn."""

MANIFESTS = {
    "plain": manifest(PROBLEMS),
    "priced": manifest(PROBLEMS, prices={"m": Price(1.0, 3.0), "free": Price(0.0, 0.0, 0.5)}),
    "killed": manifest(
        PROBLEMS, sessions=(Session(1000.0, None, "", "", "", "full"), Session(2000.0, None, "", "", "", "none"))
    ),
    "filed": manifest(PROBLEMS, programs=ProgramsInfo("f", "d", "cotbench", 3, 1)),
    "empty": manifest(()),
}


def write(path: Path, shards: list[list[tuple[type[Row], bytes]]], torn: bytes = b"") -> None:
    for number, shard in enumerate(shards):
        for kind, line in shard:
            (path / kind.folder()).mkdir(exist_ok=True)
            with (path / kind.folder() / f"{number}.jsonl").open("ab") as file:
                file.write(line)
    for folder in path.iterdir():
        if torn and folder.is_dir():
            with next(folder.iterdir()).open("ab") as file:
                file.write(torn)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    shards=st.lists(st.lists(lines, max_size=25), max_size=3),
    torn=st.sampled_from([b"", b'{"v":1,"key":"a']),
    kind=st.sampled_from(sorted(MANIFESTS)),
    wanted=st.sampled_from([spec(), spec(attempts=4, units=2), spec(units=3, limit=2, problem_caps=Caps(calls=2))]),
)
def test_columns_and_cache_give_the_table_of_the_rows(
    shards: list[list[tuple[type[Row], bytes]]], torn: bytes, kind: str, wanted: object
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "run")
        run.claim()
        run.write_spec(wanted)  # type: ignore[arg-type]
        run.write_manifest(MANIFESTS[kind])
        write(run.path, shards, torn)
        truth = table_of_rows(run)
        assert run_table(run) == truth
        assert compact(run).built
        assert not compact(run).built
        assert run_table(run) == truth
        assert list(run_table(run).finishes) == list(truth.finishes), "in the order in which they came"
