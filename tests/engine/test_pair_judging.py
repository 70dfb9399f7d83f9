"""Judging pairs with the simulated model: what it says is counted against the marks of the programs themselves."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cotbench.backends.simulated.backend import SimulatedBackend
from cotbench.core.budget import Caps
from cotbench.core.errors import BackendError
from cotbench.core.message import Completion, Request
from cotbench.core.problem import CallCase, Entry, Problem
from cotbench.engine.pair_judging import JudgedAttempt, Pair, PairJudging, judge_pairs, owed_pairs, wanted_pairs
from cotbench.latent.problems import latent_problem
from cotbench.latent.programs import Made, program
from cotbench.store import RunDirectory, read_rows, stream_rows
from cotbench.store.judgements import JudgementRow, judge_directory

NAME = "sim/latent?judge=1"
IDEAS = {0: (1, 1, 2, 3, 3), 1: (4, 4, 4)}
"""The idea of each attempt on two problems; the first two of each problem have one text."""


class Counting:
    """The simulated model, counting what it is asked; after `most` questions it is down."""

    def __init__(self, name: str = NAME, most: int = 10**6) -> None:
        self._model = SimulatedBackend(name)
        self.name, self.max_draws, self.thinks = self._model.name, 1, False
        self.asked: list[str] = []
        self.most = most

    async def start(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        if len(self.asked) >= self.most:
            raise BackendError("down", kind="unavailable")
        self.asked.append(request.messages[-1].content)
        return await self._model.complete(request, draws)


def made(number: int) -> tuple[Problem, list[JudgedAttempt]]:
    problem = latent_problem(1, number)
    attempts: list[JudgedAttempt] = []
    for place, idea in enumerate(IDEAS[number]):
        mark = Made(idea, 0 if place < 2 else 1, 0 if place < 2 else place % 3)
        text = f"[program {mark.idea}.{mark.fault}.{mark.style} of {problem.name}]"
        code = program(problem, mark, accepted=True, mark=text)
        attempts.append(JudgedAttempt(f"{problem.name}::0::{place}", code))
    view = Problem(
        id=problem.name,
        statement=f"Problem {problem.name}. Add.",
        entry=Entry("function", problem.entry),
        hidden=(CallCase((1,), 1),),
    )
    return view, attempts


PROBLEMS = [made(number) for number in IDEAS]
ATTEMPTS = {problem.id: attempts for problem, attempts in PROBLEMS}
JUDGING = PairJudging(NAME, concurrency=3)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    (tmp_path / "run").mkdir()
    return RunDirectory(tmp_path / "run")


def pairs(most: int = 100) -> list[Pair]:
    return wanted_pairs([problem.view() for problem, _ in PROBLEMS], ATTEMPTS, most, 0)


def judgements(run: RunDirectory, judging: PairJudging = JUDGING) -> dict[tuple[str, str], JudgementRow]:
    rows = stream_rows(judge_directory(run.path, judging.model), JudgementRow)
    return {(row.first, row.second): row for row in rows if row.method == judging.method}


def test_pairs_are_taken_from_each_problem_in_turn() -> None:
    found = pairs(3)
    assert [pair.view.id for pair in found] == [PROBLEMS[place % 2][0].id for place in range(6)]
    everything = pairs()
    assert len(everything) == 10 + 3 and everything[:6] == found
    assert {frozenset((pair.first.key, pair.second.key)) for pair in everything} == {
        frozenset((a.key, b.key)) for own in ATTEMPTS.values() for a, b in itertools.combinations(own, 2)
    }


def test_a_faithful_judge_says_what_the_marks_say(run: RunDirectory) -> None:
    model = Counting()
    assert asyncio.run(judge_pairs(run, JUDGING, model, pairs())) is None
    rows = judgements(run)
    ideas = {
        a.key: idea for number, own in enumerate(ATTEMPTS.values()) for a, idea in zip(own, IDEAS[number], strict=True)
    }
    assert len(rows) == 2 * (10 + 3)
    for (first, second), row in rows.items():
        assert row.answer == ("same" if ideas[first] == ideas[second] else "different")
    unasked = {key for key, row in rows.items() if not row.asked and key[0] < key[1]}
    assert unasked == {(own[0].key, own[1].key) for own in ATTEMPTS.values()}
    # 4 and 2 different texts: a summary of each; both orders of the 6 pairs of texts and of the single one.
    assert len(model.asked) == len(set(model.asked)) == 4 + 2 + 2 * (6 + 1)
    assert owed_pairs(run, JUDGING, pairs()) == []


def test_nothing_is_asked_twice(run: RunDirectory) -> None:
    first, second = Counting(most=9), Counting()
    with pytest.raises(BackendError, match="down"):
        asyncio.run(judge_pairs(run, JUDGING, first, pairs()))
    owed = owed_pairs(run, JUDGING, pairs())
    assert owed
    assert asyncio.run(judge_pairs(run, JUDGING, second, owed)) is None
    assert len(first.asked) == 9 and not set(first.asked) & set(second.asked)
    assert len({*first.asked, *second.asked}) == 20
    calls = read_rows(judge_directory(run.path, NAME)).calls
    assert len(calls) == 20
    # Nothing of it is in the run's own rows.
    assert not (run.path / "calls").exists()


def test_a_cap_ends_it_and_a_larger_one_goes_on(run: RunDirectory) -> None:
    capped = replace(JUDGING, caps=Caps(calls=7))
    model = Counting()
    reached = asyncio.run(judge_pairs(run, capped, model, pairs()))
    assert reached is not None and reached.setting == "max_calls" and len(model.asked) == 7
    again = Counting()
    owed = owed_pairs(run, capped, pairs())
    assert asyncio.run(judge_pairs(run, capped, again, owed)) is not None and again.asked == []
    assert asyncio.run(judge_pairs(run, JUDGING, again, owed)) is None
    assert len(again.asked) == 20 - 7


def test_ways_of_judging_do_not_mix(run: RunDirectory) -> None:
    plain = replace(JUDGING, summaries=False)
    model = Counting()
    asyncio.run(judge_pairs(run, plain, model, pairs()))
    assert len(model.asked) == 14 and not any("The way is to" in question for question in model.asked)
    assert len(judgements(run, plain)) == 26 and judgements(run) == {}
    assert len(owed_pairs(run, JUDGING, pairs())) == 13


def test_a_judge_that_is_wrong_half_of_the_time_says_anything(run: RunDirectory) -> None:
    judging = replace(JUDGING, model="sim/latent?judge=0.5")
    asyncio.run(judge_pairs(run, judging, Counting(judging.model), pairs()))
    rows = judgements(run, judging)
    assert {row.answer for row in rows.values()} == {"same", "different"}
    turned = [rows[first, second].answer != rows[second, first].answer for first, second in rows if first < second]
    assert 0 < sum(turned) < len(turned)
