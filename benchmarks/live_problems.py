"""Problems of our own in the schema of LiveCodeBench's files, made from a number, as many as are wanted.

Eight in a row cover functions and stdin programs with both encodings of private cases; texts with and without
letters beyond ASCII, and empty inputs, are among the cases of each.
"""

from __future__ import annotations

import base64
import datetime
import json
import pickle
import random
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_WORDS = ("", "a", "level", "straße", "日本語", "naïve café", "🙂 ok", "x y z")
_DIFFICULTIES = ("easy", "medium", "hard")
_FIRST_DAY = datetime.date(2023, 5, 7)

_Case = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LiveProblem:
    """A row with a right program and a wrong one, which passes the public cases."""

    row: dict[str, str]
    right: str
    wrong: str


@dataclass(frozen=True, slots=True)
class _Family:
    """`case` makes a case with an input of about so many bytes."""

    title: str
    statement: str
    function: str
    starter: str
    case: Callable[[random.Random, int], _Case]
    right: str
    wrong: str


def live_problem(number: int, *, cases: int = 10, size: int = 60) -> LiveProblem:
    """Return the problem of that number, with so many private cases of about `size` bytes each."""
    family = _FAMILIES[number // 2 % len(_FAMILIES)]
    rng = random.Random(number)
    written = [family.case(rng, size) for _ in range(cases)]
    kind = "functional" if family.function else "stdin"
    public, private = ([_entry(case, kind) for case in part] for part in ([family.case(rng, 0)], written))
    text = json.dumps(private, ensure_ascii=number % 3 == 0)
    row = {
        "question_title": f"{family.title} {number}",
        "question_content": f"{family.statement}\n",
        "platform": "leetcode" if family.function else "atcoder",
        "question_id": f"own{number}_{family.function or family.title.lower()}",
        "contest_id": f"own{number // 4}",
        "contest_date": f"{_FIRST_DAY + datetime.timedelta(days=number % 700)}T00:00:00",
        "starter_code": family.starter,
        "difficulty": _DIFFICULTIES[number % 3],
        "public_test_cases": json.dumps(public),
        "private_test_cases": packed(text) if number % 2 else text,
        "metadata": json.dumps({"func_name": family.function} if family.function else {}),
    }
    return LiveProblem(row, family.right, family.wrong)


def packed(value: object) -> str:
    """Return a value as the source packs its private cases."""
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def write_rows(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write rows as JSON lines, one at a time; return the path."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def _entry(case: _Case, kind: str) -> dict[str, str]:
    return {"input": case[0], "output": case[1], "testtype": kind}


def _pairs(rng: random.Random, size: int) -> _Case:
    numbers = [rng.randrange(-9, 10) for _ in range(rng.randrange(4) + size // 4)]
    target = rng.randrange(-3, 4)
    count = sum(a + b == target for i, a in enumerate(numbers[:200]) for b in numbers[i + 1 : 200])
    return f"{json.dumps(numbers)}\n{target}", str(count)


def _mirror(rng: random.Random, size: int) -> _Case:
    text, times = _text(rng, size), rng.randrange(3)
    return f"{json.dumps(text)}\n{times}", json.dumps([text[::-1]] * times)


def _sum(rng: random.Random, size: int) -> _Case:
    numbers = [rng.randrange(-50, 1000) for _ in range(rng.randrange(3) + size // 4)]
    return "\n".join(map(str, numbers)), f"{sum(numbers)}\n"


def _lines(rng: random.Random, size: int) -> _Case:
    lines = [_text(rng, size // 2) for _ in range(rng.randrange(3))]
    return "".join(f"{line}\n" for line in lines), "".join(f"{len(line)} {line[::-1]}\n" for line in lines)


def _text(rng: random.Random, size: int) -> str:
    word = rng.choice(_WORDS)
    return word * max(1, size // max(1, len(word.encode())))


_FAMILIES = (
    _Family(
        "Pairs",
        "Return how many pairs of the first 200 numbers have the sum `target`.",
        "countPairs",
        "class Solution:\n    def countPairs(self, nums: List[int], target: int) -> int:\n        ",
        _pairs,
        "class Solution:\n    def countPairs(self, nums: List[int], target: int) -> int:\n"
        "        return sum(a + b == target for a, b in combinations(nums[:200], 2))\n",
        "class Solution:\n    def countPairs(self, nums: List[int], target: int) -> int:\n"
        "        if len(nums) > 3:\n            return -1\n"
        "        return sum(a + b == target for a, b in combinations(nums, 2))\n",
    ),
    _Family(
        "Sum",
        "Print the sum of all numbers of the input, which may be empty.",
        "",
        "",
        _sum,
        "print(sum(map(int, sys.stdin.read().split())))\n",
        "numbers = list(map(int, sys.stdin.read().split()))\nprint(sum(numbers[:2]))\n",
    ),
    _Family(
        # The name is one that the official prelude imports, too.
        "Mirror",
        "Return a list with `text` backwards, `times` times.",
        "repeat",
        "class Solution:\n    def repeat(self, text: str, times: int) -> List[str]:\n        ",
        _mirror,
        "class Solution:\n    def repeat(self, text: str, times: int) -> List[str]:\n"
        "        return [text[::-1]] * times\n",
        "class Solution:\n    def repeat(self, text: str, times: int) -> List[str]:\n"
        "        return [text[::-1] if len(text) < 20 else text] * times if len(text) < 20 else None\n",
    ),
    _Family(
        "Lines",
        "Print for each line of the input, which may have none, how long it is, a space, and the line backwards.",
        "",
        "",
        _lines,
        "for line in sys.stdin.read().split('\\n')[:-1]:\n    print(len(line), line[::-1])\n",
        "for line in sys.stdin.read().split('\\n')[:-1]:\n    print(min(len(line), 15), line[::-1])\n",
    ),
)
