"""Problems set apart: who learns from them is never measured on them, however much of a benchmark is wanted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.cli.preparing import chosen
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Sampling
from cotbench.core.problem import Benchmark, CallCase, Entry, Problem
from cotbench.core.spec import RunSpec
from cotbench.core.window import Window
from cotbench.engine import set_apart

CASE = CallCase((1,), 2)
PROBLEMS = tuple(
    Problem(
        f"p{number}",
        "s",
        Entry("function", "f"),
        (CASE,),
        public=(CASE,) if number % 3 else (),
        difficulty="easy" if number % 2 else "hard",
    )
    for number in range(15)
)
BENCHMARK = Benchmark("b", "digest", PROBLEMS)


def spec(strategy: str, seed: int, limit: int | None, **more: object) -> RunSpec:
    whole = RunSpec(strategy, "openai/m", "b", 4, 1, limit, seed, Sampling())
    return replace(whole, **more)  # type: ignore[arg-type]


@given(
    strategy=st.sampled_from(["star", "meta"]),
    seed=st.integers(0, 50),
    limits=st.lists(st.one_of(st.none(), st.integers(1, 8)), min_size=2, max_size=4),
    pool=st.integers(1, 20),
    difficulty=st.sampled_from([(), ("easy",), ("hard",)]),
)
def test_nothing_is_on_both_sides_however_a_run_is_extended(
    strategy: str, seed: int, limits: list[int | None], pool: int, difficulty: tuple[str, ...]
) -> None:
    options = {"pool" if strategy == "star" else "examples": pool}
    learned, measured = set[str](), set[str]()
    for limit in limits:
        wanted = spec(strategy, seed, limit, options=options, window=Window(difficulty=difficulty))
        rest, apart = set_apart(wanted, BENCHMARK)
        learned |= {problem.id for problem in apart}
        measured |= {problem.id for problem in chosen(wanted).of(rest, seed)}
        assert len(apart) == len(learned), "the same ones each time"
    assert learned and measured and not learned & measured


def test_another_seed_sets_others_apart_and_none_can_be_asked_for() -> None:
    sets = {tuple(problem.id for problem in set_apart(spec("star", seed, 3), BENCHMARK)[1]) for seed in range(5)}
    assert len(sets) > 1
    apart = set_apart(spec("meta", 0, 3), BENCHMARK)[1]
    with pytest.raises(ConfigurationError, match=f"{apart[0].id} is one of the problems that meta sets apart"):
        set_apart(spec("meta", 0, 3, ids=(apart[0].id,)), BENCHMARK)
