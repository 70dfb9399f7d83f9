"""PlanSearch's tree against the counts that follow from its definition."""

from __future__ import annotations

import asyncio
import json
from math import comb

import pytest

from cotbench.strategies import open_strategy, resolve_options
from cotbench.strategies.plansearch import PlanSearch, PlanSearchOptions
from tests.strategies.fake import STDIN_VIEW, Answer, Log, collect

CODE = "```python\ndef add_one(x):\n    return x + 1\n```"


def answers(first: int, further: int) -> Answer:
    """Reply with `first` observations at the root, `further` below, and with text or code elsewhere."""

    def answer(path: str, draw: int, prompt: str) -> str:
        if path.endswith("observe"):
            count = first if path == "root/observe" else further
            return json.dumps({"observations": [f"{path} says {number}" for number in range(count)]})
        return CODE if path.endswith("code") and not path.endswith("pseudocode") else f"thought at {path}"

    return answer


def nodes(first: int, further: int, size: int = 2) -> tuple[int, int]:
    def subsets(count: int) -> int:
        return sum(comb(count, chosen) for chosen in range(size + 1))

    layer_one = subsets(first)
    return layer_one, layer_one + layer_one * (subsets(further) - 1)


@pytest.mark.parametrize(
    ("first", "further", "plans"), [(4, 4, 121), (4, 5, 176), (5, 3, 112), (5, 4, 176), (6, 4, 242)]
)
@pytest.mark.parametrize("accumulate", [True, False])
def test_paper_preset_has_the_published_counts(first: int, further: int, plans: int, accumulate: bool) -> None:
    log = Log(answers(first, further), None)
    strategy = open_strategy("plansearch", resolve_options("plansearch", "paper", {"accumulate": accumulate}))
    attempts = asyncio.run(collect(strategy, log))
    layer_one, distinct = nodes(first, further)
    assert distinct == plans
    assert len(attempts) == 2 * plans
    assert [attempt.index for attempt in attempts] == list(range(2 * plans))
    # One structured call per observation node, then idea, critique, fix, 2 pseudocodes and 2 programs per plan.
    assert len(log.calls) == 1 + layer_one + 7 * plans
    used = {call for attempt in attempts for call in attempt.calls}
    assert used == set(log.calls) - {key for key in log.calls if key.endswith("critique#0") and key not in used}
    assert sum(author == "idea" for author in log.authors.values()) == 1 + layer_one + 3 * plans


def test_default_preset_takes_a_cheap_prefix_of_the_tree() -> None:
    few = Log(answers(4, 4), 4)
    many = Log(answers(4, 4), 9)
    strategy = open_strategy("plansearch", {})
    four, nine = asyncio.run(collect(strategy, few)), asyncio.run(collect(strategy, many))
    assert len(four) == 4
    assert four == nine[:4]
    assert len(few.calls) == 1 + 2 * 4
    assert set(few.calls) < set(many.calls)


def test_lineage_names_observations_idea_and_code() -> None:
    log = Log(answers(2, 0), None)
    attempts = asyncio.run(collect(PlanSearch(PlanSearchOptions(observations=2)), log))
    kinds = sorted(tuple(step.kind for step in attempt.lineage) for attempt in attempts)
    assert kinds == [
        ("idea", "code"),
        ("observation", "idea", "code"),
        ("observation", "idea", "code"),
        ("observation", "observation", "idea", "code"),
    ]
    for attempt in attempts:
        assert attempt.code == "def add_one(x):\n    return x + 1\n"
        assert attempt.calls[0] == "root/observe#0", "the shared call is part of every attempt's cost"
        idea_prompt = log.conversations[attempt.calls[1]][0].content
        for step in attempt.lineage:
            if step.kind == "observation":
                assert step.text in idea_prompt


def test_critique_fixes_in_the_same_conversation() -> None:
    log = Log(answers(1, 0), 2)
    plain, fixed = asyncio.run(collect(PlanSearch(PlanSearchOptions(observations=1, critique=True)), log))
    assert [step.kind for step in fixed.lineage if step.kind != "observation"] == ["idea", "critique", "idea", "code"]
    conversation = log.conversations[fixed.lineage[-2].call]
    assert [message.role for message in conversation] == ["user", "assistant", "user"]
    assert plain.lineage[-2].text in conversation[0].content
    assert fixed.lineage[-2].text in log.conversations[fixed.lineage[-1].call][0].content


def test_an_odd_number_of_attempts_drops_only_the_last_fix() -> None:
    log = Log(answers(2, 0), 3)
    attempts = asyncio.run(collect(PlanSearch(PlanSearchOptions(observations=2, critique=True)), log))
    assert [attempt.index for attempt in attempts] == [0, 1, 2]


def test_a_tree_that_is_too_small_is_drawn_from_again() -> None:
    log = Log(lambda path, draw, prompt: CODE if path.endswith("code") else "nothing to list", 3)
    attempts = asyncio.run(collect(open_strategy("plansearch", {}), log))
    assert [attempt.index for attempt in attempts] == [0, 1, 2]
    assert log.notes["node without observations"] == 1
    assert log.notes["observations unparsable"] == 3
    assert log.notes["tree drawn from again"] == 2
    assert len({attempt.calls[-1] for attempt in attempts}) == 3


def test_a_reply_without_a_program_is_an_attempt_without_code() -> None:
    log = Log(lambda path, draw, prompt: '["a"]' if path.endswith("observe") else "I cannot.", None)
    attempts = asyncio.run(collect(PlanSearch(PlanSearchOptions(observations=1)), log, STDIN_VIEW))
    assert [attempt.code for attempt in attempts] == [None, None]
    assert log.notes["no program in reply"] == 2
