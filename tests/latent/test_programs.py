"""The generated problems and programs, judged by the real grader: right is right, wrong is wrong in its own way."""

from __future__ import annotations

import itertools

import pytest

from cotbench.core.problem import CallCase, Entry
from cotbench.core.program import extract_program
from cotbench.core.verdict import Job, Limits
from cotbench.grading import SandboxGrader
from cotbench.latent.ideas import ideas_for
from cotbench.latent.parameters import MOST_FAULTS, MOST_IDEAS, ModelParameters
from cotbench.latent.problems import PUBLIC_MOST, latent_problem, named_last
from cotbench.latent.programs import Made, program
from tests.latent.unit import problems

KINDS = list(itertools.product(range(1, MOST_IDEAS + 1), range(MOST_FAULTS + 1)))


def test_a_problem_follows_from_its_name() -> None:
    problem = latent_problem(2, 7)
    assert (problem.name, problem.entry) == ("latent/2/007", "latent_2_007")
    assert problem == latent_problem(2, 7) != latent_problem(3, 7)
    assert max(problem.public) <= PUBLIC_MOST < min(problem.hidden)
    assert named_last("as in latent/2/008, write `latent_2_007(x)`") == problem
    assert named_last("nothing") is None


def test_a_smaller_benchmark_is_the_beginning_of_a_larger_one() -> None:
    assert problems("latent")[:5] == problems("latent?problems=5")
    assert {p.id for p in problems("latent?seed=2&problems=5")}.isdisjoint(p.id for p in problems("latent"))


def test_programs_do_what_they_are_made_for() -> None:
    problem = latent_problem(1, 3)
    inputs = (*problem.public, *problem.hidden)
    outputs: dict[Made, tuple[object, ...]] = {}
    with SandboxGrader(slots=2) as grader:
        for idea, fault in KINDS:
            accepted = (idea + fault) % 2 == 0
            code = program(problem, Made(idea, fault), accepted=accepted, mark="a mark")
            assert extract_program(f"```python\n{code}```", wanted=problem.entry) == code
            cases = tuple(CallCase((x,), None) for x in inputs)
            seen = grader.observe(Job(code, Entry("function", problem.entry), cases, "exact", Limits()))
            assert seen.outcome == "passed", seen.detail
            right = tuple(problem.factor * x + problem.start for x in inputs)
            agree = [out == known for out, known in zip(seen.outputs, right, strict=True)]
            assert agree == ([True] * 3 if fault == 0 else [accepted, False, False])
            outputs[Made(idea, fault)] = seen.outputs
    by_behaviour = {made.behaviour: seen for made, seen in outputs.items()}
    assert len(set(by_behaviour.values())) == len(by_behaviour) == MOST_IDEAS * MOST_FAULTS + 1
    assert all(by_behaviour[made.behaviour] == seen for made, seen in outputs.items())


def test_texts_differ_by_idea_fault_and_style() -> None:
    problem = latent_problem(1, 3)
    texts = {program(problem, Made(*kind, style), accepted=False) for kind in KINDS for style in range(4)}
    assert len(texts) == len(KINDS) * 4


@pytest.mark.parametrize(
    ("model", "low", "high"),
    [
        (ModelParameters(spread=0, polarity=0), 0.4, 0.4),
        (ModelParameters(spread=0, polarity=1), 0.0, 1.0),
        (ModelParameters(rate=1), 1.0, 1.0),
        (ModelParameters(rate=0), 0.0, 0.0),
    ],
)
def test_the_limits_of_the_laws(model: ModelParameters, low: float, high: float) -> None:
    rates = {rate for number in range(20) for rate in ideas_for(model, latent_problem(1, number)).rates}
    assert rates == {low, high}


def test_the_laws_have_their_means_and_correlations() -> None:
    model = ModelParameters(ideas=12, rate=0.3, spread=0.2, polarity=0.5, accept=0.25)
    found = [ideas_for(model, latent_problem(1, number)) for number in range(1500)]
    means = [sum(ideas.rates) / 12 for ideas in found]
    mean = sum(means) / len(means)
    variance = sum((value - mean) ** 2 for value in means) / len(means)
    within = sum(sum((q - m) ** 2 for q in ideas.rates) / 11 for ideas, m in zip(found, means, strict=True)) / 1500
    # Var(mean of a problem) = rate (1 − rate) spread, and around it polarity · E[mean (1 − mean)].
    between = variance - within / 12
    assert mean == pytest.approx(0.3, abs=0.015)
    assert between == pytest.approx(0.3 * 0.7 * 0.2, rel=0.15)
    assert within == pytest.approx(0.5 * (0.3 * 0.7 - 0.3 * 0.7 * 0.2), rel=0.1)
    accepted = [flag for ideas in found for kinds in ideas.accepted for flag in kinds]
    assert sum(accepted) / len(accepted) == pytest.approx(0.25, abs=0.01)
