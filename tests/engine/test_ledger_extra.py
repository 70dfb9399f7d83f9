"""Stored calls and extra parameters of the provider: a changed one is named, and none at all is no change."""

from __future__ import annotations

from pathlib import Path

import pytest

from cotbench.core.errors import LedgerMismatch
from cotbench.core.message import Completion, Request, Sampling, Usage, user
from cotbench.engine.ledger import Ledger
from cotbench.store import RunWriter, read_rows, read_texts

REPLY = Completion("x", Usage(3, 4, estimated=True), "stop", None, 0.5)


def asked(extra: str) -> Request:
    return Request((user("a"),), Sampling(extra=extra))


@pytest.mark.parametrize(
    ("kept", "wanted", "changed"),
    [
        ('{"effort":"low","top_k":5}', '{"effort":"high","top_k":5}', "extra effort"),
        ('{"effort":"low"}', "", "extra effort"),
        ("", '{"effort":"low"}', "extra effort"),
        ('{"effort":"low"}', '{"effort":"low"}', ""),
        ("", "", ""),
    ],
)
def test_the_parameter_that_changed_is_named(tmp_path: Path, kept: str, wanted: str, changed: str) -> None:
    with RunWriter(tmp_path) as writer:
        Ledger(writer, {}, set()).record("p", 0, "", 0, "m", asked(kept), [REPLY])
        ledger = Ledger(writer, read_rows(tmp_path).calls, set(read_texts(tmp_path)))
        if changed:
            with pytest.raises(LedgerMismatch, match=f"made with another {changed}$|made with another {changed} "):
                ledger.find("p", 0, "", 0, "m", asked(wanted))
        else:
            assert ledger.find("p", 0, "", 0, "m", asked(wanted)) == REPLY
