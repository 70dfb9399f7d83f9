"""Rows as columns: what tables need of every call, attempt and verdict, in arrays instead of objects.

A million rows as objects take gigabytes. Texts of programs and replies are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cotbench.store.reader import UnitRows

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

UNKNOWN_CALL = -1
"""Stands for a call that an attempt names and no row describes."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of texts that repeat: row number r has the text `words[codes[r]]`."""

    codes: Codes
    words: tuple[str, ...]

    def equal(self, word: str) -> Flags:
        """Return for each row whether its text is this one."""
        found: Flags = self.places({word: 0}) == 0
        return found

    def places(self, order: Mapping[str, int]) -> Ints:
        """Return for each row the number that `order` gives its text, −1 where it gives none."""
        found = np.array([order.get(word, -1) for word in self.words], dtype=np.int64)
        return found[self.codes] if len(found) else np.zeros(0, dtype=np.int64)

    def take(self, rows: Ints) -> list[str]:
        """Return the texts of some rows."""
        texts: list[str] = np.array([*self.words, ""], dtype=object)[self.codes[rows]].tolist()
        return texts


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """A column of lists of row numbers: that of row r is `values[offsets[r]:offsets[r + 1]]`."""

    offsets: Codes
    values: Codes


@dataclass(frozen=True, slots=True, eq=False)
class CallColumns:
    """Every call. `usd` is not a number where it is unknown; `model` is empty where the request names none."""

    problem: Words
    unit: Ints
    path: Words
    draw: Ints
    model: Words
    finish: Words
    prompt: Ints
    completion: Ints
    reasoning: Ints
    cached: Ints
    estimated: Flags
    usd: Floats
    seconds: Floats
    at: Floats
    source: Words


@dataclass(frozen=True, slots=True, eq=False)
class AttemptColumns:
    """Every attempt. `coded` says whether there is a program; `calls` are row numbers of `CallColumns`, in order."""

    problem: Words
    unit: Ints
    index: Ints
    coded: Flags
    calls: Lists


@dataclass(frozen=True, slots=True, eq=False)
class VerdictColumns:
    """Every verdict but `infra`. `flipped` says whether repetitions came out in more than one way."""

    problem: Words
    unit: Ints
    index: Ints
    suite: Words
    outcome: Words
    passed: Ints
    total: Ints
    seconds: Floats
    detail: Words
    grader: Words
    integrity: Words
    flipped: Flags


AnyColumns = CallColumns | AttemptColumns | VerdictColumns


@dataclass(frozen=True, slots=True, eq=False)
class RunColumns(UnitRows):
    """A run's rows as columns, in the order they were first written, and the numbers of lines skipped.

    Units are few and stay rows.
    """

    calls: CallColumns
    attempts: AttemptColumns
    verdicts: VerdictColumns
    torn_rows: int
    torn_units: int

    @property
    def torn(self) -> int:
        """Lines that could not be read."""
        return self.torn_rows + self.torn_units


def added_up(values: Floats) -> float:
    """Return the sum of numbers, added one by one as a loop would: numpy's own order gives other last digits."""
    return float(np.cumsum(values)[-1]) if len(values) else 0.0
