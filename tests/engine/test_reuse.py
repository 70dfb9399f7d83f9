"""Replies of another run: found by key and request, never by key alone, and marked as what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.backends.replay import ReplayBackend
from cotbench.core.errors import BackendError, ConfigurationError
from cotbench.core.ids import request_fields
from cotbench.core.message import CallPlace, Completion, Request, Sampling, Usage, user
from cotbench.core.spec import RunSpec
from cotbench.engine.ledger import Ledger, Shared
from cotbench.engine.reuse import replay_backends, shared_calls
from cotbench.store import CallRow, Manifest, RunDirectory, RunWriter, read_rows, read_texts

REQUEST = Request((user("question"),), Sampling(max_tokens=100), place=CallPlace("p", 0, "idea", 0))
SPEC = RunSpec("repeated", "vendor/m", "b.jsonl", 4, 1, None, 0, Sampling(max_tokens=100))


def recorded(
    path: Path, *, spec: RunSpec = SPEC, limits: Sequence[tuple[str, int]] = (("vendor/m", 100),)
) -> RunDirectory:
    """Write a run in which each of some models was asked once, with a reply limit."""
    run = RunDirectory(path)
    run.claim()
    run.write_spec(spec)
    run.write_manifest(Manifest("d", {}, "1", {}))
    with RunWriter(path) as writer:
        for draw, (model, limit) in enumerate(limits):
            fields = request_fields(model, replace(REQUEST, sampling=Sampling(max_tokens=limit)))
            row = CallRow("p", 0, "idea", draw, fields, (), f"said {draw}", "stop", Usage(10, 5), 0.25, 1.5, 1.0)
            writer.append(row)
    return run


def test_a_replay_gives_what_was_recorded_and_names_what_is_not_there(tmp_path: Path) -> None:
    run = recorded(tmp_path / "old", limits=[("vendor/m", 100), ("other/m", 100)])
    backend = replay_backends("replay:old", run)["code"]
    two = asyncio.run(backend.complete(REQUEST, 2))
    assert two == [Completion(f"said {draw}", Usage(10, 5), "stop", 0.25, 1.5, "old") for draw in (0, 1)]
    for request, message in (
        (replace(REQUEST, place=CallPlace("p", 1, "idea", 0)), "the run old has no call p::1::idea#0"),
        (replace(REQUEST, place=CallPlace("p", 0, "idea", 2)), "the run old has no call p::0::idea#2"),
        (
            replace(REQUEST, messages=(user("other"),)),
            "call p::0::idea#0 was made with another messages in the run old",
        ),
        (replace(REQUEST, sampling=Sampling(0.1, 0.2, 100)), "another temperature and top_p"),
    ):
        with pytest.raises(BackendError, match=message) as caught:
            asyncio.run(backend.complete(request, 1))
        assert not caught.value.retryable and not caught.value.fatal


def test_each_author_is_limited_as_it_was(tmp_path: Path) -> None:
    """A model that thinks was never given less than the run's limit."""
    spec = replace(SPEC, idea_model="vendor/thinker")
    limits = [("vendor/m", 100), ("vendor/m", 30), ("vendor/thinker", 100)]
    backends = replay_backends("replay:old", recorded(tmp_path / "old", spec=spec, limits=limits))
    assert {by: backend.thinks for by, backend in backends.items()} == {"code": False, "idea": True}
    assert isinstance(backends["code"], ReplayBackend)


def test_a_run_without_calls_gives_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has no calls"):
        shared_calls([recorded(tmp_path / "empty", limits=[])])


def test_shared_calls_are_copied_where_the_request_is_equal(tmp_path: Path) -> None:
    shared = shared_calls([recorded(tmp_path / "old")])
    assert [run.name for run in shared] == ["old"]
    (tmp_path / "new").mkdir()
    with RunWriter(tmp_path / "new") as writer:
        ledger = Ledger(writer, {}, set(), shared)
        assert ledger.find("p", 0, "idea", 0, "other/m", REQUEST) is None, "another model"
        assert ledger.find("p", 0, "idea", 0, "vendor/m", replace(REQUEST, stop=("x",))) is None
        assert ledger.find("p", 0, "idea", 1, "vendor/m", REQUEST) is None
        found = ledger.find("p", 0, "idea", 0, "vendor/m", REQUEST)
        assert ledger.find("p", 0, "idea", 0, "vendor/m", REQUEST) == found
    assert found == Completion("said 0", Usage(10, 5), "stop", 0.25, 1.5, "old")
    (row,) = read_rows(tmp_path / "new").calls.values()
    assert (row.source, row.text, row.usd) == ("old", "said 0", 0.25)
    assert list(read_texts(tmp_path / "new").values()) == ["question"]


def test_what_was_taken_over_twice_comes_from_where_it_was_paid() -> None:
    row = CallRow(
        "p", 0, "idea", 0, request_fields("m", REQUEST), (), "", "stop", Usage(), 0.0, 1.0, 1.0, source="first"
    )

    class Discard:
        def append(self, *rows: object) -> None: ...

    ledger = Ledger(Discard(), {}, set(), [Shared("second", {row.key: row})])  # type: ignore[arg-type]
    found = ledger.find("p", 0, "idea", 0, "m", REQUEST)
    assert found is not None and found.source == "first"
