"""Repeated sampling, IdeaSearch, options and prompts."""

from __future__ import annotations

import asyncio
import json

import pytest

from cotbench.core.errors import ConfigurationError
from cotbench.core.problem import Entry, ProblemView
from cotbench.strategies import open_strategy, prompt_digests, resolve_options, strategy_entries
from cotbench.strategies.prompting import render
from tests.strategies.fake import STDIN_VIEW, VIEW, Log, collect

CODE = "```python\ndef add_one(x):\n    return x + 1\n```"


def test_repeated_makes_one_call_per_attempt_and_extends() -> None:
    few, many = Log(lambda path, draw, prompt: f"```python\nadd_one = {draw}\n```", 3), None
    many = Log(few.answer, 11)
    three = asyncio.run(collect(open_strategy("repeated", {}), few))
    eleven = asyncio.run(collect(open_strategy("repeated", {}), many))
    assert [attempt.code for attempt in eleven] == [f"add_one = {index}\n" for index in range(11)]
    assert three == eleven[:3]
    assert len(many.calls) == 11


def test_ideasearch_single_pairs_every_idea_with_one_program() -> None:
    log = Log(lambda path, draw, prompt: f"idea {draw}" if path == "idea" else CODE, 6)
    attempts = asyncio.run(collect(open_strategy("ideasearch", {}), log))
    assert len(attempts) == 6
    assert len(log.calls) == 12
    for index, attempt in enumerate(attempts):
        assert attempt.lineage[0].text == f"idea {index}"
        assert f"idea {index}" in log.conversations[attempt.calls[-1]][0].content
        assert attempt.calls == (f"idea#{index}", f"code{index}#0")


def test_ideasearch_list_makes_up_for_short_lists() -> None:
    def answer(path: str, draw: int, prompt: str) -> str:
        if path.startswith("list"):
            return json.dumps({"ideas": [f"{path} way {number}" for number in range(2)]})
        return CODE

    log = Log(answer, 5)
    attempts = asyncio.run(collect(open_strategy("ideasearch", {"ideas": "list", "ideas_per_list": 3}), log))
    assert [attempt.index for attempt in attempts] == list(range(5))
    assert len(log.calls) == 3 + 5
    assert log.notes == {"short idea list": 3}
    assert len({attempt.lineage[0].text for attempt in attempts}) == 5


@pytest.mark.parametrize("name", ["repeated", "cot", "ideasearch"])
def test_strategies_without_an_end_refuse_all(name: str) -> None:
    with pytest.raises(ConfigurationError, match="no natural end"):
        asyncio.run(collect(open_strategy(name, {}), Log(lambda path, draw, prompt: CODE, None)))


@pytest.mark.parametrize(
    ("name", "preset", "given", "message"),
    [
        ("plansaerch", None, {}, "did you mean plansearch"),
        ("plansearch", "papre", {}, "did you mean paper"),
        ("plansearch", None, {"observation": 3}, "did you mean observations"),
        ("plansearch", None, {"observations": "many"}, "whole number"),
        ("plansearch", None, {"observations": "2.5"}, "whole number"),
        ("plansearch", None, {"observations": 0}, "at least 1"),
        ("plansearch", None, {"critique": "perhaps"}, "true or false"),
        ("ideasearch", None, {"ideas": "several"}, "one of single, list"),
        ("repeated", None, {"x": 1}, "no option x"),
        ("repeated", None, {"shots": 1}, "one of 0, 2, not 1"),
        ("plansearch", "no_idea", {"critique": True}, "critique=true needs idea=true"),
        ("backtranslate", None, {"words": "10,10"}, "different whole numbers"),
        ("backtranslate", None, {"words": "10,"}, "different whole numbers"),
        ("backtranslate", None, {"source": "run"}, "do not go together"),
        ("backtranslate", None, {"from_run": "x"}, "do not go together"),
    ],
)
def test_bad_options_are_refused(name: str, preset: str | None, given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        resolve_options(name, preset, given)


def test_options_are_complete_and_presets_can_be_overridden() -> None:
    paper = resolve_options("plansearch", "paper", {"observations": "6", "pseudocode": "off"})
    assert paper == {
        "observations": 6,
        "subset_size": 2,
        "depth": 2,
        "critique": True,
        "pseudocode": False,
        "accumulate": False,
        "words": 0,
        "observe": "chain",
        "idea": True,
        "shots": 2,
    }


FOLLOW_UPS = {"plansteps/code.md", "fix.md", "chain_list.md", "chain_filter.md", "chain_format.md"}
"""Turns of a conversation that has begun with the problem."""


NO_QUESTIONS = {"templates.md", "feedback.md", "observed.md", "seeds.yaml", "plans.yaml"}
"""What questions are made of."""


def test_every_prompt_starts_with_the_same_problem_text() -> None:
    values = {"observations": ["o"], "words": 9, "count": 3, "ideas": 2, "idea": "i", "plan": "p", "program": "x"}
    values |= {"told": "t", "feedback": "f", "whole": True, "explain": False}
    values |= {"role": "r", "seeds": "s", "steps": ["t"], "procedure": "q", "case": "c", "sketch": ""}
    for entry in strategy_entries():
        for name in prompt_digests(entry.name):
            folder, file = name.split("/")
            if folder in ("shared", "examples") or {file, name} & FOLLOW_UPS or file in NO_QUESTIONS:
                continue
            for view in (VIEW, STDIN_VIEW):
                for plan in ("p", None):
                    text = render(f"{folder}/{file.removesuffix('.md')}", view, **{**values, "plan": plan})
                    assert text.startswith(view.statement), name
                    assert "{{" not in text and "\n\n\n" not in text, text


def test_a_function_given_as_code_is_shown_once() -> None:
    source = 'def f(x):\n    """Add one."""\n'
    view = ProblemView("h", source, Entry("function", "f"), source, ())
    text = render("repeated/code", view)
    assert text.count("Add one.") == 1
    assert text.startswith("Complete this Python function:")


def test_a_method_is_asked_for_as_a_class() -> None:
    starter = "class Solution:\n    def pick(self, nums: List[int]) -> int:\n        "
    view = ProblemView("h", "Pick one.", Entry("function", "pick"), starter, ())
    text = render("repeated/code", view)
    assert "    def pick(self, nums: List[int]) -> int:\n```" in text
    assert "class `Solution` with its method `pick`" in text
    assert "complete Python function" not in text
