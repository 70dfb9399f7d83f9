"""The ledger: every call is a row before its reply is used, and a call that is a row already is never made again.

A call that another run has paid for, and that is shared, becomes a row of this run, too; the row says from where.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cotbench.core.errors import LedgerMismatch
from cotbench.core.ids import call_key, request_fields, text_digest
from cotbench.core.message import Completion, Request
from cotbench.store.rows import CallRow, TextRow
from cotbench.store.writer import RunWriter


@dataclass(frozen=True, slots=True)
class Shared:
    """The calls of another run, by key."""

    name: str
    calls: dict[str, CallRow]


class Ledger:
    """Calls of one run: those kept from earlier sessions are found, also in `shared` runs; those made now are written.

    What was written is not held: no unit asks twice for a draw, and a long run makes very many.
    """

    def __init__(
        self, writer: RunWriter, kept: dict[str, CallRow], texts: set[str], shared: Sequence[Shared] = ()
    ) -> None:
        self._writer = writer
        self._rows = dict(kept)
        self._texts = set(texts)
        self._shared = tuple(shared)

    def find(self, problem: str, unit: int, path: str, draw: int, model: str, request: Request) -> Completion | None:
        """Return the stored reply of a call, or None if it was never made.

        Raises LedgerMismatch, naming the fields, if another request is stored under this key.
        """
        key = call_key(problem, unit, path, draw)
        row = self._rows.get(key)
        if row is None and not self._shared:
            return None
        fields = request_fields(model, request)
        if row is None and (row := self._take_over(key, fields, request)) is None:
            return None
        changed = _differing(row.fields, fields)
        if changed:
            raise LedgerMismatch(
                f"call {row.key} was made with another {' and '.join(changed)}",
                hint="prompts or settings changed since this run began; start another run with --fresh",
            )
        return _completion(row)

    def announce(self, request: Request) -> None:
        """Write down the texts of a request that is about to be made, so that nothing comes before its reply."""
        for message in request.messages:
            digest = text_digest(message.content)
            if digest not in self._texts:
                self._writer.append(TextRow(digest, _storable(message.content)))
                self._texts.add(digest)

    def record(
        self,
        problem: str,
        unit: int,
        path: str,
        first: int,
        model: str,
        request: Request,
        completions: Sequence[Completion],
    ) -> list[Completion]:
        """Write the replies of draws `first`, `first` + 1 … and return them as they are stored."""
        fields = request_fields(model, request)
        messages = tuple((message.role, text_digest(message.content)) for message in request.messages)
        rows = [
            CallRow(
                problem=problem,
                unit=unit,
                path=path,
                draw=draw,
                fields=fields,
                messages=messages,
                text=_storable(completion.text),
                finish=completion.finish,
                usage=completion.usage,
                usd=completion.usd,
                seconds=round(completion.seconds, 4),
                at=round(time.time(), 3),
                source=completion.source,
            )
            for draw, completion in enumerate(completions, start=first)
        ]
        self._writer.append(*rows)
        return [_completion(row) for row in rows]

    def _take_over(self, key: str, fields: dict[str, str], request: Request) -> CallRow | None:
        """Copy the call from the first shared run that made just this request under this key."""
        for run in self._shared:
            row = run.calls.get(key)
            if row is not None and not _differing(row.fields, fields):
                self.announce(request)
                copy = replace(row, at=round(time.time(), 3), source=row.source or run.name)
                self._writer.append(copy)
                self._rows[key] = copy
                return copy
        return None


def _differing(kept: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Return the fields in which two requests differ."""
    # What one of them does not have is "" there: rows know nothing of parameters that were not given.
    return [name for name in {**kept, **wanted} if kept.get(name, "") != wanted.get(name, "")]


def _completion(row: CallRow) -> Completion:
    return Completion(row.text, row.usage, row.finish, row.usd, row.seconds, row.source)


def _storable(text: str) -> str:
    """Return the text without lone surrogates, which some servers send and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
