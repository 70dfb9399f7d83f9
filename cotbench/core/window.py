"""The window: which problems of a benchmark a run is about, by contest date, difficulty and platform."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

DAY = 10
"""Characters of a date that name its day: `2024-05-31` of `2024-05-31T14:00:00`."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Window:
    """Bounds on problems; empty ones do not bound.

    `from_date` and `to_date` are days (`2024-05-31`), both inclusive. `difficulty` and `platform` hold the words that
    are let in, in lower case, sorted, each once.
    """

    from_date: str = ""
    to_date: str = ""
    difficulty: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether the window bounds dates."""
        return bool(self.from_date or self.to_date)

    def to_plain(self) -> dict[str, object]:
        """Return the window as settings of a run; None for what is not bounded."""
        return {
            "from_date": self.from_date or None,
            "to_date": self.to_date or None,
            "difficulty": list(self.difficulty) or None,
            "platform": list(self.platform) or None,
        }

    def __str__(self) -> str:
        """Return the window in words: `2024-05-01 to 2024-08-31, difficulty easy or hard`; empty if all are let in."""
        parts: list[str] = []
        if self.from_date and self.to_date:
            parts.append(f"{self.from_date} to {self.to_date}")
        elif self.dated:
            parts.append(f"from {self.from_date}" if self.from_date else f"up to {self.to_date}")
        parts += [f"difficulty {' or '.join(self.difficulty)}"] if self.difficulty else []
        parts += [f"platform {' or '.join(self.platform)}"] if self.platform else []
        return ", ".join(parts)


EVERYTHING = Window()
"""The window that lets everything in."""


def window_from_plain(plain: Mapping[str, object]) -> Window:
    """Build a window from the settings of a run. Raises TypeError or ValueError if they are not of their kinds."""
    return Window(
        from_date=_day(plain.get("from_date")),
        to_date=_day(plain.get("to_date")),
        difficulty=words(plain.get("difficulty")),
        platform=words(plain.get("platform")),
    )


def words(said: object) -> tuple[str, ...]:
    """Return the words of `a,b` or of a list, in lower case, sorted, each once. Raises TypeError."""
    listed = said.split(",") if isinstance(said, str) else said if isinstance(said, list | tuple) else []
    if said is not None and not isinstance(said, str | list | tuple):
        raise TypeError(f"words were expected, not {said!r}")
    if not all(isinstance(word, str) for word in listed):
        raise TypeError(f"words were expected, not {said!r}")
    return tuple(sorted({word.strip().lower() for word in listed if word.strip()}))


def is_date(text: str) -> bool:
    """Whether a text is a day of the calendar, `2024-05-31`, with or without a time after it (ISO 8601)."""
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text[:DAY])
    except ValueError:
        return False
    return True


def _day(said: object) -> str:
    if said is None:
        return ""
    if not isinstance(said, str) or len(said) != DAY or not is_date(said):
        raise ValueError(f"a date like 2024-05-31 was expected, not {said!r}")
    return said
