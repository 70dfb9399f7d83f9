"""The rows of the run directory, one dataclass per kind, and how each is read back from a JSON object.

Rows carry idempotent keys: where two complete rows have the same key, the first one counts. Unknown fields are
ignored and missing optional ones take their default, so that a newer row can be read by an older reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, Self, cast

from cotbench.core.attempt import Step, StepKind
from cotbench.core.ids import attempt_key, call_key, unit_key
from cotbench.core.message import Finish, Usage
from cotbench.core.verdict import Integrity, Outcome, Suite
from cotbench.store.fields import list_of, number_of, object_of, text_of, whole_of, word_of

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
            problem=text_of(raw["problem"]),
            unit=whole_of(raw["unit"]),
            path=text_of(raw["path"]),
            draw=whole_of(raw["draw"]),
            fields={str(k): text_of(v) for k, v in object_of(raw["fields"]).items()},
            messages=tuple((text_of(list_of(m)[0]), text_of(list_of(m)[1])) for m in list_of(raw["messages"])),
            text=text_of(raw["text"]),
            finish=cast(Finish, text_of(raw["finish"])),
            usage=_usage(raw["usage"]),
            usd=None if usd is None else number_of(usd),
            seconds=number_of(raw["seconds"]),
            at=number_of(raw["at"]),
            source=word_of(raw.get("source", "")),
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
            problem=word_of(raw["problem"]),
            unit=whole_of(raw["unit"]),
            index=whole_of(raw["index"]),
            code=None if code is None else text_of(code),
            lineage=tuple(_step(object_of(step)) for step in list_of(raw["lineage"])),
            calls=tuple(text_of(call) for call in list_of(raw["calls"])),
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
            problem=word_of(raw["problem"]),
            unit=whole_of(raw["unit"]),
            index=whole_of(raw["index"]),
            suite=cast(Suite, word_of(raw["suite"])),
            outcome=cast(Outcome, word_of(raw["outcome"])),
            passed=whole_of(raw["passed"]),
            total=whole_of(raw["total"]),
            seconds=number_of(raw["seconds"]),
            detail=text_of(raw["detail"]),
            grader=word_of(raw["grader"]),
            integrity=cast(Integrity, word_of(raw.get("integrity", "isolated"))),
            outcomes=tuple(cast(Outcome, text_of(outcome)) for outcome in list_of(raw.get("outcomes", []))),
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
            problem=text_of(raw["problem"]),
            unit=whole_of(raw["unit"]),
            status=cast(UnitStatus, text_of(raw["status"])),
            wanted=None if wanted is None else whole_of(wanted),
            produced=whole_of(raw["produced"]),
            counters={str(k): whole_of(v) for k, v in object_of(raw["counters"]).items()},
            error=text_of(raw["error"]),
            at=number_of(raw["at"]),
            setting=word_of(raw.get("setting", "")),
            cap=None if raw.get("cap") is None else number_of(raw["cap"]),
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
        return cls(digest=text_of(raw["digest"]), text=text_of(raw["text"]))


def _step(raw: Object) -> Step:
    return Step(
        kind=cast(StepKind, text_of(raw["kind"])),
        text=text_of(raw["text"]),
        call=text_of(raw["call"]),
        label=text_of(raw.get("label", "")),
    )


def _usage(raw: object) -> Usage:
    fields = object_of(raw)
    return Usage(
        prompt=whole_of(fields["prompt"]),
        completion=whole_of(fields["completion"]),
        reasoning=whole_of(fields.get("reasoning", 0)),
        cached=whole_of(fields.get("cached", 0)),
        estimated=fields.get("estimated", False) is True,
    )
