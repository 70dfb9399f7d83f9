"""Diverse prompts: roles that take turns, words picked by chance, ideas drawn by the probabilities stated for them."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter

import pytest

from cotbench.core.attempt import Attempt
from cotbench.core.errors import ConfigurationError
from cotbench.core.spec import OptionValue
from cotbench.strategies import open_strategy, resolve_options
from cotbench.strategies.diverse import seed_texts
from cotbench.strategies.verbalized import Weighted, decimal, drawn, parse_weighted
from tests.strategies.fake import REFUSED, Answer, Log, collect

FENCED = "```python\ndef add_one(x):\n    return x + 1\n```"


def run(attempts: int, answer: Answer, **given: OptionValue) -> tuple[Log, list[Attempt]]:
    log = Log(answer, attempts)
    return log, asyncio.run(collect(open_strategy("diverse", resolve_options("diverse", None, given)), log))


def test_roles_take_turns_and_are_in_the_prompt_and_the_lineage() -> None:
    roles = seed_texts("roles")
    log, attempts = run(len(roles) + 2, lambda path, draw, prompt: FENCED)
    for attempt in attempts:
        number = attempt.index % len(roles)
        guide, code = attempt.lineage
        assert (guide.kind, guide.text, guide.label, guide.call) == ("guide", roles[number], f"role{number}", "")
        assert f"Solve it as {roles[number]}." in log.conversations[code.call][0].content
        assert attempt.calls == (code.call,)
    assert len(set(roles)) == len(roles)


def test_words_are_picked_anew_for_each_attempt_and_the_same_when_asked_again() -> None:
    first, attempts = run(8, lambda path, draw, prompt: FENCED, way="words", seeds=4)
    picked = [attempt.lineage[0].text.split(", ") for attempt in attempts]
    assert all(len(set(words)) == 4 and set(words) <= set(seed_texts("words")) for words in picked)
    assert len({tuple(words) for words in picked}) == 8
    assert first.conversations == run(8, lambda path, draw, prompt: FENCED, way="words", seeds=4)[0].conversations
    assert len(seed_texts("words")) == len(set(seed_texts("words"))) >= 150


def listing(path: str, draw: int, prompt: str) -> str:
    if path.startswith("list"):
        odds = (0.5, 0.25, 0.05, 0.2)
        return json.dumps({"ideas": [{"idea": f"{path} way {odd}", "probability": odd} for odd in odds]})
    return FENCED


def test_the_stated_probability_is_a_step_of_its_own() -> None:
    log, attempts = run(8, listing, way="verbalized", ideas_per_list=4)
    assert sorted(log.calls) == sorted([f"code{index}#0" for index in range(8)] + ["list0#0", "list1#0"])
    for attempt in attempts:
        idea, probability, code = attempt.lineage
        assert (idea.kind, probability.kind, probability.label) == ("idea", "probability", idea.label)
        assert idea.text.endswith(f"way {probability.text}") and probability.text in ("0.5", "0.25", "0.05", "0.2")
        assert idea.text in log.conversations[code.call][0].content
        assert attempt.calls == (idea.call, code.call)
    assert Counter(attempt.lineage[1].text for attempt in attempts) == {"0.5": 2, "0.25": 2, "0.05": 2, "0.2": 2}


def test_above_the_ceiling_nothing_becomes_a_program() -> None:
    log, attempts = run(3, listing, way="verbalized", ideas_per_list=4, ceiling=0.1)
    assert [attempt.lineage[1].text for attempt in attempts] == ["0.05"] * 3
    assert log.notes == {"idea above the ceiling left out": 9}


def test_lists_that_fail_are_counted() -> None:
    log, attempts = run(2, lambda path, draw, prompt: REFUSED if path == "list0" else "?", way="verbalized")
    assert attempts == []
    assert log.notes == {"ideas refused": 3, "ideas unparsable": 6, "ideas missing": 3, "short idea list": 3}
    log, attempts = run(
        1, lambda path, draw, prompt: "1. Sort.\n2. Count." if path == "list0" else FENCED, way="verbalized"
    )
    assert [step.kind for step in attempts[0].lineage] == ["idea", "code"]
    assert log.notes == {"probability unparsable": 2, "short idea list": 1}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ('{"ideas": [{"idea": "Sort.", "probability": 0.3}]}', [("Sort.", 0.3)]),
        ('```json\n[{"text": "Sort.", "p": "x", "probability": "30%"}]\n```', [("Sort. x", 0.3)]),
        ('{"ideas": [{"idea": "Sort.", "probability": 30}, {"idea": "Sort.", "probability": 0.1}]}', [("Sort.", 0.3)]),
        (
            '{"ideas": [{"idea": "Sort.", "probability": 300}, "Count (probability: .2)"]}',
            [("Sort.", None), ("Count", 0.2)],
        ),
        (
            "1. Sort the list (probability 0.6)\n2. Count, p = 5%\n3. Swap p 2 times",
            [("Sort the list", 0.6), ("Count", 0.05), ("Swap p 2 times", None)],
        ),
        ("- Sort — probability: 0.25.", [("Sort", 0.25)]),
        ('{"ideas": [{"probability": 0.5}, 7, null]}', []),
        ('{"ideas": [{"idea": "\\ud83d Sort", "probability": 1}]}', [("? Sort", 1.0)]),
        ("I do not know.", []),
        ("", []),
    ],
)
def test_probabilities_are_read_however_they_are_written(reply: str, expected: list[tuple[str, float | None]]) -> None:
    assert [(idea.text, idea.probability) for idea in parse_weighted(reply)] == expected


def test_ideas_are_drawn_in_proportion_to_their_probabilities() -> None:
    """First places by the weights, first pairs by w_i w_j / (1 - w_i): a draw without replacement, unknown at the mean."""
    ideas = [Weighted("a", 0.6), Weighted("b", 0.1), Weighted("c", 0.2), Weighted("d", None)]
    weights = [0.6, 0.1, 0.2, 0.3]
    rng, n = random.Random(5), 20_000
    pairs = Counter(tuple(drawn(ideas, rng)[:2]) for _ in range(n))
    for i in range(4):
        for j in range(4):
            expected = 0.0 if i == j else weights[i] / 1.2 * weights[j] / (1.2 - weights[i])
            assert abs(pairs[i, j] / n - expected) < 4 * (expected * (1 - expected) / n) ** 0.5 + 1e-9
    assert sorted(drawn(ideas, rng, ceiling=0.2)) == [1, 2, 3]
    assert sorted(drawn([Weighted("a", 0.0), Weighted("b", 0.0)], rng)) == [0, 1]


@pytest.mark.parametrize(
    ("value", "text"), [(0.25, "0.25"), (1.0, "1"), (0.0, "0"), (1e-5, "0.00001"), (1 / 3, "0.333333")]
)
def test_decimals_have_no_exponent(value: float, text: str) -> None:
    assert decimal(value) == text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"way": "luck"}, "one of role, words, verbalized"),
        ({"ceiling": 0}, "ceiling must be above 0"),
        ({"ceiling": 1.5}, "ceiling must be above 0"),
        ({"seeds": 1000}, "seeds must be at most"),
    ],
)
def test_options_that_cannot_be(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        resolve_options("diverse", None, given)
