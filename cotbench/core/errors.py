"""The exception tree. Each class is named by the boundary that was crossed when things went wrong.

    CotbenchError
    ├── ConfigurationError      flags and configuration files
    ├── BenchmarkError          loading problems
    ├── BackendError            asking a model
    ├── GradingError            the sandbox itself, never a program that fails in it
    ├── BudgetReached           a call that a budget of the user's forbids
    └── StoreError              the run directory
        └── LedgerMismatch      a stored call is not the call that is asked for now

A message says what happened, to which thing; the hint says what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal


class CotbenchError(Exception):
    """Base of all errors that a user can do something about; printed as one line, without a traceback."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ConfigurationError(CotbenchError):
    """A flag, a configuration file or a combination of options that cannot be run."""


class BenchmarkError(CotbenchError):
    """A benchmark that cannot be found, read or understood."""


FaultKind = Literal[
    "rate",
    "overload",
    "timeout",
    "connection",
    "server",
    "authentication",
    "request",
    "context",
    "content",
    "unavailable",
]
"""Why a model call failed. `rate`: this account asks too much, `overload`: everybody does; `unavailable` means that
the backend itself cannot be used at all.
"""

_RETRYABLE: frozenset[str] = frozenset({"rate", "overload", "timeout", "connection", "server"})
_FATAL: frozenset[str] = frozenset({"authentication", "unavailable"})


class BackendError(CotbenchError):
    """A model call that gave no reply.

    `retryable` calls may work when tried again; `fatal` ones will fail for every call of the run.
    """

    def __init__(self, message: str, *, kind: FaultKind, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.kind: FaultKind = kind
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.kind in _RETRYABLE

    @property
    def fatal(self) -> bool:
        """Whether no call of this run can succeed."""
        return self.kind in _FATAL


class GradingError(CotbenchError):
    """The sandbox is broken or missing. A program that fails inside it is a Verdict, not an error."""


class BudgetReached(CotbenchError):
    """A call that was not made, because a cap of the run or of its problem forbids it.

    `setting` names the cap as configuration files do (`max_usd_per_problem`), `cap` is its value.
    """

    def __init__(self, message: str, *, setting: str, cap: float, per_problem: bool) -> None:
        super().__init__(message)
        self.setting = setting
        self.cap = cap
        self.per_problem = per_problem


class StoreError(CotbenchError):
    """A run directory that cannot be read, written or continued."""


class LedgerMismatch(StoreError):
    """A call stored under a key differs from the call that is asked for under that key now."""


def near_matches(word: str, known: Iterable[str]) -> str:
    """Return "did you mean A or B?" for an unknown name, or the list of known names if none is near."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(names)}" if names else ""
