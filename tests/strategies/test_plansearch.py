"""PlanSearch's tree against the counts that follow from its definition."""

from __future__ import annotations

import asyncio
import json
from math import comb

import pytest

from cotbench.strategies import open_strategy, resolve_options
from cotbench.strategies.plansearch import PlanSearch
from cotbench.strategies.plansearch_options import PlanSearchOptions
from tests.strategies.fake import REFUSED, STDIN_VIEW, VIEW, Answer, Log, collect

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


COUNTS = [(4, 4, 121, 895), (4, 5, 176, 1280), (5, 3, 112, 852), (5, 4, 176, 1300), (6, 4, 242, 1786)]
"""n1, n2, plans and calls of the published procedure, as the formulae give them."""


def chained(first: int, further: int) -> Answer:
    """Reply to the turns of a chain; lists differ from node to node."""

    def answer(path: str, draw: int, prompt: str) -> str:
        if path.endswith("observe/format"):
            count = first if path == "root/observe/format" else further
            return f"```python\n{[f'{path} says {number}' for number in range(count)]!r}\n```"
        return CODE if path.endswith("/code") else f"thought at {path}"

    return answer


@pytest.mark.parametrize(("first", "further", "plans", "calls"), COUNTS)
@pytest.mark.parametrize("preset", ["paper", "paper-text"])
def test_paper_preset_has_the_published_counts(first: int, further: int, plans: int, calls: int, preset: str) -> None:
    log = Log(chained(first, further), None)
    attempts = asyncio.run(collect(open_strategy("plansearch", resolve_options("plansearch", preset, {})), log))
    layer_one, distinct = nodes(first, further)
    assert distinct == plans
    assert len(attempts) == 2 * plans
    assert [attempt.index for attempt in attempts] == list(range(2 * plans))
    assert len(log.calls) == calls == 4 * (1 + layer_one) + 7 * plans
    assert {call for attempt in attempts for call in attempt.calls} == set(log.calls)
    # Chain, idea, critique and fix are by the idea model; two pseudocodes and two programs per plan by the code model.
    assert sum(author == "idea" for author in log.authors.values()) == 4 * (1 + layer_one) + 3 * plans
    assert not log.notes


@pytest.mark.parametrize(("first", "further", "plans", "calls"), COUNTS[:1])
@pytest.mark.parametrize("accumulate", [True, False])
def test_one_structured_call_in_place_of_the_chain(
    first: int, further: int, plans: int, calls: int, accumulate: bool
) -> None:
    log = Log(answers(first, further), None)
    given = {"accumulate": accumulate, "observe": "structured"}
    attempts = asyncio.run(collect(open_strategy("plansearch", resolve_options("plansearch", "paper", given)), log))
    assert len(attempts) == 2 * plans
    assert len(log.calls) == calls - 3 * (1 + nodes(first, further)[0])


@pytest.mark.parametrize(
    ("preset", "programs", "per_plan"), [("no_critique", 121, 3), ("no_pseudocode", 242, 5), ("no_idea", 121, 1)]
)
def test_ablations_drop_one_step_and_keep_the_tree(preset: str, programs: int, per_plan: int) -> None:
    log = Log(chained(4, 4), None)
    attempts = asyncio.run(collect(open_strategy("plansearch", resolve_options("plansearch", preset, {})), log))
    assert len(attempts) == programs
    assert len(log.calls) == 4 * 12 + per_plan * 121


@pytest.mark.parametrize(
    ("size", "depth", "programs"),
    [(1, 2, 4 * 4), (3, 2, 8 * 8), (2, 1, 7), (2, 3, 7 + 7 * 6 + 7 * 6 * 6)],
)
def test_subset_size_and_depth_shape_the_tree(size: int, depth: int, programs: int) -> None:
    """With 3 observations everywhere a node has C(3,0) + … + C(3,size) children, the empty one being itself again."""
    log = Log(chained(3, 3), None)
    given = {"subset_size": size, "depth": depth, "accumulate": True}
    options = resolve_options("plansearch", "no_idea", given)
    assert len(asyncio.run(collect(open_strategy("plansearch", options), log))) == programs


