"""Searches that look at public cases, on the simulated model in memory, against what its ideas say they come to."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import pytest

from cotbench.backends.simulated.backend import SimulatedBackend
from cotbench.core.attempt import Attempt
from cotbench.latent import Truth
from cotbench.latent.ideas import shares
from cotbench.latent.mind import Mind
from tests.latent.branching import solved_by_branching
from tests.latent.unit import TEMPERATURE, made, problems, run

PROBLEMS = 3
BENCHMARK = f"latent?problems={PROBLEMS}"
MODEL = "sim/latent?ideas=3&alpha=1&polarity=0.4&spread=0.1&accept=0.4&switch=0.5&seed=5"
SURE = MODEL.replace("accept=0.4", "accept=0&judge=1")


def backend(model: str) -> SimulatedBackend:
    return SimulatedBackend(model)


def minds(model: str) -> tuple[Mind, ...]:
    return Truth.of(model, BENCHMARK, temperature=TEMPERATURE).minds


def units(
    model: str, strategy: str, attempts: int, count: int, **options: object
) -> list[list[tuple[str, list[Attempt]]]]:
    """Return `count` units of each problem, with its name."""
    simulated = backend(model)
    return [
        [(problem.id, run(simulated, problem.view(), strategy, attempts, seed, **options)) for seed in range(count)]
        for problem in problems(BENCHMARK)
    ]


def right(attempt: Attempt, problem: str) -> bool:
    found = made(attempt.code, problem)
    return found is not None and found.right


def chain(attempt: Attempt) -> str:
    """Return the chain that an attempt of `refine` belongs to."""
    return next((step.label.split(".")[0] for step in attempt.lineage if step.label), "")


def close(found: Sequence[Sequence[bool]], expected: Sequence[float]) -> None:
    """Check shares of successes, one sequence of independent trials for each problem, at four standard errors."""
    for outcomes, chance in zip(found, expected, strict=True):
        error = math.sqrt(max(chance * (1 - chance), 1e-3) / len(outcomes))
        assert abs(sum(outcomes) / len(outcomes) - chance) < 4 * error, (sum(outcomes), len(outcomes), chance)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (MODEL, {"rounds": 2}),
        (MODEL, {"rounds": 1, "feedback": "simple", "explain": True}),
        (MODEL, {"rounds": 3, "context": "all", "explain": True}),
        (SURE, {"rounds": 2, "feedback": "generated"}),
    ],
)
def test_repaired_programs_come_out_at_the_truth(model: str, options: dict[str, object]) -> None:
    rounds = int(str(options["rounds"]))
    found = []
    for drawn in units(model, "refine", 2 * (rounds + 1), 50, **options):
        ends = []
        for problem, attempts in drawn:
            chains = defaultdict(list)
            for attempt in attempts[: 2 * (rounds + 1)]:
                above = chain(attempt)
                chains[above or f"chain{attempt.index}"].append(right(attempt, problem))
            # Chains begun later may be cut by the number of attempts.
            ends += [any(chains[name]) for name in ("chain0", "chain1")]
        found.append(ends)
    close(found, [mind.repaired(rounds) for mind in minds(model)])


def test_without_feedback_every_round_is_another_draw() -> None:
    """The idea is kept with chance 1 − switch, whatever came of the program."""
    expected = []
    for mind in minds(MODEL):
        at = list(mind.idea_chances())
        for _ in range(2):
            others = [shares(mind.ideas.plain(TEMPERATURE, without={idea})) for idea in range(1, 4)]
            at = [0.5 * at[j] + 0.5 * sum(at[i] * others[i][j] for i in range(3)) for j in range(3)]
        expected.append(sum(chance * rate for chance, rate in zip(at, mind.ideas.rates, strict=True)))
    drawn = units(MODEL, "refine", 3, 100, rounds=2, feedback="none")
    close([[right(attempts[-1], problem) for problem, attempts in some] for some in drawn], expected)


@pytest.mark.parametrize("failures", [False, True])
def test_plans_come_out_at_the_truth(failures: bool) -> None:
    """Where all t tries are refused (chance u^t) the rest follow an idea: any, or any but that of the first try."""
    tries, wanted = 2, 5
    expected = []
    for mind in minds(MODEL):
        chances = mind.idea_chances()
        refused = [
            chance * (1 - rate) * (1 - mind.ideas.share_accepted(idea))
            for idea, (chance, rate) in enumerate(zip(chances, mind.ideas.rates, strict=True), start=1)
        ]
        u, p = sum(refused), mind.plain
        planned = 0.0
        for idea, share in enumerate(refused, start=1):
            without = {idea} if failures else set()
            weights = shares(mind.ideas.thought(TEMPERATURE, without=without))
            missed = 1 - sum(weight * rate for weight, rate in zip(weights, mind.given_idea, strict=True))
            planned += share / u * (1 - missed ** (wanted - tries))
        # Not all refused and none right, then plain draws that are wrong, too.
        missed_plain = ((1 - p) ** tries - u**tries) * (1 - p) ** (wanted - tries)
        expected.append(1 - u**tries * (1 - planned) - missed_plain)
    drawn = units(MODEL, "staged", wanted, 80, tries=tries, failures=failures)
    close(
        [[any(right(attempt, problem) for attempt in attempts) for problem, attempts in some] for some in drawn],
        expected,
    )


def test_stopping_ends_a_unit_at_the_first_program_that_is_accepted() -> None:
    drawn = units(MODEL, "staged", 6, 40, tries=2, stop=True)
    for mind, some in zip(minds(MODEL), drawn, strict=True):
        p = mind.plain + mind.accepted_wrong()
        close([[len(attempts) == 1 for _, attempts in some]], [p])
        close([[len(attempts) == 2 for _, attempts in some]], [p * (1 - p)])


@pytest.mark.parametrize("policy", ["bfs", "uct", "hill"])
def test_a_tree_of_one_branch_is_a_chain_of_repairs(policy: str) -> None:
    drawn = units(MODEL, "tree", 3, 60, policy=policy, width=1)
    found = []
    for some in drawn:
        # A draft after the first begins another tree.
        chains = [[attempts[0], *(a for a in attempts[1:] if len(a.lineage) > 1 and a.lineage[0].label == "node1")]
                  for _, attempts in some]  # fmt: skip
        found.append([any(right(a, problem) for a in chain) for chain, (problem, _) in zip(chains, some, strict=True)])
    close(found, [mind.repaired(2) for mind in minds(MODEL)])


@pytest.mark.parametrize("way", ["role", "words"])
def test_a_guided_attempt_is_a_plain_one_of_its_own(way: str) -> None:
    """The simulated model has no ear for roles and words: attempts are independent, each right with chance p."""
    drawn = units(MODEL, "diverse", 3, 150, way=way)
    for place in range(3):
        found = [[right(attempts[place], problem) for problem, attempts in some] for some in drawn]
        close(found, [mind.plain for mind in minds(MODEL)])
    any_right = [[any(right(a, problem) for a in attempts) for problem, attempts in some] for some in drawn]
    close(any_right, [1 - (1 - mind.plain) ** 3 for mind in minds(MODEL)])


def in_two_steps(mind: Mind) -> float:
    """After a draft that is refused both laws are Beta(0.5, 1.5): a draft or a repair, with chance 1/2 each."""
    refused = 1 - mind.plain - mind.accepted_wrong()
    repaired = mind.repaired(1) - mind.plain
    return mind.plain + mind.accepted_wrong() * mind.plain + 0.5 * refused * mind.plain + 0.5 * repaired


def test_going_through_all_trees_agrees_with_the_closed_form() -> None:
    for mind in minds(MODEL):
        assert solved_by_branching(mind, 1) == pytest.approx(mind.plain)
        assert solved_by_branching(mind, 2) == pytest.approx(in_two_steps(mind))


def test_adaptive_branching_comes_out_at_the_truth() -> None:
    """The simulated model's public cases take a program or refuse it whole: no reward lies between."""
    attempts = 3
    drawn = units(MODEL, "tree", attempts, 200, policy="ab")
    close(
        [[any(right(a, problem) for a in found) for problem, found in some] for some in drawn],
        [solved_by_branching(mind, attempts) for mind in minds(MODEL)],
    )
