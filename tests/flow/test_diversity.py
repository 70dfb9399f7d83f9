"""Diversity through the command line: programs in the real sandbox, a simulated judge, and the truth as the yardstick."""

from __future__ import annotations

import json
import math
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np
import pytest

from cotbench.cli.app import load_verb
from cotbench.core.errors import ConfigurationError
from cotbench.latent import Truth
from tests.conftest import Workspace, stop_group

MODEL, BENCHMARK = "sim/latent?judge=1&seed=5", "latent?problems=24"
ATTEMPTS = 8
PAIRS = ATTEMPTS * (ATTEMPTS - 1) // 2
MARK = re.compile(r"\[program (\d+)\.(\d+)\.(\d+) of")


def diversity(space: Workspace, *arguments: str) -> int:
    """Give the command in this process and return its exit code."""
    place = ["--results", str(space.results), "--allow-unsafe"]
    code = load_verb("diversity").main([*arguments, *place], prog_name="diversity", standalone_mode=False)
    return code if isinstance(code, int) else 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace with a run of repeated sampling by the simulated model."""
    space = Workspace(tmp_path_factory.mktemp("diversity"))
    arguments = ["-m", MODEL, "-b", BENCHMARK, "--limit", "all", "--attempts", str(ATTEMPTS), "--name", "run", "-q"]
    done = space.cot("run", "-s", "repeated", *arguments)
    assert done.returncode == 0, done.stderr
    return space


@pytest.fixture(scope="module")
def found(made: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the command says of all pairs, with the judge; the run's own calls must not change."""
    before = [(path, path.read_bytes()) for path in sorted((made.results / "run" / "calls").iterdir())]
    arguments = ("run", "--judge", MODEL, "--judge-pairs", str(PAIRS), "--gain", "--json")
    with pytest.MonkeyPatch.context() as patch:
        out = tmp_path_factory.mktemp("out") / "out.json"
        with out.open("w") as file:
            patch.setattr("sys.stdout", file)
            assert diversity(made, *arguments) == 0
    assert before == [(path, path.read_bytes()) for path in sorted((made.results / "run" / "calls").iterdir())]
    return json.loads(out.read_text())["runs"][0]  # type: ignore[no-any-return]


def by_marks(made: Workspace, label: Callable[[int, int, int], Hashable]) -> dict[str, float]:
    """Return D per problem from the marks in the programs, by counting pairs."""
    kinds: dict[str, list[Hashable]] = {}
    for row in made.rows("run", "attempts"):
        match = MARK.search(str(row["code"]))
        assert match
        kinds.setdefault(str(row["problem"]), []).append(label(*map(int, match.groups())))
    return {name: _difference(own) for name, own in kinds.items()}


def _difference(kinds: Iterable[Hashable]) -> float:
    sizes = Counter(kinds).values()
    return 1 - sum(size * (size - 1) for size in sizes) / (sum(sizes) * (sum(sizes) - 1))


def test_the_judge_finds_the_ideas(made: Workspace, found: dict[str, Any]) -> None:
    expected = by_marks(made, lambda idea, fault, style: idea)
    (judge,) = [rung for rung in found["rungs"] if rung["rung"].startswith("sim/")]
    assert {row["problem"]: row["difference"][judge["rung"]] for row in found["problems"]} == pytest.approx(expected)
    (said,) = found["judges"]
    assert said["pairs"] == 24 * PAIRS and said["unreadable"] == 0
    assert (said["orders"]["share"], said["orders"]["kappa"]) == (1.0, 1.0)


def test_behaviours_are_told_apart_by_what_programs_do(made: Workspace, found: dict[str, Any]) -> None:
    expected = by_marks(made, lambda idea, fault, style: (idea, fault) if fault else (0, 0))
    assert {row["problem"]: row["difference"]["behaviour"] for row in found["problems"]} == pytest.approx(expected)
    texts = by_marks(made, lambda idea, fault, style: (idea, fault, style))
    assert {row["problem"]: row["difference"]["exact"] for row in found["problems"]} == pytest.approx(texts)
    # Styles differ in names alone.
    trees = by_marks(made, lambda idea, fault, style: (idea, fault))
    assert {row["problem"]: row["difference"]["tree"] for row in found["problems"]} == pytest.approx(trees)


