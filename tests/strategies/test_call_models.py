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
    return FENCED if step_of(path) == "code" else f"thought at {path}"


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
        ("staged", None, {}, 7),
        ("staged", None, {"pseudocode": False, "failures": False}, 2),
        ("staged", "paper", {}, 6),
        ("refine", None, {}, 10),
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
