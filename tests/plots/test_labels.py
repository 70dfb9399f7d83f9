"""Labels at line ends: never overlapping, never outside, no further moved than needed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.plots.labels import spread, wrapped
from cotbench.plots.style import attempt_ticks


def test_labels_with_room_stay_where_they_want_to_be() -> None:
    assert spread([10.0, 50.0, 30.0], [8.0, 8.0, 8.0], 0.0, 100.0, gap=2.0) == pytest.approx([10, 50, 30])


def test_labels_of_one_place_spread_evenly_around_it() -> None:
    assert spread([50.0, 50.0, 50.0], [10.0] * 3, 0.0, 100.0) == pytest.approx([40, 50, 60])


def test_labels_at_the_edge_are_pushed_inside() -> None:
    assert spread([100.0, 100.0], [10.0, 10.0], 0.0, 100.0) == pytest.approx([85, 95])
    assert spread([0.0], [10.0], 0.0, 100.0) == pytest.approx([5])
    assert spread([], [], 0.0, 1.0) == []


@given(st.lists(st.tuples(st.floats(-20, 220), st.floats(5, 30)), min_size=1, max_size=6))
def test_never_overlap_and_never_leave(labels: list[tuple[float, float]]) -> None:
    heights = [height for _, height in labels]
    centres = spread([wanted for wanted, _ in labels], heights, 0.0, 200.0, gap=1.0)
    placed = sorted((centre - height / 2, centre + height / 2) for centre, height in zip(centres, heights, strict=True))
    assert placed[0][0] >= -1e-6
    assert placed[-1][1] <= 200 + 1e-6
    assert all(above[0] >= below[1] + 1 - 1e-6 for below, above in itertools.pairwise(placed))


def test_too_many_labels_share_the_room() -> None:
    assert spread([5.0, 5.0, 5.0], [10.0] * 3, 0.0, 15.0) == pytest.approx([2.5, 7.5, 12.5])


def test_long_names_break_and_lose_their_middle() -> None:
    assert wrapped("plansearch") == "plansearch"
    assert wrapped("plansearch, gpt-4o-mini-2024") == "plansearch\ngpt-4o-mini-2024"
    broken = wrapped("a-very-long-run-name/" * 20)
    assert "…" in broken
    assert max(map(len, broken.split("\n"))) <= 22
    assert max(map(len, wrapped("x" * 60).split("\n"))) <= 22


def test_ticks_are_whole_numbers() -> None:
    assert attempt_ticks(4) == (1, 2, 3, 4)
    assert attempt_ticks(200) == (1, 2, 5, 10, 20, 50, 100, 200)
    assert attempt_ticks(10**6) == (1, 10, 100, 1000, 10**4, 10**5, 10**6)
