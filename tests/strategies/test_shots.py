"""Worked examples: their programs are right, and they stand before the question as turns of the conversation."""

from __future__ import annotations

import asyncio
import itertools
import random
import subprocess
import sys

import pytest

from cotbench.benchmarks.registry import load_benchmark
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.strategies import open_strategy, resolve_options
from cotbench.strategies.shots import bank
from tests.strategies.fake import STDIN_VIEW, VIEW, Log, collect

FENCED = "```python\ndef add_one(x):\n    return x + 1\n```"


def output(program: str, text: str = "", more: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{more}"], input=text, capture_output=True, text=True, timeout=20, check=True
    )
    return done.stdout


def rounds(order: list[int]) -> int:
    """Hand the presents on, one round at a time."""
    held, count = list(range(len(order))), 0
    while count == 0 or held != list(range(len(order))):
        handed = list(held)
        for friend, present in enumerate(held):
            handed[order[friend] - 1] = present
        held, count = handed, count + 1
    return count


def machines(k: int, jobs: list[int]) -> list[int]:
    free = [0] * k
    chosen = []
    for job in jobs:
        machine = free.index(min(free))
        free[machine] += job
        chosen.append(machine + 1)
    return chosen


def test_the_stdin_examples_are_right() -> None:
    presents, workshop = bank("stdin")
    dice = random.Random(5)
    for size in (1, 2, 7, 9):
        order = dice.sample(range(1, size + 1), size)
        assert output(presents.program, f"{size}\n{' '.join(map(str, order))}\n") == f"{rounds(order)}\n"
    for k, n in ((1, 3), (3, 8), (4, 2)):
        jobs = [dice.randint(1, 4) for _ in range(n)]
        wanted = " ".join(map(str, machines(k, jobs)))
        assert output(workshop.program, f"{k} {n}\n{' '.join(map(str, jobs))}\n") == f"{wanted}\n"
    for example in (presents, workshop):
        _, _, shown = example.view.statement.partition("Input:\n")
        given, _, wanted = shown.partition("Output:\n")
        assert output(example.program, given) == f"{wanted}\n"


def shared(paths: list[str]) -> str:
    """Go up from the first path until all paths are at or below it."""
    folder = paths[0]
    while folder and not all(f"{path}/".startswith(f"{folder}/") for path in paths):
        folder = folder.rpartition("/")[0]
    return folder or "/"


def even_block(values: list[int]) -> int:
    blocks = itertools.combinations(range(len(values) + 1), 2)
    return max((end - start for start, end in blocks if sum(values[start:end]) % 2 == 0), default=0)


def test_the_function_examples_are_right() -> None:
    folder, block = bank("function")
    groups = [["/home/ada", "/home/adam"], ["/a/b/c", "/a/b"], ["/"], ["/", "/x"], ["/a/b"], ["/x/y", "/z"]]
    said = output(folder.program, more=f"print([shared_folder(group) for group in {groups!r}])")
    assert said == f"{[shared(group) if group != ['/'] else '/' for group in groups]!r}\n"
    dice = random.Random(6)
    lists = [[], [1], [0], [-1, -3], *([dice.randint(-9, 9) for _ in range(size)] for size in (2, 5, 8, 9))]
    said = output(block.program, more=f"print([longest_even_block(values) for values in {lists!r}])")
    assert said == f"{[even_block(values) for values in lists]!r}\n"


def test_no_benchmark_holds_the_examples() -> None:
    names = {problem.entry.name for problem in load_benchmark("starter").problems}
    assert not {example.view.entry.name for example in bank("function")} & names


@pytest.mark.parametrize("view", [VIEW, STDIN_VIEW])
@pytest.mark.parametrize("name", ["repeated", "cot", "ideasearch"])
def test_examples_are_turns_before_the_question(name: str, view: ProblemView) -> None:
    conversations: dict[int, dict[str, tuple[Message, ...]]] = {}
    for shots in (0, 2):
        log = Log(lambda path, draw, prompt: FENCED, 1)
        strategy = open_strategy(name, resolve_options(name, None, {"shots": shots}))
        asyncio.run(collect(strategy, log, view))
        conversations[shots] = log.conversations
    assert conversations[0].keys() == conversations[2].keys()
    examples = bank(view.entry.kind)
    for key, plain in conversations[0].items():
        shown = conversations[2][key]
        assert shown[-1:] == plain
        assert [message.role for message in shown[:-1]] == ["user", "assistant"] * 2
        for question, answer, example in zip(shown[:4:2], shown[1:4:2], examples, strict=True):
            assert question.content.startswith(example.view.statement)
            if key.startswith("idea"):
                assert answer.content == example.idea
                continue
            assert answer.content.endswith(f"```python\n{example.program.strip()}\n```")
            assert (example.reasoning.strip() in answer.content) == (name == "cot")
            assert (example.idea in question.content) == (name == "ideasearch")


def test_a_program_without_reasoning_is_counted() -> None:
    log = Log(lambda path, draw, prompt: FENCED if draw else f"First, think.\n{FENCED}", 3)
    attempts = asyncio.run(collect(open_strategy("cot", {}), log))
    assert [attempt.code for attempt in attempts] == ["def add_one(x):\n    return x + 1\n"] * 3
    assert log.notes == {"no reasoning before the program": 2}
