"""Templates that the model writes for a benchmark: which are usable, and who draws under which."""

from __future__ import annotations

import asyncio
import json

import pytest

from cotbench.core.attempt import Attempt
from cotbench.core.errors import ConfigurationError
from cotbench.core.groundwork import Findings, Ground
from cotbench.core.material import Material
from cotbench.strategies import groundwork_of, open_strategy, resolve_options
from tests.strategies.fake import STDIN_VIEW, VIEW, FakeContext, Log, collect

FENCED = "Well.\n```python\ndef add_one(x):\n    return x + 1\n```"


def templates(reply: str, count: int = 3) -> tuple[Log, list[str]]:
    log = Log(lambda path, draw, prompt: reply, None)
    work = groundwork_of("meta", resolve_options("meta", None, {"templates": count}))
    assert work is not None
    grounds = [Ground(view, FakeContext(log, f"{view.id}/ground"), lambda attempt: None) for view in (VIEW, STDIN_VIEW)]
    return log, json.loads(asyncio.run(work.lay(grounds)).text)["templates"]


def test_the_templates_are_asked_for_once_with_the_problems_set_apart() -> None:
    log, found = templates(
        json.dumps({"templates": ["List the cases first.", "Work backwards from the result.", "Draw it."]})
    )
    assert found == ["List the cases first.", "Work backwards from the result."], "two words are no procedure"
    (key,) = log.calls
    assert key == "p/ground/templates#0" and log.authors[key] == "idea"
    shown = log.conversations[key][0].content
    assert "Problem 1:" in shown and VIEW.statement in shown and "Problem 2:" in shown and STDIN_VIEW.statement in shown
    assert log.notes == {"template unusable": 1, "fewer templates than asked for": 1}


def test_a_template_about_a_problem_that_was_shown_is_left_out() -> None:
    log, found = templates(
        json.dumps({"templates": ["Call add_one on every number.", "Write ```code``` at once, then stop."]})
    )
    assert found == []
    assert log.notes == {
        "template about one problem left out": 1,
        "template unusable": 1,
        "fewer templates than asked for": 1,
    }
    log, found = templates("?")
    assert found == [] and log.notes["templates missing"] == 1


def run(found: list[str], attempts: int) -> tuple[Log, list[Attempt]]:
    log = Log(lambda path, draw, prompt: FENCED, attempts)
    material = Material(findings=Findings(json.dumps({"templates": found})))
    return log, asyncio.run(collect(open_strategy("meta", resolve_options("meta", None, {}), material), log))


def test_attempts_take_the_templates_in_turn() -> None:
    found = ["First this way.", "Second that way.", "Third another way."]
    log, attempts = run(found, 11)
    assert [attempt.index for attempt in attempts] == list(range(11))
    for attempt in attempts:
        guide, code = attempt.lineage
        number = attempt.index % 3
        assert (guide.kind, guide.text, guide.label) == ("guide", found[number], f"template{number}")
        said = log.conversations[code.call][0].content
        assert said.startswith(VIEW.statement) and found[number] in said
        assert attempt.calls == (code.call,)
    assert set(log.calls) == {f"template{index % 3}/code#{index // 3}" for index in range(11)}


def test_without_a_template_the_model_is_left_to_itself() -> None:
    log, attempts = run([], 2)
    assert [[step.kind for step in attempt.lineage] for attempt in attempts] == [["code"]] * 2
    assert log.notes == {"no template to reason by": 1}


def test_what_it_needs_to_begin() -> None:
    work = groundwork_of("meta", resolve_options("meta", None, {"examples": 5}))
    assert work is not None
    assert list(work.choose([VIEW, STDIN_VIEW])) == [VIEW.id]
    with pytest.raises(ConfigurationError, match="at least 2 problems"):
        work.choose([VIEW])
