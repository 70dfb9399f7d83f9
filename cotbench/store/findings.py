"""groundwork.json: what a strategy found before its units, written once; the manifest has its digest."""

from __future__ import annotations

import json
from typing import cast

import orjson

from cotbench.core.errors import StoreError
from cotbench.core.groundwork import Findings, Lesson
from cotbench.core.ids import canonical, digest
from cotbench.core.message import Message, Role
from cotbench.store.fields import list_of, object_of, text_of, whole_of
from cotbench.store.layout import RunDirectory

FILE = "groundwork.json"


def write_findings(directory: RunDirectory, findings: Findings) -> str:
    """Write down what was found and return its digest. Raises StoreError, and ValueError if the text is no JSON."""
    plain = {
        "found": json.loads(findings.text),
        "lessons": None
        if findings.lessons is None
        else [
            {
                "problem": lesson.problem,
                "index": lesson.index,
                "question": [[message.role, message.content] for message in lesson.question],
                "reply": lesson.reply,
            }
            for lesson in findings.lessons
        ],
    }
    directory.write(FILE, orjson.dumps(plain, option=orjson.OPT_INDENT_2) + b"\n")
    return digest(plain)


def read_findings(directory: RunDirectory, expected: str) -> Findings:
    """Return what was found. Raises StoreError if it cannot be read or was changed after it was written."""
    path = directory.path / FILE
    hint = "bring the file back from a copy, or start another run with --fresh"
    try:
        plain = object_of(orjson.loads(path.read_bytes()))
        found = canonical(plain["found"])
        lessons = None if plain["lessons"] is None else tuple(map(_lesson, list_of(plain["lessons"])))
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}", hint=hint) from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is damaged: {error}", hint=hint) from error
    if digest(plain) != expected:
        raise StoreError(f"{path} was changed after the run began from it", hint=hint)
    return Findings(found, lessons)


def _lesson(raw: object) -> Lesson:
    row = object_of(raw)
    pairs = [list_of(pair) for pair in list_of(row["question"])]
    question = tuple(Message(cast(Role, text_of(role)), text_of(content)) for role, content in pairs)
    return Lesson(text_of(row["problem"]), whole_of(row["index"]), question, text_of(row["reply"]))
