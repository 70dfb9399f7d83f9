"""What a run has paid for, counted from its rows: the side that budgets are compared with.

Calls that were taken over from another run have a source and cost nothing here. Time is counted per session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cotbench.core.budget import Price, Spent
from cotbench.core.message import Usage
from cotbench.store.columns import CallColumns, Flags, added_up
from cotbench.store.manifest import Session
from cotbench.store.rows import CallRow


def spent_on(calls: Iterable[CallRow], prices: Mapping[str, Price]) -> Spent:
    """Return what calls cost, time not counted. A call without a price of its own is priced by its model."""
    total = Spent()
    for row in calls:
        if not row.source:
            usd = row.usd
            if usd is None and (price := prices.get(row.fields.get("model", ""))) is not None:
                usd = price.usd(row.usage)
            total += Spent(usd, row.usage.total, 1)
    return total


def spent_in(calls: CallColumns, rows: Flags, prices: Mapping[str, Price]) -> Spent:
    """Return what the chosen calls cost, as `spent_on` does: `rows` says which of the columns' rows are meant."""
    paid = rows & calls.source.equal("")
    usd = priced(calls, prices)
    total = added_up(usd[paid])
    tokens = int(calls.prompt[paid].sum() + calls.completion[paid].sum())
    return Spent(None if np.isnan(total) else total, tokens, int(paid.sum()))


def priced(calls: CallColumns, prices: Mapping[str, Price]) -> NDArray[np.float64]:
    """Return what each call cost, by the price of its model where it has none itself; not a number if unknown."""
    usd = calls.usd.copy()
    for name, price in prices.items():
        unknown = np.isnan(usd) & calls.model.equal(name)
        each = zip(
            calls.prompt[unknown].tolist(),
            calls.completion[unknown].tolist(),
            calls.cached[unknown].tolist(),
            strict=True,
        )
        usd[unknown] = [price.usd(Usage(prompt, completion, cached=cached)) for prompt, completion, cached in each]
    return usd


def wall_seconds(sessions: Sequence[Session], moments: Sequence[float]) -> float:
    """Return the time of all sessions together; `moments` are the times of rows.

    A killed session has no end: its last row stands for it.
    """
    total = 0.0
    for place, session in enumerate(sessions):
        ended = session.ended
        if ended is None:
            until = _next_start(sessions, place)
            ended = max((at for at in moments if session.started <= at < until), default=session.started)
        total += max(0.0, ended - session.started)
    return total


def asking_seconds(sessions: Sequence[Session], calls: Iterable[CallRow]) -> float:
    """Return the time from the first call to the last reply of each session, summed over the sessions."""
    paid = [row for row in calls if not row.source]
    total = 0.0
    for place, session in enumerate(sessions):
        until = _next_start(sessions, place)
        mine = [row for row in paid if session.started <= row.at < until]
        if mine:
            total += max(row.at for row in mine) - min(row.at - row.seconds for row in mine)
    return total


def _next_start(sessions: Sequence[Session], place: int) -> float:
    return sessions[place + 1].started if place + 1 < len(sessions) else float("inf")
