"""Flags and settings that choose problems, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cotbench.cli.specify import complete, read_selection
from cotbench.config import Settings, load_file, read_settings
from cotbench.core.errors import ConfigurationError
from cotbench.core.spec import RunSpec, differences, from_plain, to_plain
from cotbench.core.window import Window


def spec(**said: object) -> RunSpec:
    return complete(read_settings({"strategy": "repeated", **said}, where="test"))


def test_settings_become_a_window_and_ids() -> None:
    made = spec(from_date="2024-01-01", difficulty="Hard, easy", platform=["AtCoder"], ids="b,a,b")
    assert made.window == Window("2024-01-01", difficulty=("easy", "hard"), platform=("atcoder",))
    assert made.ids == ("b", "a")
    assert from_plain(to_plain(made)) == made
    old = {name: value for name, value in to_plain(spec()).items() if name not in ("from_date", "ids", "platform")}
    assert from_plain(old) == spec(), "specs of earlier versions say nothing of windows"


def test_only_the_window_makes_another_run() -> None:
    assert differences(spec(), spec(ids="a", limit=3)) == []
    assert differences(spec(), spec(to_date="2024-01-01")) == ["to_date: None → 2024-01-01"]
    assert differences(spec(difficulty="a,b"), spec(difficulty="b,a")) == []


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ({}, 5),
        ({"ids": "a"}, None),
        ({"benchmark": "humaneval[0:20]"}, None),
        ({"benchmark": "humaneval[0:20]", "limit": 3}, 3),
        ({"from_date": "2024-01-01"}, 5),
    ],
)
def test_ids_and_slices_say_how_many(said: dict[str, object], limit: int | None) -> None:
    assert spec(**said).limit == limit


def test_a_list_is_read_and_the_later_of_two_lists_counts(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("\ufeff# two\n b \n\na\nb\n", encoding="utf-8")
    (tmp_path / "config.yaml").write_text(
        "from_date: 2024-01-01\nto_date: '2024-02-01'\nids: [x, y]\ndifficulty: easy\n"
    )
    base = load_file(tmp_path / "config.yaml").settings
    assert (base.from_date, base.ids, base.difficulty) == ("2024-01-01", ["x", "y"], ["easy"])
    over = Settings(problems=str(tmp_path / "list")).over(base)
    assert read_selection(over, 5).ids == ("b", "a")
    assert read_selection(Settings(ids=["z"]).over(over), 5).ids == ("z",)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"from_date": "2024"}, "from_date = '2024': a date like 2024-05-31 was expected"),
        ({"to_date": "2024-02-30"}, "a date like 2024-05-31 was expected"),
        ({"from_date": "2024-02-02", "to_date": "2024-02-01"}, "--to 2024-02-01 is before --from 2024-02-02"),
        ({"ids": "a", "problems": "x"}, "--ids and --problems are both given"),
        ({"problems": "absent.txt"}, "cannot read the list of problems absent.txt"),
        ({"ids": ","}, "ids = ','"),
        ({"dificulty": "easy"}, "did you mean difficulty"),
    ],
)
def test_refusals(said: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        spec(**said)
    assert message in str(raised.value)


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# nothing\n")
    with pytest.raises(ConfigurationError, match="is empty"):
        spec(problems=str(tmp_path / "list"))
