"""The rows of the run directory, one dataclass per kind, and how each is read back from a JSON object.

Rows carry idempotent keys: where two complete rows have the same key, the first one counts. Unknown fields are
ignored and missing optional ones take their default, so that a newer row can be read by an older reader.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, Self, cast

from cotbench.core.attempt import Step, StepKind
from cotbench.core.ids import attempt_key, call_key, unit_key
from cotbench.core.message import Finish, Usage
from cotbench.core.verdict import Integrity, Outcome, Suite

UnitStatus = Literal["done", "partial", "failed"]
"""`done`: the strategy ended by itself; `partial`: stopped by a budget; `failed`: owed again."""

Object = Mapping[str, object]


class Row(Protocol):
    """What every row has: the folder it lives in and its key."""

    @classmethod
    def folder(cls) -> str:
        """Name of the folder that holds rows of this kind."""
        ...

    @property
    def key(self) -> str:
        """Idempotent key of the row."""
        ...

    @classmethod
    def read(cls, raw: Object) -> Self:
        """Build the row from a decoded JSON object. Raises KeyError, TypeError or ValueError if it is not one."""
        ...


@dataclass(frozen=True, slots=True)
class CallRow:
    """One model request and its reply. `fields` identify the request; `messages` are (role, text digest) pairs.

    `source` names the run that the reply was taken over from; then nothing was paid for it here.
    """

    problem: str
    unit: int
    path: str
    draw: int
    fields: Mapping[str, str]
    messages: tuple[tuple[str, str], ...]
    text: str
    finish: Finish
    usage: Usage
    usd: float | None
    seconds: float
    at: float
    source: str = ""

    @classmethod
    def folder(cls) -> str:
        return "calls"

    @property
    def key(self) -> str:
        return call_key(self.problem, self.unit, self.path, self.draw)

    @classmethod
    def read(cls, raw: Object) -> CallRow:
        usd = raw["usd"]
        return cls(
            problem=_str(raw["problem"]),
            unit=_int(raw["unit"]),
            path=_str(raw["path"]),
            draw=_int(raw["draw"]),
            fields={str(k): _str(v) for k, v in _object(raw["fields"]).items()},
            messages=tuple((_str(_list(m)[0]), _str(_list(m)[1])) for m in _list(raw["messages"])),
            text=_str(raw["text"]),
            finish=cast(Finish, _str(raw["finish"])),
            usage=_usage(raw["usage"]),
            usd=None if usd is None else _float(usd),
            seconds=_float(raw["seconds"]),
            at=_float(raw["at"]),
            source=_word(raw.get("source", "")),
        )


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One candidate program with its lineage; `calls` are the keys of the calls it needed."""

    problem: str
    unit: int
    index: int
    code: str | None
    lineage: tuple[Step, ...]
    calls: tuple[str, ...]

    @classmethod
    def folder(cls) -> str:
        return "attempts"

    @property
    def key(self) -> str:
        return attempt_key(self.problem, self.unit, self.index)

    @classmethod
    def read(cls, raw: Object) -> AttemptRow:
        code = raw["code"]
        return cls(
            problem=_word(raw["problem"]),
            unit=_int(raw["unit"]),
            index=_int(raw["index"]),
            code=None if code is None else _str(code),
            lineage=tuple(_step(_object(step)) for step in _list(raw["lineage"])),
            calls=tuple(_str(call) for call in _list(raw["calls"])),
        )


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The verdict of one attempt on one suite, by one grader; `attempt` is the attempt's key.

    `outcomes` are those of all repetitions, where the program was judged more than once; the first one is the verdict.
    """

    problem: str
    unit: int
    index: int
    suite: Suite
    outcome: Outcome
    passed: int
    total: int
    seconds: float
    detail: str
    grader: str
    integrity: Integrity = "isolated"
    outcomes: tuple[Outcome, ...] = ()

    @classmethod
    def folder(cls) -> str:
        return "verdicts"

    @property
    def attempt(self) -> str:
        """Key of the attempt that was judged."""
        return attempt_key(self.problem, self.unit, self.index)

    @property
    def key(self) -> str:
        return f"{self.attempt}::{self.suite}::{self.grader}"

    @classmethod
    def read(cls, raw: Object) -> VerdictRow:
        return cls(
            problem=_word(raw["problem"]),
            unit=_int(raw["unit"]),
            index=_int(raw["index"]),
            suite=cast(Suite, _word(raw["suite"])),
            outcome=cast(Outcome, _word(raw["outcome"])),
            passed=_int(raw["passed"]),
            total=_int(raw["total"]),
            seconds=_float(raw["seconds"]),
            detail=_str(raw["detail"]),
            grader=_word(raw["grader"]),
            integrity=cast(Integrity, _word(raw.get("integrity", "isolated"))),
            outcomes=tuple(cast(Outcome, _str(outcome)) for outcome in _list(raw.get("outcomes", []))),
        )


@dataclass(frozen=True, slots=True)
class UnitRow:
    """How a unit ended. `wanted` is the number of attempts asked for (None: all the strategy has).

    `counters` counts what the strategy noted (replies that could not be parsed, empty branches). A `partial` unit
    names the setting that stopped it and its value then, for example `max_usd_per_problem` and 0.05.
    """

    problem: str
    unit: int
    status: UnitStatus
    wanted: int | None
    produced: int
    counters: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    at: float = 0.0
    setting: str = ""
    cap: float | None = None

    @classmethod
    def folder(cls) -> str:
        return "units"

    @property
    def unit_key(self) -> str:
        """Key of the unit, whatever its status."""
        return unit_key(self.problem, self.unit)

    @property
    def key(self) -> str:
        wanted = "all" if self.wanted is None else str(self.wanted)
        # A unit may fail any number of times before it is done; every failure is kept.
        when = "" if self.status == "done" else f"::{self.at}"
        return f"{self.unit_key}::{wanted}::{self.status}{when}"

    @classmethod
    def read(cls, raw: Object) -> UnitRow:
        wanted = raw["wanted"]
        return cls(
            problem=_str(raw["problem"]),
            unit=_int(raw["unit"]),
            status=cast(UnitStatus, _str(raw["status"])),
            wanted=None if wanted is None else _int(wanted),
            produced=_int(raw["produced"]),
            counters={str(k): _int(v) for k, v in _object(raw["counters"]).items()},
            error=_str(raw["error"]),
            at=_float(raw["at"]),
            setting=_word(raw.get("setting", "")),
            cap=None if raw.get("cap") is None else _float(raw["cap"]),
        )


@dataclass(frozen=True, slots=True)
class TextRow:
    """A message text, stored once under its digest because prompts repeat."""

    digest: str
    text: str

    @classmethod
    def folder(cls) -> str:
        return "texts"

    @property
    def key(self) -> str:
        return self.digest

    @classmethod
    def read(cls, raw: Object) -> TextRow:
        return cls(digest=_str(raw["digest"]), text=_str(raw["text"]))


def _step(raw: Object) -> Step:
    return Step(
        kind=cast(StepKind, _str(raw["kind"])),
        text=_str(raw["text"]),
        call=_str(raw["call"]),
        label=_str(raw.get("label", "")),
    )


def _usage(raw: object) -> Usage:
    fields = _object(raw)
    return Usage(
        prompt=_int(fields["prompt"]),
        completion=_int(fields["completion"]),
        reasoning=_int(fields.get("reasoning", 0)),
        cached=_int(fields.get("cached", 0)),
        estimated=fields.get("estimated", False) is True,
    )


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, got {type(value).__name__}")
    return value


def _word(value: object) -> str:
    """Return a text that many rows share; it is held once."""
    return sys.intern(_str(value))


def _int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"whole number expected, got {type(value).__name__}")
    return value


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"number expected, got {type(value).__name__}")
    return float(value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"list expected, got {type(value).__name__}")
    return value


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"object expected, got {type(value).__name__}")
    return value
