"""The manifest: what a run was made with, so that its numbers can be explained and a wrong resume refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import cast

from cotbench._version import RUN_FORMAT
from cotbench.core.budget import Price
from cotbench.core.spec import read_price


@dataclass(frozen=True, slots=True)
class ProblemInfo:
    """What tables need to know of a problem without loading its benchmark.

    `base` hidden cases, from the first, are those of the benchmark that this one extends; None: not known, or none.
    """

    difficulty: str
    date: str
    public: int
    hidden: int
    base: int | None = None
    platform: str = ""


@dataclass(frozen=True, slots=True)
class ProgramsInfo:
    """The file that a run's programs came from: its name, the SHA-256 of its bytes, its format.

    `lines` counts its lines that are not blank, `bad` those that could not be used.
    """

    name: str
    digest: str
    format: str
    lines: int
    bad: int


@dataclass(frozen=True, slots=True)
class GroundworkInfo:
    """What a strategy does before its units: the digest of what it found, the problems set apart, what was noted.

    The digest is "" until it is done.
    """

    digest: str
    problems: Mapping[str, ProblemInfo]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Session:
    """One execution of a command that judges into this directory. Times are seconds since the epoch."""

    started: float
    ended: float | None
    version: str
    python: str
    platform: str
    isolation: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Versions, digests and sessions of a run; `problems` keeps the order in which problems are taken.

    `simulated` runs come from a model that is not a language model and are never mixed with others. `programs` is
    None unless the programs came from a file; then nothing is known about their cost. `prices` are those of the
    run's models when it began, by name, and hold for all its sessions; a model that is not there has no known price.
    `groundwork` is None for strategies that have none.
    """

    dataset: str
    prompts: Mapping[str, str]
    grader: str
    problems: Mapping[str, ProblemInfo]
    sessions: tuple[Session, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    benchmark_size: int = 0
    simulated: bool = False
    programs: ProgramsInfo | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    groundwork: GroundworkInfo | None = None
    format: int = RUN_FORMAT

    @property
    def ground(self) -> Mapping[str, ProblemInfo]:
        """The problems that were set apart for the groundwork: rows are theirs, too, and no table counts them."""
        return {} if self.groundwork is None else self.groundwork.problems

    def plain(self) -> dict[str, object]:
        """Return the manifest as plain data for JSON."""
        return asdict(self)

    @classmethod
    def read(cls, raw: Mapping[str, object]) -> Manifest:
        """Build a manifest from decoded JSON. Raises KeyError or TypeError if it is not one."""
        groundwork = cast("Mapping[str, object] | None", raw.get("groundwork"))
        sessions = cast("list[Mapping[str, object]]", raw["sessions"])
        programs = cast("Mapping[str, object] | None", raw.get("programs"))
        return cls(
            dataset=cast(str, raw["dataset"]),
            prompts=dict(cast("Mapping[str, str]", raw["prompts"])),
            grader=cast(str, raw["grader"]),
            problems=_problems(raw["problems"]),
            sessions=tuple(
                Session(
                    started=cast(float, session["started"]),
                    ended=cast("float | None", session["ended"]),
                    version=cast(str, session["version"]),
                    python=cast(str, session["python"]),
                    platform=cast(str, session["platform"]),
                    isolation=cast(str, session["isolation"]),
                )
                for session in sessions
            ),
            versions=dict(cast("Mapping[str, str]", raw.get("versions", {}))),
            benchmark_size=cast(int, raw.get("benchmark_size", 0)),
            simulated=bool(raw.get("simulated", False)),
            programs=None
            if programs is None
            else ProgramsInfo(
                name=cast(str, programs["name"]),
                digest=cast(str, programs["digest"]),
                format=cast(str, programs["format"]),
                lines=cast(int, programs["lines"]),
                bad=cast(int, programs["bad"]),
            ),
            prices={
                model: read_price(price) for model, price in cast("Mapping[str, object]", raw.get("prices", {})).items()
            },
            groundwork=None
            if groundwork is None
            else GroundworkInfo(
                digest=cast(str, groundwork["digest"]),
                problems=_problems(groundwork["problems"]),
                counters=dict(cast("Mapping[str, int]", groundwork["counters"])),
            ),
            format=cast(int, raw["format"]),
        )


def _problems(raw: object) -> dict[str, ProblemInfo]:
    problems = cast("Mapping[str, Mapping[str, object]]", raw)
    return {
        name: ProblemInfo(
            difficulty=cast(str, info["difficulty"]),
            date=cast(str, info["date"]),
            public=cast(int, info["public"]),
            hidden=cast(int, info["hidden"]),
            base=cast("int | None", info.get("base")),
            platform=cast(str, info.get("platform", "")),
        )
        for name, info in problems.items()
    }
