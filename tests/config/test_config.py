"""Configuration files and flags: merged, checked, and refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from cotbench.config import Settings, load_file, parse_sets, read_settings
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Sampling
from cotbench.core.spec import RunSpec, to_plain
from cotbench.strategies import resolve_options

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_shipped_configurations_load(path: Path) -> None:
    settings = load_file(path)
    assert settings.strategy
    assert resolve_options(settings.strategy, settings.preset, settings.options) is not None
    assert f"--config configs/{path.name}" in path.read_text()


def test_there_are_the_configurations_the_readme_names() -> None:
    assert {"quick.yaml", "plansearch-paper.yaml", "humaneval.yaml"} <= {path.name for path in CONFIGS}


def test_a_spec_is_a_configuration(tmp_path: Path) -> None:
    import yaml

    spec = RunSpec("plansearch", "local/x", "starter", None, 2, 7, 3, Sampling(1, 0.9, 5), {"words": 9}, None)
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(to_plain(spec)))
    settings = load_file(tmp_path / "spec.yaml")
    assert (settings.attempts, settings.limit, settings.units) == ("all", 7, 2)
    assert settings.options == {"words": 9}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("strategy: plansearch\n  model: x\n", "line 2"),
        ("strategy: [1\n", "not valid YAML"),
        ("model: local\n\ntempreture: 0.5\n", "line 3.*did you mean temperature"),
        ("attempts: 0\n", "line 1.*attempts must be a whole number of at least 1, or all"),
        ("seed: 1\nlimit: many\n", "line 2.*limit must be"),
        ("temperature: hot\n", "line 1.*temperature"),
        ("top_p: 0\n", "top_p"),
        ("units: 1.5\n", "units"),
        ("- a\n- b\n", "line 1"),
        ("options:\n  words: [1]\n", "options"),
        ("model: \x00\n", "not valid YAML"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=f"c.yaml.*{message}"):
        load_file(path)


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        load_file(tmp_path / "absent.yaml")
    with pytest.raises(ConfigurationError, match="cannot read"):
        load_file(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"model: \xe9\n")
    with pytest.raises(ConfigurationError, match="cannot read"):
        load_file(tmp_path / "latin.yaml")


def test_empty_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("# only a comment\n")
    assert load_file(tmp_path / "c.yaml") == Settings()


def test_flags_go_over_files() -> None:
    file = Settings(strategy="plansearch", preset="paper", options={"words": 5, "depth": 2}, attempts="all", seed=0)
    merged = Settings(options={"words": "7"}, attempts=3).over(file)
    assert merged.options == {"words": "7", "depth": 2}
    assert (merged.strategy, merged.preset, merged.attempts, merged.seed) == ("plansearch", "paper", 3, 0)


def test_another_strategy_drops_the_options_of_the_first() -> None:
    file = Settings(strategy="plansearch", preset="paper", options={"words": 5}, model="m")
    merged = Settings(strategy="repeated").over(file)
    assert (merged.strategy, merged.preset, merged.options, merged.model) == ("repeated", None, {}, "m")


def test_sets() -> None:
    assert parse_sets(["a=1", "b = x=y"]) == {"a": "1", "b": "x=y"}
    for bad in ("a", "=1", " =2"):
        with pytest.raises(ConfigurationError, match="key=value"):
            parse_sets([bad])


def test_bad_flags_name_the_command_line() -> None:
    with pytest.raises(ConfigurationError, match=r"command line: attempts must be .* not 0"):
        read_settings({"attempts": 0}, where="command line")
