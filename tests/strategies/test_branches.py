"""Where a problem's spending is capped, a search does not think of more than it can write: few branches at a time."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from cotbench.core.material import Material
from cotbench.core.message import Message
from cotbench.core.protocols import Budget
from cotbench.core.spec import OptionValue
from cotbench.strategies import open_strategy, resolve_options
from tests.strategies.fake import VIEW, FakeContext, Log, collect

PROGRAM = "```python\ndef add_one(x):\n    return 0\n```"
WANTED = 12
BRANCHES = 2


class SlowContext(FakeContext):
    """Every call takes a turn of the loop, so that whatever may go on beside it does."""

    async def ask(self, messages: Sequence[Message], **given: Any) -> Any:
        replies = await super().ask(messages, **given)
        await asyncio.sleep(0)
        return replies

    def child(self, label: str) -> SlowContext:
        return SlowContext(self.log, f"{self.path}/{label}" if self.path else label)


def answer(path: str, draw: int, prompt: str) -> str:
    if path.startswith("list"):
        return json.dumps({"ideas": [{"idea": f"idea {path} {number}", "probability": 0.1} for number in range(3)]})
    if re.search(r"(code|template)\d*$", path) or path.startswith("check"):
        return PROGRAM
    return "1. Add one.\n2. Return it." if path.startswith("plan") else "Write `add_one`: x and one more."


def most_ahead(strategy: str, branches: int | None, options: dict[str, OptionValue], thought: str) -> int:
    """Return how many thoughts, at the most, stood there without their program while a unit went on."""
    log = Log(answer, WANTED)
    log.budget = Budget(WANTED, branches)
    log.public = VIEW.public
    search = open_strategy(strategy, resolve_options(strategy, None, options), Material({VIEW.id: "return x + 1"}))

    async def unit() -> int:
        return len([attempt async for attempt in search.attempts(VIEW, SlowContext(log))])

    assert asyncio.run(unit()) == WANTED
    ahead = most = 0
    for key in log.calls:
        path = key.partition("#")[0]
        ahead += re.fullmatch(thought, path) is not None
        # Of several programs of one thought the first one counts.
        ahead -= (path.endswith("code") and key.endswith("#0")) or re.fullmatch(r"code\d+", path) is not None
        most = max(most, ahead)
    return most


CASES: dict[str, tuple[str, dict[str, OptionValue], str]] = {
    "staged": ("staged", {"tries": 1}, r"plan\d+/idea"),
    "plansteps": ("plansteps", {}, r"plan\d+"),
    "refine": ("refine", {"chains": 6, "explain": True, "rounds": 1}, r"chain\d+/round1/explain"),
    "backtranslate": ("backtranslate", {"words": "5,6,7,8,9,10", "programs": 2}, r"words\d+/sketch"),
}


@pytest.mark.parametrize("name", CASES)
def test_thoughts_are_not_far_ahead_of_their_programs(name: str) -> None:
    strategy, options, thought = CASES[name]
    assert most_ahead(strategy, BRANCHES, options, thought) <= BRANCHES < most_ahead(strategy, None, options, thought)


def test_rewritings_are_checked_a_few_at_a_time() -> None:
    def first_program(branches: int | None) -> int:
        """Return how many checks stood before the first attempt."""
        log = Log(answer, WANTED)
        log.budget = Budget(WANTED, branches)
        log.public = VIEW.public
        search = open_strategy("rewrite", resolve_options("rewrite", None, {"rewrites": 6, "checks": 1}))

        async def unit() -> None:
            assert len([attempt async for attempt in search.attempts(VIEW, SlowContext(log))]) == WANTED

        asyncio.run(unit())
        paths = [key.partition("#")[0] for key in log.calls]
        place = next(place for place, path in enumerate(paths) if path.startswith("code"))
        return sum(path.startswith("check") for path in paths[:place])

    assert (first_program(BRANCHES), first_program(None)) == (BRANCHES, 6)


@pytest.mark.parametrize("ceiling", [1.0, 0.5])
def test_the_programs_of_a_list_come_before_the_next_list(ceiling: float) -> None:
    log = Log(answer, 7)
    options = {"way": "verbalized", "ideas_per_list": 3, "ceiling": ceiling}
    attempts = asyncio.run(collect(open_strategy("diverse", resolve_options("diverse", None, options)), log))
    assert [attempt.index for attempt in attempts] == list(range(7))
    order = [re.sub(r"\d+#0", "", key) for key in log.calls]
    assert order == ["list", *["code"] * 3, "list", *["code"] * 3, "list", "code"]


@pytest.mark.parametrize(
    ("strategy", "options"),
    [
        ("ideasearch", {"ideas": "list"}),
        ("diverse", {"way": "verbalized"}),
        ("diverse", {"way": "verbalized", "ceiling": 0.1}),
    ],
)
def test_a_model_that_lists_nothing_is_not_asked_for_ever(strategy: str, options: dict[str, OptionValue]) -> None:
    """Three lists of three replies each, however many attempts are wanted; one that lists something again goes on."""
    log = Log(lambda path, draw, prompt: "I have no idea.", 200)
    search = open_strategy(strategy, resolve_options(strategy, None, options))
    assert asyncio.run(collect(search, log)) == []
    assert len(log.calls) == 9 and log.notes["ideas missing"] == 3

    def sometimes(path: str, draw: int, prompt: str) -> str:
        if not path.startswith("list"):
            return PROGRAM
        listed = json.dumps({"ideas": [{"idea": f"{path} {number}", "probability": 0.1} for number in range(5)]})
        return listed if int(path.removeprefix("list")) % 3 == 2 else "None."

    again = Log(sometimes, 10)
    options = {**options, "ceiling": 1.0} if strategy == "diverse" else options
    assert len(asyncio.run(collect(open_strategy(strategy, resolve_options(strategy, None, options)), again))) == 5
