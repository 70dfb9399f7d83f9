"""Grids: programs per idea, programs per sketch, and what of the right program a sketch gives away."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from cotbench.core.material import Material
from cotbench.core.overlap import Overlap, overlap
from cotbench.strategies import open_strategy, resolve_options
from cotbench.strategies.grid import cells
from tests.strategies.fake import VIEW, Log, collect

FENCED = "```python\npass\n```"
RIGHT = "def add_one(x):\n    bumped = x + 1\n    return bumped\n"


@pytest.mark.parametrize(
    ("rows", "draws", "wanted", "counts"),
    [(5, 25, None, [25] * 5), (3, 2, 6, [2, 2, 2]), (3, 2, 4, [2, 1, 1]), (3, 2, 2, [1, 1]), (2, 2, 99, [2, 2])],
)
def test_cells(rows: int, draws: int, wanted: int | None, counts: list[int]) -> None:
    assert cells(rows, draws, wanted) == counts


@pytest.mark.parametrize(("given", "ideas", "programs"), [({}, 5, 25), ({"ideas": 2, "programs": 3}, 2, 3)])
def test_conditioned_is_a_grid_of_ideas_and_programs(given: dict[str, object], ideas: int, programs: int) -> None:
    log = Log(lambda path, draw, prompt: f"idea {draw}" if path == "idea" else FENCED, None)
    attempts = asyncio.run(collect(open_strategy("conditioned", resolve_options("conditioned", None, given)), log))
    assert [attempt.index for attempt in attempts] == list(range(ideas * programs))
    assert len(log.calls) == ideas + ideas * programs
    assert sum(author == "idea" for author in log.authors.values()) == ideas
    labels = Counter(attempt.lineage[0].label for attempt in attempts)
    assert labels == {f"idea{number}": programs for number in range(ideas)}
    for attempt in attempts:
        idea, code = attempt.lineage
        assert idea.text == f"idea {attempt.index % ideas}"
        assert idea.text in log.conversations[code.call][0].content


def test_a_smaller_grid_is_part_of_the_larger_one() -> None:
    few, many = (Log(lambda path, draw, prompt: f"{path} {draw}\n{FENCED}", wanted) for wanted in (7, None))
    strategy = open_strategy("conditioned", {"ideas": 3, "programs": 4})
    seven, twelve = asyncio.run(collect(strategy, few)), asyncio.run(collect(strategy, many))
    assert seven == twelve[:7]
    assert few.calls.keys() < many.calls.keys()


def backtranslate(log: Log, program: str | None = RIGHT, **given: object) -> list[tuple[str, str]]:
    """Run it and return the label and text of every attempt's sketch."""
    material = Material({} if program is None else {VIEW.id: program})
    strategy = open_strategy("backtranslate", resolve_options("backtranslate", None, given), material)
    attempts = asyncio.run(collect(strategy, log))
    assert [attempt.index for attempt in attempts] == list(range(len(attempts)))
    assert all([step.kind for step in attempt.lineage] == ["sketch", "code"] for attempt in attempts)
    assert all(attempt.calls == tuple(step.call for step in attempt.lineage) for attempt in attempts)
    return [(attempt.lineage[0].label, attempt.lineage[0].text) for attempt in attempts]


def sketching(path: str, draw: int, prompt: str) -> str:
    return f"Sketch at {path}." if path.endswith("sketch") else FENCED


def test_only_the_sketch_is_shown_the_right_program() -> None:
    log = Log(sketching, None)
    sketches = backtranslate(log, words="10,0", programs=3)
    assert sketches == [(f"words{n}", f"Sketch at words{n}/sketch.") for n in (10, 0)] * 3
    assert len(log.calls) == 2 + 2 * 3
    for key, conversation in log.conversations.items():
        is_sketch = key.endswith("sketch#0")
        assert (RIGHT in conversation[0].content) == is_sketch
        assert ("bumped" in conversation[0].content) == is_sketch
        assert log.authors[key] == ("idea" if is_sketch else "code")
    assert "about 10 words" in log.conversations["words10/sketch#0"][0].content
    assert "about" not in log.conversations["words0/sketch#0"][0].content
    assert not log.notes


def test_the_paper_has_fifteen_lengths() -> None:
    options = resolve_options("backtranslate", "paper", {"programs": 1})
    log = Log(sketching, None)
    strategy = open_strategy("backtranslate", options, Material({VIEW.id: RIGHT}))
    attempts = asyncio.run(collect(strategy, log))
    lengths = [int(attempt.lineage[0].label.removeprefix("words")) for attempt in attempts]
    assert lengths == [5, 10, 25, 35, 50, 75, 100, 125, 150, 175, 200, 250, 500, 750, 0]


def test_a_problem_without_a_right_program_gets_no_attempts() -> None:
    log = Log(sketching, None)
    assert backtranslate(log, None) == []
    assert not log.calls
    assert log.notes == {"no right program to describe": 1}


@pytest.mark.parametrize(
    ("reply", "sketch", "notes"),
    [
        ("Add one.\n```python\nx + 1\n```", "Add one.", {"sketch cut at code": 1}),
        ("```python\nx + 1\n```", "", {"sketch was code alone": 1}),
        ("", "", {"empty sketch": 1}),
        ("The bumped value is returned.", "The bumped value is returned.", {"sketch holds names of the program": 1}),
        (RIGHT, RIGHT.strip(), {"sketch holds names of the program": 1, "sketch repeats the program": 1}),
    ],
)
def test_what_a_sketch_gives_away_is_counted(reply: str, sketch: str, notes: dict[str, int]) -> None:
    log = Log(lambda path, draw, prompt: reply if path.endswith("sketch") else FENCED, None)
    assert backtranslate(log, words="10", programs=1) == [("words10", sketch)]
    assert log.notes == notes


@pytest.mark.parametrize(
    ("description", "found"),
    [
        # total = 0 for v in xs : total + = v: 12 words and signs, so 9 runs of four; `v` is too short for a name.
        ("", Overlap(0.0, 0.0)),
        ("keep a total of them", Overlap(1.0, 0.0)),
        ("for v in xs", Overlap(0.0, 1 / 9)),
        ("total = 0\nfor v in xs: total += v", Overlap(1.0, 1.0)),
    ],
)
def test_overlap(description: str, found: Overlap) -> None:
    assert overlap(description, "total = 0\nfor v in xs:\n    total += v\n", "Add the numbers.") == found


def test_names_of_the_problem_are_not_the_programs_own() -> None:
    program = "def add_one(x):\n    bumped = x + 1\n    return bumped\n"
    assert overlap("add_one is bumped", program, "Write add_one(x).").names == 1.0
    assert overlap("add_one", program, "Write add_one(x).").names == 0.0
    assert overlap("bumped", "not a program (", "").names == 0.0


def test_a_strategy_without_material_has_nothing_to_describe() -> None:
    log = Log(sketching, 3)
    view = replace(VIEW, id="another")
    strategy = open_strategy("backtranslate", {}, Material({VIEW.id: RIGHT}))
    assert asyncio.run(collect(strategy, log, view)) == []
