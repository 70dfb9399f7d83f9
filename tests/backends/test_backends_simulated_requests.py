"""What the simulated model understands: every kind of request, in words that no strategy uses, and in those they do."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest

from cotbench.backends.simulated.asking import Asked, understand
from cotbench.backends.simulated.backend import SimulatedBackend
from cotbench.backends.simulated.marks import read_marks
from cotbench.core.message import Message, Request, Sampling, Schema, assistant, user
from cotbench.core.program import extract_program
from cotbench.latent.problems import latent_problem
from cotbench.strategies.listing import list_schema
from cotbench.strategies.prompting import prompt, render
from tests.latent.unit import problems

PROBLEM = problems("latent?problems=8")[7]
LATENT = latent_problem(1, 7)
VIEW = PROBLEM.view()
SHOWN = render("shared/problem", VIEW)
IDEA, OTHER = "[idea 3 of latent/1/007]", "[idea 5 of latent/1/007]"
HINT = "[hint 2 of latent/1/007]"
FLAW = "[flaw of idea 3 of latent/1/007]"
BAD = "```python\ndef latent_1_007(x):\n    # [program 3.1.0 of latent/1/007]\n    return 0\n```"
GOOD = BAD.replace("3.1.0", "4.0.2")
STOP = ("```",)


def read(*messages: str | Message, stop: Sequence[str] = (), schema: Schema | None = None, ideas: int = 6) -> Asked:
    turns = tuple(user(message) if isinstance(message, str) else message for message in messages)
    return understand(Request(turns, Sampling(), schema, tuple(stop)), ideas)


@pytest.mark.parametrize(
    ("template", "values", "stop", "wanted"),
    [
        ("repeated/code", {}, (), "program"),
        ("ideasearch/idea", {"words": 60}, STOP, "thought"),
        ("ideasearch/code", {"idea": IDEA}, (), "program"),
        ("plansearch/idea", {"observations": [HINT], "words": 0}, STOP, "thought"),
        ("plansearch/criticise", {"idea": IDEA, "words": 60}, STOP, "flaw"),
        ("plansearch/pseudocode", {"plan": IDEA}, (), "thought"),
        ("plansearch/code", {"plan": IDEA}, (), "program"),
        ("plansearch/observe", {"count": 3}, (), "structure"),
        ("ideasearch/list", {"ideas": 5, "words": 0}, (), "structure"),
    ],
)
def test_the_prompts_of_the_strategies(
    template: str, values: dict[str, object], stop: tuple[str, ...], wanted: str
) -> None:
    asked = read(*prompt(template, VIEW, **values), stop=stop)
    assert (asked.problem, asked.wanted) == (LATENT, wanted)
    quoted = " ".join(map(str, values.values()))
    assert [mark.idea for mark in asked.marks] == [mark.idea for mark in read_marks(quoted, "latent/1/007")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Sketch an approach in one sentence.", "thought"),
        ("You are a mathematician. What would you try here?", "thought"),
        ("Answer with a ```python block.", "program"),
        ("Give the complete program.", "program"),
        (f"{BAD}\nIt failed: assert latent_1_007(3) == 9. Write the complete function again.", "program"),
        ("Write five assert statements that a right program passes, in one ```python block.", "asserts"),
        ("List three ideas as JSON.", "structure"),
        ("Rephrase the problem so that nothing is lost.", "statement"),
        ("Tell the problem in your own words.", "statement"),
        ("Restate the problem in your own words, then describe a way to solve it.", "thought"),
        ("Restate the problem to yourself, then write the complete function.", "program"),
        (f"{BAD}\nRewrite the program in a ```python block.", "program"),
        (f"{IDEA}\n{OTHER}\nIs this the same idea? Answer yes or no.", "verdict"),
        (f"{BAD}\nIs it right? Reply CORRECT or INCORRECT.", "verdict"),
        (f"{BAD}\n{GOOD}\nWhich is better? Answer A or B.", "choice"),
        (f"{BAD}\nExplain in 1 or 2 sentences what it does.", "thought"),
        (f"{BAD}\nThis program fails. Explain its mistake.", "flaw"),
        (f"{IDEA}\nCriticise this plan.", "flaw"),
        (f"{IDEA}\nScore this idea from 0 to 10.", "score"),
    ],
)
def test_other_words(text: str, wanted: str) -> None:
    assert read(f"{SHOWN}\n\n{text}").wanted == wanted


def test_a_schema_or_a_stop_says_what_is_wanted_whatever_the_words() -> None:
    code = f"{SHOWN}\n\nWrite the complete function in a ```python block."
    assert read(code, schema=list_schema("ideas", 3)).wanted == "structure"
    assert read(code, stop=STOP).wanted == "thought"


def test_a_later_turn_builds_on_earlier_ones() -> None:
    turns = (f"{SHOWN}\n{IDEA}\nWhat is wrong with it?", assistant(f"{FLAW} It fails."), "How do you avoid that?")
    asked = read(*turns, stop=STOP)
    assert (asked.problem, asked.wanted, asked.excluded) == (LATENT, "thought", {3})


def test_something_different_leaves_out_what_is_there() -> None:
    asked = read(f"{SHOWN}\n{IDEA}\n{OTHER}\nFind another way than these.", stop=STOP)
    assert (asked.wanted, asked.excluded) == ("thought", {3, 5})
    assert read(f"{SHOWN}\n{HINT}\nFind another observation.").excluded == set()
    after_failure = read(f"{SHOWN}\n{BAD}\nThis failed on x = 3. Write a short plan for a program that does not.")
    assert (after_failure.wanted, after_failure.excluded) == ("thought", {3})


def test_worked_examples_of_other_problems_do_not_count() -> None:
    example = "Problem latent/1/002. [idea 1 of latent/1/002] is how.\n\n"
    asked = read(f"{example}{SHOWN}\nWhat now?", stop=STOP)
    assert (asked.problem, asked.marks) == (LATENT, ())


def test_marks_of_a_model_with_more_ideas_mean_nothing() -> None:
    assert read(f"{SHOWN}\n[idea 9 of latent/1/007]\nIn a ```python block.").marks == ()


# What is answered: a model without chance, so that each reply is known. Idea 1 … 6 have success rate 1.
SURE = SimulatedBackend("sim/latent?rate=1&judge=1&switch=1")
PARTIAL = SimulatedBackend("sim/latent?rate=0&judge=1&accept=0&faults=1&switch=0")


async def answer(
    text: str, *, model: SimulatedBackend = SURE, stop: Sequence[str] = (), schema: Schema | None = None, draw: int = 0
) -> str:
    request = Request((user(f"{SHOWN}\n\n{text}"),), Sampling(), schema, tuple(stop), f"draw {draw}")
    (completion,) = await model.complete(request, 1)
    return completion.text


def ask(text: str, **how: object) -> str:
    import asyncio

    return asyncio.run(answer(text, **how))  # type: ignore[arg-type]


def marks(text: str) -> list[tuple[str, int]]:
    return [(mark.kind, mark.idea) for mark in read_marks(text, "latent/1/007")]


def test_a_program_follows_its_idea_and_is_read_as_one() -> None:
    for model, fault in ((SURE, 0), (PARTIAL, 1)):
        for draw in range(5):
            text = ask(f"{IDEA} Write the complete function.", model=model, draw=draw)
            code = extract_program(text, wanted="latent_1_007")
            assert code is not None
            (mark,) = read_marks(code, "latent/1/007")
            assert mark.made is not None
            assert (mark.idea, mark.made.fault) == (3, fault)


def test_repairs_turn_to_another_idea_or_keep_it() -> None:
    repair = f"{BAD}\nlatent_1_007(3) gave 0. Write the complete function."
    assert 3 not in {marks(ask(repair, draw=draw))[0][1] for draw in range(20)}
    assert {marks(ask(repair, draw=draw, model=PARTIAL))[0][1] for draw in range(5)} == {3}


def test_thoughts_carry_marks_on() -> None:
    assert marks(ask(f"{IDEA} Turn this into pseudocode.")) == [("idea", 3)]
    assert marks(ask(f"{GOOD} Describe how it works, without any code.")) == [("idea", 4)]
    assert marks(ask(f"{IDEA} Suppose this is wrong; say why.", stop=STOP)) == [("flaw", 3)]
    different = {marks(ask(f"{IDEA} Think of a different way.", stop=STOP, draw=draw))[0] for draw in range(30)}
    assert {kind for kind, _ in different} == {"idea"}
    assert 3 not in {idea for _, idea in different}


def test_lists_hold_different_ideas_and_new_observations() -> None:
    ideas = json.loads(ask("", schema=list_schema("ideas", 4, exact=True)))["ideas"]
    assert len({marks(text)[0] for text in ideas}) == len(ideas) == 4
    seen = json.loads(ask(f"Known: {HINT}", schema=list_schema("observations", 9)))["observations"]
    assert sorted(marks(text)[0] for text in seen) == [("hint", idea) for idea in (1, 3, 4, 5, 6)]
    assert len(json.loads(ask('List 2 ways. JSON like {"ways": ["a", "b"]}.'))["ways"]) == 2


def test_any_schema_is_filled() -> None:
    case = {"type": "object", "properties": {"arguments": {"type": "array"}, "expected": {"type": "integer"}}}
    idea = {"type": "object", "properties": {"text": {"type": "string"}, "probability": {"type": "number"}}}
    shape = {
        "type": "object",
        "properties": {
            "ideas": {"type": "array", "items": idea, "maxItems": 6},
            "tests": {"type": "array", "items": case, "maxItems": 3},
            "asserts": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
            "same": {"type": "boolean"},
            "winner": {"enum": ["A", "B"]},
            "verdict": {"enum": ["yes", "no"]},
            "code": {"type": "string"},
            "score": {"type": "integer", "minimum": 1, "maximum": 15},
        },
    }
    filled = json.loads(ask(f"{BAD}\n{GOOD}", schema=Schema("all", json.dumps(shape))))
    assert sum(item["probability"] for item in filled["ideas"]) == pytest.approx(1, abs=1e-3)
    assert len({marks(item["text"])[0] for item in filled["ideas"]}) == 6
    assert all(item["expected"] == LATENT.right(*item["arguments"]) for item in filled["tests"])
    pattern = re.compile(r"assert latent_1_007\((\d+)\) == (\d+)")
    for line in filled["asserts"]:
        match = pattern.fullmatch(line)
        assert match is not None
        assert LATENT.right(int(match[1])) == int(match[2])
    assert (filled["same"], filled["winner"], filled["verdict"], filled["score"]) == (False, "B", "no", 15)
    assert "def latent_1_007" in filled["code"]


def test_judgements() -> None:
    assert ask(f"{IDEA}\n{OTHER}\nSame or different?") == "different"
    assert ask(f"{IDEA}\n{IDEA}\nSAME or DIFFERENT?") == "SAME"
    assert ask(f"{GOOD}\nIs this right, yes or no?") == "yes"
    assert ask(f"{BAD}\nIs this right, no or yes?") == "no"
    assert ask(f"{BAD}\n{GOOD}\nWhich one is right, 1 or 2?") == "2"
    assert ask(f"{GOOD}\n{BAD}\nWhich one is right: the first or the second?") == "first"
    assert ask(f"{GOOD}\nRate this program from 2 to 9.") == "9"
    assert ask(f"{BAD}\nA score between 2 and 9, please.") == "2"


def test_tests_and_a_statement() -> None:
    lines = extract_program(ask("Write assert statements in a ```python block.")) or ""
    assert len(lines.splitlines()) == 5
    assert all(line.startswith("assert latent_1_007(") for line in lines.splitlines())
    rewritten = ask("Paraphrase this task.", stop=STOP)
    assert read(f"{rewritten}\n\nWrite the complete function.").problem == LATENT
    assert marks(rewritten) == []
    versions = json.loads(ask("", schema=list_schema("rewritings", 9)))["rewritings"]
    assert len(set(versions)) == 9
    assert all(read(version).problem == LATENT and not marks(version) for version in versions)


def test_unreadable_replies() -> None:
    garbling = SimulatedBackend("sim/latent?garble=1")
    assert extract_program(ask("Write the complete function.", model=garbling), wanted="latent_1_007") is None
    with pytest.raises(ValueError):
        json.loads(ask("", model=garbling, schema=list_schema("ideas", 4)))
