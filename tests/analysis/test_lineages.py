"""What lineages say: against counts done by hand, the simulated model's closed forms, and pass@k by enumeration."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from cotbench.analysis import run_table
from cotbench.analysis.calibrating import calibrated
from cotbench.analysis.polarisation import polarisation_sheets, polarised
from cotbench.analysis.problems import problem_sheet
from cotbench.analysis.public_cases import faults, judged_on_base, judged_on_public, selected, selection_sheets
from cotbench.analysis.sketches import baseline, idea_gap, sketch_curve
from cotbench.analysis.survival import surviving
from cotbench.analysis.traced import traced
from cotbench.analysis.unique import only_one_solves
from cotbench.core.errors import ConfigurationError
from cotbench.core.ids import call_key
from cotbench.latent import Truth
from cotbench.latent.ideas import shares
from cotbench.store import RunDirectory

from .builder import spec, write_run
from .lineages import Made, step, write_lineages

TEMPERATURE = 0.8
PROBLEMS, IDEAS, PROGRAMS = 120, 5, 12


def simulated_grid(model: str, path: Path) -> tuple[Truth, Path]:
    """Draw a grid of ideas and programs from the simulated model's laws, as `conditioned` would."""
    truth = Truth.of(model, f"latent?problems={PROBLEMS}", temperature=TEMPERATURE)
    rng = np.random.default_rng(11)
    made: dict[str, list[Made]] = {}
    for number, mind in enumerate(truth.minds):
        ideas = rng.choice(len(mind.given_idea), size=IDEAS, p=shares(mind.ideas.thought(TEMPERATURE)))
        made[f"p{number:03}"] = [
            Made((step("idea", f"way {ideas[row]}", f"idea{row}"),), bool(rng.uniform() < mind.given_idea[ideas[row]]))
            for _ in range(PROGRAMS)
            for row in range(IDEAS)
        ]
    write_lineages(path, made, run=spec(strategy="conditioned"))
    return truth, path


@pytest.mark.parametrize("polarity", [0.2, 0.7])
def test_the_correlation_is_the_simulated_models(polarity: float, tmp_path: Path) -> None:
    truth, path = simulated_grid(f"sim/latent?seed=4&polarity={polarity}&alpha=3", tmp_path / "run")
    found = polarised(run_table(RunDirectory(path)), seed=1)
    assert found.result is not None and found.bins is not None
    assert found.result.low is not None and found.result.high is not None
    assert found.result.low < truth.intraclass_correlation() < found.result.high
    assert found.result.p < 0.01
    assert found.result.extreme > found.result.extreme_null_high
    assert len(found.rates) == PROBLEMS * IDEAS
    assert found.bins.ideas[0] + found.bins.ideas[-1] == pytest.approx(found.result.extreme)


def test_ideas_are_told_apart_by_label_within_a_unit(tmp_path: Path) -> None:
    first, second = step("idea", "a", "i0"), step("idea", "b", "i1")
    made = [
        Made((first,), True),
        Made((first,), True),
        Made((second,), False),
        Made((first,), False, unit=1),
        Made((step("idea", "no label"),), True),
        Made((step("idea", "no label"),), False),
        Made((), True),
    ]
    found = polarised(run_table(write_lineages(tmp_path / "run", {"p": made})))
    assert [(rate.unit, rate.label or rate.text, rate.programs, rate.passed) for rate in found.rates] == [
        (0, "i0", 2, 2),
        (0, "i1", 1, 0),
        (0, "no label", 2, 1),
        (1, "i0", 1, 0),
    ]


def test_one_program_per_idea_tells_nothing(tmp_path: Path) -> None:
    made = {"p": [Made((step("idea", "x", f"i{place}"),), place % 2 == 0) for place in range(4)]}
    table = run_table(write_lineages(tmp_path / "run", made))
    assert polarised(table).result is None
    numbers = polarisation_sheets(table)[0]
    assert numbers.rows[0][5] is None
    assert any("cannot be told apart" in note for note in numbers.notes)
    with pytest.raises(ConfigurationError, match="no judged attempt of repeated comes from"):
        polarised(run_table(write_run(tmp_path / "plain", {"p": "+-"})))


