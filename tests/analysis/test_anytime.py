"""Runs at equal cost: values and differences by hand, sensible budgets, cautions."""

from __future__ import annotations

import pytest

from cotbench.analysis.anytime import compare_budgets, cost_curve, default_budgets
from cotbench.analysis.first_passes import Passes
from cotbench.core.errors import ConfigurationError
from cotbench.stats.anytime import searches


def passes(costs: list[float], marks: str) -> Passes:
    """One unit per problem: + passed at its cost, - ended there unsolved, c cut there."""
    units = searches(range(len(marks)), costs, [m == "+" for m in marks], [m == "c" for m in marks])
    return Passes(units, 0.0)


CHEAP = passes([100, 200, 400, 1000, 1000], "+++--")
DEAR = passes([900, 900, 900, 900, 4000], "++++-")


def test_values_and_differences_by_hand() -> None:
    found = compare_budgets("tokens", ["cheap", "dear"], [CHEAP, DEAR], [(0, 1)], at=[200, 900])
    shown = [row.estimate for run in found.runs for row in run.values]
    assert shown == pytest.approx([0.4, 0.6, 0, 0.8])
    [pair] = found.pairs
    assert (pair.run, pair.baseline) == ("dear", "cheap")
    # At 200 the baseline is ahead on two problems, at 900 behind on one.
    assert [row.estimate for row in pair.rows] == [pytest.approx(-0.4), pytest.approx(0.2)]
    assert [row.p for row in pair.rows] == [0.5, 1.0]
    assert [row.p_holm for row in pair.rows] == [1.0, 1.0]
    assert all(row.interval.low <= row.estimate <= row.interval.high for row in pair.rows)


def test_default_budgets_end_where_searches_of_a_run_are_over() -> None:
    assert default_budgets([CHEAP, DEAR]) == (100, 200, 500, 1000)
    assert default_budgets([DEAR]) == (1000, 2000)
    # Units that were cut before their first attempt say nothing of where to look.
    assert default_budgets([passes([100, 200, 400, 0, 0], "+++cc")]) == (100, 200)
    small = passes([0.012, 0.03], "+-")
    assert default_budgets([small]) == (0.02,)
    assert default_budgets([passes([700, 800], "+-")]) == (800,)


def test_what_a_reader_must_know_is_said() -> None:
    beyond = compare_budgets("tokens", ["cheap", "dear"], [CHEAP, DEAR], [(0, 1)], at=[3000])
    assert beyond.runs[0].values[0].over == pytest.approx(0.4)
    assert any("cheap: searches on 2 problems were over, unsolved" in note for note in beyond.notes)
    cut = passes([100, 300, 600, 500], "++-c")
    notes = compare_budgets("tokens", ["cut", "dear"], [cut, passes([1, 2, 3, 4], "++++")], [(0, 1)], at=[550]).notes
    assert any("cut: searches on 1 problem were cut" in note for note in notes)


def test_budgets_beyond_what_is_known_are_left_out_or_refused() -> None:
    cut = passes([100, 300, 300], "+cc")
    found = compare_budgets("tokens", ["a", "b"], [cut, cut], [(0, 1)], at=[200, 400])
    assert found.budgets == (200,)
    assert "left out: budgets above 300 tokens" in found.notes[0]
    with pytest.raises(ConfigurationError, match="known up to 300"):
        compare_budgets("tokens", ["a", "b"], [cut, cut], [(0, 1)], at=[400])
    with pytest.raises(ConfigurationError, match="above 0"):
        compare_budgets("tokens", ["a", "b"], [cut, cut], [(0, 1)], at=[0])


def test_a_curve_goes_from_the_first_pass_to_the_end() -> None:
    curve = cost_curve(CHEAP, "tokens")
    assert (curve.costs[0], curve.costs[-1]) == (100, 1000)
    assert (curve.values[0], curve.values[-1]) == (pytest.approx(0.2), pytest.approx(0.6))
    assert (curve.over_from, curve.last) == (1000, 1000)
    assert list(curve.values) == sorted(curve.values)
    nothing = cost_curve(passes([5, 5], "--"), "attempts")
    assert (nothing.costs, nothing.values) == ((5,), (0,))
