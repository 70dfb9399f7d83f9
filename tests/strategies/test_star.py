"""STaR in memory: what is kept in each round, which hints are given, and that nothing kept shows one."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from cotbench.analysis.training import TRAINING_FORMATS, answers_of_lessons, training_rows
from cotbench.core.attempt import Attempt
from cotbench.core.errors import BudgetReached, ConfigurationError
from cotbench.core.groundwork import Findings, Ground
from cotbench.core.ids import attempt_key
from cotbench.core.material import Material
from cotbench.core.problem import CallCase, CheckCase, Entry, ProblemView, StdinCase
from cotbench.core.spec import OptionValue
from cotbench.core.verdict import Outcome
from cotbench.strategies import donor_run, groundwork_of, open_strategy, planned_groundwork, resolve_options
from cotbench.strategies.planning import step_of
from cotbench.strategies.star_lessons import case_hint, speaks_of_hint
from tests.strategies.fake import STDIN_VIEW, VIEW, FakeContext, Log, collect

VIEWS = [replace(VIEW, id=name, statement=f"Add {name} to x.") for name in ("one", "two", "ten", "odd")]
REFERENCE = "def add_one(x):\n    return x + 1  # reference\n"


def reply(program: str, words: str = "It is a sum.") -> str:
    return f"{words}\n```python\ndef add_one(x):\n    return {program}\n```"


def lay(
    answer: Any, views: list[ProblemView] = VIEWS, **given: OptionValue
) -> tuple[Log, dict[str, Any], Findings, list[Attempt]]:
    """Do the groundwork on some problems; programs with `right` in them pass the public cases."""
    log = Log(answer, None, lambda code, case: "passed" if "right" in code else "wrong")
    log.public = views[0].public
    kept: list[Attempt] = []
    material = Material({view.id: REFERENCE for view in views if view.id != "odd"})
    work = groundwork_of("star", resolve_options("star", None, given), material)
    assert work is not None
    findings = asyncio.run(work.lay([Ground(view, FakeContext(log, view.id), kept.append) for view in views]))
    return log, json.loads(findings.text), findings, kept


def by_problem(path: str, draw: int, prompt: str) -> str:
    """One is solved, two after an input, ten after the output, odd never."""
    told = "fails on" in prompt
    solved = (
        path.startswith("one")
        or (path.startswith("two") and told)
        or (path.startswith("ten") and "where 2 is right" in prompt)
    )
    return reply("right") if solved else reply("wrong")


def test_what_fails_is_hinted_at_more_strongly_and_kept_without_the_hint() -> None:
    log, found, findings, attempts = lay(by_problem, rounds=1)
    assert found["set_apart"] == ["one", "two", "ten", "odd"]
    assert found["rounds"] == [{"round": 1, "problems": 4, "right": 1, "right_with_hint": {"case": 1, "expected": 1}}]
    assert [(worked["problem"], worked["hint"], worked["round"]) for worked in found["kept"]] == [
        ("one", "", 1),
        ("two", "case", 1),
        ("ten", "expected", 1),
    ]
    hinted = {key: said[-1].content for key, said in log.conversations.items() if "hinted" in key}
    assert sorted(hinted) == [
        "odd/round1/hinted0#0",
        "odd/round1/hinted1#0",
        "ten/round1/hinted0#0",
        "ten/round1/hinted1#0",
        "two/round1/hinted0#0",
    ]
    assert all("`add_one(1)" in text for text in hinted.values())
    assert ["where 2 is right" in hinted[f"ten/round1/hinted{place}#0"] for place in (0, 1)] == [False, True]
    stored = [worked["question"] for worked in found["kept"]] + [
        lesson.question[0].content for lesson in findings.lessons or ()
    ]
    assert len(findings.lessons or ()) == len(attempts) == len(log.calls) == 1 + 2 + 3 + 3
    assert not [text for text in stored if "fails on" in text or "`add_one(1)" in text]
    assert {lesson.question[0].content for lesson in findings.lessons or ()} == {
        log.conversations[f"{view.id}/round1/answer#0"][-1].content for view in VIEWS
    }
    assert log.notes == {
        "round 1: solved": 1,
        "round 1: solved after hint case": 1,
        "round 1: solved after hint expected": 1,
        "round 1: not solved": 1,
    }


def test_stronger_hints_come_from_a_right_program_and_only_where_asked_for() -> None:
    def answer(path: str, draw: int, prompt: str) -> str:
        if path.endswith("sketch"):
            return "Add a constant.\n"
        return reply("right" if "# reference" in prompt and path.startswith("one") else "wrong")

    log, found, findings, _ = lay(answer, rounds=2, hint="program")
    assert [worked["hint"] for worked in found["kept"]] == ["program"]
    told = [said[-1].content for key, said in log.conversations.items() if "hinted" in key]
    assert sum("Add a constant." in text for text in told) == sum("# reference" in text for text in told) == 2 * 3
    assert sum(key.endswith("sketch#0") for key in log.calls) == 3, "a sketch is asked for once"
    assert log.notes["no hint sketch"] == log.notes["no hint program"] == 2, "odd has no right program"
    assert not [
        lesson
        for lesson in findings.lessons or ()
        if "reference" in lesson.question[0].content or "constant" in lesson.question[0].content
    ]
    assert (donor_run("star", {"hint": "program"}), donor_run("star", {"hint": "sketch"})) == ("", "")
    assert (donor_run("star", {"hint": "expected"}), donor_run("star", {"hint": "none"})) == (None, None)


@pytest.mark.parametrize("level", ["case", "expected", "sketch", "program"])
def test_what_is_trained_on_holds_no_word_of_a_hint(level: str) -> None:
    """Solved after just this hint: its words are in the question that was asked, and not in the exported one."""
    views = [replace(VIEW, public=(CallCase((918273,), 918274),))]
    telling = {"case": "918273", "expected": "918274", "sketch": "quagga", "program": "# reference"}[level]

    def answer(path: str, draw: int, prompt: str) -> str:
        if path.endswith("sketch"):
            return "Add the quagga.\n"
        return reply("right" if telling in prompt else "wrong")

    log, found, findings, attempts = lay(answer, views, rounds=1, hint=level)
    (kept,) = found["kept"]
    assert kept["hint"] == level
    outcomes: dict[str, Outcome] = {
        attempt_key(VIEW.id, 0, attempt.index): "passed" if "right" in (attempt.code or "") else "wrong"
        for attempt in attempts
    }
    (plain,) = [said[-1].content for key, said in log.conversations.items() if key.endswith("answer#0")]
    hinted = [said[-1].content for key, said in log.conversations.items() if "hinted" in key]
    words = {word for text in hinted for word in re.findall(r"\w+", text)} - set(re.findall(r"\w+", plain))
    assert telling.removeprefix("# ") in words
    for form in TRAINING_FORMATS:
        (row,) = training_rows(answers_of_lessons(findings.lessons or (), outcomes), form)
        assert row["prompt"] == [{"role": "user", "content": plain}]
        assert not words & set(re.findall(r"\w+", json.dumps(row["prompt"])))


def test_later_rounds_show_what_was_kept_but_never_the_problem_itself() -> None:
    log, found, _, _ = lay(lambda path, draw, prompt: reply("right", f"Think of {path}."), rounds=3, shots=2)
    assert [row["right"] for row in found["rounds"]] == [4, 4, 4]
    for number in (1, 2, 3):
        for view in VIEWS:
            conversation = log.conversations[f"{view.id}/round{number}/answer#0"]
            assert [message.role for message in conversation] == ["user", "assistant"] * 2 + ["user"]
            shown = [message.content for message in conversation[1::2]]
            assert not [text for text in shown if text.startswith(f"Think of {view.id}/")]
            others = [text for text in shown if f"/round{number - 1}/answer" in text]
            assert len(others) == (0 if number == 1 else 2) and len(set(shown)) == 2
    assert {worked["round"] for worked in found["kept"]} == {3}


def test_an_answer_that_speaks_of_its_hint_or_does_not_reason_is_not_kept() -> None:
    def answer(path: str, draw: int, prompt: str) -> str:
        if "fails on" not in prompt:
            return "```python\ndef add_one(x):\n    return right\n```"
        return reply("right", "The given program shows it." if "where 2 is right" not in prompt else "It is a sum.")

    log, found, findings, _ = lay(answer, VIEWS[:1], rounds=1)
    assert [worked["hint"] for worked in found["kept"]] == ["expected"]
    assert [lesson.index for lesson in findings.lessons or ()] == [2]
    assert log.notes == {
        "no reasoning before the program": 1,
        "answer speaks of its hint": 1,
        "round 1: solved after hint expected": 1,
    }


def test_a_problem_that_meets_its_cap_is_left_and_a_cap_of_the_run_ends_all() -> None:
    def capped(per_problem: bool) -> Any:
        def answer(path: str, draw: int, prompt: str) -> str:
            if path.startswith("two"):
                raise BudgetReached("no more", setting="max_calls", cap=1, per_problem=per_problem)
            return reply("right")

        return answer

    log, found, _, _ = lay(capped(True), rounds=1)
    assert [worked["problem"] for worked in found["kept"]] == ["one", "ten", "odd"]
    assert log.notes == {"round 1: solved": 3, "stopped by the cap of a problem": 1}
    with pytest.raises(BudgetReached):
        lay(capped(False), rounds=1)


def test_the_run_shows_what_was_kept_in_its_kind_of_problem() -> None:
    _, found, findings, _ = lay(by_problem, rounds=1)
    for view, mine in ((VIEW, 2), (STDIN_VIEW, 0)):
        log = Log(lambda path, draw, prompt: reply("right"), 5)
        strategy = open_strategy("star", resolve_options("star", None, {}), Material(findings=findings))
        attempts = asyncio.run(collect(strategy, log, view))
        assert len(attempts) == 5 and len({log.conversations[key] for key in log.calls}) == 1
        conversation = log.conversations["#0"]
        kept = {worked["answer"] for worked in found["kept"]}
        assert len(conversation) == 5 and sum(message.content in kept for message in conversation[1::2]) == mine
        assert log.notes == ({} if mine else {"too few kept answers to show": 1})


def test_half_of_the_problems_at_most_are_learned_from_and_only_those_with_public_cases() -> None:
    work = groundwork_of("star", resolve_options("star", None, {"pool": 3}))
    assert work is not None
    many = [replace(VIEW, id=str(number), public=VIEW.public if number % 3 else ()) for number in range(20)]
    assert list(work.choose(many)) == ["1", "2", "4"]
    assert list(work.choose(many[:4])) == ["1", "2"]
    with pytest.raises(ConfigurationError, match="no problem to learn from"):
        work.choose([replace(VIEW, public=()), STDIN_VIEW])


@pytest.mark.parametrize(
    ("case", "entry", "shown", "expected"),
    [
        (CallCase((1, "a"), [2]), Entry("function", "f"), "`f(1, 'a')`.", "`f(1, 'a')`, where [2] is right."),
        (
            StdinCase("1 2\n", "3\n"),
            Entry("stdin"),
            "this input:\n\n```\n1 2\n```",
            "this input:\n\n```\n1 2\n```\n\nwhere this is right:\n\n```\n3\n```",
        ),
        (
            CheckCase("def check(f):\n    assert f(1)\n"),
            Entry("function", "f"),
            None,
            "this test:\n\n```\ndef check(f):\n    assert f(1)\n```",
        ),
    ],
)
def test_hints_from_cases(case: Any, entry: Entry, shown: str | None, expected: str) -> None:
    plain = case_hint(entry, case, expected=False)
    assert (None if plain is None else plain["case"]) == shown
    assert case_hint(entry, case, expected=True) == {"case": expected}
    long = case_hint(Entry("function", "f"), CallCase(("x" * 900,), 1), expected=False)
    assert long is not None and len(long["case"]) < 450


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("The hint says to add.\n```python\n```", True),
        ("As shown by the given program, add.", True),
        ("The program above adds.", True),
        ("We are given a program of events; hints in the statement say sorted.", False),
        ("Add.\n```python\n# the given program\n```", False),
    ],
)
def test_what_speaks_of_a_hint(text: str, speaks: bool) -> None:
    assert speaks_of_hint(text) is speaks


@pytest.mark.parametrize("full", [False, True])
def test_the_groundwork_says_what_it_will_ask(full: bool) -> None:
    """At the low end all is solved at once, at the high end nothing ever is."""
    given: dict[str, OptionValue] = {"rounds": 2, "hint": "program"}

    def answer(path: str, draw: int, prompt: str) -> str:
        return "Add." if path.endswith("sketch") else reply("wrong" if full else "right")

    log = lay(answer, VIEWS[:3], **given)[0]
    planned = {
        call.step: call.count
        for call in planned_groundwork("star", resolve_options("star", None, given), VIEWS[:3], full=full)
    }
    asked = [step_of(key.rpartition("#")[0]) for key in log.calls]
    assert {step: planned.get(step, 0) for step in ("answer", "hinted", "sketch")} == {
        step: asked.count(step) for step in ("answer", "hinted", "sketch")
    }
