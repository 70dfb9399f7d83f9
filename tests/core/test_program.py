"""Programs are found in replies as models really write them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cotbench.core.program import extract_program

REPLIES = yaml.safe_load((Path(__file__).parent / "replies.yaml").read_text(encoding="utf-8"))


def test_the_corpus_is_large_enough() -> None:
    assert len({entry["name"] for entry in REPLIES}) == len(REPLIES) >= 60


@pytest.mark.parametrize("entry", REPLIES, ids=lambda entry: entry["name"])
def test_the_program_of_a_reply(entry: dict[str, str]) -> None:
    reply = entry["reply"].replace("\n", "\r\n") if entry.get("crlf") else entry["reply"]
    found = extract_program(reply, wanted=entry.get("wanted", ""), starter=entry.get("starter", ""))
    assert found == entry["program"]


@pytest.mark.parametrize(
    ("reply", "program"),
    [
        ("Sure!\n```python\ndef f(x):\n    return x\n```\nThis works.", "def f(x):\n    return x\n"),
        ("```\nprint(1)\n```", "print(1)\n"),
        ("```py\nprint(1)\n```", "print(1)\n"),
        ("~~~python\nprint(1)\n~~~", "print(1)\n"),
        ("```python\nprint(1)", "print(1)\n"),
        ("   ```python\n   def f():\n       return 1\n   ```", "def f():\n    return 1\n"),
        ("def f():\n    return 1", "def f():\n    return 1\n"),
        ("import sys\nprint(sys.stdin.read())", "import sys\nprint(sys.stdin.read())\n"),
        ("```text\n1 2 3\n```\n```python\nprint(2)\n```", "print(2)\n"),
        ("I would sort the list first.", None),
        ("```python\n\n```", None),
        ("", None),
    ],
)
def test_extract(reply: str, program: str | None) -> None:
    assert extract_program(reply) == program


def test_the_block_that_defines_the_wanted_name_is_taken() -> None:
    reply = "```python\ndef helper():\n    pass\n```\nand\n```python\ndef solve(a):\n    return a\n```"
    assert extract_program(reply, wanted="solve") == "def solve(a):\n    return a\n"
    assert extract_program(reply, wanted="helper") == "def helper():\n    pass\n"


def test_a_fence_inside_a_string_does_not_end_the_block_early() -> None:
    reply = '```python\ns = "``" + "`"\nprint(s)\n```\n'
    assert extract_program(reply) == 's = "``" + "`"\nprint(s)\n'


@pytest.mark.parametrize("reply", ["```\nx\n```\n" * 5000, "x = 1\n" + "word\n" * 10_000, "\n<think>\n" * 10_000])
def test_replies_that_go_on_for_ever_cost_little(reply: str) -> None:
    # Each took minutes where every ending was tried.
    assert extract_program(reply, wanted="f", starter="def f(x):\n") != reply
