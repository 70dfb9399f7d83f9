"""A run as pandas data frames: one line per attempt, verdict, call, unit row or problem.

docs/python.md lists the columns. The rows are those that tables count: of several with one key the first, and no
`infra` verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cotbench.analysis.counts import chosen_verdicts, numbered
from cotbench.analysis.frames import RunTable
from cotbench.core.ids import attempt_key
from cotbench.store import AttemptRow, stream_rows
from cotbench.store.columns import Ints, RunColumns, Words

if TYPE_CHECKING:
    import pandas as pd

Texts = NDArray[np.object_]

_UNIT = {
    "problem": "",
    "unit": "int64",
    "status": "",
    "wanted": "Int64",
    "produced": "int64",
    "counters": "",
    "error": "",
    "at": "float64",
    "setting": "",
    "cap": "float64",
}
_PROBLEM = {
    "problem": "",
    "difficulty": "",
    "n": "int64",
    "passed": "int64",
    "pass_rate": "float64",
    "public_passed": "Int64",
    "ungraded": "int64",
    "finished": "bool",
    "calls": "Int64",
    "prompt_tokens": "Int64",
    "completion_tokens": "Int64",
    "usd": "float64",
}
"""Columns of a problem's line and their types, as above; texts have the type that pandas gives them."""


def attempts_frame(directory: Path, grader: str, columns: RunColumns) -> pd.DataFrame:
    """Return one line per attempt by problem, unit and index, with its program and what its verdicts say.

    The verdicts of version `grader` count; `outcome` is missing for a program that has none yet. Raises StoreError if
    the programs cannot be read.
    """
    import pandas as pd

    attempts, verdicts = columns.attempts, columns.verdicts
    names = sorted({*attempts.problem.words, *verdicts.problem.words})
    places = {name: place for place, name in enumerate(names)}
    numbers, size = numbered(
        np.concatenate([attempts.problem.places(places), verdicts.problem.places(places)]),
        np.concatenate([attempts.unit, verdicts.unit]),
        np.concatenate([attempts.index, verdicts.index]),
    )
    made, about = np.split(numbers, [len(attempts.unit)])
    order = np.argsort(made)
    hidden = chosen_verdicts(verdicts, "hidden", grader, about, size)[made[order]]
    public = chosen_verdicts(verdicts, "public", grader, about, size)[made[order]]
    outcome = _picked(verdicts.outcome, hidden)
    outcome[(hidden < 0) & ~attempts.coded[order]] = "no_code"
    problem, unit, index = attempts.problem.take(order), attempts.unit[order], attempts.index[order]
    codes = _codes(directory)
    keys = map(attempt_key, problem, unit.tolist(), index.tolist())
    return pd.DataFrame(
        {
            "problem": problem,
            "unit": unit,
            "index": index,
            "code": [codes.get(key) for key in keys],
            "outcome": outcome,
            "passed_cases": _numbers(verdicts.passed, hidden),
            "total_cases": _numbers(verdicts.total, hidden),
            "public_outcome": _picked(verdicts.outcome, public),
            "calls": np.diff(attempts.calls.offsets).astype(np.int64)[order],
        }
    )


def verdicts_frame(columns: RunColumns) -> pd.DataFrame:
    """Return one line per verdict of any grader, in the order in which they were written."""
    import pandas as pd

    verdicts = columns.verdicts
    return pd.DataFrame(
        {
            "problem": _column(verdicts.problem),
            "unit": verdicts.unit,
            "index": verdicts.index,
            "suite": _column(verdicts.suite),
            "outcome": _column(verdicts.outcome),
            "passed_cases": verdicts.passed,
            "total_cases": verdicts.total,
            "seconds": verdicts.seconds,
            "detail": _column(verdicts.detail),
            "grader": _column(verdicts.grader),
            "integrity": _column(verdicts.integrity),
            "flipped": verdicts.flipped,
        }
    )


def calls_frame(columns: RunColumns) -> pd.DataFrame:
    """Return one line per call, in the order in which they were written; `usd` is missing where it is unknown."""
    import pandas as pd

    calls = columns.calls
    return pd.DataFrame(
        {
            "problem": _column(calls.problem),
            "unit": calls.unit,
            "path": _column(calls.path),
            "draw": calls.draw,
            "model": _column(calls.model),
            "finish": _column(calls.finish),
            "prompt_tokens": calls.prompt,
            "completion_tokens": calls.completion,
            "reasoning_tokens": calls.reasoning,
            "cached_tokens": calls.cached,
            "estimated": calls.estimated,
            "usd": calls.usd,
            "seconds": calls.seconds,
            "at": calls.at,
            "source": _column(calls.source),
        }
    )


def units_frame(columns: RunColumns) -> pd.DataFrame:
    """Return one line for each time a unit ended; a unit that failed before it was done has several."""
    import pandas as pd

    lines = [{name: getattr(row, name) for name in _UNIT} for row in columns.units.values()]
    return _typed(pd.DataFrame(lines, columns=list(_UNIT)), _UNIT)


def problems_frame(table: RunTable) -> pd.DataFrame:
    """Return one line per problem of the manifest, in its order; what is unknown or undefined is missing."""
    import pandas as pd

    lines = [
        {
            "problem": row.problem,
            "difficulty": row.difficulty,
            "n": row.n,
            "passed": row.passed,
            "pass_rate": row.passed / row.n if row.n else None,
            "public_passed": row.public_passed,
            "ungraded": row.ungraded,
            "finished": row.finished,
            "calls": row.calls,
            "prompt_tokens": None if row.usage is None else row.usage.prompt,
            "completion_tokens": None if row.usage is None else row.usage.completion,
            "usd": row.usd,
        }
        for row in table.problems
    ]
    return _typed(pd.DataFrame(lines, columns=list(_PROBLEM)), _PROBLEM)


def _typed(frame: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    return frame.astype({name: kind for name, kind in types.items() if kind})


def _codes(directory: Path) -> dict[str, str | None]:
    codes: dict[str, str | None] = {}
    for row in stream_rows(directory, AttemptRow):
        codes.setdefault(row.key, row.code)
    return codes


def _column(words: Words) -> Texts:
    texts: Texts = np.array(words.words, dtype=object)[words.codes]
    return texts


def _picked(words: Words, rows: Ints) -> Texts:
    """Return the texts of some rows, None for row −1."""
    texts: Texts = np.array([*words.words, None], dtype=object)
    picked: Texts = texts[np.append(words.codes, len(words.words))[rows]]
    return picked


def _numbers(values: Ints, rows: Ints) -> Ints:
    """Return the numbers of some rows, 0 for row −1."""
    return np.append(values, 0)[rows]