def test_survival_counts_each_stage(tmp_path: Path) -> None:
    seen, blank = step("observation", "it is odd", "o"), step("observation", " ", "o2")
    idea, empty = step("idea", "count", "i"), step("idea", "", "j")
    made = {
        "a": [
            Made((seen, idea), True, True),
            Made((idea,), False, True),  # no observation by design
            Made((seen, idea), False, False),
            Made((seen, empty), True, True),  # passes all the same
        ],
        "b": [Made((blank, idea), False, False), Made((seen, idea), code=None)],
        "c": [Made((idea,), True, True)],
    }
    counters = {"a": {"empty idea": 1}, "c": {"node without observations": 1, "observations unparsable": 3}}
    table = run_table(
        write_lineages(tmp_path / "r", made, counters=counters, without=["d"], run=spec(strategy="plansearch"))
    )
    found = surviving(table)
    assert found.names == ("observation", "idea", "code", "public", "hidden")
    shares = [
        [4 / 4, 3 / 4, 3 / 4, 2 / 4, 1 / 4],
        [1 / 2, 1 / 2, 0, 0, 0],
        [0, 0, 0, 0, 0],  # the whole tree has no observation
        [0, 0, 0, 0, 0],  # no attempt at all
    ]
    assert [stage.alive for stage in found.stages] == pytest.approx(np.mean(shares, axis=0))
    assert found.units == pytest.approx((0.5, 0.5, 0.25, 0.25, 0.25))
    assert found.lost == (2, 1, 1, 1, 1)
    assert found.revived == 2
    assert found.events[0] == "node without observations × 1; observations unparsable × 3"
    assert found.events[1] == "empty idea × 1"
    assert (found.problems, found.attempts) == (4, 7)


def test_selection_is_what_drawing_and_submitting_gives(tmp_path: Path) -> None:
    marks = {"p": [(True, True)] * 2 + [(False, True)] * 3 + [(False, False)] * 2, "q": [(True, False), (False, True)]}
    made = {name: [Made((), right, accepted) for right, accepted in found] for name, found in marks.items()}
    made["q"] += [Made((), code=None), Made((), False, True)]
    table = run_table(write_lineages(tmp_path / "run", made))
    judged = judged_on_public(table, traced(table))
    assert judged.attempts.tolist() == [7, 4]
    assert (judged.first.tolist(), judged.both.tolist(), judged.second.tolist()) == ([5, 2], [2, 0], [2, 1])

    def drawn(pool: list[tuple[bool, bool]], k: int) -> float:
        chances = []
        for draw in itertools.combinations(pool, k):
            submitted = [right for right, accepted in draw if accepted]
            chances.append(sum(submitted) / len(submitted) if submitted else 0.0)
        return float(np.mean(chances))

    pools = [marks["p"], [*marks["q"], (False, False), (False, True)]]
    for row in selected(judged):
        assert row.one == pytest.approx(np.mean([drawn(pool, row.k) for pool in pools]))
    first, last = selected(judged)[0], selected(judged)[-1]
    assert first.efficiency is None
    oracle = np.mean([2 / 7, 1 / 4])
    assert last.efficiency == pytest.approx((last.one - first.coverage) / (last.coverage - first.coverage))
    assert first.coverage == pytest.approx(oracle)
    accepts, rejects = faults(judged)
    assert (accepts.count, accepts.total, accepts.rate) == (5, 8, pytest.approx((3 / 5 + 2 / 3) / 2))
    assert (rejects.count, rejects.total, rejects.rate) == (1, 3, pytest.approx((0 + 1) / 2))


def test_base_cases_are_the_first_hidden_ones(tmp_path: Path) -> None:
    made = {"p": [Made((), True), Made((), False, cases=4), Made((), False, cases=3), Made((), code=None)]}
    table = run_table(write_lineages(tmp_path / "plus", made, base=4))
    judged = judged_on_base(table, traced(table))
    assert judged is not None
    assert (judged.first.tolist(), judged.second.tolist()) == ([2], [1])
    assert [sheet.name for sheet in selection_sheets(table)] == ["faults", "base"]
    base = selection_sheets(table)[1].rows[0]
    assert base[:4] == (1, pytest.approx(0.5), pytest.approx(0.25), pytest.approx(0.25))
    plain = run_table(write_lineages(tmp_path / "plain", made))
    assert judged_on_base(plain, traced(plain)) is None
    with pytest.raises(ConfigurationError, match="public cases"):
        selection_sheets(plain)


