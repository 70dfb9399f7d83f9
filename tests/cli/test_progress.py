"""Plain progress lines: a search that takes long shows that it is alive."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console

from cotbench.cli.progress import PlainLines
from cotbench.core.message import Completion, Usage


@pytest.mark.parametrize(
    ("pause", "lines"), [(0.0, ["1 unit to do"] + ["working on p"] * 3), (math.inf, ["1 unit to do"])]
)
def test_a_long_search_says_that_it_is_alive(pause: float, lines: list[str]) -> None:
    out = io.StringIO()
    progress = PlainLines(Console(file=out, width=200), pause=pause)
    progress.run_started(1, 1)
    for _ in range(3):
        progress.call_ended("p", 0, Completion("an idea", Usage(10, 5), "stop", 0.0, 1.0), replayed=False)
    assert [line.split(" · ")[0] for line in out.getvalue().splitlines()] == lines
    assert ("3 calls" in out.getvalue()) == (pause == 0.0)
