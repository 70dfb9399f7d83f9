"""Counting a run's columns problem by problem: outcomes, tokens, money. Problems are in the manifest's order.

Rows of problems that the manifest does not know are counted as foreign and belong to nothing else. Calls about problems
that were set apart count where the whole run is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from cotbench.core.budget import Spent
from cotbench.core.message import Usage
from cotbench.core.verdict import Outcome, Suite
from cotbench.store import Manifest
from cotbench.store.columns import CallColumns, Flags, Ints, RunColumns, VerdictColumns, Words
from cotbench.store.spending import spent_in

_NONE = -1


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted: sequences have one entry per problem, the others are of the whole run.

    `outcomes` are the hidden outcomes by unit and index, `accepted` counts attempts that passed the public cases,
    `both` those that passed the hidden ones as well, and `ungraded` programs without a hidden verdict. `usd` None means
    that a price is unknown.
    """

    outcomes: tuple[tuple[Outcome, ...], ...]
    accepted: tuple[int, ...]
    both: tuple[int, ...]
    ungraded: tuple[int, ...]
    calls: tuple[int, ...]
    usage: tuple[Usage, ...]
    usd: tuple[float | None, ...]
    foreign: int
    in_process: int
    flips: int
    estimated: int
    finishes: Mapping[str, int]
    sources: Mapping[str, int]
    spent: Spent


def count(manifest: Manifest, columns: RunColumns) -> Counts:
    """Count the columns of a run."""
    order = {name: place for place, name in enumerate(manifest.problems)}
    attempts, verdicts, calls = columns.attempts, columns.verdicts, columns.calls
    tried, judged, asked = (kind.problem.places(order) for kind in (attempts, verdicts, calls))
    outcomes, accepted, both, ungraded, counted = _judge(manifest, columns, tried, judged, len(order))
    ground = dict.fromkeys(manifest.ground, 0)
    strange = [kind.problem.places({**order, **ground}) == _NONE for kind in (attempts, verdicts, calls)]
    known, paid = asked != _NONE, ~strange[2]
    usage, usd = _cost(calls, asked, len(order))
    return Counts(
        outcomes=outcomes,
        accepted=accepted,
        both=both,
        ungraded=ungraded,
        calls=tuple(_per_problem(asked[known], len(order)).tolist()),
        usage=usage,
        usd=usd,
        foreign=sum(int(np.count_nonzero(rows)) for rows in strange),
        in_process=int(np.count_nonzero(verdicts.integrity.equal("in-process")[counted])),
        flips=int(np.count_nonzero(verdicts.flipped[counted])),
        estimated=int(np.count_nonzero(calls.estimated[paid])),
        finishes=_tally(calls.finish, paid),
        sources=_tally(calls.source, paid & ~calls.source.equal("")),
        spent=spent_in(calls, paid, manifest.prices),
    )


def chosen_verdicts(verdicts: VerdictColumns, suite: Suite, grader: str, attempt: Ints, attempts: int) -> Ints:
    """Return for each attempt the row of its verdict on a suite, −1 where there is none.

    `attempt` numbers the attempt that each verdict is about, from 0 to `attempts` − 1, and is −1 for verdicts that do
    not matter. Where several graders judged, the one of version `grader` counts; without it, the last written.
    """
    on = verdicts.suite.equal(suite) & (attempt != _NONE)
    own = verdicts.grader.equal(grader)
    chosen = np.full(attempts, _NONE, dtype=np.int64)
    for rows in (np.flatnonzero(on & ~own), np.flatnonzero(on & own)):
        # Where an attempt is named twice, the last assignment stays.
        chosen[attempt[rows]] = rows
    return chosen


def numbered(*keys: Ints) -> tuple[Ints, int]:
    """Return the number of each row's key among all distinct keys in ascending order, and how many there are.

    `keys` are the parts of the key, the most significant first, each of the length of all rows.
    """
    numbers = np.zeros(len(keys[0]), dtype=np.int64)
    size = 1
    for part in keys:
        values, places = np.unique(part, return_inverse=True)
        _, numbers = np.unique(numbers * len(values) + places.ravel(), return_inverse=True)
        numbers = numbers.ravel()
        size = int(numbers.max()) + 1 if len(numbers) else 0
    return numbers, size


