"""What a strategy says that it will ask, against what it does ask of a model that lists as much as it may."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

from cotbench.core.material import Material
from cotbench.strategies import open_strategy, planned_calls, resolve_options
from cotbench.strategies.planning import step_of
from tests.strategies.fake import VIEW, Log, collect

FENCED = "```python\npass\n```"


def answer(path: str, draw: int, prompt: str) -> str:
    if path.endswith(("observe", "format")):
        return json.dumps({"observations": [f"{path} {number}" for number in range(4)]})
    if path == "tests":
        return "```python\nassert add_one(2) == 3\n```"
    if path.startswith("list"):
        return json.dumps({"ideas": [f"{path} {number}" for number in range(5)]})
    if step_of(path) == "plan":
        return "\n".join(f"{number}. step {number} of {path} {draw}" for number in range(1, 7))
    if path == "rewrite":
        return f"`add_one` in other words, {draw}"
    return FENCED if step_of(path) in ("code", "check") else f"thought at {path}"


@pytest.mark.parametrize(
    ("name", "preset", "given", "attempts"),
    [
        ("repeated", "paper", {}, 7),
        ("cot", None, {}, 3),
        ("ideasearch", "paper", {}, 6),
        ("ideasearch", None, {"ideas": "list"}, 7),
        ("plansearch", None, {"observations": 4}, 5),
        ("plansearch", "paper", {"observations": 4}, None),
        ("plansearch", "paper", {"observations": 4}, 9),
        ("plansearch", "no_critique", {"observations": 4}, None),
        ("plansearch", "no_pseudocode", {"observations": 4}, 30),
        ("plansearch", "no_idea", {"observations": 4}, None),
        ("conditioned", None, {"ideas": 3, "programs": 4}, None),
        ("conditioned", "paper", {}, 3),
        ("backtranslate", None, {}, None),
        ("backtranslate", "paper", {}, 20),
        ("diverse", None, {}, 15),
        ("diverse", "words", {}, 3),
        ("diverse", "verbalized", {}, 7),
        ("rewrite", None, {}, 11),
        ("rewrite", None, {"rewrites": 3, "checks": 1}, 2),
        ("plansteps", "paper", {}, 4),
        ("plansteps", None, {}, None),
        ("plansteps", "survival", {}, None),
        ("plansteps", "survival", {"plans": 2}, 20),
        ("meta", None, {}, 12),
        ("star", None, {}, 5),
        ("staged", None, {}, 7),
        ("staged", None, {"pseudocode": False, "failures": False}, 2),
        ("staged", "paper", {}, 6),
        ("refine", None, {}, 10),
        ("tree", None, {}, 9),
        ("tree", None, {"policy": "hill"}, 8),
        ("refine", None, {"chains": 3, "rounds": 1, "feedback": "none"}, 8),
        ("refine", "paper", {"feedback": "generated"}, 13),
    ],
)
def test_a_call_model_counts_the_calls_of_a_unit(
    name: str, preset: str | None, given: dict[str, object], attempts: int | None
) -> None:
    options = resolve_options(name, preset, given)
    log = Log(answer, attempts)
    asyncio.run(collect(open_strategy(name, options, Material({VIEW.id: "pass"})), log))
    asked = Counter(step_of(key.rpartition("#")[0]) for key in log.calls)
    planned: Counter[str] = Counter()
    for step in planned_calls(name, options, VIEW, attempts, full=True) or ():
        planned[step.step] += step.count
    assert planned == asked
    authors = {step.step: step.by for step in planned_calls(name, options, VIEW, attempts, full=True) or ()}
    assert authors == {step_of(key.rpartition("#")[0]): by for key, by in log.authors.items()}


def test_the_usual_tree_of_the_paper_has_four_observations_at_each_node() -> None:
    """n1 = n2 = 4: 11 · 11 plans, 4 (1 + 11) + 7 · 121 = 895 calls."""
    options = resolve_options("plansearch", "paper", {})
    planned = planned_calls("plansearch", options, VIEW, None, full=False) or ()
    assert sum(step.count for step in planned) == 895