def test_the_means_come_out_at_the_closed_forms(found: dict[str, Any]) -> None:
    truth = Truth.of(MODEL, BENCHMARK, temperature=0.8)
    rng = np.random.default_rng(1)
    laws = {"sim/": [mind.idea_chances() for mind in truth.minds]}
    laws["behaviour"] = [tuple(mind.behaviour_chances().values()) for mind in truth.minds]
    closed = {"sim/": truth.idea_diversity(), "behaviour": truth.behaviour_diversity()}
    for name, chances in laws.items():
        draws = [rng.choice(len(law), size=(300, ATTEMPTS), p=np.array(law) / sum(law)) for law in chances]
        means = np.mean([[_difference(row) for row in drawn.tolist()] for drawn in draws], axis=0)
        assert means.mean() == pytest.approx(closed[name], abs=5 * means.std() / math.sqrt(300))
        (rung,) = [each for each in found["rungs"] if each["rung"].startswith(name)]
        assert abs(rung["difference"]["value"] - closed[name]) < 4 * means.std()
    (rung,) = [each for each in found["rungs"] if each["rung"] == "behaviour"]
    number = rung["effective"]["0"]["value"]
    assert found["useful_behaviours"]["value"] <= number
    assert number == pytest.approx(truth.behaviours(ATTEMPTS), abs=0.6)


def test_the_second_time_nothing_is_run_or_asked(
    made: Workspace, found: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("nothing is owed")

    monkeypatch.setattr("cotbench.cli.judging_pairs.open_backend", refuse)
    monkeypatch.setattr("cotbench.cli.watching.open_grader", refuse)
    assert diversity(made, "run", "--judge", MODEL, "--judge-pairs", str(PAIRS)) == 0
    text = capsys.readouterr().out
    value = next(rung for rung in found["rungs"] if rung["rung"] == "behaviour")["difference"]["value"]
    assert re.search(rf"^equal behaviour +{100 * value:.1f} ", text, re.M)
    assert "[simulated]" in text and "kappa 1.00" in text
    assert diversity(made, "run", "--no-behaviour", "--markdown", "--gain") == 0
    assert "| judge sim/latent?seed=5&judge=1 |" in capsys.readouterr().out


def test_a_cap_on_calls_is_kept(made: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("run", "--no-behaviour", "--judge", "sim/latent?seed=5", "--judge-pairs", "1", "-q")
    assert diversity(made, *arguments, "--max-calls", "20") == 3
    captured = capsys.readouterr()
    assert "stopped: --max-calls 20 is reached" in captured.err and "pairs of run are owed" in captured.err
    assert diversity(made, *arguments) == 0


def test_what_cannot_be_is_refused(made: Workspace) -> None:
    for arguments, words in (
        (("run", "--json", "--csv"), "one of"),
        (("run", str(made.results / "run")), "given twice"),
        (("nothing",), "there is no run"),
        (("run", "--judge", "local/nothing"), "nothing"),
        (("run", "--no-behaviour", "--gain", "--k", "99"), "too few attempts for k = 99"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            diversity(made, *arguments)


def test_killed_while_judging(workspace: Workspace) -> None:
    codes = [f"def {name}(x):\n    return x + {number}\n" for name in ("double", "square") for number in range(5)]
    rows = [{"problem": code.split("(")[0][4:], "code": code} for code in codes]
    (workspace.path / "programs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = workspace.cot("grade", "programs.jsonl", "--benchmark", "problems.jsonl", "--name", "run", "-q")
    assert done.returncode == 0, done.stderr
    (workspace.path / "judge.yaml").write_text("delay: 0.1\nlog: judged.txt\ndefault: same\n")
    log = workspace.path / "judged.txt"
    arguments = ("diversity", "run", "--no-behaviour", "--judge", "scripted:judge.yaml", "--concurrency", "1", "--json")
    process = workspace.start(*arguments)
    limit = time.monotonic() + 60
    while (not log.exists() or len(log.read_text().splitlines()) < 4) and time.monotonic() < limit:
        time.sleep(0.01)
    stop_group(process, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
    done = workspace.cot(*arguments)
    assert done.returncode == 0, done.stderr
    (judge,) = json.loads(done.stdout)["runs"][0]["judges"]
    # At most the one request in flight was made again.
    assert judge["calls"] <= len(log.read_text().splitlines()) <= judge["calls"] + 2
    (rung,) = [row for row in json.loads(done.stdout)["runs"][0]["rungs"] if row["rung"].startswith("scripted")]
    assert rung["difference"]["value"] == 0.0
