"""Reading lines as columns: one pass over the shards of a run.

The same rows are kept as in `read_rows`: all shards side by side, torn lines skipped and counted, the first row of a
key wins, `infra` verdicts left out.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from cotbench.store.columns import (
    UNKNOWN_CALL,
    AttemptColumns,
    CallColumns,
    Flags,
    Floats,
    Ints,
    Lists,
    RunColumns,
    VerdictColumns,
    Words,
)
from cotbench.store.reader import read_units, scan_rows
from cotbench.store.rows import AttemptRow, CallRow, Row, VerdictRow

R = TypeVar("R", bound=Row)

Progress = Callable[[int], None]
"""Told now and then how many bytes of rows have been read so far."""


def read_columns(directory: Path, progress: Progress | None = None) -> RunColumns:
    """Read a run directory's lines. Raises StoreError if a shard cannot be read."""
    counter = _Counter(progress)
    calls, keys, torn_calls = _read_calls(directory, counter)
    attempts, torn_attempts = _read_attempts(directory, counter, keys)
    verdicts, torn_verdicts = _read_verdicts(directory, counter)
    units, torn_units = read_units(directory)
    return RunColumns(
        units=units,
        calls=calls,
        attempts=attempts,
        verdicts=verdicts,
        torn_rows=torn_calls + torn_attempts + torn_verdicts,
        torn_units=torn_units,
    )


class _Counter:
    """Adds up the bytes of several folders."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._bytes = 0

    def __call__(self, size: int) -> None:
        self._bytes += size
        if self._progress is not None:
            self._progress(self._bytes)


class _Coder:
    """Collects a column of words."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._codes = array("i")

    def add(self, word: str) -> None:
        self._codes.append(self._places.setdefault(word, len(self._places)))

    def column(self) -> Words:
        return Words(np.array(self._codes, dtype=np.int32), tuple(self._places))


class _FirstRows(Generic[R]):
    """The first row of each key; lines that are no row are counted."""

    def __init__(self, rows: Iterable[R | None]) -> None:
        self.torn = 0
        self._rows = rows

    def __iter__(self) -> Iterator[R]:
        seen: set[str] = set()
        for row in self._rows:
            if row is None:
                self.torn += 1
                continue
            key = row.key
            if key not in seen:
                seen.add(key)
                yield row


def _read_calls(directory: Path, counter: _Counter) -> tuple[CallColumns, dict[str, int], int]:
    keys: dict[str, int] = {}
    problem, path, model, finish, source = (_Coder() for _ in range(5))
    unit, draw, prompt, completion, reasoning, cached = (array("q") for _ in range(6))
    estimated, (usd, seconds, at) = array("b"), (array("d") for _ in range(3))
    torn = 0
    for row in scan_rows(directory, CallRow, counter):
        if row is None:
            torn += 1
            continue
        place = len(keys)
        if keys.setdefault(row.key, place) != place:
            continue
        usage = row.usage
        problem.add(row.problem)
        unit.append(row.unit)
        path.add(row.path)
        draw.append(row.draw)
        model.add(row.fields.get("model", ""))
        finish.add(row.finish)
        prompt.append(usage.prompt)
        completion.append(usage.completion)
        reasoning.append(usage.reasoning)
        cached.append(usage.cached)
        estimated.append(usage.estimated)
        usd.append(np.nan if row.usd is None else row.usd)
        seconds.append(row.seconds)
        at.append(row.at)
        source.add(row.source)
    columns = CallColumns(
        problem=problem.column(),
        unit=_ints(unit),
        path=path.column(),
        draw=_ints(draw),
        model=model.column(),
        finish=finish.column(),
        prompt=_ints(prompt),
        completion=_ints(completion),
        reasoning=_ints(reasoning),
        cached=_ints(cached),
        estimated=_flags(estimated),
        usd=_floats(usd),
        seconds=_floats(seconds),
        at=_floats(at),
        source=source.column(),
    )
    return columns, keys, torn


def _read_attempts(directory: Path, counter: _Counter, calls: dict[str, int]) -> tuple[AttemptColumns, int]:
    problem = _Coder()
    unit, index = array("q"), array("q")
    coded, offsets, values = array("b"), array("i", [0]), array("i")
    rows = _FirstRows(scan_rows(directory, AttemptRow, counter))
    for row in rows:
        problem.add(row.problem)
        unit.append(row.unit)
        index.append(row.index)
        coded.append(row.code is not None)
        values.extend(calls.get(call, UNKNOWN_CALL) for call in row.calls)
        offsets.append(len(values))
    lists = Lists(np.array(offsets, dtype=np.int32), np.array(values, dtype=np.int32))
    return AttemptColumns(problem.column(), _ints(unit), _ints(index), _flags(coded), lists), rows.torn


def _read_verdicts(directory: Path, counter: _Counter) -> tuple[VerdictColumns, int]:
    problem, suite, outcome, detail, grader, integrity = (_Coder() for _ in range(6))
    unit, index, passed, total = (array("q") for _ in range(4))
    seconds, flipped = array("d"), array("b")
    rows = _FirstRows(scan_rows(directory, VerdictRow, counter))
    for row in rows:
        problem.add(row.problem)
        unit.append(row.unit)
        index.append(row.index)
        suite.add(row.suite)
        outcome.add(row.outcome)
        passed.append(row.passed)
        total.append(row.total)
        seconds.append(row.seconds)
        detail.add(row.detail)
        grader.add(row.grader)
        integrity.add(row.integrity)
        flipped.append(len(row.outcomes) > 1 and len(set(row.outcomes)) > 1)
    columns = VerdictColumns(
        problem=problem.column(),
        unit=_ints(unit),
        index=_ints(index),
        suite=suite.column(),
        outcome=outcome.column(),
        passed=_ints(passed),
        total=_ints(total),
        seconds=_floats(seconds),
        detail=detail.column(),
        grader=grader.column(),
        integrity=integrity.column(),
        flipped=_flags(flipped),
    )
    return columns, rows.torn


def _ints(values: array[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _floats(values: array[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _flags(values: array[int]) -> Flags:
    return np.array(values, dtype=np.bool_)