def test_a_second_layer_plan_is_shown_its_own_observations_or_all_of_them() -> None:
    shown: dict[str, set[int]] = {}
    for preset in ("paper", "paper-text"):
        log = Log(chained(2, 2), None)
        attempts = asyncio.run(collect(open_strategy("plansearch", resolve_options("plansearch", preset, {})), log))
        for attempt in attempts:
            observations = [step for step in attempt.lineage if step.kind == "observation"]
            idea = next(step for step in attempt.lineage if step.kind == "idea")
            question = log.conversations[idea.call][0].content
            assert all(step.text in question for step in observations)
            assert question.count(" says ") == len(observations)
        shown[preset] = {sum(step.kind == "observation" for step in attempt.lineage) for attempt in attempts}
    assert shown == {"paper": {0, 1, 2}, "paper-text": {0, 1, 2, 3, 4}}


def test_the_chain_is_one_conversation_and_only_its_list_is_asked_for_again() -> None:
    def answer(path: str, draw: int, prompt: str) -> str:
        if path.endswith("format"):
            return '["only"]' if draw == 2 else "no list"
        return CODE if path.endswith("/code") else f"reply of {path}"

    log = Log(answer, 1)
    options = resolve_options("plansearch", "paper", {"depth": 1})
    (attempt,) = asyncio.run(collect(open_strategy("plansearch", options), log))
    chain = [f"root/observe/{turn}" for turn in ("find#0", "list#0", "filter#0", "format#0", "format#1", "format#2")]
    assert list(attempt.calls[:6]) == chain
    assert [log.temperatures[call] for call in chain] == [None, None, None, 0.0, 0.2, 0.4]
    roles = [message.role for message in log.conversations[chain[-1]]]
    assert roles == ["user", "assistant"] * 3 + ["user"]
    said = [message.content for message in log.conversations[chain[-1]] if message.role == "assistant"]
    assert said == [f"reply of root/observe/{turn}" for turn in ("find", "list", "filter")]
    assert log.conversations[chain[3]] == log.conversations[chain[5]]
    assert log.notes == {"observations unparsable": 2}


def test_a_chain_that_breaks_off_is_counted_and_its_node_has_no_observations() -> None:
    log = Log(lambda path, draw, prompt: "" if path.endswith("list") else CODE, None)
    options = resolve_options("plansearch", "no_idea", {"depth": 1})
    (attempt,) = asyncio.run(collect(open_strategy("plansearch", options), log))
    assert log.notes == {"empty observations: list": 1, "observations missing": 1, "node without observations": 1}
    assert attempt.calls == ("root/observe/find#0", "root/observe/list#0", "root-none/code#0")


def test_refused_steps_are_counted_by_their_name() -> None:
    refusing = ("observe/format", "idea", "critique", "fix", "pseudocode")
    log = Log(lambda path, draw, prompt: REFUSED if path.endswith(refusing) else CODE, 2)
    options = resolve_options("plansearch", "paper", {"depth": 1})
    assert len(asyncio.run(collect(open_strategy("plansearch", options), log))) == 2
    steps = {"idea": 1, "critique": 1, "fix": 1, "pseudocode": 2, "observations": 3}
    noted = {f"{step} refused": count for step, count in steps.items()}
    assert log.notes == {**noted, "observations missing": 1, "node without observations": 1}


def test_a_list_that_runs_away_is_cut_and_counted() -> None:
    log = Log(chained(50, 0), None)
    options = resolve_options("plansearch", "no_idea", {"depth": 1, "observations": 3})
    assert len(asyncio.run(collect(open_strategy("plansearch", options), log))) == 7
    assert log.notes == {"observations: more than 3, the rest dropped": 1}


def test_the_second_layer_is_asked_in_three_wordings() -> None:
    log = Log(chained(2, 1), None)
    options = resolve_options("plansearch", "no_idea", {})
    asyncio.run(collect(open_strategy("plansearch", options), log))
    asked = {key: log.conversations[key][0].content for key in log.calls if key.endswith("observe/find#0")}
    assert "Number them from 1 to 10" in asked.pop("root/observe/find#0")
    wordings = ("observations about it that most people", "that follow from it.", "that follow from these taken")
    for key, question in asked.items():
        known = 0 if "none" in key else 2 if "_" in key else 1
        assert [wording in question for wording in wordings] == [number == known for number in range(3)], key
        assert question.count(" says ") == known


def test_only_the_code_call_has_examples() -> None:
    log = Log(chained(1, 0), None)
    asyncio.run(collect(open_strategy("plansearch", resolve_options("plansearch", "paper", {"depth": 1})), log))
    for key, conversation in log.conversations.items():
        own = conversation[4:] if key.endswith("/code#0") else conversation
        assert own[0].content.startswith(VIEW.statement), key
        assert len(conversation) == 5 or not key.endswith("/code#0")


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
