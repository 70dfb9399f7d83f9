"""Plans of numbered steps: programs of whole plans, and programs that branch off after every step."""

from __future__ import annotations

import asyncio
from collections import Counter

from cotbench.core.attempt import Attempt
from cotbench.core.spec import OptionValue
from cotbench.strategies import open_strategy, resolve_options
from cotbench.strategies.plansteps import _plans
from cotbench.strategies.shots import bank
from tests.strategies.fake import STDIN_VIEW, VIEW, Answer, Log, collect

FENCED = "```python\ndef add_one(x):\n    return x + 1\n```"
PLANS = ("1. Take x.\n2. Add one.", "Just add.", "1. a\n2. b\n3. c\n4. d")


def answer(path: str, draw: int, prompt: str) -> str:
    last = path.rsplit("/", 1)[-1]
    if last.startswith("plan"):
        return PLANS[draw if last == "plan" else int(last[4:])]
    return FENCED


def run(attempts: int | None, reply: Answer = answer, **given: OptionValue) -> tuple[Log, list[Attempt]]:
    log = Log(reply, attempts)
    return log, asyncio.run(collect(open_strategy("plansteps", resolve_options("plansteps", None, given)), log))


def test_the_program_follows_its_plan_in_the_same_conversation() -> None:
    log, attempts = run(None)
    assert [attempt.index for attempt in attempts] == [0, 1, 2]
    for number, attempt in enumerate(attempts):
        *steps, code = attempt.lineage
        conversation = log.conversations[code.call]
        assert [message.role for message in conversation] == ["user", "assistant", "user"]
        assert conversation[0].content.startswith(VIEW.statement) and conversation[1].content == PLANS[number]
        assert [step.label for step in steps] == [f"plan{number}.{place}" for place in range(1, len(steps) + 1)]
        assert attempt.calls == (f"plan{number}#0", f"code{number}#0")
    assert [step.text for step in attempts[0].lineage[:-1]] == ["Take x.", "Add one."]
    assert [step.text for step in attempts[1].lineage[:-1]] == ["Just add."]
    assert log.notes == {"plan without steps": 1}


def test_programs_branch_off_after_every_step() -> None:
    log, attempts = run(None, branches=3, steps=3)
    # Prefixes of 0, 1, 2 steps of the first plan, 0 and 1 of the second, 0 to 3 of the third, which was cut.
    expected = [f"plan0.{n}" for n in range(3)] + [f"plan1.{n}" for n in range(2)] + [f"plan2.{n}" for n in range(4)]
    assert [attempt.index for attempt in attempts] == list(range(3 * len(expected)))
    for attempt in attempts:
        *steps, code = attempt.lineage
        plan, length = expected[attempt.index % len(expected)].split(".")
        assert [step.label for step in steps] == [f"{plan}.{place}" for place in range(1, int(length) + 1)]
        shown = log.conversations[code.call][0].content
        assert all(f"{place}. {step.text}" in shown for place, step in enumerate(steps, start=1))
        assert attempt.calls == (f"plan#{plan[-1]}", code.call)
    assert log.notes == {"plan without steps": 1, "plan longer than asked for": 1}
    fewer = run(11, branches=3, steps=3)[1]
    assert [attempt.lineage for attempt in fewer] == [attempt.lineage for attempt in attempts[:11]]


def test_failed_plans_are_counted_and_still_become_programs() -> None:
    log, attempts = run(2, lambda path, draw, prompt: FENCED if path.startswith("code") else " ")
    assert [[step.kind for step in attempt.lineage] for attempt in attempts] == [["code"], ["code"]]
    assert log.notes == Counter({"empty plan": 2})


def test_examples_show_a_plan_and_then_its_program() -> None:
    log, _ = run(1, shots=2)
    conversation = log.conversations["code0#0"]
    assert [message.role for message in conversation] == ["user", "assistant"] * 5 + ["user"]
    for place, example in enumerate(bank("function")):
        turns = conversation[4 * place : 4 * place + 4]
        assert example.view.statement in turns[0].content and turns[1].content.startswith("1. ")
        assert turns[3].content == example.answer("program")
    for view in (VIEW, STDIN_VIEW):
        assert len(_plans(view.entry.kind)) == len(bank(view.entry.kind))