def test_sketches_by_length_and_the_idea_gap(tmp_path: Path) -> None:
    def attempts(problem: str, rates: dict[int, int]) -> list[Made]:
        return [
            Made((step("sketch", "word " * (words + 2), f"words{words}", f"{problem}{words}"),), place < passed)
            for words, passed in rates.items()
            for place in range(4)
        ]

    made = {"p": attempts("p", {10: 1, 40: 3}), "q": attempts("q", {10: 2, 40: 4}), "r": attempts("r", {10: 4})}
    table = run_table(write_lineages(tmp_path / "b", made, run=spec(strategy="backtranslate")))
    curve = sketch_curve(table, traced(table))
    # r has no sketch of 40 words, so it is in neither.
    assert curve.problems == ("p", "q")
    assert [(part.asked, part.words, part.value) for part in curve.lengths] == [(10, 12, 0.375), (40, 42, 0.875)]
    assert curve.lengths[0].tokens is None
    # pass@2 with 1, 2 of 4 right: 1 − C(3,2)/C(4,2) and 1 − C(2,2)/C(4,2).
    assert sketch_curve(table, traced(table), k=2).lengths[0].value == pytest.approx((0.5 + 5 / 6) / 2)
    plain = run_table(write_run(tmp_path / "plain", {"p": "+---", "q": "++--", "r": "----"}))
    level = baseline(plain, curve.problems)
    assert level.value == pytest.approx(0.375)
    assert idea_gap(0.875, level.value) == pytest.approx(0.8)
    assert idea_gap(1.0, 1.0) is None
    with pytest.raises(ConfigurationError, match="pass@5 is undefined"):
        sketch_curve(table, traced(table), k=5)
    with pytest.raises(ConfigurationError, match="no judged attempt comes from a sketch"):
        sketch_curve(plain, traced(plain))
    with pytest.raises(ConfigurationError, match="has no judged attempt on 1 problem"):
        baseline(run_table(write_run(tmp_path / "less", {"p": "+"})), curve.problems)


def test_tokens_of_sketches_are_those_of_their_calls(tmp_path: Path) -> None:
    made = {"p": [Made((step("sketch", "count them", "words10", call_key("p", 0, "sketch", 0)),), True)]}
    table = run_table(write_lineages(tmp_path / "run", made, tokens={"sketch": ("p", 17)}))
    assert sketch_curve(table, traced(table)).lengths[0].tokens == 17


def test_stated_chances_are_read_and_bad_ones_left_out(tmp_path: Path) -> None:
    texts = ["0.25", "1", " .5 ", "75 %", "1.5", "nan"]
    made = {"p": [Made((step("probability", text),), place == 1) for place, text in enumerate(texts)]}
    made["p"].append(Made((), True))
    found = calibrated(run_table(write_lineages(tmp_path / "run", made)))
    assert (found.result.statements, found.unreadable, found.silent) == (3, 3, 1)
    assert found.result.brier.value == pytest.approx((0.0625 + 0.0 + 0.25) / 3)
    with pytest.raises(ConfigurationError, match="states how likely"):
        calibrated(run_table(write_run(tmp_path / "plain", {"p": "+"})))


def test_only_one_solves_names_each_problem_once(tmp_path: Path) -> None:
    runs = {
        "one": {"a": "+-", "b": "--", "c": "++", "d": "--"},
        "two": {"a": "--", "b": "-+", "c": "-+", "d": "--"},
        "three": {"a": "--", "b": "--", "c": "--", "d": "-"},
    }
    tables = [run_table(write_run(tmp_path / name, marks)) for name, marks in runs.items()]
    assert only_one_solves(tables) == {"one": ("a",), "two": ("b",), "three": ()}


def test_problems_are_sorted_by_rate(tmp_path: Path) -> None:
    table = run_table(write_run(tmp_path / "run", {"a": "--", "b": "++", "c": "?", "d": "+-"}))
    assert [row[0] for row in problem_sheet(table, "rate").rows] == ["b", "d", "a", "c"]
    assert [row[0] for row in problem_sheet(table).rows] == ["a", "b", "c", "d"]
    assert problem_sheet(table).rows[2][4] is None
    with pytest.raises(ConfigurationError, match="no order 'rates'"):
        problem_sheet(table, "rates")
