"""Rewritten statements: which are kept, what programs are then written for, and what is counted."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from cotbench.core.attempt import Attempt
from cotbench.core.problem import CallCase, Entry, ProblemView
from cotbench.core.spec import OptionValue
from cotbench.strategies import open_strategy, resolve_options
from cotbench.strategies.rewrite import retold
from tests.strategies.fake import REFUSED, VIEW, Answer, Log, collect

RIGHT = "```python\ndef add_one(x):\n    return x + 1\n```"
WRONG = "```python\ndef add_one(x):\n    return x\n```"
TOLD = ("`add_one` gives the next number, ", "`add_one` gives the same number, ", "The next number, ", REFUSED)


def answer(path: str, draw: int, prompt: str) -> str:
    """Tell the problem in four ways: rightly, wrongly, without the name, not at all."""
    if path == "rewrite":
        return TOLD[draw]
    return WRONG if "the same number" in prompt else RIGHT


def run(
    attempts: int, reply: Answer = answer, view: ProblemView = VIEW, **given: OptionValue
) -> tuple[Log, list[Attempt]]:
    log = Log(reply, attempts, lambda code, case: "passed" if "x + 1" in code else "wrong")
    log.public = view.public
    return log, asyncio.run(collect(open_strategy("rewrite", resolve_options("rewrite", None, given)), log, view))


def test_only_a_rewriting_that_passes_the_check_takes_the_place_of_the_statement() -> None:
    log, attempts = run(10)
    assert [attempt.index for attempt in attempts] == list(range(10))
    for attempt in attempts:
        shown = log.conversations[attempt.lineage[-1].call][0].content
        if attempt.index % 4 == 0:
            statement, code = attempt.lineage
            assert (statement.kind, statement.text, statement.label) == ("statement", TOLD[0].strip(), "rewrite0")
            assert TOLD[0].strip() in shown and VIEW.statement not in shown
            assert attempt.calls == ("rewrite#0", "check0#0", "check0#1", code.call)
        else:
            assert [step.kind for step in attempt.lineage] == ["code"]
            assert shown.startswith(VIEW.statement)
            assert f"rewrite#{attempt.index % 4}" in attempt.calls
    assert log.notes == {
        "rewriting failed the check": 1,
        "rewriting lost the name of the function": 1,
        "rewriting refused": 1,
        "statement used as it is": 3,
    }
    assert sum(path.startswith("check") for path in log.calls) == 2 * 2
    assert log.authors["rewrite#0"] == "idea" and log.authors["check0#0"] == "code"


def test_one_of_several_programs_for_the_check_is_enough() -> None:
    def second(path: str, draw: int, prompt: str) -> str:
        return TOLD[0] if path == "rewrite" else (RIGHT if draw == 2 else "No program.")

    kept = [len(attempt.lineage) == 2 for attempt in run(2, second, rewrites=1, checks=3)[1]]
    lost = [len(attempt.lineage) == 2 for attempt in run(2, second, rewrites=1, checks=2)[1]]
    assert (kept, lost) == ([True, True], [False, False])


def test_without_public_cases_nothing_is_rewritten() -> None:
    log, attempts = run(3, view=replace(VIEW, public=()))
    assert len(attempts) == 3 and not [path for path in log.calls if path.startswith(("rewrite", "check"))]
    assert log.notes == {"no public cases to check rewritings with": 1, "statement used as it is": 3}


def test_a_statement_in_the_starter_code_is_cut_out() -> None:
    source = 'import math\n\ndef near(x: int) -> int:\n    """Return the next\n\n    >>> near(1)\n    2\n    """\n'
    view = ProblemView("h", source, Entry("function", "near"), source, (CallCase((1,), 2),))
    told = retold(view, "`near` goes up by one.")
    assert (told.statement, told.starter) == ("`near` goes up by one.", "import math\n\ndef near(x: int) -> int:\n")
    assert told.public == view.public
    kept = replace(view, starter="def near(x: int):\n")
    assert retold(kept, "t").starter == kept.starter
    assert retold(replace(view, starter="def f(x): 'say'\n"), "t").starter == "def f(x): 'say'\n"
