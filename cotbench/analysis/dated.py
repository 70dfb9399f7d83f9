"""Looking at a part of a run's problems by their dates: those that a model may know, and newer ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cotbench.analysis.frames import RunTable
from cotbench.core.errors import ConfigurationError
from cotbench.core.window import DAY, is_date


@dataclass(frozen=True, slots=True)
class Period:
    """Days before `before` and from `after` on (both ISO, empty: no bound): the two halves of one day never overlap."""

    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        """Return the period in words; empty if there is no bound."""
        bounds = [f"on or after {self.after}"] if self.after else []
        return " and ".join([*bounds, *([f"before {self.before}"] if self.before else [])])


def read_period(before: str | None, after: str | None) -> Period:
    """Return the period between two days as flags give them. Raises ConfigurationError."""
    for flag, day in (("--before", before), ("--after", after)):
        if day is not None and (len(day) != DAY or not is_date(day)):
            raise ConfigurationError(f"{flag} {day}: a date like 2024-05-31 was expected")
    if before and after and before <= after:
        raise ConfigurationError(f"no day is on or after {after} and before {before}", hint="exchange the two dates")
    return Period(before or "", after or "")


def within(table: RunTable, period: Period) -> RunTable:
    """Return the run with its problems of a period only; problems without a date are left out.

    Calls, notes and times of the run stay those of all its problems. Raises ConfigurationError if no problem is left.
    """
    if not str(period):
        return table
    dates = {name: info.date[:DAY] for name, info in table.manifest.problems.items()}
    kept = tuple(
        row
        for row in table.problems
        if (date := dates[row.problem]) and period.after <= date and (not period.before or date < period.before)
    )
    if not kept:
        days = sorted(filter(None, dates.values()))
        hint = f"its problems are dated from {days[0]} to {days[-1]}" if days else "its problems have no dates"
        raise ConfigurationError(f"{table.name} has no problem dated {period}", hint=hint)
    missing = sum(not dates[row.problem] for row in table.problems)
    note = f"only problems dated {period}: {len(kept):,} of {len(table.problems):,}"
    if missing:
        note += f"; {missing:,} without a date left out"
    return replace(table, problems=kept, period=str(period), narrowed=note)


def scope(tables: Sequence[RunTable]) -> str:
    """Return the window and the period that runs have in common, as words to stand behind a benchmark's name."""
    windows = {str(table.spec.window) for table in tables}
    parts = [*windows] if len(windows) == 1 else []
    parts += [f"dated {period}" for period in sorted({table.period for table in tables}) if period]
    return "".join(f", {part}" for part in parts if part)
