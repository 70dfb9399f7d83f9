"""n@k of selectors: closed forms against every draw in every order, seeded draws against closed forms."""

from __future__ import annotations

import itertools

import pytest

from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import attempt_key
from cotbench.core.problem import CallCase, Entry, Problem
from cotbench.engine.drawing import Wish, closed_form, drawn_rate
from cotbench.engine.pools import Pool, pools_of
from cotbench.selectors import Ranking, as_made, by_oracle, by_public
from cotbench.store.reader import RunRows
from cotbench.store.rows import AttemptRow, VerdictRow

PROBLEM = Problem("p", "s", Entry("function", "f"), hidden=(CallCase((1,), "CANARY"),), public=(CallCase((0,), 0),))
# code, public, hidden: two right, two accepted and wrong, one right and refused, one wrong, one without a program.
ATTEMPTS = [("a", 1, 1), ("b", 1, 0), ("c", 0, 0), (None, 0, 0), ("d", 1, 1), ("e", 0, 1), ("f", 1, 0)]


def rows(attempts: list[tuple[str | None, int, int]], *, judged: bool = True, units: int = 1) -> RunRows:
    made: dict[str, AttemptRow] = {}
    verdicts: dict[str, VerdictRow] = {}
    for index, (code, public, hidden) in enumerate(attempts):
        unit, place = index % units, index // units
        made[attempt_key("p", unit, place)] = AttemptRow("p", unit, place, code, (), ())
        for suite, passed in (("public", public), ("hidden", hidden)):
            outcome = "no_code" if code is None else "passed" if passed else "wrong"
            if code is not None and judged:
                row = VerdictRow("p", unit, place, suite, outcome, 0, 1, 0.0, "", "3")  # type: ignore[arg-type]
                verdicts[row.key] = row
    return RunRows(units={}, calls={}, attempts=made, verdicts=verdicts, torn=0)


@pytest.fixture
def pool() -> Pool:
    (pool,) = pools_of([PROBLEM], rows(ATTEMPTS), "3")
    return pool


def exhaustive(ranking: Ranking, pool: Pool, n: int, k: int) -> float:
    draws = list(itertools.permutations(range(pool.size), k))
    return sum(any(pool.hidden.passed[i] for i in ranking(draw)[:n]) for draw in draws) / len(draws)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (1, 4), (2, 4), (3, 5), (5, 3)])
def test_closed_forms_are_means_over_every_draw_in_every_order(pool: Pool, n: int, k: int) -> None:
    rankings = {"first": as_made, "public": by_public}
    for name, rank in rankings.items():
        assert closed_form(name, pool, n, k) == pytest.approx(exhaustive(rank(pool.candidates), pool, n, k))
    assert closed_form("oracle", pool, n, k) == pytest.approx(exhaustive(by_oracle(pool.hidden), pool, n, k))
    assert closed_form("cluster", pool, n, k) is None


def test_seeded_draws_come_near_and_are_the_same_every_time(pool: Pool) -> None:
    wish = Wish(n=1, ks=(4,), draws=4000, seed=5)
    rate = drawn_rate(by_public(pool.candidates), pool, 1, 4, wish)
    exact = closed_form("public", pool, 1, 4)
    assert exact is not None
    # Three standard errors of a share of 4,000 draws.
    assert abs(rate - exact) < 3 * (0.25 / 4000) ** 0.5
    assert rate == drawn_rate(by_public(pool.candidates), pool, 1, 4, wish)
    with pytest.raises(ValueError):
        drawn_rate(by_public(pool.candidates), pool, 1, 8, wish)


def test_few_sets_are_all_drawn_equally_often(pool: Pool) -> None:
    # 21 sets of two: ten rounds of them, and order alone is random, which plays no part where two of two are submitted.
    wish = Wish(n=2, ks=(2,), draws=200)
    assert drawn_rate(by_public(pool.candidates), pool, 2, 2, wish) == pytest.approx(closed_form("public", pool, 2, 2))
    assert drawn_rate(as_made(pool.candidates), pool, 1, 1, wish) == pytest.approx(closed_form("first", pool, 1, 1))


def test_a_pool_keeps_what_is_hidden_out_of_what_selectors_get(pool: Pool) -> None:
    assert pool.keys[:2] == ("p::0::0", "p::0::1")
    assert [one.public for one in pool.candidates.attempts] == [bool(public) for _, public, _ in ATTEMPTS]
    assert pool.hidden.passed == tuple(bool(hidden) for _, _, hidden in ATTEMPTS)
    assert pool.passing == ("a", "b", "d", "f")
    assert "CANARY" not in repr(pool.candidates)


def test_attempts_of_several_units_are_in_the_order_of_unit_and_index() -> None:
    (pool,) = pools_of([PROBLEM], rows(ATTEMPTS, units=2), "3")
    assert [one.code for one in pool.candidates.attempts] == ["a", "c", "d", "f", "b", None, "e"]


def test_a_problem_without_attempts_is_never_solved() -> None:
    (pool,) = pools_of([PROBLEM], rows([]), "3")
    assert (pool.size, closed_form("oracle", pool, 1, 3)) == (0, 0.0)
    assert drawn_rate(by_public(pool.candidates), pool, 1, 3, Wish(1, (3,))) == 0.0


def test_programs_that_are_not_judged_are_no_pool() -> None:
    with pytest.raises(ConfigurationError, match="6 programs of p are not judged yet"):
        pools_of([PROBLEM], rows(ATTEMPTS, judged=False), "3")


def test_without_public_cases_every_program_counts_as_passing() -> None:
    bare = Problem("p", "s", Entry("function", "f"), hidden=PROBLEM.hidden)
    (pool,) = pools_of([bare], rows(ATTEMPTS), "3")
    assert pool.candidates.passers(range(7)) == [0, 1, 2, 4, 5, 6]
