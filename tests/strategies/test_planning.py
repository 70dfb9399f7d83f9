"""Call models say beforehand what a search really asks, and a search that is extended asks only what is new."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter

import pytest

from cotbench.core.spec import OptionValue
from cotbench.strategies import open_strategy, planned_calls, resolve_options, strategy_entries
from cotbench.strategies.planning import step_of

from .fake import STDIN_VIEW, VIEW, Log, collect

ONE_CALL: dict[str, OptionValue] = {"observe": "structured"}
"""The paper's tree with lists whose length is asked for; `test_call_models` has the chain."""

CASES: list[tuple[str, str | None, dict[str, OptionValue], int | None]] = [
    *(("repeated", None, {}, attempts) for attempts in (1, 4, 11)),
    *(("ideasearch", None, {}, attempts) for attempts in (1, 4, 11)),
    *(("ideasearch", None, {"ideas": "list", "ideas_per_list": size}, 11) for size in (3, 5, 11, 20)),
    *(("plansearch", None, {}, attempts) for attempts in (1, 3, 7, 8, 30, None)),
    *(("plansearch", "paper", ONE_CALL, attempts) for attempts in (1, 2, 111, 112, 113, 200)),
    *(("plansearch", "paper", {**ONE_CALL, "observations": 4, "accumulate": value}, None) for value in (True, False)),
    ("plansearch", "paper", {**ONE_CALL, "observations": 2, "subset_size": 1, "depth": 3}, None),
    ("plansearch", "paper", {**ONE_CALL, "observations": 2}, 301),
    ("plansearch", None, {"subset_size": 0, "depth": 2}, None),
    ("plansearch", None, {"pseudocode": True}, 9),
    ("plansearch", None, {"critique": True}, 9),
]


def answer(path: str, draw: int, prompt: str) -> str:
    """Return lists as long as they are asked for, no two texts of a search alike, and programs for all else."""
    wanted = re.search(r"(?:[Ff]ind|at most|List|list|exactly)\D{0,20}(\d+)", prompt)
    texts = [f"{path}#{draw} text {number}" for number in range(int(wanted.group(1)) if wanted else 0)]
    if '"observations"' in prompt:
        return json.dumps({"observations": texts})
    if '"ideas"' in prompt:
        return json.dumps({"ideas": texts})
    return "```python\ndef add_one(x):\n    return x + 1\n```"


def asked(name: str, options: dict[str, OptionValue], attempts: int | None) -> Log:
    log = Log(answer, attempts)
    asyncio.run(collect(open_strategy(name, options), log))
    return log


@pytest.mark.parametrize(("name", "preset", "given", "attempts"), CASES)
def test_the_calls_are_those_of_a_run(
    name: str, preset: str | None, given: dict[str, OptionValue], attempts: int | None
) -> None:
    options = resolve_options(name, preset, given)
    planned: Counter[str] = Counter()
    for call in planned_calls(name, options, VIEW, attempts, full=True) or ():
        planned[call.step] += call.count
    assert planned == Counter(step_of(key.rpartition("#")[0]) for key in asked(name, options, attempts).calls)


@pytest.mark.parametrize(
    ("name", "preset", "given"),
    [
        ("repeated", None, {}),
        ("ideasearch", None, {}),
        ("ideasearch", None, {"ideas": "list"}),
        ("plansearch", None, {}),
        ("plansearch", "paper", {**ONE_CALL, "observations": 3}),
    ],
)
@pytest.mark.parametrize(("fewer", "more"), [(2, 5), (5, 20), (20, 50)])
def test_an_extended_search_asks_the_same_and_then_the_difference(
    name: str, preset: str | None, given: dict[str, OptionValue], fewer: int, more: int
) -> None:
    options = resolve_options(name, preset, given)
    first, second = asked(name, options, fewer), asked(name, options, more)
    assert first.conversations.items() <= second.conversations.items()
    paid = len(second.calls) - len(first.calls)
    plans = [planned_calls(name, options, VIEW, attempts, full=True) for attempts in (fewer, more)]
    assert paid == sum(call.count for call in plans[1] or ()) - sum(call.count for call in plans[0] or ())
    if name == "repeated":
        assert paid == more - fewer


def test_prompts_are_those_of_the_problem() -> None:
    for entry in strategy_entries():
        options = resolve_options(entry.name, None, {})
        for view in (VIEW, STDIN_VIEW):
            for call in planned_calls(entry.name, options, view, 8, full=True) or ():
                said = "".join(message.content for message in call.messages)
                assert view.statement in said, f"{entry.name}: {call.step}"
                assert call.limit is None or call.expected <= call.limit


def test_lists_are_shorter_at_the_low_end() -> None:
    options = resolve_options("plansearch", "paper", ONE_CALL)

    def programs(full: bool) -> int:
        return sum(
            call.count for call in planned_calls("plansearch", options, VIEW, None, full=full) if call.step == "code"
        )

    # One layer of 1 + 10 + 45 nodes; each of them has 10 new nodes of 4 observations, or 55 of 10; two programs each.
    assert (programs(False), programs(True)) == (2 * 56 * 11, 2 * 56 * 56)


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("", "code"),
        ("code12", "code"),
        ("list0", "list"),
        ("idea", "idea"),
        ("root/observe", "observe"),
        ("root-0_1/fixed/pseudocode", "pseudocode"),
    ],
)
def test_steps_are_read_from_paths(path: str, step: str) -> None:
    assert step_of(path) == step
