"""Configuration files and flags: merged, checked, and refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from cotbench.cli.members import plan_runs
from cotbench.cli.specify import complete
from cotbench.config import Settings, load_file, parse_sets, read_settings
from cotbench.core.budget import Caps, Price
from cotbench.core.errors import ConfigurationError
from cotbench.core.message import Sampling
from cotbench.core.spec import RunSpec, to_plain

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_shipped_configurations_load(path: Path) -> None:
    plan = plan_runs(Settings(), load_file(path), Path("nowhere"))
    assert plan.members
    assert plan.single == ("study:" not in path.read_text())
    assert f"--config configs/{path.name}" in path.read_text()


def test_there_are_the_configurations_the_readme_names() -> None:
    assert {"quick.yaml", "plansearch-paper.yaml", "humaneval.yaml"} <= {path.name for path in CONFIGS}


def test_a_spec_is_a_configuration(tmp_path: Path) -> None:
    import yaml

    spec = RunSpec("plansearch", "local/x", "starter", None, 2, 7, 3, Sampling(1, 0.9, 5), {"words": 9}, None)
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(to_plain(spec)))
    settings = load_file(tmp_path / "spec.yaml").settings
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
        ("seed: 1\nmax_tokens: 512\n", "line 2: max_tokens is the budget.*write reply_tokens: 512"),
        ("max_usd: 0\n", "line 1: max_usd"),
        ("prices: {m: {input: 1}}\n", "line 1: prices m output: field required"),
        ("prices: {m: {input: 1, output: -1}}\n", "prices m output"),
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
    assert load_file(tmp_path / "c.yaml").settings == Settings()


def test_a_budget_in_a_file_stands_beside_the_length_of_a_reply(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "max_tokens: 9000000\nreply_tokens:\nmax_usd: 5\nmax_minutes_per_problem: 1.5\nprices: {m: {input: 1, output: 2}}\n"
    )
    spec = complete(load_file(tmp_path / "c.yaml").settings)
    assert (spec.caps, spec.problem_caps) == (Caps(usd=5.0, tokens=9_000_000), Caps(minutes=1.5))
    assert spec.sampling.max_tokens == complete(Settings()).sampling.max_tokens
    assert spec.prices == {"m": Price(1.0, 2.0)}


def test_flags_go_over_files() -> None:
    file = Settings(strategy="plansearch", preset="paper", options={"words": 5, "depth": 2}, attempts="all", seed=0)
    merged = Settings(options={"words": "7"}, attempts=3).over(file)
    assert merged.options == {"words": "7", "depth": 2}
    assert (merged.strategy, merged.preset, merged.attempts, merged.seed) == ("plansearch", "paper", 3, 0)


def test_another_strategy_drops_the_options_of_the_first() -> None:
    file = Settings(strategy="plansearch", preset="paper", options={"words": 5}, model="m")
    merged = Settings(strategy="repeated").over(file)
    assert (merged.strategy, merged.preset, merged.options, merged.model) == ("repeated", None, {}, "m")


def test_a_file_without_a_strategy_keeps_its_options_and_preset() -> None:
    file = Settings(preset="paper", options={"words": 5})
    merged = Settings(strategy="plansearch").over(file)
    assert (merged.strategy, merged.preset, merged.options) == ("plansearch", "paper", {"words": 5})


def test_a_preset_flag_is_not_undone_by_the_options_of_the_file() -> None:
    file = Settings(strategy="plansearch", options={"words": 5, "depth": 1})
    merged = Settings(preset="paper", options={"depth": "3"}).over(file)
    assert (merged.preset, merged.options) == ("paper", {"depth": "3"})
    assert Settings(preset="paper", strategy="plansearch").over(file).options == {}


@pytest.mark.parametrize(
    "base",
    [
        "http://user:hunter2@host/v1",
        "https://hunter2@host",
        "user:hunter2@host:80/v1",
        "//u:hunter2@h",
        " http://u:hunter2@h",
    ],
)
def test_secrets_in_an_address_are_refused_and_not_repeated(tmp_path: Path, base: str) -> None:
    (tmp_path / "c.yaml").write_text(f"seed: 1\napi_base: '{base}'\n")
    with pytest.raises(ConfigurationError, match="line 2: api_base must not hold") as caught:
        load_file(tmp_path / "c.yaml")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigurationError) as other:
        read_settings({"api_base": [base]}, where="command line")
    assert "hunter2" not in str(other.value)


def test_ordinary_addresses_are_taken() -> None:
    for base in ("http://127.0.0.1:8000/v1", "https://host/v1/@cf/meta", "https://host/v1?mail=a@b", "localhost:8000"):
        assert read_settings({"api_base": base}, where="command line").api_base == base


@pytest.mark.parametrize("value", [10**10, 10**5000], ids=["large", "unprintable"])
def test_counts_have_an_end(value: int) -> None:
    with pytest.raises(ConfigurationError, match="attempts must be a whole number of at most 1,000,000,000") as caught:
        read_settings({"attempts": value}, where="command line")
    assert len(str(caught.value)) < 150
    for name in ("units", "seed", "reply_tokens", "max_calls"):
        with pytest.raises(ConfigurationError, match=name):
            read_settings({name: 10**25}, where="command line")


def test_sets() -> None:
    assert parse_sets(["a=1", "b = x=y"]) == {"a": "1", "b": "x=y"}
    for bad in ("a", "=1", " =2"):
        with pytest.raises(ConfigurationError, match="key=value"):
            parse_sets([bad])


def test_bad_flags_name_the_command_line() -> None:
    with pytest.raises(ConfigurationError, match=r"command line: attempts must be .* not 0"):
        read_settings({"attempts": 0}, where="command line")