def _judge(
    manifest: Manifest, columns: RunColumns, tried: Ints, judged: Ints, problems: int
) -> tuple[tuple[tuple[Outcome, ...], ...], tuple[int, ...], tuple[int, ...], tuple[int, ...], Ints]:
    """Return outcomes, accepted, both and ungraded per problem, and the rows of the verdicts that count."""
    attempts, verdicts = columns.attempts, columns.verdicts
    mine, theirs = np.flatnonzero(tried != _NONE), np.flatnonzero(judged != _NONE)
    numbers, size = numbered(
        np.concatenate([tried[mine], judged[theirs]]),
        np.concatenate([attempts.unit[mine], verdicts.unit[theirs]]),
        np.concatenate([attempts.index[mine], verdicts.index[theirs]]),
    )
    problem = np.zeros(size, dtype=np.int64)
    problem[numbers] = np.concatenate([tried[mine], judged[theirs]])
    made = numbers[: len(mine)]
    attempt = np.full(len(judged), _NONE, dtype=np.int64)
    attempt[theirs] = numbers[len(mine) :]
    hidden = chosen_verdicts(verdicts, "hidden", manifest.grader, attempt, size)
    public = chosen_verdicts(verdicts, "public", manifest.grader, attempt, size)
    empty, waiting = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    empty[made] = ~attempts.coded[mine]
    waiting[made] = attempts.coded[mine]
    empty &= hidden == _NONE
    waiting &= hidden == _NONE
    counts = np.flatnonzero((hidden != _NONE) | empty)
    texts = Words(np.append(verdicts.outcome.codes, len(verdicts.outcome.words)), (*verdicts.outcome.words, "no_code"))
    # The row after the last stands for attempts without a program; it is what −1 picks.
    found = cast("list[Outcome]", texts.take(hidden[counts]))
    ends = np.searchsorted(problem[counts], np.arange(problems), side="right").tolist()
    starts = [0, *ends][:-1]
    seen = np.flatnonzero(public != _NONE)
    right = verdicts.outcome.equal("passed")
    accepted = seen[right[public[seen]]]
    both = accepted[(hidden[accepted] != _NONE) & right[hidden[accepted]]]
    return (
        tuple(tuple(found[start:end]) for start, end in zip(starts, ends, strict=True)),
        tuple(_per_problem(problem[accepted], problems).tolist()),
        tuple(_per_problem(problem[both], problems).tolist()),
        tuple(_per_problem(problem[waiting], problems).tolist()),
        np.concatenate([public[seen], hidden[hidden != _NONE]]),
    )


def _cost(calls: CallColumns, asked: Ints, problems: int) -> tuple[tuple[Usage, ...], tuple[float | None, ...]]:
    known = np.flatnonzero(asked != _NONE)
    places = asked[known]
    sums: list[list[int]] = []
    for tokens in (calls.prompt, calls.completion, calls.reasoning, calls.cached):
        total = np.zeros(problems, dtype=np.int64)
        np.add.at(total, places, tokens[known])
        sums.append(total.tolist())
    estimated = (_per_problem(places[calls.estimated[known]], problems) > 0).tolist()
    # Adds one after the other in the order of the rows, as a loop would.
    usd: list[float] = np.bincount(places, weights=calls.usd[known], minlength=problems).tolist()
    usage = tuple(Usage(*each) for each in zip(*sums, estimated, strict=True))
    return usage, tuple(None if spent != spent else spent for spent in usd)


def _tally(words: Words, rows: Flags) -> dict[str, int]:
    """Return how often each text occurs among some rows, in the order of first occurrence."""
    codes, first, counts = np.unique(words.codes[rows], return_index=True, return_counts=True)
    order = np.argsort(first)
    return {
        words.words[code]: number for code, number in zip(codes[order].tolist(), counts[order].tolist(), strict=True)
    }


def _per_problem(places: Ints, problems: int) -> Ints:
    return np.bincount(places, minlength=problems).astype(np.int64)
