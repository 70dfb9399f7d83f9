"""Replies that another run has paid for: a run as a model (`replay:RUN`), and a ledger that is looked into first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cotbench.backends.replay import REPLAY, Recorded, ReplayBackend
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Completion
from cotbench.core.protocols import Author, Backend
from cotbench.core.spec import GRADED
from cotbench.engine.ledger import Shared
from cotbench.store.layout import RunDirectory
from cotbench.store.reader import read_rows
from cotbench.store.rows import CallRow


def shared_calls(runs: Sequence[RunDirectory]) -> tuple[Shared, ...]:
    """Read the ledgers that a run may take replies from. Raises StoreError, and ConfigurationError if one has none."""
    return tuple(Shared(run.name, _calls_of(run)) for run in runs)


def replay_backends(model: str, run: RunDirectory) -> dict[Author, Backend]:
    """Return backends that answer from a run, one for each of the authors it had, as what they were.

    Raises StoreError if it cannot be read, and ConfigurationError if it has no calls.
    """
    spec = run.read_spec()
    rows = _calls_of(run)
    calls = {row.key: Recorded(row.fields, _reply(row, run.name)) for row in rows.values()}
    names: dict[Author, str] = {"code": spec.model, "idea": spec.idea_model or spec.model}
    limit = spec.sampling.max_tokens
    return {
        by: ReplayBackend(model, run.name, calls, thinks=_thinks(rows.values(), name, limit))
        for by, name in names.items()
    }


def _calls_of(run: RunDirectory) -> dict[str, CallRow]:
    calls = {} if run.read_spec().strategy == GRADED else read_rows(run.path, programs=False).calls
    if not calls:
        raise ConfigurationError(f"the run {run.path} has no calls, so there is nothing to take over from it")
    return calls


def _reply(row: CallRow, run: str) -> Completion:
    return Completion(row.text, row.usage, row.finish, row.usd, row.seconds, source=row.source or run)


def _thinks(rows: Iterable[CallRow], model: str, limit: int) -> bool:
    """Whether a model was always given the whole reply limit, as those that think are."""
    limits = {row.fields.get("max_tokens") for row in rows if row.fields.get("model") == model}
    return limits <= {str(limit)}


def replayed(model: str) -> str | None:
    """Return the run that a model's name replays, or None."""
    return model.removeprefix(REPLAY) if model.startswith(REPLAY) else None
