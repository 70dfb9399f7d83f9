"""Windows in words and in plain data, and the names of benchmarks."""

from __future__ import annotations

import pytest

from cotbench.core.errors import BenchmarkError
from cotbench.core.naming import split_slice, stem_of
from cotbench.core.window import EVERYTHING, Window, is_date, window_from_plain, words


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (EVERYTHING, ""),
        (Window("2024-01-01", "2024-02-01"), "2024-01-01 to 2024-02-01"),
        (Window("2024-01-01"), "from 2024-01-01"),
        (Window(to_date="2024-02-01"), "up to 2024-02-01"),
        (Window(difficulty=("easy", "hard")), "difficulty easy or hard"),
        (Window("2024-01-01", platform=("atcoder",)), "from 2024-01-01, platform atcoder"),
    ],
)
def test_a_window_in_words_and_back_from_plain_data(window: Window, said: str) -> None:
    assert str(window) == said
    assert window_from_plain(window.to_plain()) == window


@pytest.mark.parametrize("plain", [{"from_date": "2024"}, {"to_date": 3}, {"difficulty": 3}, {"platform": [1]}])
def test_plain_data_that_is_no_window(plain: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        window_from_plain(plain)


def test_words_have_one_form() -> None:
    assert words(" Hard,easy,, hard") == words(["hard", "Easy"]) == ("easy", "hard")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("2024-05-31", True),
        ("2024-02-30", False),
        ("2024-5-1", False),
        ("2024-05-31T14:00:00", True),
        ("2024-05-31 14:00", True),
        ("2024-05-31T14:00:00+00:00", True),
        ("2024-05-31x", False),
        ("", False),
    ],
)
def test_dates(text: str, fits: bool) -> None:
    assert is_date(text) is fits


@pytest.mark.parametrize(
    ("name", "stem", "part"),
    [
        ("humaneval+", "humaneval+", None),
        ("humaneval+[0:20]", "humaneval+", slice(0, 20)),
        ("livecodebench@release_v5[::10]", "livecodebench@release_v5", slice(None, None, 10)),
        ("humaneval+:/a/b.jsonl.gz[-5:]", "humaneval+:/a/b.jsonl.gz", slice(-5, None)),
        ("a.jsonl [ 1 : 9 : -2 ]", "a.jsonl", slice(1, 9, -2)),
        ("org/name:train[:3]", "org/name:train", slice(None, 3)),
    ],
)
def test_slices(name: str, stem: str, part: slice | None) -> None:
    assert split_slice(name) == (stem, part)
    assert stem_of(name) == stem


@pytest.mark.parametrize("name", ["a[3]", "a[]", "a[0:1:0]", "a[x:y]", "a[0:1:2:3]"])
def test_brackets_that_hold_no_slice(name: str) -> None:
    with pytest.raises(BenchmarkError, match="is no slice"):
        split_slice(name)
    assert stem_of(name) == name
