"""Rows survive the way to disk and back, torn lines are skipped, the first row of a key counts."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.core.attempt import Step
from cotbench.core.budget import Caps, Price, Spent
from cotbench.core.errors import StoreError
from cotbench.core.message import Usage
from cotbench.store import (
    AttemptRow,
    CallRow,
    RunWriter,
    TextRow,
    UnitRow,
    VerdictRow,
    read_rows,
    read_texts,
    stream_rows,
)
from cotbench.store.spending import spent_on

texts = st.text(st.characters(codec="utf-8"), max_size=30)
numbers = st.integers(0, 10**9)
steps = st.builds(Step, st.sampled_from(["observation", "idea", "code"]), texts, texts, texts)
calls = st.builds(
    CallRow,
    problem=texts,
    unit=numbers,
    path=texts,
    draw=numbers,
    fields=st.dictionaries(texts, texts, max_size=3),
    messages=st.lists(st.tuples(st.sampled_from(["user", "assistant"]), texts), max_size=3).map(tuple),
    text=texts,
    finish=st.sampled_from(["stop", "length", "refusal", "empty"]),
    usage=st.builds(Usage, numbers, numbers, numbers, numbers),
    usd=st.none() | st.floats(0, 1e6),
    seconds=st.floats(0, 1e6),
    at=st.floats(0, 1e10),
)
attempts = st.builds(
    AttemptRow,
    problem=texts,
    unit=numbers,
    index=numbers,
    code=st.none() | texts,
    lineage=st.lists(steps, max_size=3).map(tuple),
    calls=st.lists(texts, max_size=3).map(tuple),
)


@given(calls, attempts)
def test_round_trip(call: CallRow, attempt: AttemptRow) -> None:
    for row in (call, attempt):
        assert type(row).read(orjson.loads(orjson.dumps(row))) == row


def _verdict(index: int, outcome: str, grader: str = "1") -> VerdictRow:
    return VerdictRow("p", 0, index, "hidden", outcome, 1, 2, 0.1, "", grader)  # type: ignore[arg-type]


def test_append_and_read(tmp_path: Path) -> None:
    with RunWriter(tmp_path) as writer:
        writer.append(_verdict(0, "passed"))
        writer.append(_verdict(0, "wrong"))
        writer.append(_verdict(1, "infra"))
        writer.append(UnitRow("p", 0, "failed", 4, 1, {"x": 2}, "why", 1.0))
        writer.append(UnitRow("p", 0, "done", 4, 4, {}, "", 2.0))
        writer.append(TextRow("d", "text"))
    rows = read_rows(tmp_path)
    assert [row.outcome for row in rows.verdicts.values()] == ["passed"], "first row wins, infra is owed again"
    assert [row.status for row in rows.units.values()] == ["failed", "done"]
    assert read_texts(tmp_path) == {"d": "text"}
    assert rows.torn == 0


def test_two_writers_have_shards_of_their_own(tmp_path: Path) -> None:
    for _ in range(2):
        with RunWriter(tmp_path) as writer:
            writer.append(_verdict(0, "passed"))
    assert len(list((tmp_path / "verdicts").iterdir())) == 2
    assert len(read_rows(tmp_path).verdicts) == 1


@pytest.mark.parametrize("torn", [b'{"v":1,"key":"x","problem":', b"\x00\x00", b"[]\n", b'{"v":1}\n', b"\xff\xfe\n"])
def test_torn_and_foreign_lines_are_skipped_and_counted(tmp_path: Path, torn: bytes) -> None:
    with RunWriter(tmp_path) as writer:
        writer.append(_verdict(0, "passed"))
    (shard,) = (tmp_path / "verdicts").iterdir()
    shard.write_bytes(shard.read_bytes() + torn)
    rows = read_rows(tmp_path)
    assert len(rows.verdicts) == 1
    assert rows.torn == 1


def test_a_killed_writer_leaves_whole_lines(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        writer = RunWriter(tmp_path)
        index = 0
        while True:
            writer.append(_verdict(index, "passed"))
            index += 1
    try:
        shard = tmp_path / "verdicts"
        while not shard.is_dir() or sum(file.stat().st_size for file in shard.iterdir()) < 20_000:
            pass
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    rows = read_rows(tmp_path)
    assert rows.torn <= 1
    assert [row.index for row in rows.verdicts.values()] == list(range(len(rows.verdicts)))


def test_a_full_disk_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "verdicts").mkdir()
    (tmp_path / "verdicts" / "w.jsonl").symlink_to("/dev/full")
    writer = RunWriter(tmp_path, writer="w")
    with pytest.raises(StoreError, match="no space left"):
        writer.append(_verdict(0, "passed"))


def test_integrity_and_repetitions_are_read_back_and_have_defaults(tmp_path: Path) -> None:
    row = replace(_verdict(0, "passed"), integrity="in-process", outcomes=("passed", "wrong"))
    assert VerdictRow.read(orjson.loads(orjson.dumps(row))) == row
    raw = orjson.loads(orjson.dumps(_verdict(0, "passed")))
    del raw["integrity"], raw["outcomes"]
    assert VerdictRow.read(raw) == _verdict(0, "passed")
    assert _verdict(0, "passed").integrity == "isolated"


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_the_verdicts_of_the_manifests_grader_win_wherever_they_stand(tmp_path: Path, order: tuple[str, str]) -> None:
    for name, grader in zip(order, ("1", "2"), strict=True):
        with RunWriter(tmp_path, writer=name) as writer:
            writer.append(_verdict(0, "passed" if grader == "2" else "wrong", grader))
            if grader == "1":
                writer.append(_verdict(1, "timeout", grader))
    rows = read_rows(tmp_path)
    found = {version: rows.verdicts_on("hidden", version) for version in ("1", "2")}
    assert [row.outcome for row in found["1"].values()] == ["wrong", "timeout"]
    assert {row.index: row.outcome for row in found["2"].values()} == {0: "passed", 1: "timeout"}
    assert not rows.verdicts_on("public", "2")


def test_streamed_rows_are_the_rows_that_are_read(tmp_path: Path) -> None:
    with RunWriter(tmp_path) as writer:
        writer.append(_verdict(0, "passed"), _verdict(1, "infra"), _verdict(2, "wrong"))
    (shard,) = (tmp_path / "verdicts").iterdir()
    shard.write_bytes(shard.read_bytes() + b'{"torn":')
    assert list(stream_rows(tmp_path, VerdictRow)) == list(read_rows(tmp_path).verdicts.values())


@pytest.mark.parametrize(
    ("caps", "kept"),
    [
        (Caps(calls=10), {"a::0", "b::0"}),
        (Caps(calls=9), {"a::0", "b::0"}),
        (Caps(calls=11), {"b::0"}),
        (Caps(calls=21), set()),
        (Caps(), set()),
        (Caps(tokens=5), set()),
    ],
)
def test_a_unit_that_a_cap_stopped_is_owed_when_the_cap_is_larger(tmp_path: Path, caps: Caps, kept: set[str]) -> None:
    """Unit b was stopped at 10 and, when that was raised, at 20 again; unit c by a cap of the whole run."""
    with RunWriter(tmp_path) as writer:
        for problem, setting, cap in (
            ("a", "max_calls_per_problem", 10),
            ("b", "max_calls_per_problem", 10),
            ("b", "max_calls_per_problem", 20),
            ("c", "max_calls", 99),
        ):
            writer.append(UnitRow(problem, 0, "partial", 4, 1, at=float(cap), setting=setting, cap=float(cap)))
    assert read_rows(tmp_path).capped_units(caps) == kept


def test_what_is_taken_over_costs_nothing_here() -> None:
    calls = [
        CallRow("p", 0, "", draw, {"model": "m"}, (), "", "stop", Usage(1000, 100), usd, 1.0, 1.0, source)
        for draw, (usd, source) in enumerate([(0.5, ""), (9.0, "other"), (None, ""), (None, "other")])
    ]
    assert spent_on(calls[:2], {}) == Spent(0.5, 1100, 1)
    assert spent_on(calls, {}) == Spent(None, 2200, 2), "an unknown price is not zero"
    assert spent_on(calls, {"m": Price(1.0, 10.0)}) == Spent(0.502, 2200, 2)
